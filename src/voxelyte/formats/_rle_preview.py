"""Preview pictures of the LCD archives: 16 bits a pixel, RGB565, and ChiTu's run-length code of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.formats._tokens import runs, woven

Words = NDArray[np.uint16]

REPEATED = np.uint16(0x20)
"""The lowest green bit, which ChiTu takes for a flag: a count of further pixels of this colour follows."""
COUNT = np.uint16(0x3000)
PIECE = 0xFFF
"""Pixels coded at a time, as the vendor's slicer counts at most 0xFFE further ones."""


def rgb565(grey: NDArray[np.uint8]) -> Words:
    """Greys as colours of 5, 6 and 5 bits."""
    wide = grey.astype(np.uint16)
    return np.asarray(wide >> 3 << 11 | wide >> 2 << 5 | wide >> 3, dtype=np.uint16)


def repeated(colours: Words) -> bytes:
    """ChiTu's code of a picture, little-endian: each run its colour and, above one pixel, 0x3000 plus the pixels to follow."""
    flat = colours.reshape(-1) & ~REPEATED
    return b"".join(_repeated(flat[start : start + PIECE]) for start in range(0, flat.size, PIECE))


def _repeated(piece: Words) -> bytes:
    values, lengths = runs(piece)
    more = lengths > 1
    counts = COUNT | (lengths - 1).astype(np.uint16)
    return woven([(values | REPEATED * more, True), (counts, more)]).astype("<u2").tobytes()
