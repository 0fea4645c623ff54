"""Rectangular outlines: the pouch cell's film with or without rounded corners, and the whole build plate."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from voxelyte.errors import RecipeError
from voxelyte.outline.room import TOUCH, Drawn, Floats
from voxelyte.outline.rounded import RoundedRectangle
from voxelyte.shapes import Rectangle
from voxelyte.values import Length, NotNegative, Value


class RectangleOutline(Drawn, Value):
    """A rectangle: `width_um` in x, `depth_um` in y, corners rounded with `corner_radius_um`."""

    shape: Literal["rectangle"] = "rectangle"
    width_um: Length
    depth_um: Length
    corner_radius_um: NotNegative = 0.0

    @model_validator(mode="after")
    def _corners_fit(self) -> RectangleOutline:
        most_um = min(self.width_um, self.depth_um) / 2
        if self.corner_radius_um > most_um:
            raise ValueError(
                f"corner_radius_um={self.corner_radius_um:g} must not exceed {most_um:g}, half the shorter side"
            )
        return self

    @property
    def figure(self) -> Rectangle | RoundedRectangle:
        """The outline's shape."""
        if self.corner_radius_um:
            return RoundedRectangle(self.width_um, self.depth_um, self.corner_radius_um)
        return Rectangle(self.width_um, self.depth_um)

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre."""
        return min(self.width_um, self.depth_um) / 2

    def on(self, size_um: tuple[float, float]) -> RectangleOutline:
        """The same rectangle on a plate of any size."""
        return self

    def within(self, x_um: Floats, y_um: Floats, clearance_um: float | Floats) -> NDArray[np.bool_]:
        """For each of the points: does a disc of radius `clearance_um` around it lie inside?"""
        right, back, bend = self.width_um / 2, self.depth_um / 2, self.corner_radius_um
        x, y = np.abs(x_um), np.abs(y_um)
        inside = (x <= (right - clearance_um) * (1 + TOUCH)) & (y <= (back - clearance_um) * (1 + TOUCH))
        if bend:
            into_x, into_y = np.maximum(x - (right - bend), 0), np.maximum(y - (back - bend), 0)
            slack = TOUCH * max(right, back)
            inside &= (into_x == 0) | (into_y == 0) | (np.hypot(into_x, into_y) <= bend - clearance_um + slack)
        return np.asarray(inside)

    def inset(self, margin_um: float) -> RectangleOutline:
        """The rectangle that lies at least `margin_um` inside. RecipeError where nothing does."""
        width_um, depth_um = self.width_um - 2 * margin_um, self.depth_um - 2 * margin_um
        if min(width_um, depth_um) < 0.001:
            size = f"{self.width_um:g} x {self.depth_um:g} µm"
            raise RecipeError(f"a margin of {margin_um:g} µm leaves no room of a rectangle of {size}")
        bend_um = max(0.0, self.corner_radius_um - margin_um)
        return RectangleOutline(
            width_um=width_um, depth_um=depth_um, corner_radius_um=min(bend_um, width_um / 2, depth_um / 2)
        )


class PlateOutline(Value):
    """The whole build plate; which rectangle that is, only a printer can say."""

    shape: Literal["plate"] = "plate"

    def on(self, size_um: tuple[float, float]) -> RectangleOutline:
        """The rectangle that a plate of `size_um` (width, depth) is."""
        return RectangleOutline(width_um=size_um[0], depth_um=size_um[1])
