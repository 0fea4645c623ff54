"""Features cut at an edge: what lies wholly inside keeps its shape and its place, only what crosses becomes polygons."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxelyte.outline.room import EDGE_SAGITTA_UM, DrawnOutline, figure_of
from voxelyte.region import Lattice, Part, Points, Region, polygons
from voxelyte.shapes import Disc

SAME = 1e-9
"""Share of its area that a copy may lose to rounding and still be whole."""


def clipped(
    what: Region | Part, outline: DrawnOutline, margin_um: float = 0.0, sagitta_um: float = EDGE_SAGITTA_UM
) -> Region:
    """What of a region lies within the outline and at least `margin_um` from its edge.

    Whole copies stay as they are, a lattice a lattice. Those that cross the edge become one part of polygons, in which
    curves (theirs and the outline's) are chords that leave them by at most `sagitta_um`. RecipeError if no room is left.
    """
    edge = _Edge(outline, margin_um, sagitta_um)
    region = Region((what,)) if isinstance(what, Part) else what
    kept = [edge.kept(part) for part in region.parts]
    unchanged = all(left == (part,) for left, part in zip(kept, region.parts, strict=True))
    return region if unchanged and region is what else Region(tuple(one for left in kept for one in left))


class _Edge:
    """An outline, its margin, and its room as a polygon, made when something crosses it."""

    def __init__(self, outline: DrawnOutline, margin_um: float, sagitta_um: float) -> None:
        self.outline, self.margin_um, self.sagitta_um = outline, margin_um, sagitta_um
        self._room: Any = None

    @property
    def room(self) -> Any:
        """What lies within the margin."""
        if self._room is None:
            import shapely

            self._room = self.outline.inset(self.margin_um).polygon(self.sagitta_um)
            shapely.prepare(self._room)
        return self._room

    def kept(self, part: Part) -> tuple[Part, ...]:
        """The part without what lies outside."""
        whole, doubtful = self._sorted(part)
        whole, cut = self._cut(part, whole, doubtful) if doubtful.any() else (whole, [])
        if whole.all():
            return (part,)
        left = (some(part, whole),) if whole.any() else ()
        return (*left, Part(figure_of(cut))) if cut else left

    def _sorted(self, part: Part) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which copies surely are whole, and which may cross the edge; the circle around each tells, and a disc exactly."""
        import shapely

        scale = part.places.scale
        reach_um = _reach_um(part, self.sagitta_um) * (1.0 if scale is None else scale)
        at = part.places.at_um
        whole = self.outline.holds_points(at, self.margin_um + reach_um)
        doubtful = ~whole
        if doubtful.any():
            near = shapely.points(at[doubtful])
            far = np.broadcast_to(reach_um, len(at))[doubtful] + self.sagitta_um
            doubtful[doubtful] = shapely.dwithin(self.room, near, far)
        return whole, doubtful

    def _cut(
        self, part: Part, whole: NDArray[np.bool_], doubtful: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], list[Any]]:
        """Those of the doubtful that are whole after all, and the polygons that are left of the others."""
        import shapely

        which = np.flatnonzero(doubtful)
        drawn = copies(part, which, self.sagitta_um)
        left = shapely.intersection(drawn, self.room)
        drawn_um2, left_um2 = shapely.area(drawn), shapely.area(left)
        same = (
            left_um2 >= drawn_um2 * (1 - SAME) if not isinstance(part.shape, Disc) else np.zeros(len(which), dtype=bool)
        )
        whole = whole.copy()
        whole[which[same]] = True
        pieces = shapely.get_parts(left[~same & (left_um2 > drawn_um2 * SAME)])
        pieces = shapely.get_parts(pieces)  # a collection may hold multipolygons beside lines
        return whole, [one for one in pieces if one.geom_type == "Polygon" and one.area > 0]


def some(part: Part, which: NDArray[np.bool_]) -> Part:
    """The copies of a part that are chosen; a lattice stays one."""
    places = part.places
    if isinstance(places, Lattice):
        present = np.zeros_like(places.present)
        present[places.present] = which
        columns, rows = present.any(axis=0), present.any(axis=1)
        return Part(part.shape, Lattice(places.x_um[columns], places.y_um[rows], present[rows][:, columns]))
    return Part(part.shape, Points(places.at_um[which], None if places.scale is None else places.scale[which]))


def _reach_um(part: Part, sagitta_um: float) -> float:
    """Radius of a circle around a place that the copy of scale 1 does not leave."""
    if isinstance(part.shape, Disc):
        return part.shape.radius_um
    rings = part.rings(sagitta_um)
    return float(max(np.hypot(*ring.T).max() for ring in rings)) + sagitta_um


def copies(part: Part, which: NDArray[np.intp], sagitta_um: float = EDGE_SAGITTA_UM) -> NDArray[np.object_]:
    """Each copy as a polygon; one of several pieces as a collection of them."""
    import shapely

    rings = part.rings(sagitta_um)
    if len(rings) == 1:
        return np.asarray(shapely.polygons(part.copies(rings[0], which)))
    drawn = zip(*(part.copies(ring, which) for ring in rings), strict=True)
    return np.array([shapely.MultiPolygon(polygons(one)) for one in drawn], dtype=object)
