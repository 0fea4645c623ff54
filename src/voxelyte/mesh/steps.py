"""Faces between two sections: what looks up where the upper one is smaller.

A lattice on a base is tiled: the face of one cell is cut into triangles once and copied by number. Only the
strip between the tiled cells and the edge of the base is cut for itself, which takes longer than the copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.outline import DrawnPart, DrawnRegion
from voxelyte.mesh.plane import Triangles, filled, polygons, where
from voxelyte.region import Lattice
from voxelyte.shapes import Ring

EVEN = 1e-6
"""How far (of a pitch) spacings may differ for one cell to stand for all."""


class Step(NamedTuple):
    """Triangles numbered through the lower section's points, the upper one's, and `corners_um`, its own."""

    faces: Triangles
    corners_um: NDArray[np.float64]


def step(lower: DrawnRegion, upper: DrawnRegion) -> Step:
    """The face of `lower` that `upper`, which lies inside it, leaves open."""
    cells = _cells(upper)
    return _cut(lower, upper) if cells is None else _tiled(lower, upper, cells)


def _cut(lower: DrawnRegion, upper: DrawnRegion) -> Step:
    """Any two sections, cut as one figure."""
    numbers = np.arange(len(lower.points) + len(upper.points))
    return Step(_between(lower.rings, upper.rings, numbers), np.zeros((0, 2)))


def _between(outer: list[Ring], inner: list[Ring], numbers: NDArray[np.int64]) -> Triangles:
    """Triangles inside `outer` and outside `inner`; their points, in this order, are called `numbers`."""
    turned = [np.arange(len(ring))[::-1] for ring in inner]
    first = np.cumsum([sum(map(len, outer)), *map(len, inner)])
    order = [np.arange(first[0]), *(start + turn for start, turn in zip(first, turned, strict=False))]
    faces = filled([*outer, *(ring[::-1] for ring in inner)])
    return np.asarray(numbers[np.concatenate(order)][faces])


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells of a lattice: column and row of each copy, and the lines between them."""

    part: DrawnPart
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    x_um: NDArray[np.float64]
    y_um: NDArray[np.float64]

    @property
    def boxes(self) -> NDArray[np.object_]:
        """Each copy's cell as a shapely box."""
        import shapely

        x, y, column, row = self.x_um, self.y_um, self.column, self.row
        return np.asarray(shapely.box(x[column], y[row], x[column + 1], y[row + 1]))

    @property
    def face(self) -> Triangles:
        """One cell without its shape: corners 0 to 3, then the shape's points."""
        w, h = (self.x_um[1] - self.x_um[0]) / 2, (self.y_um[1] - self.y_um[0]) / 2
        box = np.array([[-w, -h], [w, -h], [w, h], [-w, h]])
        return _between([box], list(self.part.rings), np.arange(4 + self.part.size))


def _cells(upper: DrawnRegion) -> _Cells | None:
    """Cells of a region that is one even lattice with room between its shapes."""
    lattice = upper.parts[0].places
    if len(upper.parts) > 1 or not isinstance(lattice, Lattice) or min(lattice.present.shape) < 2:
        return None
    points = np.concatenate(upper.parts[0].rings)
    for at, reach in zip((lattice.x_um, lattice.y_um), np.abs(points).max(axis=0), strict=True):
        pitch = np.diff(at)
        if np.ptp(pitch) > EVEN * pitch.min() or 2 * reach >= pitch.min() * (1 - EVEN):
            return None
    row, column = np.nonzero(lattice.present)
    return _Cells(upper.parts[0], column, row, _lines(lattice.x_um), _lines(lattice.y_um))


def _lines(at_um: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half way between neighbours, and as far beyond the first and last."""
    middle = (at_um[1:] + at_um[:-1]) / 2
    return np.concatenate(([2 * at_um[0] - middle[0]], middle, [2 * at_um[-1] - middle[-1]]))


def _tiled(lower: DrawnRegion, upper: DrawnRegion, cells: _Cells) -> Step:
    """Whole cells copied from one, the rest cut."""
    import shapely

    base = shapely.multipolygons(polygons(lower.rings))
    shapely.prepare(base)
    boxes = cells.boxes
    whole = shapely.contains_properly(base, boxes)
    if not whole.any():
        return _cut(lower, upper)
    number, corners = _corners(cells, whole)
    number = number + len(lower.points) + len(upper.points)
    rest = shapely.difference(base, shapely.coverage_union_all(boxes[whole]))
    strip = _strip(lower, upper, cells.part.starts[~whole], rest, corners)
    return Step(np.concatenate((_whole_cells(len(lower.points), cells, whole, number), strip)), corners)


def _corners(cells: _Cells, whole: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Number of each cell corner in use (by row and column of the lines), and where it lies."""
    used = np.zeros((len(cells.y_um), len(cells.x_um)), dtype=bool)
    for up, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        used[cells.row[whole] + up, cells.column[whole] + right] = True
    row, column = np.nonzero(used)
    return np.cumsum(used).reshape(used.shape) - 1, np.column_stack((cells.x_um[column], cells.y_um[row]))


def _whole_cells(first: int, cells: _Cells, whole: NDArray[np.bool_], number: NDArray[np.int64]) -> Triangles:
    """The one face, copied; the shapes' points begin at `first`, corners have their `number`."""
    row, column = cells.row[whole], cells.column[whole]
    box = (number[row, column], number[row, column + 1], number[row + 1, column + 1], number[row + 1, column])
    shape = first + cells.part.starts[whole][:, None] + np.arange(cells.part.size)
    return np.asarray(np.column_stack((*box, shape))[:, cells.face].reshape(-1, 3))


def _strip(
    lower: DrawnRegion,
    upper: DrawnRegion,
    starts: NDArray[np.int64],
    rest: object,
    corners: NDArray[np.float64],
) -> Triangles:
    """Between the tiled cells and the edge (`rest`), around the shapes that start at `starts`."""
    import shapely

    pieces = shapely.get_parts(shapely.orient_polygons(rest))
    edge = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(pieces)]
    known = np.concatenate((lower.points, corners))
    name = where(known, np.concatenate(edge))
    name = np.where(name < len(lower.points), name, name + len(upper.points))
    part = upper.parts[0]
    points = (starts[:, None] + np.arange(part.size)).ravel()
    lengths = [len(ring) for _ in starts for ring in part.rings]
    shapes = np.split(upper.points[points], np.cumsum(lengths)[:-1]) if lengths else []
    return _between(edge, shapes, np.concatenate((name, len(lower.points) + points)))
