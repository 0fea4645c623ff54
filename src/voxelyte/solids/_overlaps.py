"""Films that reach into each other: where, and as one body where their heights agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from voxelyte.outline import EDGE_SAGITTA_UM
from voxelyte.region import EMPTY, Part, Region
from voxelyte.shapes import Polygon
from voxelyte.solids import Placed

if TYPE_CHECKING:
    import shapely

TOUCH_UM = 4 * EDGE_SAGITTA_UM
"""Films that reach into each other by less touch: they are held against each other as polygons."""

ROWS_AT_ONCE = 1000


def overlaps(films: Sequence[Placed]) -> Iterator[tuple[int, int, float, float]]:
    """Every two films (by number) that overlap, and a place (x, y in µm) that both hold."""
    for one, other in _near(films):
        place = _place(films[one], films[other])
        if place is not None:
            yield one, other, *place


def _near(films: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    """Pairs whose boxes overlap."""
    x0, y0, x1, y1 = np.array([film.bounds_um for film in films]).T
    for start in range(0, len(films), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        over_x = (x0[rows, None] < x1 - TOUCH_UM) & (x1[rows, None] > x0 + TOUCH_UM)
        over_y = (y0[rows, None] < y1 - TOUCH_UM) & (y1[rows, None] > y0 + TOUCH_UM)
        for row, column in np.argwhere(over_x & over_y).tolist():
            if row + start < column:
                yield row + start, column


def _place(one: Placed, other: Placed) -> tuple[float, float] | None:
    levels = sorted({*one.solid.levels_um, *other.solid.levels_um})
    for low, high in pairwise(levels):
        figures = [_figure(film, (low + high) / 2) for film in (one, other)]
        common = figures[0].intersection(figures[1]).buffer(-TOUCH_UM / 2)
        if not common.is_empty:
            middle = common.centroid
            point = middle if common.contains(middle) else common.representative_point()
            return point.x, point.y
    return None


def _figure(film: Placed, z_um: float) -> shapely.Geometry:
    """Its section where it stands, without what only rounding makes of it."""
    import shapely

    section = film.solid.section(z_um).moved(film.x_um, film.y_um)
    return shapely.union_all(list(section.to_shapely(EDGE_SAGITTA_UM).geoms))


def united(films: Sequence[Placed], z_um: float) -> Region:
    """The section of all of them together."""
    import shapely

    whole = shapely.union_all([_figure(film, z_um) for film in films])
    pieces = [one for one in shapely.get_parts(shapely.orient_polygons(whole)) if one.area > 0]
    rings = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(pieces)]
    return Region((Part(Polygon(tuple(rings))),)) if rings else EMPTY
