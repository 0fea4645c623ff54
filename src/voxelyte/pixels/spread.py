"""How a figure is spread over copies: least, mean, greatest, variation, and a histogram."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]

MOST_VALUES = 12
"""Distinct values up to which a histogram has one bar for each; beyond, BARS of equal width."""
BARS = 10
SAME = 1e-6
"""Relative difference within which two values are one."""


@dataclass(frozen=True)
class Spread:
    """A figure over all copies. `variation` is the coefficient of variation: standard deviation of all copies over their mean."""

    least: float
    mean: float
    most: float
    variation: float

    @classmethod
    def of(cls, values: Floats, copies: Counts) -> Spread:
        """That of `values`, each shared by so many copies."""
        mean = float(np.average(values, weights=copies))
        deviation = sqrt(float(np.average((values - mean) ** 2, weights=copies)))
        least, most = float(values.min()), float(values.max())
        even = most - least <= SAME * abs(most)
        return cls(least, mean, most, 0.0 if even or not mean else deviation / mean)

    @property
    def ratio(self) -> float | None:
        """Greatest over least; None where the least is 0."""
        return self.most / self.least if self.least > 0 else None


@dataclass(frozen=True)
class Bar:
    """So many copies have a value from `least` to `most`; the two are equal where the bar stands for one value."""

    least: float
    most: float
    copies: int


def histogram(values: Floats, copies: Counts) -> tuple[Bar, ...]:
    """One bar for each value, or, where there are too many, bars of equal width; empty ones are left out."""
    order = np.argsort(values, kind="stable")
    values, copies = values[order], copies[order]
    steps = np.diff(values, prepend=values[:1]) > SAME * np.abs(values)
    group = np.cumsum(steps, dtype=np.intp)
    if group[-1] < MOST_VALUES:
        at = [float(values[group == k].mean()) for k in range(group[-1] + 1)]
        edges = [(one, one) for one in at]
    else:
        lines = np.linspace(values[0], values[-1], BARS + 1)
        group = np.asarray(np.searchsorted(lines[1:-1], values, side="right"), dtype=np.intp)
        edges = [(float(a), float(b)) for a, b in zip(lines[:-1], lines[1:], strict=True)]
    tall = np.bincount(group, weights=copies, minlength=len(edges)).astype(int).tolist()
    return tuple(Bar(*edge, count) for edge, count in zip(edges, tall, strict=True) if count)
