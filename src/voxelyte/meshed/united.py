"""Bodies that overlap, united: what is enclosed at least once is solid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.segments import edges_of, linked
from voxelyte.shapes import Ring

Floats = NDArray[np.float64]

PAIRS_AT_ONCE = 1 << 22


def united(ends_um: Floats) -> Floats:
    """The segments, float64[4, n], of what is enclosed at least once; the same where nothing is enclosed more than once, or backwards."""
    import shapely

    rings = list(linked(ends_um))
    if shapely.is_valid(_one(rings)):
        return ends_um
    solid = _wound(rings, ends_um)
    whole = shapely.orient_polygons(shapely.union_all(solid, grid_size=0))
    found = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(shapely.get_parts(whole))]
    return edges_of(found) if found else np.zeros((4, 0))


def _one(rings: list[Ring]) -> object:
    """The rings as polygons with holes; not valid where they cross, or lie in each other unlike that."""
    import shapely

    from voxelyte.region import polygons

    return shapely.multipolygons(polygons(rings))


def _wound(rings: list[Ring], ends_um: Floats) -> NDArray[np.object_]:
    """The faces between all lines whose inside is enclosed at least once."""
    import shapely

    lines = shapely.node(shapely.multilinestrings([shapely.linestrings(np.vstack((ring, ring[:1]))) for ring in rings]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    return np.asarray(faces[_winding(inside, ends_um) > 0])


def _winding(points: Floats, ends_um: Floats) -> NDArray[np.int64]:
    """How often the segments run around each point, counter-clockwise: crossings of the line from it to the right."""
    x0, y0, x1, y1 = ends_um[:, :, None]
    counts = [np.zeros(0, dtype=np.int64)]
    step = max(1, PAIRS_AT_ONCE // max(1, ends_um.shape[1]))
    for start in range(0, len(points), step):
        x, y = points[start : start + step].T
        up, down = (y0 <= y) & (y < y1), (y1 <= y) & (y < y0)
        with np.errstate(divide="ignore", invalid="ignore"):
            right = x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        counts.append((up & right).sum(axis=0) - (down & right).sum(axis=0))
    return np.concatenate(counts)
