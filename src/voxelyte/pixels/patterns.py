"""Pixel patterns: pictures of single copies that are equal up to a shift, and up to a shift, turn or mirror.

A pattern is trimmed to its lit box, so that a shift by whole pixels does not count. Patterns of one size are kept
together, uint8[n, rows, columns], each once.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]
Size = tuple[int, int]
Patterns = dict[Size, Levels]


def patterns(pictures: Levels) -> Patterns:
    """The distinct patterns of some pictures, uint8[n, rows, columns]; one that is dark has no rows and no columns."""
    top, rows = _ends(pictures.max(axis=2))
    left, columns = _ends(pictures.max(axis=1))
    sizes = np.column_stack((rows, columns))
    found: Patterns = {}
    for height, width in np.unique(sizes, axis=0).tolist():
        of_size = np.flatnonzero((rows == height) & (columns == width))
        y = top[of_size, None, None] + np.arange(height)[None, :, None]
        x = left[of_size, None, None] + np.arange(width)[None, None, :]
        found[height, width] = _distinct(pictures[of_size[:, None, None], y, x])
    return found


def united(many: Iterable[Patterns]) -> Patterns:
    """The distinct patterns of several collections."""
    found: dict[Size, list[Levels]] = {}
    for one in many:
        for size, levels in one.items():
            found.setdefault(size, []).append(levels)
    return {size: _distinct(np.concatenate(levels)) for size, levels in found.items()}


def number(found: Patterns) -> int:
    """How many patterns there are."""
    return sum(len(levels) for levels in found.values())


def up_to_symmetry(found: Patterns, square: bool) -> int:
    """How many there are when mirror images count as one and, where pixels are `square`, quarter turns too."""
    lying: list[Patterns] = []
    for (height, width), levels in found.items():
        turn = square and height > width
        lying.append({(width, height): levels.swapaxes(1, 2)} if turn else {(height, width): levels})
    return number({size: _canonical(levels, square) for size, levels in united(lying).items()})


def _canonical(levels: Levels, square: bool) -> Levels:
    """Each replaced by the first of its images, in the order of their bytes."""
    _, height, width = levels.shape
    turned = (levels, levels.swapaxes(1, 2)) if square and height == width else (levels,)
    images = [one[:, ::down, ::across] for one in turned for down in (1, -1) for across in (1, -1)]
    if not height * width:
        return levels
    ordered = np.sort(np.stack([_words(one) for one in images]), axis=0)[0]
    return _distinct(np.frombuffer(ordered.tobytes(), dtype=np.uint8).reshape(levels.shape))


def _distinct(levels: Levels) -> Levels:
    if not levels.size:
        return levels[:1]
    _, first = np.unique(_words(levels), return_index=True)
    return levels[first]


def _words(levels: Levels) -> NDArray[np.bytes_]:
    """Each picture as one word of bytes. All are equally long, so that the zeros that such words lose at their end tell nothing."""
    count, height, width = levels.shape
    return np.ascontiguousarray(levels).reshape(count, height * width).view(f"S{height * width}")[:, 0]


def _ends(levels: Levels) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First lit index of each line, and how many there are up to the last; both 0 where it is dark."""
    lit = levels > 0
    some = lit.any(axis=1)
    first = np.where(some, lit.argmax(axis=1), 0)
    last = np.where(some, lit.shape[1] - lit[:, ::-1].argmax(axis=1), 0)
    return first, last - first
