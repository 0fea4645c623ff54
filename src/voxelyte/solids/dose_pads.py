"""Equal square pads in rows, each with its number as a tally in front of it: a working curve on one film.

Pads are counted from the front left, row by row; pad n has n small squares in front of it. On a common base each pad
gets the resin's exposure times a factor of its own; the tallies get the resin's, so that they can be read where pads fail.
Factors in equal ratios are equal steps of cure depth, which goes with the logarithm of the dose (Jacobs' working curve).
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from voxelyte.bodies import Body
from voxelyte.outline import RectangleOutline
from voxelyte.region import EMPTY, Lattice, Part, Points, Region
from voxelyte.shapes import Rectangle
from voxelyte.solids import Placed, Wish
from voxelyte.solids._target import Target, raised
from voxelyte.values import Length

COMMON = Wish()
"""The resin's own exposure."""

Factor = Annotated[float, Field(gt=0, le=1000, strict=True, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=1, le=100, strict=True)]


class DosePadsFilm(Target):
    """`columns` x `rows` pads of `pad_um`, `gap_um` apart. Tally squares of `tally_um` stand as far from each other and from their pad.

    `exposure_factors` has one for each pad, in the order in which they are counted; without it all get the resin's exposure.
    """

    feature: ClassVar[str] = "pads and tallies"
    columns: Side
    rows: Side
    pad_um: Length
    gap_um: Length
    tally_um: Length
    exposure_factors: tuple[Factor, ...] | None = None

    @model_validator(mode="after")
    def _a_factor_for_each(self) -> DosePadsFilm:
        pads = self.columns * self.rows
        if self.exposure_factors is not None and len(self.exposure_factors) != pads:
            raise ValueError(
                f"exposure_factors holds {len(self.exposure_factors)} factors; must hold one for each of {pads} pads"
            )
        return self

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
        pads = Part(self._pad, Lattice(x, y, np.ones((len(y), len(x)), dtype=bool)))
        return raised((pads, self._tallies), self.height_um)

    @cached_property
    def films(self) -> tuple[Placed, ...]:
        """Each pad, with the exposure that it wants."""
        side_um = self.pad_um + self.gap_um
        one = type(self)(
            outline=RectangleOutline(width_um=side_um, depth_um=side_um + 2 * self.gap_um),
            **{key: getattr(self, key) for key in ("base_um", "height_um", "pad_um", "gap_um", "tally_um")},
            columns=1,
            rows=1,
        )
        factors = self.exposure_factors or (1.0,) * len(self.pads_um)
        pads = enumerate(zip(self.pads_um.tolist(), factors, strict=True), start=1)
        return tuple(
            Placed(one, x, y, str(number), Wish(factor=factor), "", {"exposure_factor": factor})
            for number, ((x, y), factor) in pads
        )

    @property
    def every_wish(self) -> frozenset[Wish]:
        """The resin's exposure, and those of the pads."""
        return frozenset({COMMON, *(pad.wish for pad in self.films)})

    def wishes(self, z_um: float) -> frozenset[Wish]:
        """The resin's exposure, and above the base those of the pads too."""
        if not 0 <= z_um < self.levels_um[-1]:
            return frozenset()
        return frozenset({COMMON}) if z_um < self.base_um else self.every_wish

    def wanting(self, z_um: float, wishes: frozenset[Wish]) -> Region:
        """Pads with these wishes, and with the resin's exposure base or tallies too; the same object while nothing changes."""
        if z_um < self.base_um:
            return self.section(z_um) if COMMON in wishes else EMPTY
        if wishes >= self.wishes(z_um):
            return self.section(z_um)
        if wishes not in self._shown:
            self._shown[wishes] = self._above(wishes)
        return self._shown[wishes]

    @cached_property
    def _shown(self) -> dict[frozenset[Wish], Region]:
        return {}

    def _above(self, wishes: frozenset[Wish]) -> Region:
        at_um = [(pad.x_um, pad.y_um) for pad in self.films if pad.wish in wishes]
        pads = (Part(self._pad, Points(np.array(at_um))),) if at_um else ()
        return Region((*pads, self._tallies) if COMMON in wishes else pads)

    @property
    def _pad(self) -> Rectangle:
        return Rectangle(self.pad_um, self.pad_um)

    @cached_property
    def _tallies(self) -> Part:
        side = self.tally_um
        at_um = [
            (x - self.pad_um / 2 + (2 * one + 0.5) * side, y - self.pad_um / 2 - 1.5 * side)
            for pad, (x, y) in enumerate(self.pads_um.tolist(), start=1)
            for one in range(pad)
        ]
        return Part(Rectangle(side, side), Points(np.array(at_um)))

    def _axis(self, number: int) -> list[float]:
        return [(k - (number - 1) / 2) * (self.pad_um + self.gap_um) for k in range(number)]


SOLID = DosePadsFilm
