"""A lattice of equal discs or rectangles on the panel, each distinct row and column of pixels computed once.

How a shape meets the pixels depends on its sub-pixel phase in x and in y alone. So the shape is computed for
each distinct pair of phases (the tile), and a pixel's row and column say where in the tile it finds its
value. A lattice that is periodic on the pixel grid has few phases, any other one as many as it has rows and
columns; the code is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from voxelyte.raster.disc import cells
from voxelyte.raster.window import Window
from voxelyte.region import Lattice
from voxelyte.shapes import Disc, Rectangle, Shape

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Number = TypeVar("Number", np.uint8, np.float64)

MAX_CELLS = 1 << 15
"""Cells of a tile computed at a time: arrays of 256 kB, which stay in the cache and are not given back to the system each time."""


@dataclass(frozen=True)
class Found:
    """For every pixel along one axis: is it in a window (`on`), which line of the tile it shows, and whose window it is in."""

    on: NDArray[np.bool_]
    line: Indices
    owner: Indices


@dataclass(frozen=True)
class Tile:
    """Coverage `values` of some distinct pixel rows and columns; `present` says which places of the lattice are occupied, None for all."""

    values: Floats
    rows: Found
    columns: Found
    present: NDArray[np.bool_] | None

    def spread(self, values: NDArray[Number]) -> tuple[Indices, NDArray[Number]]:
        """The panel rows that this tile draws, and `values`, one for each of the tile's, in all columns of these rows."""
        lines = values.take(self.columns.line, axis=1)
        lines *= self.columns.on
        rows = np.flatnonzero(self.rows.on)
        drawn = lines.take(self.rows.line[rows], axis=0)
        if self.present is not None:
            drawn *= self.present.take(self.columns.owner, axis=1).take(self.rows.owner[rows], axis=0)
        return rows, drawn


@dataclass(frozen=True)
class Drawing:
    """A lattice on a panel. `exclusive`: no two of its shapes share a pixel, so that each pixel row belongs to one tile."""

    shape: Shape
    x: Axis
    y: Axis
    present: NDArray[np.bool_] | None

    @classmethod
    def of(cls, shape: Disc | Rectangle, places: Lattice, window: Window) -> Drawing:
        """The lattice in the window's pixels."""
        _, _, half_x_um, half_y_um = shape.bounds_um
        panel = window.panel
        x = Axis.of(window.x_px(places.x_um), half_x_um / panel.pitch_x_um, window.width)
        y = Axis.of(window.y_px(places.y_um[::-1]), half_y_um / panel.pitch_y_um, window.height)
        return cls(shape, x, y, None if places.present.all() else places.present[::-1])

    @property
    def exclusive(self) -> bool:
        """No two windows share a pixel."""
        return self.x.stride == 1 and self.y.stride == 1

    def beside(self, other: Drawing) -> bool:
        """Whether no pixel can belong to both: they share no row of pixels, or no column."""
        return not ((self.x.lit & other.x.lit).any() and (self.y.lit & other.y.lit).any())

    def tiles(self) -> Iterator[Tile]:
        """Tiles whose sum is the coverage."""
        for columns in self.x.separate():
            for rows in self.y.separate():
                yield from self._tiles(columns, rows)

    def _tiles(self, x: Axis, y: Axis) -> Iterator[Tile]:
        edges_x, phase_x = x.distinct()
        edges_y, phase_y = y.distinct()
        columns = x.found(phase_x, edges_x.shape[1])
        width = x.span * edges_x.shape[1]
        height = min(y.span, max(1, MAX_CELLS // width))
        step = max(1, MAX_CELLS // (width * height))
        for start in range(0, edges_y.shape[1], step):
            members = np.flatnonzero((phase_y >= start) & (phase_y < start + step))
            for top in range(0, y.span, height):
                edges = edges_y[top : top + height + 1, start : start + step]
                values = self._covered(edges_x, edges, len(edges) == len(edges_y))
                strip = replace(y.some(members), first=y.first[members] + top, span=len(edges) - 1)
                rows = strip.found(phase_y[members] - start, edges.shape[1])
                yield Tile(values.reshape(-1, width), rows, columns, self.present)

    def _covered(self, edges_x: Floats, edges_y: Floats, whole: bool) -> Floats:
        """Covered fraction of every pixel of every window, float64[ny, rows, nx, columns]."""
        scale = self.x.half * self.y.half
        if not isinstance(self.shape, Disc):
            return np.asarray(np.diff(edges_y, axis=0)[:, :, None, None] * (np.diff(edges_x, axis=0) * scale))
        if whole:
            return cells(edges_x, edges_y, scale)
        # A strip of a large disc: what lies before and behind it is computed as one more cell each, and dropped.
        ends = np.ones((1, edges_y.shape[1]))
        return cells(edges_x, np.concatenate((-ends, edges_y, ends)), scale)[1:-1]


@dataclass(frozen=True)
class Axis:
    """Windows of `span` pixels along one axis, each around the centre of a shape; `index` is its place in the lattice.

    Where the shapes are symmetric, a phase and its mirror image are one: where `turned`, all is counted in the other direction, pixel n
    being pixel -1 - n. `phase` is the centre's distance from the window's `first` pixel.
    """

    half: float
    pixels: int
    phase: Floats
    first: Indices
    turned: NDArray[np.bool_]
    index: Indices
    span: int

    @classmethod
    def of(cls, centre: Floats, half: float, pixels: int, symmetric: bool = True) -> Axis:
        """Those of the ascending centres, in pixels, that reach onto the panel."""
        on = np.flatnonzero((centre + half > 0) & (centre - half < pixels))
        turned = (centre[on] % 1 > 0.5 + 1e-9) & symmetric
        seen = np.where(turned, -centre[on], centre[on])
        first = np.floor(seen - half).astype(np.intp)
        span = int((np.ceil(seen + half) - first).max()) if len(on) else 1
        return cls(half, pixels, seen - first, first, turned, on, max(1, span))

    @property
    def lit(self) -> NDArray[np.bool_]:
        """Which pixels lie in a window."""
        pixel = self.start + np.arange(self.span)[:, None]
        lit = np.zeros(self.pixels, bool)
        lit[pixel[(pixel >= 0) & (pixel < self.pixels)]] = True
        return lit

    def some(self, which: Indices | slice) -> Axis:
        """Some of the windows."""
        return replace(
            self, phase=self.phase[which], first=self.first[which], turned=self.turned[which], index=self.index[which]
        )

    @property
    def start(self) -> Indices:
        """The panel's pixel at which each window starts."""
        return np.where(self.turned, -self.first - self.span, self.first)

    @property
    def stride(self) -> int:
        """The least n for which no window shares a pixel with the n-th after it."""
        start, stride = self.start, 1
        while (start[stride:] - start[:-stride] < self.span).any():
            stride += 1
        return stride

    def separate(self) -> Iterator[Axis]:
        """Interleaved selections, in each of which no two windows share a pixel."""
        stride = self.stride
        for start in range(min(stride, len(self.first))):
            yield self.some(slice(start, None, stride))

    def phases(self) -> tuple[Floats, Indices]:
        """Each distinct phase, and which of these each window has.

        Phases count as equal within a millionth of a pixel: so small a shift changes no grey level and no area.
        """
        _, lead, which = np.unique(np.rint(self.phase * 1e6), return_index=True, return_inverse=True)
        return self.phase[lead], which

    def distinct(self) -> tuple[Floats, Indices]:
        """Pixel edges from each distinct centre, float64[span + 1, n], and which of these each window has.

        Edges are in half widths, clipped to -1..1.
        """
        phases, which = self.phases()
        edges = (np.arange(self.span + 1)[:, None] - phases) / self.half
        return edges.clip(-1, 1), which

    def found(self, which: Indices, distinct: int) -> Found:
        """Where every pixel of the panel finds its value in a tile of `distinct` phases."""
        step = np.arange(self.span)[:, None]
        pixel = self.start + step
        line = np.where(self.turned, self.span - 1 - step, step) * distinct + which
        seen = (pixel >= 0) & (pixel < self.pixels)
        on, lines, owners = np.zeros(self.pixels, bool), np.zeros(self.pixels, np.intp), np.zeros(self.pixels, np.intp)
        on[pixel[seen]] = True
        lines[pixel[seen]] = line[seen]
        owners[pixel[seen]] = np.broadcast_to(self.index, pixel.shape)[seen]
        return Found(on, lines, owners)
