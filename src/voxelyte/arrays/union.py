"""Overlapping copies of shapes united into polygons."""

from __future__ import annotations

from collections.abc import Iterable

from voxelyte.region import Part, Region
from voxelyte.shapes import Polygon

UNION_SAGITTA_UM = 0.01
"""How far the polygons of united curves leave them: a 6000th of a pixel of 62 µm. Each disc keeps its own area."""


def united(parts: Iterable[Part]) -> Part:
    """All copies as one shape: polygons that leave curves by at most UNION_SAGITTA_UM."""
    import shapely

    pieces = shapely.get_parts(Region(tuple(parts)).to_shapely(UNION_SAGITTA_UM))
    whole = shapely.union_all(pieces)
    rings = shapely.get_rings(shapely.orient_polygons(shapely.get_parts(whole)))
    return Part(Polygon(tuple(shapely.get_coordinates(ring)[:-1] for ring in rings)))
