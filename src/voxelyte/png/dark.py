"""Dark rows in a zlib stream (RFC 1950, 1951) without looking at them again: compressed once for each power of two, and joined.

A part that is small on its panel leaves most rows dark. Only the others are compressed for themselves.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

HEAD, END = b"\x78\x01", b"\x03\x00"
"""Of a zlib stream, and a last block of DEFLATE that holds nothing."""
LEAST_DARK = 0.25
"""Of all rows, those that must be dark before and behind the lit ones for this to be worth its while."""
_ADLER = 65521  # RFC 1950, section 9


def compressed(rows: NDArray[np.uint8]) -> bytes | None:
    """uint8[h, w] to a zlib stream of rows that are not filtered; None for a picture with few dark rows."""
    size, edge = 1 + rows.shape[1], int(len(rows) * LEAST_DARK / 2)
    if rows[:edge].view(bool).any() and rows[len(rows) - edge :].view(bool).any():
        return None  # most pictures that have few end here
    lit = np.flatnonzero(rows.max(axis=1))
    first, last = (int(lit[0]), int(lit[-1]) + 1) if len(lit) else (len(rows), len(rows))
    if last - first > len(rows) * (1 - LEAST_DARK):
        return None
    filtered = np.zeros((last - first, size), dtype=np.uint8)  # column 0 names the filter: none
    filtered[:, 1:] = rows[first:last]
    adler = isal_zlib.adler32(filtered, _passed(1, first * size))
    adler = _passed(adler, (len(rows) - last) * size)
    body = _raw(filtered) if len(filtered) else b""
    return b"".join((HEAD, _dark(first, size), body, _dark(len(rows) - last, size), END, adler.to_bytes(4)))


def _dark(rows: int, size: int) -> bytes:
    return b"".join(_zeros((1 << bit) * size) for bit in reversed(range(rows.bit_length())) if rows >> bit & 1)


@lru_cache(maxsize=64)
def _zeros(count: int) -> bytes:
    return _raw(np.zeros(count, dtype=np.uint8))


def _raw(data: NDArray[np.uint8]) -> bytes:
    """Blocks of DEFLATE that end at a whole byte, and are not the last."""
    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    return bytes(packer.compress(data) + packer.flush(isal_zlib.Z_SYNC_FLUSH))


def _passed(adler: int, zeros: int) -> int:
    """The checksum after so many zeros."""
    low, high = adler & 0xFFFF, adler >> 16
    return (high + low * zeros) % _ADLER << 16 | low
