"""Plane figures as triangles: only the corners that the rings have, so that neighbours fit edge to edge."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.edges import enclosed, flat, with_edges
from voxelyte.mesh.figure import Figure, Triangles, bare, polygons
from voxelyte.mesh.surface import edges_of, unmatched

if TYPE_CHECKING:
    import shapely

FEW = 1_000
"""Corners up to which a figure is cut by the constrained method, whose time grows with their square."""
TOUCHING = "outlines of a section touch or cross; widen gap_um or lessen sagitta_um"
TURNS = 0.0, 0.5, 1.3, 2.1
"""Angles, in radians, by which a frame is turned until all goes well."""
PIECES = 100
"""Pieces of which it is worth while to tell the plain ones apart."""
AREA = 1e-9
"""How much of a figure's box its triangles may miss or cover twice: rounding, where rings do not cross."""


SHAKEN = 1e-9
"""By how much corners are put out of line, in widths of their box, where that is the last thing to try."""
SHAKE = np.array((0.7548776662466927, 0.5698402909980532))
"""Parts of a whole whose multiples come in no order (Roberts' sequence R2)."""


def filled(figure: Figure) -> Triangles:
    """Triangles of what the rings bound, by the numbers of their corners."""
    import shapely

    if not len(figure.points):
        return np.zeros((0, 3), dtype=np.int64)
    first = _constrained if len(figure.points) < FEW else _covered
    said = ""
    for way in (first, _by_corners, partial(_by_corners, shaken=True)):
        try:
            faces = way(figure)
        except shapely.errors.GEOSException as fault:
            said = f" ({fault})"
            continue
        except SliceError:
            continue
        if _is_covered(figure, faces) and _is_bounded(figure, faces):
            return np.asarray(figure.numbers[faces])
    raise SliceError(f"{TOUCHING}{said}")


def _constrained(figure: Figure) -> Triangles:
    """Any figure of few corners."""
    import shapely

    shape = shapely.multipolygons(polygons(figure))
    faces = numbered(figure.points, shapely.constrained_delaunay_triangles(shape))
    return np.where(doubled_areas(figure.points, faces)[:, None] < 0, faces[:, ::-1], faces)


def _covered(figure: Figure) -> Triangles:
    """Any figure: of many pieces the plain ones as fans, the rest by its corners."""
    if (figure.areas > 0).sum() < PIECES:
        return _by_corners(figure)
    fans = bare(figure) & _convex(figure)
    rest = np.flatnonzero(np.repeat(~fans, figure.lengths))
    faces = _by_corners(figure.kept(~fans)) if len(rest) else np.zeros((0, 3), dtype=np.int64)
    first, corners = (figure.ends - figure.lengths)[fans], figure.lengths[fans] - 2
    step = np.arange(corners.sum()) - np.repeat(np.cumsum(corners) - corners, corners)
    hub = np.repeat(first, corners)
    return np.concatenate((rest[faces], np.column_stack((hub, hub + step + 1, hub + step + 2))))


def _convex(figure: Figure) -> NDArray[np.bool_]:
    """Which rings turn left at every corner."""
    way = figure.points[figure.following] - figure.points
    onward = way[figure.following]
    left = way[:, 0] * onward[:, 1] - way[:, 1] * onward[:, 0] > 0
    return np.asarray(np.logical_and.reduceat(left, figure.ends - figure.lengths))


def _by_corners(figure: Figure, shaken: bool = False) -> Triangles:
    """The plain triangulation of all corners, in n log n, with the edges of the rings forced into it."""
    # Rings may have corners in common, which are of one number.
    first, position = np.unique(figure.numbers, return_index=True, return_inverse=True)[1:]
    once = Figure(figure.points[first], np.array([len(first)]), figure.numbers[first])
    edges = np.column_stack((position, position[figure.following]))
    return np.asarray(first[enclosed(with_edges(once.points, delaunay(once, shaken), edges), edges)])


def delaunay(figure: Figure, shaken: bool = False) -> Triangles:
    """Delaunay's triangles of all corners, counter-clockwise; where corners are in line some may be without area.

    GEOS 3.14 gives other ones where the origin is not in their middle; and among corners in line it may lose its way,
    or give triangles without area. Then the frame is turned. `shaken`, they are those of corners put a little out of line.
    """
    import shapely

    middle, found = (figure.points.min(axis=0) + figure.points.max(axis=0)) / 2, list[Triangles]()
    off = SHAKEN * np.ptp(figure.points) * (np.arange(len(figure.points))[:, None] * SHAKE % 1) if shaken else 0.0
    for angle in TURNS:
        turned = replace(figure, points=figure.points - middle + off).rotated(angle).points
        try:
            found.append(numbered(turned, shapely.delaunay_triangles(shapely.multipoints(turned))))
        except shapely.errors.GEOSException as fault:
            last = fault
            continue
        if not len(flat(figure.points, found[-1])):
            return found[-1]
    if not found:
        raise last
    return found[0]


def numbered(points: NDArray[np.float64], triangles: shapely.GeometryCollection) -> Triangles:
    """Shapely's triangles by the positions of their corners, as they run."""
    import shapely

    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    return where(points, corners.reshape(-1, 2)).reshape(-1, 3)


def where(points: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Position of each wanted point among `points`: equal to the last bit, no tolerance."""
    table, sought = points[:, 0] + 1j * points[:, 1], wanted[:, 0] + 1j * wanted[:, 1]
    order = np.argsort(table)
    found = order[np.minimum(np.searchsorted(table, sought, sorter=order), len(table) - 1)]
    if not (table[found] == sought).all():
        raise SliceError(TOUCHING)
    return np.asarray(found)


def doubled_areas(points: NDArray[np.float64], faces: Triangles) -> NDArray[np.float64]:
    """Twice the signed area of each triangle."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    (abx, aby), (acx, acy) = (b - a).T, (c - a).T
    return np.asarray(abx * acy - aby * acx)


def _is_covered(figure: Figure, faces: Triangles) -> bool:
    """Triangles of rings that cross cover something twice, or not at all."""
    missed = doubled_areas(figure.points, faces).sum() / 2 - figure.areas.sum()
    return bool(abs(missed) <= AREA * float(np.ptp(figure.points, axis=0).prod()))


def _is_bounded(figure: Figure, faces: Triangles) -> bool:
    """Whether they join edge to edge up to the rings: among corners in line GEOS 3.14 can give some that do not."""
    around = figure.numbers[np.column_stack((figure.following, np.arange(len(figure.points))))]
    left = unmatched(np.concatenate((edges_of(figure.numbers[faces]), around)))
    return left is not None and not len(left)
