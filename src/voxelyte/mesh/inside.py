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
COLLAR = 2 * RIM
"""How far from that edge corners are moved, in sagittas: the nearer the more, so that none overtakes another."""
MOST = 2.0
"""How far a corner may be moved, in sagittas: a polygon of a circle's area reaches at most one beyond the
circle, and the edge below may lie one inside its own."""


def inside(points: NDArray[np.float64], base: shapely.Geometry, sagitta_um: float, z_um: float) -> NDArray[np.float64]:
    """float64[n, 2]: where corners reach the edge of `base`, all those near it moved inwards; an overhang at `z_um` is refused.

    The collar along the edge is narrowed as a whole. Corners that lay at distinct depths still do: a thin wall gets thinner, it does
    not close.
    """
    import shapely

    room = shapely.buffer(base, -RIM * sagitta_um, join_style="mitre")
    shapely.prepare(room)
    out = points[~shapely.contains_xy(room, points)]
    if not len(out):
        return points
    away = shapely.distance(shapely.points(out), shapely.boundary(room))
    if np.isnan(away).any() or away.max() > MOST * sagitta_um:
        raise SliceError(f"section above z_um={z_um:g} must lie inside the one below it")
    return _narrowed(points, shapely.buffer(base, -COLLAR * sagitta_um, join_style="mitre"), sagitta_um)


def _narrowed(points: NDArray[np.float64], core: shapely.Geometry, sagitta_um: float) -> NDArray[np.float64]:
    """All corners outside `core` drawn nearer to it by one factor, so that the farthest of them keeps the rim."""
    import shapely

    shapely.prepare(core)
    near = np.flatnonzero(~shapely.contains_xy(core, points))
    ways = shapely.shortest_line(shapely.points(points[near]), shapely.boundary(core))
    lengths = shapely.length(ways)
    if shapely.is_missing(ways).any() or lengths.max() > (MOST + 2 * COLLAR) * sagitta_um:
        law = "has no room for what stands on it; lessen sagitta_um"
        raise SliceError(f"a base narrower than sagitta_um={sagitta_um:g} {law}")
    moved, feet = points.copy(), shapely.get_coordinates(ways)[1::2]
    share = (COLLAR - RIM) * sagitta_um / lengths.max()
    moved[near] = feet + share * (points[near] - feet)
    return moved
