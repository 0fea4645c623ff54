"""Lit areas of a mask: how many there are, how large they are, and where they lie. Corners that touch connect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int32]
"""Pixels of a mask one after the other: MAX_PIXELS of them, and one more in each row, are fewer than 2**31."""

MAX_RUNS = 8_000_000
"""Most runs of lit pixels that are sorted into areas. A lattice of 12 px posts at 16 px on 15120 x 6230 has 4.4
million; noise on such a panel has more, and would need gigabytes."""

_BLOCK = 2**22  # pixels looked at together


@dataclass(frozen=True)
class Areas:
    """In px. `count`, `largest_px` and `smallest_px` are 0 for a dark mask, and for one of more than MAX_RUNS runs."""

    lit_px: int = 0
    count: int = 0
    largest_px: int = 0
    smallest_px: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    """First column and row that hold light, and the last ones."""


def areas_of(pixels: NDArray[np.uint8]) -> Areas:
    """Areas of every pixel that is not dark, however grey it is."""
    stride = pixels.shape[1] + 1
    kept: list[tuple[Places, Places]] = []
    lit_px, runs, boxes = 0, 0, list[Places]()
    for starts, ends in _runs(pixels):
        lit_px += int((ends - starts).sum())
        runs += starts.size
        rows, columns = starts // stride, starts % stride
        boxes.append(np.array([columns.min(), rows[0], ((ends - 1) % stride).max(), rows[-1]]))
        kept = [*kept, (starts, ends)] if runs <= MAX_RUNS else []
    if not boxes:
        return Areas()
    sizes_px = np.zeros(0, dtype=np.int32)
    if runs <= MAX_RUNS:
        sizes_px = _sizes(np.concatenate([one for one, _ in kept]), np.concatenate([one for _, one in kept]), stride)
    least, most = np.min(boxes, axis=0), np.max(boxes, axis=0)
    return Areas(
        lit_px,
        sizes_px.size,
        int(sizes_px.max(initial=0)),
        int(sizes_px.min()) if sizes_px.size else 0,
        (int(least[0]), int(least[1]), int(most[2]), int(most[3])),
    )


def _runs(pixels: NDArray[np.uint8]) -> Iterator[tuple[Places, Places]]:
    """First pixel and end of each run of lit pixels, as places in rows that have one dark pixel more."""
    height, width = pixels.shape
    step = max(1, _BLOCK // width)
    for top in range(0, height, step):
        rows = pixels[top : top + step]
        lit = np.zeros((rows.shape[0], width + 1), dtype=np.bool_)
        np.not_equal(rows, 0, out=lit[:, :width])
        flat = lit.reshape(-1)
        changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        places = (np.concatenate([[0], changes]) if flat[0] else changes) + top * (width + 1)
        if places.size:
            yield places[::2].astype(np.int32), places[1::2].astype(np.int32)


def _sizes(starts: Places, ends: Places, stride: int) -> Places:
    """Pixels of each area: runs are of one area if they touch, also by a corner, a run in the row above."""
    step = np.int32(stride)
    first = np.searchsorted(ends, starts - step, side="left").astype(np.int32)
    counts = np.searchsorted(starts, ends - step, side="right").astype(np.int32) - first
    below = np.repeat(np.arange(starts.size, dtype=np.int32), counts)
    before = np.cumsum(counts, dtype=np.int32) - counts
    above = np.arange(below.size, dtype=np.int32) + np.repeat(first - before, counts)
    sizes = np.bincount(_roots(starts.size, below, above), weights=ends - starts)
    return sizes[sizes > 0].astype(np.int32)


def _roots(count: int, below: Places, above: Places) -> Places:
    """The first run of the area that each run belongs to: neighbours hook onto the earlier root until all agree."""
    roots = np.arange(count, dtype=np.int32)
    while True:
        ours, theirs = roots[below], roots[above]
        if (ours == theirs).all():
            return roots
        earlier = np.minimum(ours, theirs)
        np.minimum.at(roots, ours, earlier)
        np.minimum.at(roots, theirs, earlier)
        while (roots[roots] != roots).any():
            roots = roots[roots]
