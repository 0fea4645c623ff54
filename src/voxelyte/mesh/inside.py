"""Each section inside the one below, as drawn: curves that touch may cross once they are polygons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from voxelyte.errors import SliceError
from voxelyte.mesh.outline import DrawnRegion
from voxelyte.mesh.plane import polygons

RIM = 0.25
"""Rim kept free along the edge of the section below, in sagittas."""
MOST = 2.0
"""How far a corner may be moved, in sagittas: a polygon of a circle's area reaches at most one beyond the
circle, and the edge below may lie one inside its own."""


def inside(upper: DrawnRegion, lower: DrawnRegion, sagitta_um: float, z_um: float) -> DrawnRegion:
    """`upper` with corners that reach the edge of `lower` moved off it; an overhang at `z_um` is refused."""
    import shapely

    base = shapely.multipolygons(polygons(lower.rings))
    moved = _moved(upper, shapely.buffer(base, -RIM * sagitta_um, join_style="mitre"), MOST * sagitta_um)
    shapely.prepare(base)
    if moved is None or not shapely.contains_properly(base, polygons(moved.rings)).all():
        raise SliceError(f"section above z_um={z_um:g} must lie inside the one below it")
    return moved


def _moved(upper: DrawnRegion, room: object, most_um: float) -> DrawnRegion | None:
    """Corners outside `room` at the nearest place of its edge; None if one were to move over `most_um`."""
    import shapely

    shapely.prepare(room)
    out = np.flatnonzero(~shapely.contains_xy(room, upper.points))
    if not len(out):
        return upper
    ways = shapely.shortest_line(shapely.points(upper.points[out]), shapely.boundary(room))
    if shapely.is_missing(ways).any() or shapely.length(ways).max() > most_um:
        return None
    points = upper.points.copy()
    points[out] = shapely.get_coordinates(ways)[1::2]
    return replace(upper, points=points)
