"""Discs at any places and of any sizes, each with its own sub-pixel phase: closed form for each of them, many at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel
from voxelyte.raster.disc import corner
from voxelyte.region import Places
from voxelyte.shapes import Disc

Floats = NDArray[np.float64]

CELLS_AT_ONCE = 500_000


def scatter(covered: Floats, disc: Disc, places: Places, panel: Panel) -> None:
    """Add the coverage of `disc` at every place to `covered`, float64[height_px, width_px]."""
    at_um = places.at_um
    radius_um = disc.radius_um * (np.ones(len(at_um)) if places.scale is None else places.scale)
    half_x, half_y = radius_um / panel.pitch_x_um, radius_um / panel.pitch_y_um
    x = at_um[:, 0] / panel.pitch_x_um + panel.width_px / 2
    y = panel.height_px / 2 - at_um[:, 1] / panel.pitch_y_um
    seen = (x + half_x > 0) & (x - half_x < panel.width_px) & (y + half_y > 0) & (y - half_y < panel.height_px)
    x, y, half_x, half_y = x[seen], y[seen], half_x[seen], half_y[seen]
    if not len(x):
        return
    step = max(1, int(CELLS_AT_ONCE / ((2 * half_x.max() + 2) * (2 * half_y.max() + 2))))
    for start in range(0, len(x), step):
        _add(covered, *(axis[start : start + step] for axis in (x, y, half_x, half_y)))


def _add(covered: Floats, x: Floats, y: Floats, half_x: Floats, half_y: Floats) -> None:
    columns, u = _window(x, half_x)
    rows, v = _window(y, half_y)
    corners = corner(u[:, None, :], v[:, :, None])
    area = np.diff(np.diff(corners, axis=1), axis=2) * (half_x * half_y)[:, None, None]
    row, column = np.broadcast_arrays(rows[:, :, None], columns[:, None, :])
    height, width = covered.shape
    on = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    np.add.at(covered, (row[on], column[on]), area[on])


def _window(centre: Floats, half: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The pixels that each disc can touch, int[n, k], and their edges in radii from its centre, float64[n, k + 1]."""
    first = np.floor(centre - half).astype(np.intp)
    span = int((np.ceil(centre + half).astype(np.intp) - first).max())
    edges = (first[:, None] + np.arange(span + 1) - centre[:, None]) / half[:, None]
    return first[:, None] + np.arange(span), edges.clip(-1, 1)
