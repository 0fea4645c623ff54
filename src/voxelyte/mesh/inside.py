"""Outlines inside those below them, as drawn: curves that touch may cross once they are polygons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError

if TYPE_CHECKING:
    import shapely

RIM = 0.25
"""Rim kept free along the edge of the section below, in sagittas."""
MOST = 2.0
"""How far a corner may be moved, in sagittas: a polygon of a circle's area reaches at most one beyond the
circle, and the edge below may lie one inside its own."""


def inside(points: NDArray[np.float64], base: shapely.Geometry, sagitta_um: float, z_um: float) -> NDArray[np.float64]:
    """float64[n, 2]: corners that reach the edge of `base` moved off it; an overhang at `z_um` is refused."""
    import shapely

    room = shapely.buffer(base, -RIM * sagitta_um, join_style="mitre")
    shapely.prepare(room)
    out = np.flatnonzero(~shapely.contains_xy(room, points))
    if not len(out):
        return points
    ways = shapely.shortest_line(shapely.points(points[out]), shapely.boundary(room))
    if shapely.is_missing(ways).any() or shapely.length(ways).max() > MOST * sagitta_um:
        raise SliceError(f"section above z_um={z_um:g} must lie inside the one below it")
    moved = points.copy()
    moved[out] = shapely.get_coordinates(ways)[1::2]
    return moved
