"""A region of the plane: disjoint parts, each one shape at many places (the repetition of mask layout files).

88,000 pillars are one part. An empty region is a region without parts, never None.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from voxelyte.shapes import Shape

if TYPE_CHECKING:
    import shapely

Bounds = tuple[float, float, float, float]


class Places(Protocol):
    """Where a shape stands: `count` points, float64[count, 2] in µm."""

    @property
    def count(self) -> int:
        """How many places there are."""

    @property
    def at_um(self) -> NDArray[np.float64]:
        """Every place."""


@dataclass(frozen=True, eq=False)
class Points:
    """Places in any order."""

    at_um: NDArray[np.float64]

    @property
    def count(self) -> int:
        """How many places there are."""
        return len(self.at_um)


@dataclass(frozen=True, eq=False)
class Lattice:
    """Places on the crossings of columns `x_um` and rows `y_um`, both ascending, where `present[row, column]`."""

    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    present: NDArray[np.bool_]

    @cached_property
    def count(self) -> int:
        """How many places there are."""
        return int(self.present.sum())

    @cached_property
    def at_um(self) -> NDArray[np.float64]:
        """All places, row by row."""
        row, column = np.nonzero(self.present)
        return np.column_stack((self.x_um[column], self.y_um[row]))


ORIGIN = Lattice(np.zeros(1), np.zeros(1), np.ones((1, 1), dtype=bool))


@dataclass(frozen=True)
class Part:
    """One shape at many places."""

    shape: Shape
    places: Places = field(default=ORIGIN)

    @property
    def area_um2(self) -> float:
        """Area of all its copies."""
        return self.shape.area_um2 * self.places.count

    @property
    def perimeter_um(self) -> float:
        """Boundary of all its copies."""
        return self.shape.perimeter_um * self.places.count

    @cached_property
    def bounds_um(self) -> Bounds:
        """Least x and y, greatest x and y of all copies."""
        x0, y0, x1, y1 = self.shape.bounds_um
        at = self.places.at_um
        (left, front), (right, back) = at.min(axis=0), at.max(axis=0)
        return float(left + x0), float(front + y0), float(right + x1), float(back + y1)


@dataclass(frozen=True, eq=False)
class Region:
    """Disjoint parts; equality is identity, so that an unchanged section is seen to be the same."""

    parts: tuple[Part, ...] = ()

    @property
    def area_um2(self) -> float:
        """Exact area in µm²."""
        return sum(part.area_um2 for part in self.parts)

    @property
    def perimeter_um(self) -> float:
        """Exact length of the whole boundary in µm."""
        return sum(part.perimeter_um for part in self.parts)

    @property
    def count(self) -> int:
        """How many separate pieces it has."""
        return sum(part.places.count for part in self.parts)

    @cached_property
    def bounds_um(self) -> Bounds:
        """Least x and y, greatest x and y; all zero for an empty region."""
        if not self.parts:
            return 0.0, 0.0, 0.0, 0.0
        x0, y0, x1, y1 = zip(*(part.bounds_um for part in self.parts), strict=True)
        return min(x0), min(y0), max(x1), max(y1)

    def to_shapely(self, sagitta_um: float) -> shapely.MultiPolygon:
        """The region as polygons that leave its curves by at most `sagitta_um`."""
        import shapely

        pieces = [_piece(part, shift, sagitta_um) for part in self.parts for shift in part.places.at_um]
        return shapely.MultiPolygon([one for piece in pieces for one in piece])


EMPTY = Region()


def _piece(part: Part, shift: NDArray[np.float64], sagitta_um: float) -> list[shapely.Polygon]:
    """Outer rings, each with the holes whose nearest outer ring it is: a hole can hold an island with holes of its own."""
    import shapely

    from voxelyte.shapes import ring_area

    rings = [ring + shift for ring in part.shape.rings(sagitta_um)]
    holes = [shapely.Polygon(ring) for ring in rings if ring_area(ring) < 0]
    outers = [shapely.Polygon(ring) for ring in rings if ring_area(ring) >= 0]
    around = [
        min((one for one in outers if one.contains(hole)), key=lambda one: one.area, default=None) for hole in holes
    ]
    return [
        shapely.Polygon(
            one.exterior, [hole.exterior for hole, owner in zip(holes, around, strict=True) if owner is one]
        )
        for one in outers
    ]
