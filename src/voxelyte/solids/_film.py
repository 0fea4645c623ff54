"""What all films share: a base plate with an outline, and bodies that stand on it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import model_validator

from voxelyte.bodies import Body
from voxelyte.errors import SliceError
from voxelyte.heights import to_nm
from voxelyte.outline import DrawnOutline, Outline, PlateOutline, drawn, region_of
from voxelyte.region import EMPTY, Region
from voxelyte.values import Length, Value


class Film(Value):
    """A base of thickness `base_um`; subclasses add the bodies on it."""

    feature: ClassVar[str] = ""
    outline: Outline
    base_um: Length

    @model_validator(mode="after")
    def _drawable(self) -> Any:
        if isinstance(self.outline, PlateOutline):
            raise ValueError("outline.shape='plate' needs a printer: outline.on(panel.size_um)")
        for name in ("base_um", "height_um"):
            try:
                height_um = getattr(self, name, 0.0)
                to_nm(height_um if isinstance(height_um, float) else 0.0, name)
            except SliceError as fault:
                raise ValueError(str(fault)) from None
        return self

    @property
    def drawn(self) -> DrawnOutline:
        """The outline, which has a size."""
        return drawn(self.outline)

    @cached_property
    def base(self) -> Region:
        """Section of the base."""
        return region_of(self.drawn)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """What stands on the base."""
        return ()

    @cached_property
    def features(self) -> Region:
        """Where the bodies stand on the base."""
        return _foot(self.bodies) if self.bodies else EMPTY

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""
        return ()

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Plate, top of the base, tops of the bodies."""
        base = to_nm(self.base_um, "base_um")
        tops = {base + to_nm(body.height_um, "height_um") for body in self.bodies}
        return (0.0, *(nm / 1000 for nm in sorted({base, *tops})))

    @property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""
        x0, y0, x1, y1 = self.base.bounds_um
        return x0, y0, 0.0, x1, y1, self.levels_um[-1]

    def section(self, z_um: float) -> Region:
        """Base, bodies, or nothing; half open in z."""
        slab = self._slab(z_um)
        if isinstance(slab, Region):
            return slab
        return Region(tuple(body.part(z_um - self.levels_um[1]) for body in slab))

    def steady(self, z_um: float) -> bool:
        """Whether the section is one and the same object between the levels around `z_um`."""
        return isinstance(self._slab(z_um), Region)

    def _slab(self, z_um: float) -> Region | tuple[Body, ...]:
        if not 0 <= z_um < self.levels_um[-1]:
            return EMPTY
        return self._slabs[bisect_right(self.levels_um, z_um) - 1]

    @cached_property
    def _slabs(self) -> tuple[Region | tuple[Body, ...], ...]:
        """The section of each slab between two levels, or the bodies that reach through it where that changes on the way."""
        base, found = self.levels_um[1], list[Region | tuple[Body, ...]]([self.base])
        for _, top in pairwise(self.levels_um[1:]):
            bodies = tuple(body for body in self.bodies if base + body.height_um > top - 5e-4)
            still = all(body.upright for body in bodies)
            whole = self.features if len(bodies) == len(self.bodies) else _foot(bodies)
            found.append(whole if still else bodies)
        return tuple(found)

    @property
    def count(self) -> int:
        """How many features stand on the base."""
        return self.features.count

    @property
    def cell_area_factor(self) -> float | None:
        """Surface over footprint of the features' endless lattice, where they stand on one."""
        return None

    @property
    def volume_um3(self) -> float:
        """Base and bodies."""
        return self.footprint_um2 * self.base_um + sum(body.volume_um3 for body in self.bodies)

    @property
    def footprint_um2(self) -> float:
        """Area of the base."""
        return self.base.area_um2

    @property
    def side_wall_um2(self) -> float:
        """Side walls of the bodies; the edge of the base does not count."""
        return sum(body.wall_um2 for body in self.bodies)

    @property
    def void_um3(self) -> float:
        """Room beside the bodies, over the whole footprint, up to the highest top."""
        levels = self.levels_um
        return self.footprint_um2 * (levels[-1] - levels[1]) - sum(body.volume_um3 for body in self.bodies)


def _foot(bodies: tuple[Body, ...]) -> Region:
    """Where they stand."""
    return Region(tuple(body.part(0.0) for body in bodies))
