"""The pillar film (p-3DSE of the paper): round pillars on a square lattice on a base."""

from __future__ import annotations

from functools import cached_property
from math import floor, pi
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.region import Lattice, Part
from voxelyte.shapes import Disc
from voxelyte.solids._film import Film
from voxelyte.values import Length, NotNegative

MAX_PILLARS = 10_000_000
"""Lattice crossings accepted: a hundred whole plates of the paper's film, and still under 1 GB."""


class PillarFilm(Film):
    """Pillars of `diameter_um` and `height_um`, either `gap_um` apart edge to edge or `pitch_um` centre to centre.

    Only whole pillars that keep `margin_um` to the outline; as many columns and rows as fit, centred.
    """

    feature: ClassVar[str] = "pillars"
    diameter_um: Length
    height_um: Length
    gap_um: Length | None = None
    pitch_um: Length | None = None
    margin_um: NotNegative = 0.0

    @model_validator(mode="after")
    def _lattice_possible(self) -> PillarFilm:
        if (self.gap_um is None) == (self.pitch_um is None):
            raise ValueError(f"gap_um={self.gap_um} and pitch_um={self.pitch_um}: exactly one of the two must be given")
        if self.pitch_um is not None and self.pitch_um <= self.diameter_um:
            raise ValueError(f"pitch_um={self.pitch_um:g} must exceed diameter_um={self.diameter_um:g}")
        columns, rows = (self._fitting(span) for span in self._room_um)
        fits = min(columns, rows) > 0
        if fits and columns * rows > MAX_PILLARS:
            raise ValueError(
                f"pitch_um={self.spacing_um:g} gives {columns} x {rows} pillars; must not exceed {MAX_PILLARS}"
            )
        if not (fits and self.count):
            raise ValueError(
                f"diameter_um={self.diameter_um:g} with margin_um={self.margin_um:g}: no whole pillar fits the outline"
            )
        return self

    @property
    def spacing_um(self) -> float:
        """Centre to centre distance, however it was given."""
        return self.diameter_um + self.gap_um if self.pitch_um is None else self.pitch_um  # type: ignore[operator]

    @property
    def cell_fraction(self) -> float:
        """Pillar area per unit cell of the endless lattice."""
        return pi * (self.diameter_um / 2) ** 2 / self.spacing_um**2

    @property
    def cell_area_factor(self) -> float:
        """1 + π d h / pitch²: surface over footprint of the endless lattice."""
        return 1 + pi * self.diameter_um * self.height_um / self.spacing_um**2

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """All pillars as one body."""
        x_um, y_um = (self._axis(span) for span in self._room_um)
        if not (x_um.size and y_um.size):
            return ()
        present = self.drawn.holds(x_um, y_um, self.diameter_um / 2 + self.margin_um)
        columns, rows = present.any(axis=0), present.any(axis=1)
        lattice = Lattice(x_um[columns], y_um[rows], present[rows][:, columns])
        return (Upright(Part(Disc(self.diameter_um / 2), lattice), self.height_um),) if lattice.count else ()

    @property
    def _room_um(self) -> tuple[float, float]:
        """Width and depth within the margin."""
        x0, y0, x1, y1 = self.drawn.figure.bounds_um
        return x1 - x0 - 2 * self.margin_um, y1 - y0 - 2 * self.margin_um

    def _fitting(self, span_um: float) -> int:
        """How many pillars stand side by side within `span_um`."""
        return floor((span_um - self.diameter_um) / self.spacing_um * (1 + 1e-12) + 1e-9) + 1

    def _axis(self, span_um: float) -> NDArray[np.float64]:
        """Coordinates of the columns or rows within `span_um`, centred."""
        number = max(0, self._fitting(span_um))
        return np.asarray((np.arange(number) - (number - 1) / 2) * self.spacing_um, dtype=np.float64)


SOLID = PillarFilm
