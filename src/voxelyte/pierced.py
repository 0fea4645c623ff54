"""A figure pierced by many equal holes: the walls of a grid or a honeycomb, up to an outline.

Walls between holes are not built from pieces: they are the outline's figure less the holes. Whole holes stay one shape at many
places, exact and fast; only those that cross the outline are cut, and their measures are closed forms where that is a circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.region import Lattice, Part, Places, Points
from voxelyte.shapes import Disc, Polygon, Rectangle, Ring, Shape

if TYPE_CHECKING:
    import shapely

Floats = NDArray[np.float64]

INSIDE = 1e-12
"""How much nearer than a circle (of its radius) the corners of a hole must be for the hole to lie whole within it."""


NEAR_UM = 0.001
"""How near to the outline a corner of a hole, as drawn, counts as lying on it: the grid of lengths, and what an STL file can tell apart."""


class Cut(NamedTuple):
    """What a figure cuts out of each hole: area, length of the hole's edges inside, length of the figure's boundary in the hole."""

    area_um2: Floats
    edges_um: Floats
    boundary_um: Floats


@dataclass(frozen=True, eq=False)
class Pierced:
    """`outer`, a disc or straight-edged, less `holes`, which lie inside it, and `notches`, which cross its boundary.

    Notches are float64[n, corners, 2], counter-clockwise. Holes and notches are disjoint.
    """

    outer: Shape
    holes: tuple[Part, ...]
    notches: Floats

    @classmethod
    def of(cls, outer: Shape, hole: Shape, places: tuple[Places, ...]) -> Pierced:
        """`outer`, less a straight-edged hole at all places; what lies outside counts for nothing."""
        ring = hole.rings(1.0)[0]
        kept, crossing = [], []
        for one in places:
            whole, near = _sorted(outer, one.at_um, _reach(ring))
            corners = _flush(outer, one.at_um[near][:, None] + ring)
            whole[near], cut = _met(outer, corners)
            kept.append(Part(hole, _some(one, whole)))
            crossing.append(corners[cut])
        return cls(outer, tuple(part for part in kept if part.places.count), np.concatenate(crossing))

    @cached_property
    def _cut(self) -> Cut:
        return _cut(self.outer, self.notches)

    @cached_property
    def area_um2(self) -> float:
        """The figure's, less all holes."""
        return self.outer.area_um2 - sum(hole.area_um2 for hole in self.holes) - float(self._cut.area_um2.sum())

    @cached_property
    def perimeter_um(self) -> float:
        """What is left of the figure's own boundary, and the edges of the holes inside it."""
        edges = sum(hole.perimeter_um for hole in self.holes) + float(self._cut.edges_um.sum())
        return self.outer.perimeter_um - float(self._cut.boundary_um.sum()) + edges

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Those of the figure, which its walls cannot leave."""
        return self.outer.bounds_um

    @cached_property
    def pieces(self) -> int:
        """As many as it falls into: where a hole cuts off a bit of wall at the outline, that is one more."""
        x0, y0, x1, y1 = self.bounds_um
        return len(self._drawn(min(x1 - x0, y1 - y0) * 1e-5)[0])

    def rings(self, sagitta_um: float) -> list[Ring]:
        """The figure's boundary with the notches cut out, and the holes."""
        pieces, holes = self._drawn(sagitta_um)
        around = [np.asarray(ring.coords)[:-1] for piece in pieces for ring in (piece.exterior, *piece.interiors)]
        return [*around, *(hole[::-1] for hole in holes)]

    def terms(self, sagitta_um: float) -> tuple[tuple[int, Part], ...]:
        """What it is the sum of, with signs: the figure, the whole holes, and what the figure cuts out of the others."""
        cut = self._within(sagitta_um)
        notched = [(-1, Part(Polygon(tuple(cut))))] if cut else []
        return (1, Part(self.outer)), *((-1, hole) for hole in self.holes), *notched

    def _drawn(self, sagitta_um: float) -> tuple[list[shapely.Polygon], list[Ring]]:
        """The figure without its notches, oriented as rings are, and the holes in it.

        As drawn, the figure is up to a sagitta smaller than it is, and can cross holes that lie whole within it. A hole that touches
        its outline is open there: no wall has a width of nothing.
        """
        import shapely

        figure = _drawn(self.outer, sagitta_um)
        edge = shapely.boundary(figure)
        shapely.prepare([figure, edge])
        inside, crossing = [], [_crossing(edge, self.notches)]
        for hole in self.holes:
            ring = hole.shape.rings(sagitta_um)[0]
            whole, near = _sorted(self.outer, hole.places.at_um, _reach(ring) + 2 * sagitta_um)
            drawn = _crossing(edge, hole.copies(ring, near))
            whole[near] = within = shapely.contains_properly(figure, shapely.polygons(drawn))
            inside.append(hole.copies(ring, whole))
            crossing.append(drawn[~within])
        left = shapely.difference(figure, shapely.union_all(shapely.polygons(np.concatenate(crossing))))
        pieces = [piece for piece in shapely.get_parts(shapely.orient_polygons(left)) if piece.area > 0]
        return pieces, [ring for rings in inside for ring in rings]

    def _within(self, sagitta_um: float) -> list[Ring]:
        """The parts of the notches that lie in the figure, as rings."""
        import shapely

        cut = shapely.intersection(shapely.polygons(self.notches), _drawn(self.outer, sagitta_um))
        parts = shapely.get_parts(shapely.orient_polygons(shapely.get_parts(cut)))
        areas = parts[shapely.area(parts) > 0]
        return [np.asarray(shapely.get_coordinates(ring))[:-1] for ring in shapely.get_rings(areas)]


def _crossing(edge: shapely.Geometry, rings: Floats) -> Floats:
    """Rings, float64[n, k, 2], whose corners on `edge` are moved straight across it, so that what touched it crosses it."""
    import shapely

    on = shapely.distance(edge, shapely.points(rings)) < NEAR_UM
    if not on.any():
        return rings
    beyond = (rings + NEAR_UM * _away(rings - rings.mean(axis=1, keepdims=True)))[on]
    ways = shapely.get_coordinates(shapely.shortest_line(edge, shapely.points(beyond))).reshape(-1, 2, 2)
    moved = rings.copy()
    moved[on] += 2 * NEAR_UM * _away(ways[:, 1] - ways[:, 0])
    return moved


def _away(ways: Floats) -> Floats:
    """Ways of length 1, or of none."""
    length = np.hypot(ways[..., 0], ways[..., 1])[..., None]
    return np.asarray(ways / np.where(length > 0, length, 1.0))


def _some(places: Places, which: NDArray[np.bool_]) -> Places:
    """Some of the places; a lattice stays one."""
    if not isinstance(places, Lattice):
        return Points(places.at_um[which])
    present = np.zeros_like(places.present)
    present[places.present] = which
    columns, rows = present.any(axis=0), present.any(axis=1)
    return Lattice(places.x_um[columns], places.y_um[rows], present[rows][:, columns])


def _reach(ring: Ring) -> float:
    """Radius of the circle around the origin that holds a ring."""
    return float(np.hypot(*ring.T).max())


def _sorted(outer: Shape, at_um: Floats, reach_um: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which places are surely farther than this inside a figure, and which are so near its boundary that one has to look."""
    inside = _clearance(outer, at_um)
    whole = inside > reach_um * (1 + INSIDE)
    return whole, ~whole & (inside > -reach_um)


def _clearance(outer: Shape, at_um: Floats) -> Floats:
    """How far inside a figure each place lies, at least; negative for those outside."""
    if isinstance(outer, Disc):
        return np.asarray(outer.radius_um - np.hypot(*at_um.T))
    if isinstance(outer, Rectangle):
        return np.asarray((np.array((outer.width_um / 2, outer.depth_um / 2)) - np.abs(at_um)).min(axis=1))
    import shapely

    figure, points = _drawn(outer, 1.0), shapely.points(at_um)
    shapely.prepare(figure)
    away = shapely.distance(points, shapely.boundary(figure))
    return np.asarray(np.where(shapely.contains_properly(figure, points), away, -away))


FLUSH_UM = 1e-7
"""Corners of holes that are nearer to a side of the figure's box lie on it: those of turned holes lie where rounding puts them."""


def _flush(outer: Shape, corners: Floats) -> Floats:
    """The corners, float64[n, k, 2], with those on a side of the figure's box exactly there."""
    low, high = np.reshape(outer.bounds_um, (2, 2))
    raised = np.where(np.abs(corners - low) < FLUSH_UM, low, corners)
    return np.where(np.abs(corners - high) < FLUSH_UM, high, raised)


def _met(outer: Shape, corners: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which polygons, float64[n, k, 2], lie whole within a figure, and which cross its boundary."""
    if isinstance(outer, Disc):
        whole = np.hypot(corners[..., 0], corners[..., 1]).max(axis=1) < outer.radius_um * (1 - INSIDE)
    else:
        import shapely

        figure = _drawn(outer, 1.0)
        shapely.prepare(figure)
        whole = shapely.contains_properly(figure, shapely.polygons(corners))
    cut = ~whole
    cut[cut] = _cut(outer, corners[cut]).area_um2 > INSIDE * outer.area_um2
    return whole, cut


def _cut(outer: Shape, polygons: Floats) -> Cut:
    """How a figure cuts polygons, float64[n, k, 2]."""
    if isinstance(outer, Disc):
        return _cut_by_circle(outer.radius_um, polygons)
    import shapely

    figure, drawn = _drawn(outer, 1.0), shapely.polygons(polygons)
    boundary = shapely.boundary(figure)
    inside = shapely.intersection(drawn, figure)
    # An edge that lies on the boundary is neither the hole's nor the figure's: the hole is open there.
    around = shapely.boundary(drawn)
    shared = shapely.length(shapely.intersection(around, boundary))
    edges = shapely.length(shapely.intersection(around, figure)) - shared
    return Cut(shapely.area(inside), edges, shapely.length(shapely.intersection(drawn, boundary)))


def _cut_by_circle(radius_um: float, polygons: Floats) -> Cut:
    """By Green's theorem: along the edges inside, and along the circle between where they leave and come back."""
    start, along = polygons, np.roll(polygons, -1, axis=1) - polygons
    a, b = (along**2).sum(axis=2), (start * along).sum(axis=2)
    root = np.sqrt(np.maximum(b * b - a * ((start**2).sum(axis=2) - radius_um**2), 0))
    first, last = ((sign * root - b) / a for sign in (-1, 1))
    first, last = first.clip(0, 1), last.clip(0, 1)
    inside = (last - first) * _cross(start, along)
    enter, leave = (start + share[..., None] * along for share in (first, last))
    turn = _angle(start, enter) + _angle(leave, start + along)
    turned = turn.sum(axis=1)
    edges = (np.sqrt(a) * (last - first)).sum(axis=1)
    return Cut(inside.sum(axis=1) / 2 + radius_um**2 * turned / 2, edges, radius_um * turned)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _angle(a: Floats, b: Floats) -> Floats:
    """From one direction to another, counter-clockwise."""
    return np.asarray(np.arctan2(_cross(a, b), (a * b).sum(axis=-1)))


def _drawn(figure: Shape, sagitta_um: float) -> shapely.Geometry:
    """A figure as polygons."""
    import shapely

    from voxelyte.region import polygons

    return shapely.union_all(polygons(figure.rings(sagitta_um)))
