"""A Siemens star: equal spokes and gaps that grow finer towards the middle; where they blur is the resolution, in every direction.

At the radius r a spoke and its gap together are 2 π r / spokes wide. The spokes end at an inner circle, so that none touches another.
"""

from __future__ import annotations

from functools import cached_property
from math import pi
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from voxelyte.bodies import Body
from voxelyte.region import Part
from voxelyte.shapes import Polygon, Ring
from voxelyte.solids._target import Target, raised
from voxelyte.values import Length


class SiemensStarFilm(Target):
    """`spokes` spokes from `inner_um` to `diameter_um` (both diameters), the first along +x; each is a trapezium, its ends are straight."""

    feature: ClassVar[str] = "spokes"
    diameter_um: Length
    inner_um: Length
    spokes: Annotated[int, Field(ge=3, le=1000, strict=True)]

    @model_validator(mode="after")
    def _a_star(self) -> SiemensStarFilm:
        if self.inner_um >= self.diameter_um:
            raise ValueError(f"inner_um={self.inner_um:g} must be less than diameter_um={self.diameter_um:g}")
        return self

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """All spokes as one shape."""
        return raised((Part(Polygon(tuple(self._spoke(k) for k in range(self.spokes)))),), self.height_um)

    def _held(self) -> bool:
        """Whether the circle around it does."""
        return bool(self.drawn.holds(np.zeros(1), np.zeros(1), self.diameter_um / 2).all())

    def _spoke(self, k: int) -> Ring:
        middle, half = 2 * pi * k / self.spokes, pi / (2 * self.spokes)
        angle = np.array((middle - half, middle - half, middle + half, middle + half))
        radius = np.array((self.inner_um, self.diameter_um, self.diameter_um, self.inner_um)) / 2
        return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


SOLID = SiemensStarFilm
