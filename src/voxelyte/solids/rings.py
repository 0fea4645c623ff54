"""A film with concentric rings."""

from __future__ import annotations

from functools import cached_property
from math import floor
from typing import ClassVar

from pydantic import model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.region import Part
from voxelyte.shapes import Rings
from voxelyte.solids._film import Film
from voxelyte.values import Length, NotNegative

MAX_RINGS = 20_000
"""Rings accepted: eighty times those of a film like the paper's spiral over a whole plate."""


class RingsFilm(Film):
    """Rings of `width_um` and `height_um`, `gap_um` apart, around the middle; only whole ones.

    The first lies outside `inner_radius_um` (0: it is a disc), the last within `outer_radius_um`; without the latter, within the largest
    circle within the margin.
    """

    feature: ClassVar[str] = "rings"
    width_um: Length
    gap_um: Length
    height_um: Length
    inner_radius_um: NotNegative
    outer_radius_um: Length | None = None
    margin_um: NotNegative = 0.0

    @model_validator(mode="after")
    def _rings_possible(self) -> RingsFilm:
        room_um = self.drawn.inscribed_um - self.margin_um
        if self.reach_um > room_um * (1 + 1e-9):
            raise ValueError(
                f"outer_radius_um={self.reach_um:g} must not exceed {room_um:g}, the largest circle within margin and outline"
            )
        if 0 < self.inner_radius_um < 0.001:
            raise ValueError(f"inner_radius_um={self.inner_radius_um:g} must be 0 or at least 0.001 µm (1 nm)")
        if self._fitting < 1:
            raise ValueError(
                f"outer_radius_um={self.reach_um:g} must be at least inner_radius_um={self.inner_radius_um:g} + width_um={self.width_um:g}"
            )
        if self._fitting > MAX_RINGS:
            raise ValueError(f"width_um + gap_um={self.spacing_um:g} gives more than {MAX_RINGS} rings")
        return self

    @property
    def spacing_um(self) -> float:
        """From ring to ring."""
        return self.width_um + self.gap_um

    @property
    def reach_um(self) -> float:
        """The outer radius, given or the largest that fits."""
        return self.drawn.inscribed_um - self.margin_um if self.outer_radius_um is None else self.outer_radius_um

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
