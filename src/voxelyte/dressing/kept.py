"""The outline that features keep to where a notch is cut into it: lattices stay where they are, and leave out what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from voxelyte.outline import EDGE_SAGITTA_UM, TOUCH, DrawnOutline, Floats, of_polygon
from voxelyte.shapes import Shape, circle_corners


@dataclass(frozen=True, eq=False)
class Kept:
    """`outline` where it keeps `away_um` to the polygon `slot`."""

    outline: DrawnOutline
    slot: Any
    away_um: float

    @property
    def figure(self) -> Shape:
        """That of the outline without the notch, which says how far a lattice reaches."""
        return self.outline.figure

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""
        return self.outline.notes

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre."""
        free_um = float(self.slot.distance(shapely.Point(0.0, 0.0))) - self.away_um
        return max(0.0, min(self.outline.inscribed_um, free_um))

    def on(self, size_um: tuple[float, float]) -> Kept:
        """The same on a plate of any size."""
        return self

    def holds(self, x_um: Floats, y_um: Floats, clearance_um: float) -> NDArray[np.bool_]:
        """For each crossing [row, column]: does a disc of radius `clearance_um` around it lie inside?"""
        held = self.outline.holds(x_um, y_um, clearance_um)
        row, column = np.nonzero(held)
        held[row, column] = self._clear(np.column_stack((x_um[column], y_um[row])), clearance_um)
        return held

    def holds_points(self, at_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """bool[n]: does a disc of radius `clearance_um`, one for all or one each, around each of `at_um`, float64[n, 2], lie inside?"""
        return self.outline.holds_points(at_um, clearance_um) & self._clear(at_um, clearance_um)

    def polygon(self, sagitta_um: float) -> shapely.Polygon:
        """The outline as a polygon that leaves its curves by at most `sagitta_um`."""
        quarter = circle_corners(self.away_um, sagitta_um) // 4
        taken = self.slot.buffer(self.away_um, quad_segs=quarter) if self.away_um else self.slot
        return of_polygon(self.outline.polygon(sagitta_um).difference(taken), "the notch").polygon(sagitta_um)

    def inset(self, margin_um: float) -> Kept:
        """What lies at least `margin_um` inside. RecipeError where nothing does."""
        inner = Kept(self.outline.inset(margin_um), self.slot, self.away_um + margin_um)
        inner.polygon(EDGE_SAGITTA_UM)  # which refuses what is not one piece
        return inner

    def _clear(self, at_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        slack_um = TOUCH * float(np.abs(self.outline.figure.bounds_um).max())
        shapely.prepare(self.slot)
        near = shapely.dwithin(self.slot, shapely.points(at_um), clearance_um + self.away_um - slack_um)
        return np.asarray(~near)
