"""Discs at any places and of any sizes, each with its own sub-pixel phase: closed form for each of them, many at a time.

Discs that touch equally many columns and rows of pixels are computed together, so that no cell is computed for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from voxelyte.raster.disc import windows
from voxelyte.raster.window import Window
from voxelyte.region import Places
from voxelyte.shapes import Disc

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

CELLS_AT_ONCE = 1 << 16


def scatter(covered: Floats, disc: Disc, places: Places, window: Window) -> None:
    """Add the coverage of `disc` at every place to `covered`, float64[height, width], the window's pixels."""
    if not covered.flags.c_contiguous:
        whole = np.zeros(covered.shape)
        scatter(whole, disc, places, window)
        covered += whole
        return
    radius_um = disc.radius_um * (np.ones(1) if places.scale is None else places.scale)
    half_x, half_y = radius_um / window.panel.pitch_x_um, radius_um / window.panel.pitch_y_um
    first_x, span_x, edges_x = _spans(window.x_px(places.at_um[:, 0]), half_x, window.width)
    first_y, span_y, edges_y = _spans(window.y_px(places.at_um[:, 1]), half_y, window.height)
    scale = np.broadcast_to(half_x * half_y, first_x.shape)
    flat = covered.reshape(-1)
    for which, wide, high in _alike(span_x, span_y):
        columns, rows = np.arange(wide)[:, None], np.arange(high)[:, None]
        x, y = first_x[which] + columns, first_y[which] + rows
        area = windows(edges_x(which, wide), edges_y(which, high)) * scale[which]
        _add(flat, area, x, y, window)


def _spans(centre: Floats, half: Floats, pixels: int) -> tuple[Indices, Indices, _Edges]:
    """First pixel and number of pixels that each disc touches along one axis, none for a disc beside the window; and how to get edges."""
    low, high = centre - half, centre + half
    first = np.floor(low)
    span = np.ceil(high) - first
    span[(high <= 0) | (low >= pixels)] = 0
    return first.astype(np.intp), span.astype(np.intp), _Edges(centre - first, half)


class _Edges:
    """Pixel edges in radii from the centres, clipped to -1..1."""

    def __init__(self, phase: Floats, half: Floats) -> None:
        self._phase, self._half = phase, np.broadcast_to(half, phase.shape)

    def __call__(self, which: Indices, span: int) -> Floats:
        """float64[span + 1, n]."""
        edges = (np.arange(span + 1)[:, None] - self._phase[which]) / self._half[which]
        return np.asarray(edges.clip(-1, 1, out=edges))


def _alike(span_x: Indices, span_y: Indices) -> Iterator[tuple[Indices, int, int]]:
    """Discs that touch equally many columns and rows, some at a time."""
    most = int(span_y.max(initial=0)) + 1
    kind = np.where((span_x > 0) & (span_y > 0), span_x * most + span_y, 0)
    order = np.argsort(kind, kind="stable")
    kinds, starts = np.unique(kind[order], return_index=True)
    for one, start, end in zip(kinds, starts, [*starts[1:], len(order)], strict=True):
        wide, high = divmod(int(one), most)
        step = max(1, CELLS_AT_ONCE // max(1, wide * high))
        for at in range(start, end if one else start, step):
            yield order[at : min(at + step, end)], wide, high


def _add(flat: Floats, area: Floats, x: Indices, y: Indices, window: Window) -> None:
    """Add cells, float64[high, wide, n], at columns x, int[wide, n], and rows y, int[high, n]; what lies beside the window goes."""
    inside_x, inside_y = (x >= 0) & (x < window.width), (y >= 0) & (y < window.height)
    cell = y[:, None] * window.width + x
    if inside_x.all() and inside_y.all():
        np.add.at(flat, cell.ravel(), area.ravel())
        return
    inside = inside_y[:, None] & inside_x
    np.add.at(flat, cell[inside], area[inside])
