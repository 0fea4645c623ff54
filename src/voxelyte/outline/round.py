"""Round outlines: the disc."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import RecipeError
from voxelyte.outline.room import TOUCH, Drawn, Floats
from voxelyte.shapes import Disc
from voxelyte.values import Length, Value


class DiscOutline(Drawn, Value):
    """A disc, such as the film of a coin cell."""

    shape: Literal["disc"] = "disc"
    diameter_um: Length

    @property
    def figure(self) -> Disc:
        """The outline's shape."""
        return Disc(self.diameter_um / 2)

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre."""
        return self.diameter_um / 2

    def on(self, size_um: tuple[float, float]) -> DiscOutline:
        """The same disc on a plate of any size."""
        return self

    def within(self, x_um: Floats, y_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """For each of the points: does a disc of radius `clearance_um` around it lie inside?"""
        return np.asarray(np.hypot(x_um, y_um) <= (self.diameter_um / 2 - clearance_um) * (1 + TOUCH))

    def inset(self, margin_um: float) -> DiscOutline:
        """The disc that lies at least `margin_um` inside. RecipeError where nothing does."""
        left_um = self.diameter_um - 2 * margin_um
        if left_um < 0.001:
            raise RecipeError(f"a margin of {margin_um:g} µm leaves no room of a disc of {self.diameter_um:g} µm")
        return DiscOutline(diameter_um=left_um)
