"""A region of the plane: disjoint parts, each one shape at many places (the repetition of mask layout files).

88,000 pillars are one part. An empty region is a region without parts, never None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import RecipeError
from voxelyte.shapes import Ring, Shape, mirrored

if TYPE_CHECKING:
    import shapely

Bounds = tuple[float, float, float, float]


class Places(Protocol):
    """Where a shape stands: `count` points, float64[count, 2] in µm; `scale`, float64[count], magnifies each copy, None for none."""

    @property
    def count(self) -> int:
        """How many places there are."""

    @property
    def at_um(self) -> NDArray[np.float64]:
        """Every place."""

    @property
    def scale(self) -> NDArray[np.float64] | None:
        """How many times its own size the shape has at each place; None where it has its own size everywhere."""

    def moved(self, x_um: float, y_um: float) -> Places:
        """The same places, shifted."""
        ...

    def mirrored(self) -> Places:
        """The same places with x and -x exchanged."""
        ...


@dataclass(frozen=True, eq=False)
class Points:
    """Places in any order, float64[n, 2] in µm; with a `scale`, float64[n], copies of distinct sizes.

    Pillars of 88,000 diameters are one part. RecipeError for arrays that do not fit each other.
    """

    at_um: NDArray[np.float64]
    scale: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        shape = np.shape(self.at_um)
        if len(shape) != 2 or shape[1] != 2:
            raise RecipeError(f"at_um: an array of shape {shape} must be of shape (n, 2)")
        if self.scale is not None and np.shape(self.scale) != shape[:1]:
            raise RecipeError(
                f"scale: an array of shape {np.shape(self.scale)} must be of shape {shape[:1]}, one for each place"
            )

    @property
    def count(self) -> int:
        """How many places there are."""
        return len(self.at_um)

    def moved(self, x_um: float, y_um: float) -> Points:
        """The same places, shifted."""
        return Points(self.at_um + np.array((x_um, y_um)), self.scale)

    def mirrored(self) -> Points:
        """The same places with x and -x exchanged."""
        return Points(self.at_um * (-1.0, 1.0), self.scale)


@dataclass(frozen=True, eq=False)
class Lattice:
    """Places on the crossings of columns `x_um` and rows `y_um`, both ascending, where `present[row, column]`.

    RecipeError for a `present` that is not of that shape.
    """

    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]
    present: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shape = (len(self.y_um), len(self.x_um))
        if np.shape(self.present) != shape:
            raise RecipeError(
                f"present: an array of shape {np.shape(self.present)} must be of shape {shape}, rows and columns"
            )

    @cached_property
    def count(self) -> int:
        """How many places there are."""
        return int(self.present.sum())

    @property
    def scale(self) -> None:
        """A lattice's copies are equal."""
        return None

    def moved(self, x_um: float, y_um: float) -> Lattice:
        """The same lattice, shifted."""
        return Lattice(self.x_um + x_um, self.y_um + y_um, self.present)

    def mirrored(self) -> Lattice:
        """The same lattice with x and -x exchanged."""
        return Lattice(-self.x_um[::-1], self.y_um, self.present[:, ::-1])

    @cached_property
    def at_um(self) -> NDArray[np.float64]:
        """All places, row by row."""
        row, column = np.nonzero(self.present)
        return np.column_stack((self.x_um[column], self.y_um[row]))


ORIGIN = Lattice(np.zeros(1), np.zeros(1), np.ones((1, 1), dtype=bool))


@dataclass(frozen=True)
class Part:
    """One shape, drawn around its own origin in µm, at many places: those of a `Lattice` or of `Points`.

    Without places it stands once, at the plate's centre. Copies must not overlap: areas are added.
    """

    shape: Shape
    places: Places = field(default=ORIGIN)

    @property
    def area_um2(self) -> float:
        """Area of all its copies."""
        scale = self.places.scale
        return self.shape.area_um2 * (self.places.count if scale is None else float((scale * scale).sum()))

    @property
    def perimeter_um(self) -> float:
        """Boundary of all its copies."""
        scale = self.places.scale
        return self.shape.perimeter_um * (self.places.count if scale is None else float(scale.sum()))

    @cached_property
    def bounds_um(self) -> Bounds:
        """Least x and y, greatest x and y of all copies."""
        boxes = self.boxes_um()
        (left, front), (right, back) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        return float(left), float(front), float(right), float(back)

    def boxes_um(self) -> NDArray[np.float64]:
        """float64[count, 4]: least x and y, greatest x and y of each copy."""
        scale = self.places.scale
        box = np.asarray(self.shape.bounds_um)
        return np.asarray(np.tile(self.places.at_um, 2) + (box if scale is None else scale[:, None] * box))

    def rings(self, sagitta_um: float) -> list[Ring]:
        """The shape's own rings, so fine that the largest copy leaves its curves by at most `sagitta_um`."""
        scale = self.places.scale
        return self.shape.rings(sagitta_um if scale is None or not len(scale) else sagitta_um / float(scale.max()))

    def copies(self, ring: Ring, which: slice | NDArray[np.generic] = slice(None)) -> NDArray[np.float64]:
        """float64[n, corners, 2]: one of the shape's rings at all places, or at some."""
        at, scale = self.places.at_um[which], self.places.scale
        return np.asarray(at[:, None] + (ring if scale is None else scale[which, None, None] * ring))

    def moved(self, x_um: float, y_um: float) -> Part:
        """The same copies, shifted."""
        return Part(self.shape, self.places.moved(x_um, y_um))

    def mirrored(self) -> Part:
        """The same copies with x and -x exchanged."""
        return Part(mirrored(self.shape), self.places.mirrored())


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
        return sum(part.shape.pieces * part.places.count for part in self.parts)

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

        pieces = [piece for part in self.parts for piece in _pieces(part, sagitta_um)]
        return shapely.MultiPolygon(pieces)

    def moved(self, x_um: float, y_um: float) -> Region:
        """The same region, shifted."""
        return Region(tuple(part.moved(x_um, y_um) for part in self.parts))

    def mirrored(self) -> Region:
        """The same region with x and -x exchanged: as it lies when it is turned over."""
        return Region(tuple(part.mirrored() for part in self.parts))


EMPTY = Region()


def _pieces(part: Part, sagitta_um: float) -> Iterator[shapely.Polygon]:
    """The polygons of every copy."""
    for rings in zip(*(part.copies(ring) for ring in part.rings(sagitta_um)), strict=True):
        yield from polygons(rings)


def polygons(rings: Sequence[Ring]) -> list[shapely.Polygon]:
    """Outer rings, each with the holes whose nearest outer ring it is: a hole can hold an island with holes of its own."""
    import shapely

    from voxelyte.shapes import ring_area

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
