"""Round outlines: the disc."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import RecipeError
from voxelyte.outline.room import TOUCH, Drawn, Floats
from voxelyte.shapes import Disc
from voxelyte.values import Length, Value


class RoundOutline(Drawn, Value):
    """The answers of a disc of diameter `across_um`."""

    @property
    def across_um(self) -> float:
        """Diameter of the disc."""
        raise NotImplementedError

    @property
    def figure(self) -> Disc:
        """The outline's shape."""
        return Disc(self.across_um / 2)

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre."""
        return self.across_um / 2

    def within(self, x_um: Floats, y_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """For each of the points: does a disc of radius `clearance_um` around it lie inside?"""
        return np.asarray(np.hypot(x_um, y_um) <= (self.across_um / 2 - clearance_um) * (1 + TOUCH))


class DiscOutline(RoundOutline):
    """A disc, such as the film of a coin cell."""

    shape: Literal["disc"] = "disc"
    diameter_um: Length

    @property
    def across_um(self) -> float:
        """Diameter of the disc."""
        return self.diameter_um

    def on(self, size_um: tuple[float, float]) -> DiscOutline:
        """The same disc on a plate of any size."""
        return self

    def inset(self, margin_um: float) -> DiscOutline:
        """The disc that lies at least `margin_um` inside. RecipeError where nothing does."""
        left_um = self.diameter_um - 2 * margin_um
        if left_um < 0.001:
            raise RecipeError(f"a margin of {margin_um:g} µm leaves no room of a disc of {self.diameter_um:g} µm")
        return DiscOutline(diameter_um=left_um)
