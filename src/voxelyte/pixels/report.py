"""What a panel makes of the features of a film, as figures: docs/designs-pixels.md defines each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import hypot, pi

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.pixels.footprint import TOUCHED, Footprints, shared_pixels
from voxelyte.pixels.patterns import Patterns, number, patterns, united, up_to_symmetry
from voxelyte.pixels.spread import Bar, Spread, histogram
from voxelyte.pixels.walls import Along, along
from voxelyte.printer import Panel
from voxelyte.region import Part, Points, Region
from voxelyte.shapes import Polygon, Shape
from voxelyte.tone import Tone, tone_for

Floats = NDArray[np.float64]
WALLS = 5.0
"""Boundary of walls over the diagonal of their box, at least: a disc's is 2.2 times as long, a pipe's up to 4.4 times."""
TIE = 1e-6
"""A pixel covered to one half within this is lit or dark by rounding noise."""


@dataclass(frozen=True)
class Lit:
    """How copies look with so many grey `levels`: their patterns, and the light of each copy.

    `symmetric` counts patterns up to turns and mirrors. `faithful` is lit over drawn area, so that its variation is the panel's own doing.
    """

    levels: int
    patterns: int
    symmetric: int
    pixels: Spread
    diameter_um: Spread
    faithful: Spread
    histogram: tuple[Bar, ...]
    dark: int


@dataclass(frozen=True)
class Copy:
    """One copy: its place, and `misfit`, the area that the threshold lights wrongly or leaves dark wrongly, over its drawn area."""

    at_um: tuple[float, float]
    footprint: int
    lit_px: int
    grey_px: float
    misfit: float


@dataclass(frozen=True, eq=False)
class Drawn:
    """One part on a panel: the figures of its copies, in grey and thresholded. `films` is how many films it is of."""

    part: Part
    footprints: Footprints
    diameter_um: Spread
    grey: Lit
    binary: Lit
    best: Copy
    worst: Copy
    shared_pixels: int
    ties: int
    films: int = 1

    @cached_property
    def along(self) -> Along | None:
        """How even it is from place to place where it is one piece."""
        return along(self.footprints, self.mean_width_um) if self.copies == 1 else None

    @property
    def copies(self) -> int:
        """How many there are."""
        return self.part.places.count

    @property
    def is_array(self) -> bool:
        """Whether there are several copies to compare, each of one piece; walls that each film has once are none."""
        once = self.copies <= self.films and self._is_walls
        return self.copies > 1 and self.part.shape.pieces == 1 and not once

    @property
    def _is_walls(self) -> bool:
        """Whether the boundary goes to and fro between the ends of the shape."""
        x0, y0, x1, y1 = self.part.shape.bounds_um
        return self.part.shape.perimeter_um > WALLS * hypot(x1 - x0, y1 - y0)

    @property
    def mean_width_um(self) -> float:
        """Twice the drawn area over the drawn perimeter: the width of a long wall."""
        return 2 * self.part.area_um2 / self.part.perimeter_um


@dataclass(frozen=True, eq=False)
class PixelReport:
    """How a panel draws a section: one entry for each of its parts."""

    panel: Panel
    drawn: tuple[Drawn, ...]

    @property
    def arrays(self) -> tuple[Drawn, ...]:
        """Those that are copies to compare."""
        return tuple(one for one in self.drawn if one.is_array)

    @property
    def pieces(self) -> tuple[Drawn, ...]:
        """The others."""
        return tuple(one for one in self.drawn if not one.is_array)

    @property
    def shown(self) -> int:
        """Grey levels that the panel has."""
        return self.panel.grey_levels

    def lit(self, one: Drawn) -> Lit:
        """The form of `one` that the panel shows."""
        return one.binary if self.shown == 2 else one.grey


def pixels_of(section: Region, panel: Panel, films: int = 1) -> PixelReport:
    """How `panel` draws each part of a section, of so many films. Raises SliceError where a part leaves the panel."""
    return PixelReport(panel, tuple(_drawn(part, panel, films) for part in _joined(section.parts)))


def _joined(parts: tuple[Part, ...]) -> list[Part]:
    """Parts of one shape as one: a hexagonal lattice is two lattices of the same pillar."""
    equal: dict[object, list[Part]] = {}
    for part in parts:
        if part.places.count:
            equal.setdefault(_form(part.shape), []).append(part)
    return [some[0] if len(some) == 1 else Part(some[0].shape, _all_places(some)) for some in equal.values()]


def _form(shape: Shape) -> object:
    """What equal shapes have in common; polygons are equal in their corners."""
    return tuple(ring.tobytes() for ring in shape.boundary) if isinstance(shape, Polygon) else shape


def _all_places(parts: list[Part]) -> Points:
    places = [part.places for part in parts]
    at_um = np.concatenate([one.at_um for one in places])
    if all(one.scale is None for one in places):
        return Points(at_um)
    return Points(at_um, np.concatenate([np.ones(one.count) if one.scale is None else one.scale for one in places]))


def _drawn(part: Part, panel: Panel, films: int) -> Drawn:
    _check_inside(part, panel)
    found = Footprints.of(part, panel)
    measured = _Measured.of(found)
    copies, area_px = found.copies, found.area_um2 / panel.pixel_area_um2
    binary = _lit(2, measured.binary, measured.lit_px, area_px, copies, panel)
    grey = _lit(measured.levels, measured.grey, measured.grey_px, area_px, copies, panel)
    misfit = measured.misfit_px / area_px
    return Drawn(
        part,
        found,
        Spread.of(_diameter_um(area_px, panel), copies),
        grey,
        binary,
        _copy(int(misfit.argmin()), part, found, measured, misfit),
        _copy(int(misfit.argmax()), part, found, measured, misfit),
        shared_pixels(part, found, measured.touched),
        int(copies[measured.tie].sum()),
        films,
    )


def _check_inside(part: Part, panel: Panel) -> None:
    reach = part.bounds_um
    for axis, low, high, size_um in zip("xy", reach[:2], reach[2:], panel.size_um, strict=True):
        if max(-low, high) > size_um / 2 * (1 + 1e-9):
            raise SliceError(f"features reach to {axis}={max(-low, high):g} µm; the panel to {size_um / 2:g} µm")


def _diameter_um(area_px: Floats, panel: Panel) -> Floats:
    """Diameter of the disc of the same area."""
    return np.asarray(np.sqrt(area_px * panel.pixel_area_um2 * 4 / pi))


def _lit(levels: int, found: Patterns, lit_px: Floats, area_px: Floats, copies: NDArray[np.intp], panel: Panel) -> Lit:
    square = panel.pitch_x_um == panel.pitch_y_um
    return Lit(
        levels,
        number(found),
        up_to_symmetry(found, square),
        Spread.of(lit_px, copies),
        Spread.of(_diameter_um(lit_px, panel), copies),
        Spread.of(lit_px / area_px, copies),
        histogram(lit_px, copies),
        int(copies[lit_px == 0].sum()),
    )


def _copy(footprint: int, part: Part, found: Footprints, measured: _Measured, misfit: Floats) -> Copy:
    """The first copy that has the footprint."""
    x_um, y_um = part.places.at_um[int((found.which == footprint).argmax())].tolist()
    lit_px, grey_px = int(measured.lit_px[footprint]), float(measured.grey_px[footprint])
    return Copy((x_um, y_um), footprint, lit_px, grey_px, float(misfit[footprint]))


@dataclass(frozen=True, eq=False)
class _Measured:
    """Figures of each distinct footprint, and the patterns of all."""

    levels: int
    lit_px: Floats
    grey_px: Floats
    misfit_px: Floats
    tie: NDArray[np.bool_]
    touched: NDArray[np.bool_]
    binary: Patterns
    grey: Patterns

    @classmethod
    def of(cls, found: Footprints) -> _Measured:
        """Draw them, and keep the figures."""
        levels = found.panel.grey_levels if found.panel.grey_levels > 2 else 256
        columns = list(zip(*_chunks(found, tone_for(2), tone_for(levels)), strict=True))
        lit, grey, misfit, tie, touched = (np.concatenate(column) for column in columns[:5])
        return cls(levels, lit, grey, misfit, tie, touched, united(columns[5]), united(columns[6]))


def _chunks(found: Footprints, threshold: Tone, tone: Tone) -> Iterator[tuple[object, ...]]:
    for chunk in found.chunks():
        covered = found.covered(chunk)
        binary, grey = threshold(covered), tone(covered)
        misfit = np.where(binary > 0, 1 - covered, covered)
        tie = (np.abs(covered - 0.5) < TIE).any(axis=(1, 2))
        light = grey.sum(axis=(1, 2), dtype=np.int64) / 255
        lit = np.count_nonzero(binary, axis=(1, 2)).astype(np.float64)
        yield lit, light, misfit.sum(axis=(1, 2)), tie, covered > TOUCHED, patterns(binary), patterns(grey)
