"""Equal square pads in rows, each with its number as a tally beside it: the plate for a working curve or an exposure ladder.

Pads are counted from the front left, row by row; pad n has n small squares in front of it. What differs from pad to
pad is the exposure, which is no matter of geometry.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from voxelyte.bodies import Body
from voxelyte.region import Lattice, Part, Points
from voxelyte.shapes import Rectangle
from voxelyte.solids._target import Target, raised
from voxelyte.values import Length

Side = Annotated[int, Field(ge=1, le=100, strict=True)]


class DosePadsFilm(Target):
    """`columns` x `rows` pads of `pad_um`, `gap_um` apart. Tally squares of `tally_um` stand as far from each other and from their pad."""

    feature: ClassVar[str] = "pads and tallies"
    columns: Side
    rows: Side
    pad_um: Length
    gap_um: Length
    tally_um: Length

    @model_validator(mode="after")
    def _tally_fits(self) -> DosePadsFilm:
        most = self.columns * self.rows
        if (2 * most - 1) * self.tally_um > self.pad_um * (1 + 1e-9):
            raise ValueError(
                f"tally_um={self.tally_um:g}: {most} squares, as far apart as they are wide, must fit pad_um={self.pad_um:g}"
            )
        if 3 * self.tally_um > self.gap_um * (1 + 1e-9):
            raise ValueError(f"gap_um={self.gap_um:g} must be at least three times tally_um={self.tally_um:g}")
        return self

    @property
    def pads_um(self) -> NDArray[np.float64]:
        """float64[n, 2]: the pads' middles, in the order in which they are counted."""
        x, y = (np.asarray(self._axis(number)) for number in (self.columns, self.rows))
        return np.array([(column, row) for row in y for column in x])

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """Pads, then tallies."""
        x, y = (np.asarray(self._axis(number)) for number in (self.columns, self.rows))
        pads = Part(Rectangle(self.pad_um, self.pad_um), Lattice(x, y, np.ones((len(y), len(x)), dtype=bool)))
        tallies = Part(Rectangle(self.tally_um, self.tally_um), Points(np.array(list(self._tallies()))))
        return raised((pads, tallies), self.height_um)

    def _axis(self, number: int) -> list[float]:
        return [(k - (number - 1) / 2) * (self.pad_um + self.gap_um) for k in range(number)]

    def _tallies(self) -> Iterator[tuple[float, float]]:
        for pad, (x, y) in enumerate(self.pads_um.tolist()):
            for one in range(pad + 1):
                yield x - self.pad_um / 2 + (2 * one + 0.5) * self.tally_um, y - self.pad_um / 2 - 1.5 * self.tally_um


SOLID = DosePadsFilm
