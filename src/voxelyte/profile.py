"""The profile of a pillar: how far its wall is from its axis at every height.

The wall leans evenly from the foot's diameter to the top's. At the foot a fillet, an arc of a circle, touches the base
and the wall: its centre lies one radius above the base and one radius from the wall. Every length may be one for all
pillars, float64[1], or one for each, float64[n].
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import acos, ceil, pi

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
"""Gauss and Legendre over the angle of the fillet: its integrands are sines and cosines, so the error is that of rounding, 1e-14."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Diameters at the foot, as if there were no fillet, and at the top.

    `apothem` is the distance of the wall from the axis, in diameters.
    """

    diameter_um: Floats
    top_um: Floats
    height_um: float
    fillet_um: float
    apothem: float

    def some(self, which: NDArray[np.generic]) -> Profile:
        """That of some of the pillars."""
        return replace(self, diameter_um=self.diameter_um[which], top_um=self.top_um[which])

    @cached_property
    def narrowing(self) -> Floats:
        """Diameter lost for each µm of height; negative where the top is the wider end."""
        return (self.diameter_um - self.top_um) / self.height_um

    @cached_property
    def lean(self) -> Floats:
        """Tangent of the angle between wall and axis; negative where the wall hangs over."""
        return self.narrowing * self.apothem

    @cached_property
    def spread_um(self) -> Floats:
        """How far the fillet reaches out on the base, from where the bare wall would stand."""
        steep = np.hypot(1, self.lean)
        # Two forms of one number: each loses its digits where the other keeps them.
        away = np.where(self.lean < 0, steep - self.lean, 1 / (steep + np.abs(self.lean)))
        return np.asarray(self.fillet_um * away)

    @cached_property
    def joint_um(self) -> Floats:
        """Height at which the fillet meets the wall."""
        return np.asarray(self.spread_um / np.hypot(1, self.lean))

    def diameter_at(self, z_um: Floats | float) -> Floats:
        """Diameter at a height, without the fillet."""
        return np.asarray(self.diameter_um - self.narrowing * z_um)

    def fillet_at(self, z_um: Floats | float) -> Floats:
        """How far the fillet's surface lies outside the wall at a height."""
        arc = np.sqrt(np.clip(z_um * (2 * self.fillet_um - z_um), 0, None))
        return np.where(z_um < self.joint_um, np.maximum(self.spread_um + self.lean * z_um - arc, 0), 0.0)

    @cached_property
    def arc(self) -> Arc:
        """The fillet, ready to be integrated over."""
        span = pi / 2 - np.arctan(self.lean)
        turn = span / 2 * (NODES[:, None] + 1)
        sin, cos = np.sin(turn), np.cos(turn)
        weight = span / 2 * WEIGHTS[:, None] * self.fillet_um
        z_um = self.fillet_um * (1 - cos)
        out_um = self.spread_um + self.lean * z_um - self.fillet_um * sin
        return Arc(weight, sin, cos, self.diameter_um - self.narrowing * z_um, out_um)

    def stations_um(self, sagitta_um: float) -> tuple[float, ...]:
        """Foot, steps of the fillet whose chords keep the sagitta, top."""
        if not self.fillet_um:
            return 0.0, self.height_um
        span = pi / 2 - float(np.arctan(self.lean).min())
        steps = ceil(span / (2 * acos(max(0.0, 1 - sagitta_um / self.fillet_um))))
        z_um = self.fillet_um * (1 - np.cos(span * np.arange(steps + 1) / steps))
        return *(float(z) for z in z_um if z < self.height_um * (1 - 1e-9)), self.height_um


@dataclass(frozen=True, eq=False)
class Arc:
    """Nodes along the fillet, float64[nodes, n]: `weight` is length of arc, the angle is counted from the base."""

    weight: Floats
    sin: Floats
    cos: Floats
    diameter_um: Floats
    out_um: Floats
