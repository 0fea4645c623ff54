"""Shapes in the plane, centred on their own origin, in µm. A disc stays a disc until somebody asks for its rings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import acos, ceil, pi, sin, sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""float64[n, 2], not closed; outer boundaries run counter-clockwise, holes clockwise."""


class Shape(Protocol):
    """What a region is made of: exact area and perimeter, and rings as fine as they are asked for."""

    @property
    def area_um2(self) -> float:
        """Exact area."""

    @property
    def perimeter_um(self) -> float:
        """Exact length of the boundary."""

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""

    @property
    def pieces(self) -> int:
        """How many separate pieces it has."""

    def rings(self, sagitta_um: float) -> list[Ring]:
        """Boundary polygons that leave the curve by at most `sagitta_um`."""
        ...


@dataclass(frozen=True)
class Disc:
    """A disc of radius `radius_um`, drawn with as many corners as one of radius `drawn_um`; None: its own."""

    radius_um: float
    drawn_um: float | None = None

    @property
    def area_um2(self) -> float:
        """π r²."""
        return pi * self.radius_um**2

    @property
    def perimeter_um(self) -> float:
        """2 π r."""
        return 2 * pi * self.radius_um

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        return -self.radius_um, -self.radius_um, self.radius_um, self.radius_um

    @property
    def pieces(self) -> int:
        """One."""
        return 1

    def rings(self, sagitta_um: float) -> list[Ring]:
        """One regular polygon of the disc's own area: half the error of an inscribed one, and none in volume."""
        return [_circle(self.radius_um, circle_corners(self.drawn_um or self.radius_um, sagitta_um))]


@dataclass(frozen=True)
class Rings:
    """Concentric circles of descending radii: solid within the first, open within the second, solid within the third, and so on.

    `drawn_um` is for each circle what it is for a disc.
    """

    radii_um: tuple[float, ...]
    drawn_um: tuple[float, ...] | None = None

    @property
    def discs(self) -> tuple[tuple[int, Disc], ...]:
        """The discs that it is the sum of, with their signs."""
        return tuple((-1 if n % 2 else 1, Disc(radius)) for n, radius in enumerate(self.radii_um))

    @property
    def area_um2(self) -> float:
        """π r², added and taken away in turn."""
        return pi * sum(sign * disc.radius_um**2 for sign, disc in self.discs)

    @property
    def perimeter_um(self) -> float:
        """2 π r of all circles."""
        return 2 * pi * sum(self.radii_um)

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        return Disc(self.radii_um[0]).bounds_um

    @property
    def pieces(self) -> int:
        """Rings, and the disc in the middle where there is one."""
        return -(-len(self.radii_um) // 2)

    def rings(self, sagitta_um: float) -> list[Ring]:
        """Regular polygons of the circles' own areas."""
        fine = self.drawn_um or self.radii_um
        circles = zip(self.radii_um, (circle_corners(radius, sagitta_um) for radius in fine), strict=True)
        return [_circle(*circle)[:: -1 if n % 2 else 1] for n, circle in enumerate(circles)]


def _circle(radius_um: float, corners: int) -> Ring:
    """A regular polygon of the circle's area."""
    radius_um *= sqrt(2 * pi / (corners * sin(2 * pi / corners)))
    turn = np.arange(corners) * (2 * pi / corners)
    return np.asarray(radius_um * np.column_stack((np.cos(turn), np.sin(turn))))


def circle_corners(radius_um: float, sagitta_um: float) -> int:
    """Corners (a multiple of four, so that the polygon is symmetric) that keep a circle's sagitta."""
    if sagitta_um >= radius_um:
        return 8
    return max(8, 4 * ceil(pi / acos(1 - sagitta_um / radius_um) / 4))


@dataclass(frozen=True)
class Rectangle:
    """An axis-parallel rectangle: `width_um` in x, `depth_um` in y."""

    width_um: float
    depth_um: float

    @property
    def area_um2(self) -> float:
        """Width times depth."""
        return self.width_um * self.depth_um

    @property
    def perimeter_um(self) -> float:
        """All four sides."""
        return 2 * (self.width_um + self.depth_um)

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        return -self.width_um / 2, -self.depth_um / 2, self.width_um / 2, self.depth_um / 2

    @property
    def pieces(self) -> int:
        """One."""
        return 1

    def rings(self, sagitta_um: float) -> list[Ring]:
        """The four corners."""
        x0, y0, x1, y1 = self.bounds_um
        return [np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])]


@dataclass(frozen=True, eq=False)
class Polygon:
    """A polygon with holes: `boundary` is its rings, outer ones counter-clockwise, holes clockwise."""

    boundary: tuple[Ring, ...]

    @cached_property
    def area_um2(self) -> float:
        """Signed area of all rings together."""
        return float(sum(ring_area(ring) for ring in self.boundary))

    @cached_property
    def perimeter_um(self) -> float:
        """Length of all rings."""
        steps = [np.diff(ring, axis=0, append=ring[:1]) for ring in self.boundary]
        return float(sum(np.hypot(*step.T).sum() for step in steps))

    @cached_property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        points = np.concatenate(self.boundary)
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)

    @cached_property
    def pieces(self) -> int:
        """As many as it has outer rings."""
        return sum(ring_area(ring) > 0 for ring in self.boundary)

    def rings(self, sagitta_um: float) -> list[Ring]:
        """The rings themselves."""
        return list(self.boundary)


def ring_area(ring: Ring) -> float:
    """Signed area of one ring, positive when it runs counter-clockwise."""
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
