"""Copies of a shape on a pixel grid: each distinct sub-pixel phase and size is drawn once, by the raster itself.

What a copy covers depends on where its centre lies within a pixel and on its size, so copies that agree in both
have one footprint. Footprints are drawn side by side as one picture, many at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, isqrt

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel
from voxelyte.raster import coverage
from voxelyte.region import Lattice, Part, Places, Points, Region
from voxelyte.shapes import Shape

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

FINE = 1_000_000
"""Phases count as equal within a millionth of a pixel, as in the raster: so small a shift changes no grey level."""

CELLS_AT_ONCE = 1 << 20
TOUCHED = 1e-6
"""Coverage from which a pixel counts as touched; less is the rounding noise of sums."""


@dataclass(frozen=True)
class Window:
    """Pixels that any copy can touch, counted from the pixel that holds its centre; y runs down."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, shape: Shape, most: float, panel: Panel) -> Window:
        """That of copies up to `most` times the shape's own size."""
        x0, y0, x1, y1 = (edge * most for edge in shape.bounds_um)
        left, top = floor(x0 / panel.pitch_x_um), floor(-y1 / panel.pitch_y_um)
        right, bottom = ceil(x1 / panel.pitch_x_um) + 1, ceil(-y0 / panel.pitch_y_um) + 1
        return cls(left, top, right - left, bottom - top)

    @property
    def cells(self) -> int:
        """How many pixels."""
        return self.width * self.height


@dataclass(frozen=True, eq=False)
class Footprints:
    """The distinct footprints of a part's copies: `phase`, float64[n, 2], in pixels and y down; `scale`, float64[n].

    `which`, int[copies], is the footprint of each copy, `pixel`, int[copies, 2], the column and row that its centre lies in.
    """

    shape: Shape
    panel: Panel
    window: Window
    phase: Floats
    scale: Floats
    which: Indices
    pixel: Indices

    @classmethod
    def of(cls, part: Part, panel: Panel) -> Footprints:
        """Those of `part` on `panel`."""
        centre = centres(part.places, panel)
        scale = np.ones(len(centre)) if part.places.scale is None else part.places.scale
        fine = np.rint((centre - np.floor(centre)) * FINE).astype(np.int64) % FINE
        pixel = np.rint(centre - fine / FINE).astype(np.intp)
        sizes, size = np.unique(scale, return_inverse=True)
        _, place = np.unique(fine[:, 0] * FINE + fine[:, 1], return_inverse=True)
        _, lead, which = np.unique(place * len(sizes) + size, return_index=True, return_inverse=True)
        window = Window.of(part.shape, float(scale.max()), panel)
        return cls(part.shape, panel, window, fine[lead] / FINE, scale[lead], which, pixel)

    def __len__(self) -> int:
        return len(self.phase)

    @property
    def copies(self) -> Indices:
        """How many copies have each footprint."""
        return np.bincount(self.which, minlength=len(self))

    @property
    def area_um2(self) -> Floats:
        """Drawn area of each."""
        return self.shape.area_um2 * self.scale**2

    def chunks(self) -> Iterator[slice]:
        """Footprints that are drawn together."""
        step = max(1, CELLS_AT_ONCE // self.window.cells)
        return (slice(start, start + step) for start in range(0, len(self), step))

    def covered(self, chunk: slice) -> Floats:
        """Covered fraction of every pixel of some footprints, float64[n, rows, columns], row 0 at the back."""
        part, panel, (rows, columns) = self.mosaic(chunk)
        drawn = coverage(Region((part,)), panel)
        tiles = drawn.reshape(rows, self.window.height, columns, self.window.width).swapaxes(1, 2)
        return tiles.reshape(rows * columns, self.window.height, self.window.width)[: part.places.count]

    def mosaic(self, chunk: slice) -> tuple[Part, Panel, tuple[int, int]]:
        """Some footprints side by side: the copies, the panel that they fill, and how many lie above and beside each other."""
        phase, window = self.phase[chunk], self.window
        columns = max(1, isqrt(len(phase) - 1) + 1)
        rows = -(-len(phase) // columns)
        panel = Panel(
            width_px=columns * window.width,
            height_px=rows * window.height,
            pitch_x_um=self.panel.pitch_x_um,
            pitch_y_um=self.panel.pitch_y_um,
        )
        row, column = np.divmod(np.arange(len(phase)), columns)
        x = column * window.width - window.left + phase[:, 0] - panel.width_px / 2
        y = panel.height_px / 2 - (row * window.height - window.top + phase[:, 1])
        at_um = np.column_stack((x * panel.pitch_x_um, y * panel.pitch_y_um))
        scale = None if (self.scale == 1).all() else self.scale[chunk]
        return Part(self.shape, Points(at_um, scale)), panel, (rows, columns)


def centres(places: Places, panel: Panel) -> Floats:
    """Every place in pixels from the panel's upper left corner, float64[n, 2], y down."""
    x_um, y_um = places.at_um.T
    return np.column_stack(
        (x_um / panel.pitch_x_um + panel.width_px / 2, panel.height_px / 2 - y_um / panel.pitch_y_um)
    )


def shared_pixels(part: Part, found: Footprints, touched: NDArray[np.bool_]) -> int:
    """How many pixels of the panel two copies or more touch; `touched`, bool[n, rows, columns], is what each footprint does."""
    panel, window = found.panel, found.window
    if _apart(part.places, panel, window):
        return 0
    hits = np.zeros((panel.height_px, panel.width_px), dtype=np.uint16)
    step = max(1, CELLS_AT_ONCE // window.cells)
    for start in range(0, len(found.which), step):
        chunk = slice(start, start + step)
        copy, row, column = np.nonzero(touched[found.which[chunk]])
        column += found.pixel[chunk][copy, 0] + window.left
        row += found.pixel[chunk][copy, 1] + window.top
        on = (row >= 0) & (row < panel.height_px) & (column >= 0) & (column < panel.width_px)
        np.add.at(hits, (row[on], column[on]), 1)
    return int(np.count_nonzero(hits > 1))


def _apart(places: Places, panel: Panel, window: Window) -> bool:
    """Whether the copies stand on a lattice so wide that their windows are disjoint."""
    if not isinstance(places, Lattice):
        return places.count < 2
    steps = ((places.x_um, panel.pitch_x_um, window.width), (places.y_um, panel.pitch_y_um, window.height))
    return all((np.diff(at_um) >= pitch_um * cells).all() for at_um, pitch_um, cells in steps)
