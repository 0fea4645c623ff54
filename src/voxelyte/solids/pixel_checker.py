"""A checkerboard of single pixels: it shows at a glance whether the masks reach the panel pixel by pixel.

Half of its pixels are lit, each fully, in exactly the panel's own grid. Where anything on the way resamples the
picture or shifts it by a part of a pixel, the board turns grey or shows moiré.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from voxelyte.bodies import Body
from voxelyte.region import Lattice, Part
from voxelyte.shapes import Rectangle
from voxelyte.solids._target import PixelTarget, raised

Cells = Annotated[int, Field(ge=2, le=20_000, multiple_of=2, strict=True)]


class PixelCheckerFilm(PixelTarget):
    """A board of `columns` x `rows` cells (even numbers), each `cell_px` x `cell_px` pixels; the one at the front left is lit."""

    feature: ClassVar[str] = "cells"
    columns: Cells
    rows: Cells
    cell_px: Annotated[int, Field(ge=1, le=1000, strict=True)] = 1

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The cells of the odd rows, and those of the even ones."""
        cell = Rectangle(self.cell_px * self.pixels.pitch_x_um, self.cell_px * self.pixels.pitch_y_um)
        return raised((Part(cell, self._half(start)) for start in (0, 1)), self.height_um)

    def _half(self, start: int) -> Lattice:
        x, y = (np.arange(start, number, 2) - number / 2 + 0.5 for number in (self.columns, self.rows))
        grid, cell = self.pixels, self.cell_px
        x_um = grid.corner_x_um + x * (cell * grid.pitch_x_um)
        y_um = grid.corner_y_um + y * (cell * grid.pitch_y_um)
        return Lattice(np.asarray(x_um), np.asarray(y_um), np.ones((len(y), len(x)), dtype=bool))


SOLID = PixelCheckerFilm
