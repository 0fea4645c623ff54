"""Pixels to a PNG of three chunks, whose rows are not filtered.

A lattice over a rectangle is compressed as what it is (`lattice`), anything else by igzip at level 1, dark rows before
and behind it apart (`dark`). All are many times faster than zlib at files of about the same size. Equal pixels make
equal bytes on one machine; another release of igzip, or its code for another processor, may compress otherwise, so
compare pixels by `job.pixel_hash`.
"""

from __future__ import annotations

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.png import dark, lattice
from voxelyte.png.chunks import SIGNATURE, Header, chunk
from voxelyte.printer import MAX_PIXELS


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Grey uint8[h, w], RGB uint8[h, w, 3] or RGBA uint8[h, w, 4] to a PNG; each side is at least 1."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,), (4,)):
        law = "uint8[height_px, width_px], or that with 3 or 4 channels"
        raise FormatError(f"pixels={pixels.dtype}{list(pixels.shape)} must be {law}")
    if not 0 < pixels.size <= MAX_PIXELS:
        raise FormatError(f"pixels={list(pixels.shape)} must be 1 to {MAX_PIXELS} values")
    height, width, *more = pixels.shape
    header = Header(width, height, more[0] if more else 1)
    rows = pixels.reshape(height, -1)
    body = lattice.compressed(rows) or dark.compressed(rows) or _deflated(rows)
    return SIGNATURE + chunk(b"IHDR", header.packed()) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _deflated(rows: NDArray[np.uint8]) -> bytes:
    """The zlib stream of any rows."""
    filtered = np.zeros((rows.shape[0], rows.shape[1] + 1), dtype=np.uint8)  # column 0 names the filter: none
    filtered[:, 1:] = rows
    return isal_zlib.compress(filtered, level=1)
