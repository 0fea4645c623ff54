"""Coverage to grey levels. A binary panel gets a threshold of the same coverage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Tone = Callable[[NDArray[np.float64]], NDArray[np.uint8]]


def tone_for(grey_levels: int) -> Tone:
    """The linear tone of a panel with `grey_levels` (2 to 256): coverage 0..1 to the nearest level, spread over 0..255.

    With 256 levels the error is half a level; with 2 a pixel is lit when at least half of it is covered.
    """
    steps = grey_levels - 1
    if steps == 255:
        return _linear
    levels = np.rint(np.arange(grey_levels) * (255 / steps)).astype(np.uint8)

    def stepped(coverage: NDArray[np.float64]) -> NDArray[np.uint8]:
        # Half up, so that a pixel covered to exactly one half is lit on a binary panel.
        return np.asarray(levels[np.floor(coverage * steps + 0.5).astype(np.intp).clip(0, steps)])

    return stepped


def _linear(coverage: NDArray[np.float64]) -> NDArray[np.uint8]:
    # Adding a half and cutting is rounding for numbers that are not negative; rounding noise below 0 is cut to 0 too.
    levels = coverage * 255
    levels += 0.5
    return levels.astype(np.uint8)
