"""What every outline with a size answers, and the outline of any polygon."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import RecipeError
from voxelyte.region import polygons
from voxelyte.shapes import Polygon, Shape, circle_corners

if TYPE_CHECKING:
    import shapely

TOUCH = 1e-9
"""Relative tolerance within which a feature that touches the outline from inside counts as whole."""
EDGE_SAGITTA_UM = 0.05
"""How far flattened curves may leave the true ones: less than a thousandth of a pixel of 62 µm."""
POINTS_AT_ONCE = 1 << 16

Floats = NDArray[np.float64]


class DrawnOutline(Protocol):
    """An outline with a size, around the plate's centre."""

    @property
    def figure(self) -> Shape:
        """The outline's shape."""

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre."""

    def holds(self, x_um: Floats, y_um: Floats, clearance_um: float) -> NDArray[np.bool_]:
        """For each crossing [row, column]: does a disc of radius `clearance_um` around it lie inside?"""

    def holds_points(self, at_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """bool[n]: does a disc of radius `clearance_um`, one for all or one each, around each of `at_um`, float64[n, 2], lie inside?"""

    def polygon(self, sagitta_um: float) -> shapely.Polygon:
        """The outline as a polygon that leaves its curves by at most `sagitta_um`."""

    def inset(self, margin_um: float) -> DrawnOutline:
        """What lies at least `margin_um` inside. RecipeError where nothing does."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""


class Drawn:
    """The answers that follow from `within` and `figure`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""
        return ()

    @property
    def figure(self) -> Shape:
        """The outline's shape."""
        raise NotImplementedError

    def within(self, x_um: Floats, y_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """For each of the points, arrays that fit each other: does a disc of radius `clearance_um` around it lie inside?"""
        raise NotImplementedError

    def holds(self, x_um: Floats, y_um: Floats, clearance_um: float) -> NDArray[np.bool_]:
        """For each crossing [row, column]: does a disc of radius `clearance_um` around it lie inside?"""
        return self.within(x_um[None, :], y_um[:, None], clearance_um)

    def holds_points(self, at_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """bool[n]: does a disc of radius `clearance_um`, one for all or one each, around each of `at_um`, float64[n, 2], lie inside?"""
        return self.within(at_um[:, 0], at_um[:, 1], clearance_um)

    def polygon(self, sagitta_um: float) -> shapely.Polygon:
        """The outline as a polygon that leaves its curves by at most `sagitta_um`."""
        return polygons(self.figure.rings(sagitta_um))[0]


class DrawnPolygon(Drawn):
    """The answers of an outline whose figure is a `Polygon`: its distances are those of its edges."""

    @property
    def figure(self) -> Polygon:
        """The outline's shape."""
        raise NotImplementedError

    @cached_property
    def area(self) -> shapely.Polygon:
        """The polygon, made ready for many questions."""
        import shapely

        area = polygons(self.figure.boundary)[0]
        shapely.prepare(area)
        return area

    @cached_property
    def edge(self) -> shapely.MultiLineString:
        """Its boundary, made ready for many questions."""
        import shapely

        edge = shapely.boundary(self.area)
        shapely.prepare(edge)
        return edge

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre; 0 where the centre is outside."""
        import shapely

        centre = shapely.Point(0.0, 0.0)
        return float(self.edge.distance(centre)) if self.area.contains(centre) else 0.0

    def within(self, x_um: Floats, y_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """For each of the points: inside, and no nearer to any edge than the clearance?"""
        x, y, clearance = np.broadcast_arrays(x_um, y_um, clearance_um)
        found = np.zeros(x.size, dtype=bool)
        for start in range(0, x.size, POINTS_AT_ONCE):
            some = slice(start, start + POINTS_AT_ONCE)
            found[some] = self._within(x.flat[some], y.flat[some], clearance.flat[some])
        return found.reshape(x.shape)

    def _within(self, x: Floats, y: Floats, clearance: Floats) -> NDArray[np.bool_]:
        import shapely

        inside = np.asarray(shapely.intersects_xy(self.area, x, y))
        near = shapely.dwithin(self.edge, shapely.points(x[inside], y[inside]), clearance[inside] - self._slack_um)
        inside[inside] = ~near
        return inside

    def inset(self, margin_um: float) -> DrawnOutline:
        """What lies at least `margin_um` inside. RecipeError where nothing does, or where it falls into pieces."""
        import shapely

        left = self.area
        if margin_um > self._slack_um:
            left = shapely.buffer(left, -margin_um, quad_segs=circle_corners(margin_um, EDGE_SAGITTA_UM) // 4)
        return of_polygon(left, f"a margin of {margin_um:g} µm")

    @property
    def _slack_um(self) -> float:
        return TOUCH * float(np.abs(self.figure.bounds_um).max())


@dataclass(frozen=True, eq=False)
class Room(DrawnPolygon):
    """The outline of a polygon: what is left of another one."""

    left: Polygon

    @property
    def figure(self) -> Polygon:
        """The outline's shape."""
        return self.left

    def on(self, size_um: tuple[float, float]) -> Room:
        """The same room on a plate of any size."""
        return self


def of_polygon(area: Any, cause: str) -> Room:
    """The outline of a shapely polygon that `cause` left over; RecipeError unless that is one piece."""
    import shapely

    pieces = [one for one in shapely.get_parts(area) if one.area > 0]
    if len(pieces) != 1:
        raise RecipeError(
            f"{cause} leaves {len(pieces) or 'no'} {'pieces' if pieces else 'room'} of the outline; must leave one"
        )
    return Room(figure_of(pieces))


def figure_of(pieces: Any) -> Polygon:
    """The shape of shapely polygons."""
    import shapely

    rings = shapely.get_rings(shapely.orient_polygons(np.asarray(pieces)))
    return Polygon(tuple(shapely.get_coordinates(ring)[:-1] for ring in rings))
