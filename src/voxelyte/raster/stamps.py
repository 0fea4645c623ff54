"""A lattice of equal polygons, each distinct pair of sub-pixel phases drawn once: the stamps.

All stamps are drawn side by side as one picture, each in a window of its own; the windows then find their way to the panel as
those of a lattice of discs do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxelyte.raster.lattice import Axis, Drawing, Tile
from voxelyte.raster.polygon import EDGES_AT_ONCE, Edges, accumulate
from voxelyte.raster.window import Window
from voxelyte.region import Lattice
from voxelyte.shapes import Ring, Shape

Floats = NDArray[np.float64]

LEAST_USES = 4
"""Copies for each stamp: with fewer, the copies themselves are as fast."""

MAX_CELLS = 1 << 22
"""Cells of all stamps together, 32 MB."""


@dataclass(frozen=True)
class Stamps(Drawing):
    """A lattice of polygons on a panel; `rings` in pixels, x right and y down."""

    rings: tuple[Ring, ...]

    @classmethod
    def where_they_repeat(cls, shape: Shape, places: Lattice, window: Window, sagitta_um: float) -> Stamps | None:
        """The lattice in the window's pixels, if its phases are few enough for stamps to pay."""
        pitch_um = np.array((window.panel.pitch_x_um, -window.panel.pitch_y_um))
        x0, y0, x1, y1 = shape.bounds_um
        half = np.array((max(-x0, x1), max(-y0, y1))) / np.abs(pitch_um)
        if min(half) <= 0:
            return None
        x = Axis.of(window.x_px(places.x_um), half[0], window.width, symmetric=False)
        y = Axis.of(window.y_px(places.y_um[::-1]), half[1], window.height, symmetric=False)
        stamps = len(x.phases()[0]) * len(y.phases()[0])
        if not 0 < stamps * LEAST_USES <= places.count or stamps * x.span * y.span > MAX_CELLS:
            return None
        rings = tuple(np.asarray(ring / pitch_um) for ring in shape.rings(sagitta_um))
        return cls(shape, x, y, None if places.present.all() else places.present[::-1], rings)

    def _tiles(self, x: Axis, y: Axis) -> Iterator[Tile]:
        (phase_x, which_x), (phase_y, which_y) = x.phases(), y.phases()
        wide, high = len(phase_x), len(phase_y)
        at_x, at_y = np.arange(wide) * x.span + phase_x, np.arange(high) * y.span + phase_y
        drawn = accumulate(_edges(self.rings, at_x, at_y), wide * x.span, high * y.span)
        values = drawn.reshape(high, y.span, wide, x.span).transpose(1, 0, 3, 2).reshape(high * y.span, wide * x.span)
        yield Tile(values, y.found(which_y, high), x.found(which_x, wide), self.present)


def _edges(rings: Sequence[Ring], at_x: Floats, at_y: Floats) -> Iterator[Edges]:
    """The edges of a copy at each crossing of columns and rows, some thousand at a time."""
    for ring in rings:
        x, y = np.concatenate((ring, ring[:1])).T
        columns = at_x[:, None] + x
        rows_at_once = max(1, EDGES_AT_ONCE // columns.size)
        for start in range(0, len(at_y), rows_at_once):
            rows = at_y[start : start + rows_at_once, None, None] + y
            xs, ys = np.broadcast_arrays(columns, rows)
            yield xs[..., :-1].ravel(), ys[..., :-1].ravel(), xs[..., 1:].ravel(), ys[..., 1:].ravel()
