"""Which discs of an array meet: a grid of cells, sorted, so that each disc is held only against those around it.

Discs of one octave of sizes share a grid. Where none overlap, a cell holds a bounded number of them, however
their sizes differ; where many do, the search stops at the number asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

Truly = Callable[[Indices], NDArray[np.bool_]]

AT_ONCE = 1 << 19
"""Pairs looked at together: arrays of a few MB."""
MOST_LINES = 1 << 30
"""Columns and rows of a grid, so that a cell's number fits 64 bits."""


def meeting(at_um: Floats, reach_um: Floats, most: int, truly: Truly | None = None) -> Indices:
    """intp[n, 2]: pairs, first and second ascending, whose distance is less than their two reaches, and which `truly` meet.

    After `most` no more are looked for.
    """
    found = [np.zeros((0, 2), dtype=np.intp)]
    total = 0
    for first, second in _pairs(at_um, reach_um, at_um, reach_um):
        once = first < second
        pairs = np.column_stack((first[once], second[once]))
        found.append(pairs if truly is None or not len(pairs) else pairs[truly(pairs)])
        total += len(found[-1])
        if total >= most:
            break
    pairs = np.concatenate(found)
    return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))][:most])


def met(at_um: Floats, reach_um: Floats, others_um: Floats, others_reach_um: Floats) -> NDArray[np.bool_]:
    """bool[n]: which discs meet any of the others."""
    hit = np.zeros(len(at_um), dtype=bool)
    for first, _ in _pairs(at_um, reach_um, others_um, others_reach_um):
        hit[first] = True
    return hit


def met_earlier(at_um: Floats, reach_um: Floats, rank: Floats) -> NDArray[np.bool_]:
    """bool[n]: which discs meet one of lower rank."""
    hit = np.zeros(len(at_um), dtype=bool)
    for first, second in _pairs(at_um, reach_um, at_um, reach_um):
        hit[second[rank[first] < rank[second]]] = True
    return hit


def _pairs(at: Floats, reach: Floats, others: Floats, others_reach: Floats) -> Iterator[tuple[Indices, Indices]]:
    """All pairs of a disc and another one (also itself) that meet, some at a time."""
    if not (len(at) and len(others)):
        return
    for mine in _octaves(reach):
        for theirs in _octaves(others_reach):
            side = float(reach[mine].max() + others_reach[theirs].max())
            for i, j in _neighbours(at[mine], others[theirs], side):
                first, second = mine[i], theirs[j]
                across, along = (at[first, axis] - others[second, axis] for axis in (0, 1))
                room = reach[first] + others_reach[second]
                close = np.flatnonzero(across * across + along * along < room * room)
                yield first[close], second[close]


def _octaves(reach: Floats) -> list[Indices]:
    """Discs whose reach differs by less than a factor of two, together."""
    octave = np.frexp(reach)[1]
    return [np.flatnonzero(octave == one) for one in np.unique(octave)]


def _neighbours(at: Floats, others: Floats, side_um: float) -> Iterator[tuple[Indices, Indices]]:
    """Pairs in the same or in touching cells of a grid."""
    low = np.minimum(at.min(axis=0), others.min(axis=0))
    span = float((np.maximum(at.max(axis=0), others.max(axis=0)) - low).max())
    side = max(side_um, span / MOST_LINES)
    width = int(span / side) + 3
    cell, other_cell = (np.floor((points - low) / side).astype(np.int64) + 1 for points in (at, others))
    number = other_cell[:, 1] * width + other_cell[:, 0]
    order = np.argsort(number, kind="stable")
    first = _firsts(number[order], int(max(cell[:, 1].max(), other_cell[:, 1].max()) + 2) * width)
    for row in (-1, 0, 1):
        middle = (cell[:, 1] + row) * width + cell[:, 0]
        for i, place in _runs(first(middle - 1), first(middle + 2)):
            yield i, order[place]


def _firsts(number: Indices, cells: int) -> Callable[[Indices], Indices]:
    """Where each cell's discs begin among the sorted ones: a table, or a search where the grid is nearly empty."""
    if cells > 8 * len(number) + (1 << 20):
        return lambda wanted: np.searchsorted(number, wanted)
    table = np.concatenate(([0], np.cumsum(np.bincount(number, minlength=cells + 3))))
    return lambda wanted: table[wanted]


def _runs(start: Indices, end: Indices) -> Iterator[tuple[Indices, Indices]]:
    """Every i with each place from start[i] to end[i], about AT_ONCE at a time."""
    count = end - start
    total = np.cumsum(count)
    first = 0
    while first < len(count):
        before = int(total[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(total, before + AT_ONCE, side="right")))
        some = count[first:last]
        i = np.repeat(np.arange(first, last), some)
        within = np.arange(len(i)) - np.repeat(np.cumsum(some) - some, some)
        yield i, start[i] + within
        first = last
