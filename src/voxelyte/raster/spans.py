"""Figures of many edges painted by what changes along each row, so that a layer costs its boundary and not the panel.

The differences that signed-area accumulation keeps (see `polygon`) are sorted by pixel and summed where there are any.
Between two of them nothing changes: one grey level, which is repeated. Heights and areas are whole multiples of
2^-32 pixels, so that sums are exact whatever the order of the edges, and a row that has been closed is dark again.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from voxelyte.raster.polygon import Edges, Floats, cut_at_rows, inside, pieces_between
from voxelyte.sorting import sorted_places
from voxelyte.tone import Tone

Counts = NDArray[np.int64]

GRAIN = 2.0**32
"""Parts of a pixel's height, and of its area, that are told apart."""


def painted_spans(edges: Iterable[Edges], tone: Tone, width: int, height: int) -> NDArray[np.uint8]:
    """Grey levels, uint8[height, width], of closed figures given by their edges, as `accumulate` takes them.

    What is enclosed more than once is solid once, and what is enclosed backwards is not: coverage ends at 0 and 1.
    """
    cell, after, left = _sums(edges, width, height)
    # A row has one cell more than the window, for what lies right of it; it has no pixel.
    row = cell // (width + 1)
    at, seen = cell - row, cell - row * (width + 1) < width
    follows = at + seen
    runs = np.flatnonzero(np.append(at[1:], width * height) > follows)
    ends = np.concatenate(([0], follows[runs], [width * height]))
    picture = np.repeat(np.concatenate(([np.uint8(0)], _toned(after[runs], tone))), np.diff(ends))
    picture[at[seen]] = _toned((after - left)[seen], tone)
    return picture.reshape(height, width)


def _toned(parts: Counts, tone: Tone) -> NDArray[np.uint8]:
    covered = parts / GRAIN
    return tone(np.clip(covered, 0.0, 1.0, out=covered))


def on_grain(y: Floats) -> Floats:
    """To the nearest part of a pixel."""
    return np.asarray(np.rint(y * GRAIN) / GRAIN)


def _sums(edges: Iterable[Edges], width: int, height: int) -> tuple[Counts, Counts, Counts]:
    """Cells that an edge goes through, ascending, and in parts of a pixel: coverage after each, and how much less it has itself.

    A cell has less than what follows it, by what lies left of its edges.
    """
    found = []
    for x0, y0, x1, y1 in edges:
        some = inside((x0, on_grain(y0), x1, on_grain(y1)), width, height, closing=True)
        found.append(_in_cells(*cut_at_rows(*some), width + 1))
    if not any(len(cells) for cells, _, _ in found):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    cell, rise, left = (np.concatenate(some) for some in zip(*found, strict=True))
    cell, order = sorted_places(cell, (width + 1) * height)
    last = np.flatnonzero(np.append(cell[1:] != cell[:-1], True))
    return cell[last], np.cumsum(rise[order])[last], _steps(np.cumsum(left[order])[last])


def _steps(sums: Counts) -> Counts:
    """How much each is more than the one before it; `np.diff` takes several times as long where there are few."""
    steps = sums.copy()
    steps[1:] -= sums[:-1]
    return steps


def _in_cells(x0: Floats, x1: Floats, rise: Floats, row: Floats, stride: int) -> tuple[Counts, Counts, Counts]:
    """Pieces within one cell each: its number, their height, and the part of it that lies left of them.

    A piece cut at columns keeps its height to the grain: it is shared out by where the cuts are, each rounded once.
    """
    left, right, parts = np.minimum(x0, x1), np.maximum(x0, x1), np.rint(rise * GRAIN)
    column = np.floor(left)
    several = right > column + 1
    whole, cut = np.flatnonzero(~several), np.flatnonzero(several)
    begin, end, whole_height = left[cut], right[cut], parts[cut]
    edge, low, high, columns, first, last = pieces_between(begin, end)
    until = np.rint((high - begin[edge]) * (whole_height / (end - begin))[edge])
    until[last] = whole_height
    share = _steps(until)
    share[first] = until[first]
    cell = np.concatenate(((row * stride + column)[whole], (row * stride)[cut][edge] + columns)).astype(np.int64)
    mean = np.concatenate((((left + right) / 2 - column)[whole], (low + high) / 2 - columns))
    height = np.concatenate((parts[whole], share))
    return cell, height.astype(np.int64), np.rint(height * mean).astype(np.int64)
