"""A small picture of a film for a machine's display: its first mask in grey, its last one white on top."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel

Grey = NDArray[np.uint8]

BASE = 0.45
"""Brightness of the first mask, so that what stands on it can be seen."""

MOST_ROWS = 2**16 // 2**8
"""Rows whose sum 16 bits hold."""


class Thumbnail:
    """Gathers the masks while they are painted for the archive, so that none is painted again for this."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._masks: list[Grey] = []

    def add(self, pixels: Grey) -> None:
        """A mask as the panel is fed with it: the first is the base, the last the top."""
        self._masks = [*self._masks[:1], self._panel.oriented(pixels)]

    def picture(self, width_px: int, height_px: int) -> Grey:
        """uint8[height_px, width_px]: the film as seen from above, as large as it fits, black around."""
        canvas = np.zeros((height_px, width_px), dtype=np.uint8)
        if not self._masks:
            return canvas
        # What leans out over the base is part of the film too.
        rows, columns = box = _lit(np.maximum(self._masks[0], self._masks[-1]))
        wide_um = (columns.stop - columns.start) * self._panel.pitch_x_um
        deep_um = (rows.stop - rows.start) * self._panel.pitch_y_um
        scale = min(width_px / wide_um, height_px / deep_um)
        wide, deep = (max(1, min(most, round(um * scale))) for um, most in ((wide_um, width_px), (deep_um, height_px)))
        film = _resized(self._film(box), wide, deep)
        top, left = (height_px - deep) // 2, (width_px - wide) // 2
        canvas[top : top + deep, left : left + wide] = film
        return canvas

    def _film(self, box: tuple[slice, slice]) -> Grey:
        base, top = (_shrunk(mask[box], 800, 800) for mask in (self._masks[0], self._masks[-1]))
        return np.asarray(np.maximum((base * BASE).astype(np.uint8), top))


def _lit(pixels: Grey) -> tuple[slice, slice]:
    """Rows and columns that hold light; all of them when none does."""
    rows, columns = (np.flatnonzero(pixels.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, pixels.shape[0]), slice(0, pixels.shape[1])
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _shrunk(pixels: Grey, wide: int, deep: int) -> Grey:
    return _resized(pixels, min(wide, pixels.shape[1]), min(deep, pixels.shape[0]))


def _resized(pixels: Grey, wide: int, deep: int) -> Grey:
    """Means over blocks where it shrinks, repeated pixels where it grows."""
    return _along(_along(pixels, deep, 0), wide, 1)


def _along(pixels: Grey, count: int, axis: int) -> Grey:
    size = pixels.shape[axis]
    starts = np.arange(count) * size // count
    if count >= size:
        return np.asarray(pixels.take(starts, axis=axis))
    return _means(np.ascontiguousarray(pixels.T), starts).T if axis else _means(pixels, starts)


def _means(rows: Grey, starts: NDArray[np.intp]) -> Grey:
    """Of rows from each start to the next one, rounded down: the first rows of all blocks are added, then the second ones, and so on."""
    lengths = np.diff(starts, append=len(rows))
    most = int(lengths.max())
    sums: NDArray[np.uint32 | np.uint16] = rows.take(starts, axis=0).astype(
        np.uint16 if most <= MOST_ROWS else np.uint32
    )
    for step in range(1, most):
        long = np.flatnonzero(lengths > step)
        sums[long] += rows.take(starts[long] + step, axis=0)
    return np.asarray((sums / lengths[:, None].astype(np.float32)).astype(np.uint8))
