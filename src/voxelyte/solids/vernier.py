"""Two vernier scales, one along each axis: they show shifts of a fraction of a pixel to the naked eye.

As on a caliper, two combs face each other. The marks of the scale stand `pitch_px` pixels apart, those of the vernier
1 / `divisions` of a pixel more. Mark k of the vernier is k / `divisions` pixels off its partner, so the pair that lines up
tells by how much the vernier was shifted. The middle pair is longer by a half. With `rise_um` the vernier stands higher than
the scale, and its top tells by how much the last layers are shifted against those before.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from voxelyte.bodies import Body
from voxelyte.solids._target import Box, PixelTarget, raised, rectangles
from voxelyte.values import NotNegative


class VernierFilm(PixelTarget):
    """Marks `mark_px` wide and `length_px` long, `divisions` on each side of the middle one; scale and vernier are `gap_px` apart."""

    feature: ClassVar[str] = "marks"
    pitch_px: Annotated[int, Field(ge=2, le=1000, strict=True)]
    divisions: Annotated[int, Field(ge=1, le=100, strict=True)]
    mark_px: Annotated[int, Field(ge=1, le=1000, strict=True)]
    length_px: Annotated[int, Field(ge=2, le=10_000, strict=True)]
    gap_px: Annotated[int, Field(ge=1, le=1000, strict=True)]
    rise_um: NotNegative = 0.0

    @model_validator(mode="after")
    def _apart(self) -> VernierFilm:
        if self.mark_px >= self.pitch_px:
            raise ValueError(f"mark_px={self.mark_px} must be less than pitch_px={self.pitch_px}")
        return self

    @property
    def step_px(self) -> float:
        """By how much the vernier's pitch exceeds the scale's."""
        return 1 / self.divisions

    @cached_property
    def scales(self) -> tuple[Body, ...]:
        """Of both axes."""
        return raised(rectangles(self.pixels, self._combs(float(self.pitch_px), -1)), self.height_um)

    @cached_property
    def verniers(self) -> tuple[Body, ...]:
        """Of both axes."""
        boxes = self._combs(self.pitch_px + self.step_px, 1)
        return raised(rectangles(self.pixels, boxes), self.height_um + self.rise_um)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """Scales, then verniers."""
        return self.scales + self.verniers

    def _combs(self, pitch_px: float, side: int) -> Iterator[Box]:
        """One comb of each axis, that along x at the back. The gap is split in whole pixels; `side` is 1 beyond it, -1 on this side."""
        reach = self.gap_px + self.length_px + self.length_px // 2
        half = self.divisions * self.pitch_px + self.mark_px + 1
        near = self.gap_px // 2 if side < 0 else self.gap_px - self.gap_px // 2
        for k in range(-self.divisions, self.divisions + 1):
            length = self.length_px + (0 if k else self.length_px // 2)
            low = near if side > 0 else -near - length
            first = k * pitch_px - self.mark_px // 2
            yield first, half + low, self.mark_px, length
            yield low, first - reach, length, self.mark_px


SOLID = VernierFilm
