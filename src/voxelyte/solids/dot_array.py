"""Square dots from one pixel up: the smallest feature that a machine and its slurry hold.

Each row has one size, the smallest in front; a row's dots are equal, so that a lost one is chance and a lost row is
the limit. Every dot covers whole pixels: a dot of n pixels lights exactly n² of them, on any panel, without greys.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field

from voxelyte.bodies import Body
from voxelyte.solids._target import PixelTarget, raised, rectangles


class DotArrayFilm(PixelTarget):
    """Rows of `repeats` dots of 1 to `most_px` pixels a side, at least `gap_px` pixels apart."""

    feature: ClassVar[str] = "dots"
    most_px: Annotated[int, Field(ge=1, le=100, strict=True)]
    repeats: Annotated[int, Field(ge=1, le=1000, strict=True)]
    gap_px: Annotated[int, Field(ge=1, le=1000, strict=True)]

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """One body for each size."""
        step = self.most_px + self.gap_px
        left, front = (-(number * step - self.gap_px) // 2 for number in (self.repeats, self.most_px))
        boxes = (
            (left + column * step, front + (size - 1) * step, size, size)
            for size in range(1, self.most_px + 1)
            for column in range(self.repeats)
        )
        return raised(rectangles(self.pixels, boxes), self.height_um)


SOLID = DotArrayFilm
