"""The pixel grid in the plate's frame: what test targets are drawn on, and what arrays are snapped to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from voxelyte.values import Length, Value

Place = Annotated[float, Field(ge=-1e9, le=1e9, strict=True, allow_inf_nan=False)]


class PixelGrid(Value):
    """Pixels of `pitch_x_um` by `pitch_y_um`; at (`corner_x_um`, `corner_y_um`) four of them meet.

    On a panel of even numbers of pixels that is the plate's centre.
    """

    pitch_x_um: Length
    pitch_y_um: Length
    corner_x_um: Place = 0.0
    corner_y_um: Place = 0.0

    @classmethod
    def centred(cls, width_px: int, height_px: int, pitch_x_um: float, pitch_y_um: float) -> PixelGrid:
        """That of a panel, whose middle is the plate's centre."""
        corner_x_um, corner_y_um = width_px % 2 * pitch_x_um / 2, height_px % 2 * pitch_y_um / 2
        return cls(pitch_x_um=pitch_x_um, pitch_y_um=pitch_y_um, corner_x_um=corner_x_um, corner_y_um=corner_y_um)

    def x_um(self, column: float) -> float:
        """Left edge of a column, counted from the corner at the centre."""
        return self.corner_x_um + column * self.pitch_x_um

    def y_um(self, row: float) -> float:
        """Front edge of a row, counted from the corner at the centre, towards the back."""
        return self.corner_y_um + row * self.pitch_y_um
