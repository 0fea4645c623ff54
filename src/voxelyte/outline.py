"""Outlines of a film: a disc, a rectangle, or the whole build plate, centred on the plate."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from voxelyte.errors import RecipeError
from voxelyte.region import Part, Region
from voxelyte.shapes import Disc, Rectangle, Shape
from voxelyte.values import Length, Value

TOUCH = 1e-9
"""Relative tolerance within which a feature that touches the outline from inside counts as whole."""


class DiscOutline(Value):
    """A disc, such as the film of a coin cell."""

    shape: Literal["disc"] = "disc"
    diameter_um: Length

    @property
    def figure(self) -> Shape:
        """The outline's shape."""
        return Disc(self.diameter_um / 2)

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre."""
        return self.diameter_um / 2

    def on(self, size_um: tuple[float, float]) -> DiscOutline:
        """The same disc on a plate of any size."""
        return self

    def holds(self, x_um: NDArray[np.float64], y_um: NDArray[np.float64], clearance_um: float) -> NDArray[np.bool_]:
        """For each crossing [row, column]: does a disc of radius `clearance_um` around it lie inside?"""
        room_um = (self.diameter_um / 2 - clearance_um) * (1 + TOUCH)
        return np.asarray(np.hypot(x_um[None, :], y_um[:, None]) <= room_um)


class RectangleOutline(Value):
    """A rectangle: `width_um` in x, `depth_um` in y."""

    shape: Literal["rectangle"] = "rectangle"
    width_um: Length
    depth_um: Length

    @property
    def figure(self) -> Shape:
        """The outline's shape."""
        return Rectangle(self.width_um, self.depth_um)

    @property
    def inscribed_um(self) -> float:
        """Radius of the largest circle inside, around the centre."""
        return min(self.width_um, self.depth_um) / 2

    def on(self, size_um: tuple[float, float]) -> RectangleOutline:
        """The same rectangle on a plate of any size."""
        return self

    def holds(self, x_um: NDArray[np.float64], y_um: NDArray[np.float64], clearance_um: float) -> NDArray[np.bool_]:
        """For each crossing [row, column]: does a disc of radius `clearance_um` around it lie inside?"""
        fits_x = np.abs(x_um) <= (self.width_um / 2 - clearance_um) * (1 + TOUCH)
        fits_y = np.abs(y_um) <= (self.depth_um / 2 - clearance_um) * (1 + TOUCH)
        return np.asarray(fits_x[None, :] & fits_y[:, None])


class PlateOutline(Value):
    """The whole build plate; which rectangle that is, only a printer can say."""

    shape: Literal["plate"] = "plate"

    def on(self, size_um: tuple[float, float]) -> RectangleOutline:
        """The rectangle that a plate of `size_um` (width, depth) is."""
        return RectangleOutline(width_um=size_um[0], depth_um=size_um[1])


Outline = Annotated[DiscOutline | RectangleOutline | PlateOutline, Field(discriminator="shape")]
DrawnOutline = DiscOutline | RectangleOutline


def drawn(outline: DiscOutline | RectangleOutline | PlateOutline) -> DrawnOutline:
    """The outline, if it has a size; a plate must be resolved by a printer first."""
    if isinstance(outline, PlateOutline):
        raise RecipeError("outline.shape='plate' needs a printer: outline.on(panel.size_um)")
    return outline


def region_of(outline: DrawnOutline) -> Region:
    """The outline filled."""
    return Region((Part(outline.figure),))
