"""Exact coverage of polygons by signed-area accumulation.

Every boundary edge is cut at pixel rows and columns. A piece within one cell adds its height to all cells
right of it in its row, and to its own cell the part that lies between itself and the cell's right side. Kept
as differences along the row, these are two numbers a piece; running sums then give the covered fractions.
(The method of FreeType's smooth rasteriser.) What lies beyond the panel is moved onto its border, which
changes nothing inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.raster.window import Window
from voxelyte.region import Part
from voxelyte.segments import Segments

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Edges = tuple[Floats, Floats, Floats, Floats]
"""Starts x0, y0 and ends x1, y1."""

EDGES_AT_ONCE = 1 << 15
"""Edges cut at a time: few enough for the processor's cache, many enough to hide the cost of numpy's calls."""


def accumulate(edges: Iterable[Edges], width: int, height: int) -> Floats:
    """Covered fraction of every pixel, float64[height, width], of closed figures given by their edges, x right and y down in pixels.

    Edges may come in any order; what lies to the left of an edge in the plate frame (y up) counts as solid.
    """
    # One column more than the panel has takes what lies to the right of its last pixel, and one cell more what that would pass on.
    sums = np.zeros(height * (width + 1) + 1)
    for some in _gathered(edges):
        pieces = cut_at_rows(*inside(some, width, height))
        _add(sums, *_cut_at_columns(*pieces, width + 1))
    rows = sums[:-1].reshape(height, width + 1)
    return np.cumsum(rows, axis=1, out=rows)[:, :width]


def _gathered(edges: Iterable[Edges]) -> Iterator[Edges]:
    """The same edges in fewer, longer lists: many short rings at a time."""
    held: list[Edges] = []
    size = 0
    for some in edges:
        held.append(some)
        size += len(some[0])
        if size >= EDGES_AT_ONCE:
            yield _joined(held)
            held, size = [], 0
    if held:
        yield _joined(held)


def _joined(held: list[Edges]) -> Edges:
    if len(held) == 1:
        return held[0]
    x0, y0, x1, y1 = (np.concatenate(ends) for ends in zip(*held, strict=True))
    return x0, y0, x1, y1


def edges(part: Part, window: Window, sagitta_um: float) -> Iterator[Edges]:
    """The edges of all copies in the window's pixels, some thousand at a time."""
    if isinstance(part.shape, Segments):
        yield _segments(part, part.shape, window)
        return
    for ring in part.rings(sagitta_um):
        closed = np.concatenate((ring, ring[:1]))
        step = max(1, EDGES_AT_ONCE // len(ring))
        for first in range(0, part.places.count, step):
            copies = part.copies(closed, slice(first, first + step))
            x, y = window.x_px(copies[..., 0]), window.y_px(copies[..., 1])
            for start in range(0, len(ring), EDGES_AT_ONCE):
                end = min(start + EDGES_AT_ONCE, len(ring))
                here, there = slice(start, end), slice(start + 1, end + 1)
                yield x[:, here].ravel(), y[:, here].ravel(), x[:, there].ravel(), y[:, there].ravel()


def _segments(part: Part, shape: Segments, window: Window) -> Edges:
    """Directed segments as they are, at all places."""
    begin, end = part.copies(shape.ends_um[:2].T), part.copies(shape.ends_um[2:].T)
    x0, x1 = (window.x_px(ends[..., 0]).ravel() for ends in (begin, end))
    y0, y1 = (window.y_px(ends[..., 1]).ravel() for ends in (begin, end))
    return x0, y0, x1, y1


def inside(edges: Edges, width: int, height: int, closing: bool = False) -> Edges:
    """The edges moved into the panel; those that cross its border are cut there first. Level edges go: they enclose nothing.

    So do those to the right of the panel, unless rows shall be closed.
    """
    x0, y0, x1, y1 = edges
    least_x, most_x, least_y, most_y = np.minimum(x0, x1), np.maximum(x0, x1), np.minimum(y0, y1), np.maximum(y0, y1)
    # What is wholly above, below or right of the panel covers none of it.
    near = (most_y > 0) & (least_y < height) & ((least_x < width) | closing) & (y0 != y1)
    within = (least_x >= 0) & (most_x <= width) & (least_y >= 0) & (most_y <= height)
    if within.all() and near.all():
        return edges
    crossing = near & ~within
    kept = near & within
    x0, y0, x1, y1 = (edge[crossing] for edge in edges)
    for line in (0.0, float(width)):
        x0, y0, x1, y1 = _cut_at(x0, y0, x1, y1, line)
    for line in (0.0, float(height)):
        y0, x0, y1, x1 = _cut_at(y0, x0, y1, x1, line)
    border = x0.clip(0, width), y0.clip(0, height), x1.clip(0, width), y1.clip(0, height)
    steep = border[1] != border[3]
    moved = [np.concatenate((edge[kept], more[steep])) for edge, more in zip(edges, border, strict=True)]
    return moved[0], moved[1], moved[2], moved[3]


def _cut_at(a0: Floats, b0: Floats, a1: Floats, b1: Floats, line: float) -> Edges:
    """Edges in two where they cross a = line."""
    crossing = (a0 < line) != (a1 < line)
    share = (line - a0[crossing]) / (a1[crossing] - a0[crossing])
    middle = b0[crossing] + share * (b1[crossing] - b0[crossing])
    on_line = np.full(len(middle), line)
    keep = ~crossing
    return (
        np.concatenate((a0[keep], a0[crossing], on_line)),
        np.concatenate((b0[keep], b0[crossing], middle)),
        np.concatenate((a1[keep], on_line, a1[crossing])),
        np.concatenate((b1[keep], middle, b1[crossing])),
    )


def cut_at_rows(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Pieces within one pixel row each: x where they start and end (or the other way about), their signed height, and their row."""
    row, rise = np.floor(y0), y1 - y0
    within = row == np.floor(y1)
    whole, cut = np.flatnonzero(within), np.flatnonzero(~within)
    x0_cut, y0_cut, y1_cut, rise_cut = x0[cut], y0[cut], y1[cut], rise[cut]
    slope = (x1[cut] - x0_cut) / rise_cut
    edge, low, high, rows, *_ = pieces_between(np.minimum(y0_cut, y1_cut), np.maximum(y0_cut, y1_cut))
    # x = start + (y - begin) * slope along each edge
    start, begin, slope, sign = x0_cut[edge], y0_cut[edge], slope[edge], np.sign(rise_cut)[edge]
    return (
        np.concatenate((x0[whole], start + (low - begin) * slope)),
        np.concatenate((x1[whole], start + (high - begin) * slope)),
        np.concatenate((rise[whole], (high - low) * sign)),
        np.concatenate((row[whole], rows)),
    )


def _cut_at_columns(x0: Floats, x1: Floats, rise: Floats, row: Floats, stride: int) -> tuple[Indices, Floats, Floats]:
    """Pieces within one cell each: the cell's number, their signed height, and that times their mean distance from the cell's left side."""
    left, right = np.minimum(x0, x1), np.maximum(x0, x1)
    column = np.floor(left)
    cut = np.flatnonzero(right > column + 1)
    edge, low, high, columns, *_ = pieces_between(left[cut], right[cut])
    source = cut[edge]
    part = (high - low) * (rise[cut] / (right - left)[cut])[edge]
    # A cut edge keeps its place in the list with no height left; its pieces are appended.
    rise = rise.copy()
    rise[cut] = 0
    cell = np.concatenate((row * stride + column, row[source] * stride + columns)).astype(np.intp)
    mean = np.concatenate(((left + right) / 2 - column, (low + high) / 2 - columns))
    height = np.concatenate((rise, part))
    return cell, height, height * mean


class Pieces(NamedTuple):
    """Intervals cut at whole numbers: of each piece its interval, its ends, and the whole number below it; of each interval
    its first and its last piece.
    """

    edge: Indices
    low: Floats
    high: Floats
    floor: Floats
    first: Indices
    last: Indices


def pieces_between(low: Floats, high: Floats) -> Pieces:
    """Cut the intervals, each longer than 0."""
    below = np.floor(low)
    count = (np.ceil(high) - below).astype(np.intp)
    after = np.cumsum(count)
    first = after - count
    edge = np.repeat(np.arange(len(low)), count)
    floor = (below - first)[edge] + np.arange(len(edge))
    return Pieces(edge, np.maximum(floor, low[edge]), np.minimum(floor + 1, high[edge]), floor, first, after - 1)


def _add(sums: Floats, cell: Indices, height: Floats, right: Floats) -> None:
    """Add each piece to its cell and to the one right of it."""
    np.add.at(sums, cell, height - right)
    np.add.at(sums, cell + 1, right)
