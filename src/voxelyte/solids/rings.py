"""A film with concentric rings."""

from __future__ import annotations

from functools import cached_property
from math import floor
from typing import ClassVar

from pydantic import model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.region import Part
from voxelyte.shapes import Rings
from voxelyte.solids._round_walls import RoundWalls

MAX_RINGS = 20_000
"""Rings accepted: eighty times those of a film like the paper's spiral over a whole plate."""


class RingsFilm(RoundWalls):
    """Rings of `width_um` and `height_um`, `gap_um` apart, around the middle; only whole ones.

    The first lies outside `inner_radius_um` (0: it is a disc), the last within `outer_radius_um`; without the latter, within the largest
    circle within the margin.
    """

    feature: ClassVar[str] = "rings"

    @model_validator(mode="after")
    def _rings_possible(self) -> RingsFilm:
        self.refuse_beyond_the_edge()
        if 0 < self.inner_radius_um < 0.001:
            raise ValueError(f"inner_radius_um={self.inner_radius_um:g} must be 0 or at least 0.001 µm (1 nm)")
        if self._fitting < 1:
            raise self.no_room()
        if self._fitting > MAX_RINGS:
            raise ValueError(f"width_um + gap_um={self.spacing_um:g} gives more than {MAX_RINGS} rings")
        return self

    @property
    def _fitting(self) -> int:
        """How many whole rings fit."""
        return floor((self.reach_um - self.inner_radius_um - self.width_um) / self.spacing_um * (1 + 1e-12) + 1e-9) + 1

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """All rings as one shape."""
        inner = [self.inner_radius_um + n * self.spacing_um for n in range(self._fitting)]
        radii = [radius for start in reversed(inner) for radius in (start + self.width_um, start)]
        shape = Rings(tuple(radii if radii[-1] else radii[:-1]))
        return (Upright(Part(shape), self.height_um),)


SOLID = RingsFilm
