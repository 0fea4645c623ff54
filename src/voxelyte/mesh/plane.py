"""Plane figures as triangles: only the corners that the rings have, so that neighbours fit edge to edge."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.shapes import Ring, ring_area

if TYPE_CHECKING:
    import shapely

FEW, MANY = 1_000, 20_000
"""Corners up to which a section is cut by the constrained method alone, and up to which that may be the last
resort (ten seconds)."""
TOUCHING = "outlines of a section touch or cross; widen gap_um or lessen sagitta_um"

Triangles = NDArray[np.int64]
"""int64[n, 3]: corners by number, counter-clockwise."""


class CoarseOutlineError(SliceError):
    """A figure of many corners has edges too long for its narrow places; a smaller sagitta shortens them."""


def filled(rings: Sequence[Ring]) -> Triangles:
    """Triangles of what the rings bound (outer ones counter-clockwise, holes clockwise), by point number."""
    import shapely

    points, figure = np.concatenate(rings), shapely.multipolygons(polygons(rings))
    try:
        if len(points) < FEW:
            return _constrained(points, figure)
        return _delaunay(points, rings, figure)
    except shapely.errors.GEOSException as fault:
        raise SliceError(f"{TOUCHING} ({fault})") from None


def _constrained(points: NDArray[np.float64], figure: shapely.MultiPolygon) -> Triangles:
    """Any figure, in a time that grows with the square of its corners."""
    import shapely

    return _numbered(points, shapely.constrained_delaunay_triangles(figure))


def _delaunay(points: NDArray[np.float64], rings: Sequence[Ring], figure: shapely.MultiPolygon) -> Triangles:
    """The plain triangulation of all corners, in n log n, and of it what lies inside.

    It serves where it has every edge of the rings, as when edges are short against the gaps between them.
    """
    import shapely

    faces = _numbered(points, shapely.delaunay_triangles(shapely.multipoints(points)))
    if not _has_edges(faces, rings):
        if len(points) > MANY:
            law = "have edges longer than the gaps between them; lessen sagitta_um"
            raise CoarseOutlineError(f"{len(points)} corners of a section {law}")
        return _constrained(points, figure)
    shapely.prepare(figure)
    return np.asarray(faces[shapely.contains_xy(figure, points[faces].mean(axis=1))])


def _numbered(points: NDArray[np.float64], triangles: shapely.GeometryCollection) -> Triangles:
    """Shapely's triangles by the numbers of their corners, counter-clockwise."""
    import shapely

    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    return _counter_clockwise(points, where(points, corners.reshape(-1, 2)).reshape(-1, 3))


def _has_edges(faces: Triangles, rings: Sequence[Ring]) -> bool:
    """Is every edge of every ring an edge of some triangle?"""
    last = np.cumsum([len(ring) for ring in rings])
    ends = np.arange(1, last[-1] + 1)
    ends[last - 1] = np.concatenate(([0], last[:-1]))
    wanted = np.sort(np.column_stack((np.arange(last[-1]), ends)), axis=1)
    there = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return bool(np.isin(wanted @ (last[-1], 1), there @ (last[-1], 1)).all())


def polygons(rings: Sequence[Ring]) -> NDArray[np.object_]:
    """Shapely polygons: each outer ring with the holes that lie in it and in no smaller one."""
    import shapely

    lines = _linear_rings(rings)
    areas = np.array([ring_area(ring) for ring in rings])
    outers, holes = lines[areas > 0], lines[areas < 0]
    home = _home(shapely.polygons(outers), shapely.polygons(holes))
    by_home = holes[np.argsort(home, kind="stable")]
    starts = np.searchsorted(np.sort(home), np.arange(len(outers) + 1))
    groups = [list(by_home[first:last]) for first, last in pairwise(starts)]
    return np.array([shapely.Polygon(outer, inner) for outer, inner in zip(outers, groups, strict=True)])


def where(points: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of each wanted point among `points`: equal to the last bit, no tolerance."""
    table, sought = points[:, 0] + 1j * points[:, 1], wanted[:, 0] + 1j * wanted[:, 1]
    order = np.argsort(table)
    found = order[np.minimum(np.searchsorted(table, sought, sorter=order), len(table) - 1)]
    if not np.array_equal(table[found], sought):
        raise SliceError(TOUCHING)
    return found


def _linear_rings(rings: Sequence[Ring]) -> NDArray[np.object_]:
    import shapely

    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    return np.asarray(shapely.linearrings(np.concatenate(rings), indices=owner))


def _home(outers: NDArray[np.object_], holes: NDArray[np.object_]) -> NDArray[np.int64]:
    """For each hole the smallest outer ring that contains it."""
    import shapely

    if len(outers) == 1 or not len(holes):
        return np.zeros(len(holes), dtype=np.int64)
    spots = shapely.points(shapely.get_coordinates(holes)[np.cumsum(shapely.get_num_coordinates(holes)) - 1])
    hole, outer = shapely.STRtree(outers).query(spots, predicate="within")
    if len(np.unique(hole)) != len(holes):
        raise SliceError("a hole of a section lies in none of its outlines")
    by_size = np.lexsort((shapely.area(outers)[outer], hole))
    return np.asarray(outer[by_size][np.unique(hole[by_size], return_index=True)[1]])


def _counter_clockwise(points: NDArray[np.float64], faces: Triangles) -> Triangles:
    a, b, c = (points[faces[:, k]] for k in range(3))
    turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return np.where(turn[:, None] < 0, faces[:, ::-1], faces)
