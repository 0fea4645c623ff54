"""A letter F on a base: the test target that shows which way a machine turns its masks over.

Seen from above it reads as an F: its stem is at the left (-x), its long bar at the back (+y). An F has no symmetry,
so that a mirror in x, in y, in both, or a quarter turn each show another picture.
"""

from __future__ import annotations

from functools import cached_property
from math import hypot
from typing import ClassVar

import numpy as np
from pydantic import model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.region import Part
from voxelyte.shapes import Polygon
from voxelyte.solids._film import Film
from voxelyte.values import Length

STROKES = 5, 3
"""Height and width of the letter in widths of its stroke."""
_CORNERS = [(0, 0), (1, 0), (1, 2), (2, 2), (2, 3), (1, 3), (1, 4), (3, 4), (3, 5), (0, 5)]


class FMarkFilm(Film):
    """An F that is `size_um` from foot to top, `size_um` / 5 in its stroke, centred, `height_um` above the base."""

    feature: ClassVar[str] = "marks"
    size_um: Length
    height_um: Length

    @model_validator(mode="after")
    def _inside(self) -> FMarkFilm:
        reach_um = hypot(*STROKES) / STROKES[0] * self.size_um / 2
        if not self.drawn.holds(np.zeros(1), np.zeros(1), reach_um).all():
            raise ValueError(f"size_um={self.size_um:g}: the letter must lie within the outline")
        return self

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The letter."""
        high, wide = STROKES
        ring = (np.array(_CORNERS, dtype=np.float64) - (wide / 2, high / 2)) * (self.size_um / high)
        return (Upright(Part(Polygon((ring,))), self.height_um),)


SOLID = FMarkFilm
