"""The room of an array: what lies within an outline and its margin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import floor

import numpy as np
from numpy.typing import NDArray

from voxelyte.outline import DrawnOutline
from voxelyte.region import Bounds
from voxelyte.shapes import Disc, Polygon

Floats = NDArray[np.float64]

MAX_PLACES = 10_000_000
"""Places accepted in one array: a hundred whole plates of the paper's film, and still under 1 GB."""


@dataclass(frozen=True)
class Room:
    """What lies within `outline`, `margin_um` from its edge."""

    outline: DrawnOutline
    margin_um: float
    middle_um: tuple[float, float] = (0.0, 0.0)
    """About which columns and rows are centred; a notch in the outline does not move it."""

    @cached_property
    def bounds_um(self) -> Bounds:
        """Least x and y, greatest x and y; where the margin leaves nothing, the least exceed the greatest."""
        x0, y0, x1, y1 = self.outline.figure.bounds_um
        return x0 + self.margin_um, y0 + self.margin_um, x1 - self.margin_um, y1 - self.margin_um

    @property
    def spans_um(self) -> tuple[float, float]:
        """Width and depth that lie evenly about the middle."""
        x0, y0, x1, y1 = self.bounds_um
        x, y = self.middle_um
        return 2 * min(x1 - x, x - x0), 2 * min(y1 - y, y - y0)

    @cached_property
    def radius_um(self) -> float:
        """How far the outline reaches from the plate's centre."""
        figure = self.outline.figure
        if isinstance(figure, Disc):
            return figure.radius_um
        return float(max(np.hypot(*ring.T).max() for ring in figure.rings(1.0)))

    def crossings(self, x_um: Floats, y_um: Floats, reach_um: float) -> NDArray[np.bool_]:
        """bool[row, column]: which crossings can hold something that reaches `reach_um` from its middle."""
        return self.outline.holds(x_um, y_um, self.margin_um + reach_um)

    def holds(self, at_um: Floats, reach_um: float | Floats) -> NDArray[np.bool_]:
        """bool[n]: which of the points float64[n, 2] can hold something that reaches `reach_um` from its middle."""
        return self.outline.holds_points(at_um, self.margin_um + reach_um)

    def may_hold(self, at_um: Floats, clearance_um: Floats) -> NDArray[np.bool_]:
        """bool[n]: which points lie that far inside, or where it is negative, no farther outside; near corners also some that do not."""
        clearance_um = clearance_um + self.margin_um
        if not isinstance(self.outline.figure, Polygon):
            return self.outline.holds_points(at_um, clearance_um)
        import shapely

        near = shapely.dwithin(self.outline.polygon(1.0), shapely.points(at_um), np.maximum(-clearance_um, 0.0))
        near[near] = (clearance_um[near] <= 0) | self.outline.holds_points(
            at_um[near], np.maximum(clearance_um[near], 0.0)
        )
        return np.asarray(near)


def fitting(span_um: float, size_um: float, step_um: float) -> int:
    """How many things of `size_um` stand `step_um` apart within `span_um`."""
    return floor((span_um - size_um) / step_um * (1 + 1e-12) + 1e-9) + 1


def bounded(numbers: tuple[int, ...], what: str) -> None:
    """Refuse more places than an array may have, before any is made."""
    total = 1
    for number in numbers:
        total *= max(0, number)
    if total > MAX_PLACES:
        law = f"must not exceed {MAX_PLACES}"
        raise ValueError(f"{what} gives {' x '.join(map(str, numbers))} pillars; {law}")
