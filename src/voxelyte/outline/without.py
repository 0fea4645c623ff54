"""A shape with another one taken out of it: the ring along an edge, a base without engraved letters."""

from __future__ import annotations

from dataclasses import dataclass

from voxelyte.shapes import Ring, Shape, ring_area


@dataclass(frozen=True, eq=False)
class Without:
    """`outer` without `inner`, which lies wholly inside it; exact as far as both are."""

    outer: Shape
    inner: Shape

    @property
    def area_um2(self) -> float:
        """What the inner one leaves of the outer one."""
        return self.outer.area_um2 - self.inner.area_um2

    @property
    def perimeter_um(self) -> float:
        """Both boundaries."""
        return self.outer.perimeter_um + self.inner.perimeter_um

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Those of the outer one."""
        return self.outer.bounds_um

    @property
    def pieces(self) -> int:
        """The outer one's, and an island in every hole of the inner one."""
        inner = self.inner.rings(1.0)
        return self.outer.pieces + sum(ring_area(ring) < 0 for ring in inner)

    def rings(self, sagitta_um: float) -> list[Ring]:
        """Those of both; the inner one's turned around."""
        return [*self.outer.rings(sagitta_um), *(ring[::-1] for ring in self.inner.rings(sagitta_um))]
