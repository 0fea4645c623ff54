"""Lines and gaps from one pixel up, along both axes: the thinnest wall that stands, and the narrowest gap that stays open.

Four blocks: at the back lines and gaps that run from front to back, in front those that run from left to right; at the
left single lines of 1, 2, … pixels with wide room between, at the right wide walls with gaps of 1, 2, … pixels between.
Lines fail by too little light and gaps by too much, so that both together bracket the exposure.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from voxelyte.bodies import Body
from voxelyte.solids._target import Box, PixelTarget, raised, rectangles


class LineLadderFilm(PixelTarget):
    """Lines and gaps of 1 to `most_px` pixels, `length_px` long; between lines, and as walls between gaps, `wide_px`."""

    feature: ClassVar[str] = "lines"
    most_px: Annotated[int, Field(ge=1, le=100, strict=True)]
    length_px: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    wide_px: Annotated[int, Field(ge=1, le=1000, strict=True)]

    @model_validator(mode="after")
    def _apart(self) -> LineLadderFilm:
        if self.wide_px <= self.most_px:
            raise ValueError(f"wide_px={self.wide_px} must exceed most_px={self.most_px}")
        return self

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """One body for each size of line or wall."""
        return raised(rectangles(self.pixels, self._boxes()), self.height_um)

    def _boxes(self) -> Iterator[Box]:
        """The four blocks around the middle, `wide_px` apart."""
        near, long = -(-self.wide_px // 2), self.length_px
        lines, walls = list(self._lines()), list(self._walls())
        wide, wider = lines[-1][1], walls[-1][1]
        yield from ((-near - wide + low, near, high - low, long) for low, high in lines)
        yield from ((near + low, near, high - low, long) for low, high in walls)
        yield from ((-near - long, -near - wide + low, long, high - low) for low, high in lines)
        yield from ((near, -near - wider + low, long, high - low) for low, high in walls)

    def _lines(self) -> Iterator[tuple[int, int]]:
        at = 0
        for width in range(1, self.most_px + 1):
            yield at, at + width
            at += width + self.wide_px

    def _walls(self) -> Iterator[tuple[int, int]]:
        at = 0
        for gap in range(1, self.most_px + 2):
            yield at, at + self.wide_px
            at += self.wide_px + gap


SOLID = LineLadderFilm
