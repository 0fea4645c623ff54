"""A lattice compressed as what it is: one tile that fills a rectangle, with few distinct rows.

A distinct row is coded once: its first period byte by byte, the rest as copies from one period before. All
dark bytes between two lit rows are one run. The stream is smaller than what fast compressors make of such a
mask, which reach back too far and search the whole panel. Its bytes are the same on every machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from isal.isal_zlib import adler32
from numpy.typing import NDArray

from voxelyte.png.deflate import COPY, LONGEST, Piece, block, copies

MOST_SINGLE = 1 / 64
"""Of all bytes, those that may be coded one by one, which takes time."""
FARTHEST = 2**15  # that DEFLATE reaches back
LEAST_COPY = 4  # bytes; fewer are as short one by one
_NEEDLE_ROWS, _NEEDLE_BYTES = 64, 256  # that are looked for once more to find a period
_ROWS_AT_ONCE = 128
_ADLER = 65521  # RFC 1950, section 9


class Tile(NamedTuple):
    """Lit pixels are in rows `top` to `bottom` and columns `left` to `right`, and repeat after `high` and `wide`."""

    top: int
    bottom: int
    left: int
    right: int
    high: int
    wide: int


def compressed(pixels: NDArray[np.uint8]) -> bytes | None:
    """uint8[h, w] to a zlib stream of rows that are not filtered; None for a picture that is no lattice."""
    tile = _tile(pixels)
    if tile is None:
        return None
    width = tile.right - tile.left
    first = tile.wide if width - tile.wide >= 3 else width
    rows = pixels[tile.top : tile.top + tile.high]
    starts = np.ascontiguousarray(rows[:, tile.left : tile.left + first])
    seen = starts.view(f"V{first}").ravel().tolist()
    kinds = {row: kind for kind, row in enumerate(dict.fromkeys(seen))}
    if len(kinds) * first > pixels.size * MOST_SINGLE:
        return None
    order = np.resize([kinds[row] for row in seen], tile.bottom - tile.top)
    at = [seen.index(row) for row in kinds]
    body = _stream(pixels.shape, tile, starts[at], order)
    return b"\x78\x01" + body + _checksum(rows[at], order, tile, len(pixels))


def _tile(pixels: NDArray[np.uint8]) -> Tile | None:
    """The smallest tile of which the picture is made, if it is."""
    middle = max(0, (pixels.shape[1] - _NEEDLE_ROWS) // 2)
    sample = np.ascontiguousarray(pixels[:, middle : middle + _NEEDLE_ROWS])
    lit = np.flatnonzero(sample.any(axis=1))
    if not lit.size:
        return None
    top, bottom = int(lit[0]), int(lit[-1]) + 1
    high = _period(sample[top:bottom], _NEEDLE_ROWS)
    if (
        high is None
        or pixels[:top].view(bool).any()
        or pixels[bottom:].view(bool).any()
        or not _repeats(pixels[top:bottom], high)
    ):
        return None
    rows = pixels[top : top + high]
    columns = np.flatnonzero(rows.any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    busiest = top + np.count_nonzero(sample[top : top + high], axis=1).argmax()
    wide = _period(pixels[busiest, left:right, None], _NEEDLE_BYTES)
    if wide is None or wide > FARTHEST:
        return None
    same = np.array_equal(rows[:, left + wide : right], rows[:, left : right - wide])
    return Tile(top, bottom, left, right, high, wide) if same else None


def _period(rows: NDArray[np.uint8], needle_rows: int) -> int | None:
    """After how many rows those in the middle come again."""
    data, size = rows.tobytes(), rows.shape[1]
    middle = len(rows) // 2 * size
    needle = data[middle : middle + max(1, min(needle_rows, len(rows) // 8)) * size]
    at = data.find(needle, middle + size)
    while at > 0 and (at - middle) % size:
        at = data.find(needle, at + 1)
    return (at - middle) // size if at > 0 else None


def _repeats(rows: NDArray[np.uint8], high: int) -> bool:
    """Whether each row is as the one `high` above it."""
    here, above = rows[high:], rows[:-high]
    parts = (slice(top, top + _ROWS_AT_ONCE) for top in range(0, len(here), _ROWS_AT_ONCE))
    return all(np.array_equal(here[part], above[part]) for part in parts)


def _stream(shape: tuple[int, ...], tile: Tile, starts: NDArray[np.uint8], order: NDArray[np.int64]) -> bytes:
    """Dark bytes and lit rows by turns. `starts` are what is coded of each distinct row, `order` all rows of the tiles."""
    height, width = shape
    lit: NDArray[np.bool_] = np.any(starts, axis=1)
    at = np.flatnonzero(lit[order])
    kinds = (np.cumsum(lit) - 1)[order[at]]
    dark = (np.diff(at + tile.top, prepend=-1, append=height) - 1) * (1 + width)
    dark[:-1] += 1 + tile.left
    dark[1:] += width - tile.right
    lengths, which, uses = np.unique(dark, return_inverse=True, return_counts=True)
    pieces = [Piece(row, 1, int(count)) for row, count in zip(_tokens(starts[lit]), np.bincount(kinds), strict=True)]
    pieces += [Piece(_dark(int(length)), 1, int(count)) for length, count in zip(lengths, uses, strict=True)]
    rest, gaps = len(pieces), which + int(lit.sum())
    pieces.append(Piece(np.array(copies(tile.right - tile.left - starts.shape[1]), dtype=np.int64), tile.wide, len(at)))
    turns = np.stack([gaps[:-1], kinds, np.full(len(at), rest)], axis=1)
    return block(pieces, [*turns.ravel().tolist(), int(gaps[-1])])


def _dark(length: int) -> NDArray[np.int64]:
    """Tokens of a run of zeros."""
    return np.array([0, *copies(length - 1)] if length > LEAST_COPY else [0] * length, dtype=np.int64)


def _tokens(rows: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """Tokens of each row: its bytes, and copies of the byte before."""
    same = np.zeros(rows.shape, dtype=bool)
    np.equal(rows[:, 1:], rows[:, :-1], out=same[:, 1:])
    same[:, ::LONGEST] = False  # so that no copy is longer
    edges = np.flatnonzero(np.diff(same.ravel(), prepend=False, append=False)).reshape(-1, 2)
    begins, ends = edges[edges[:, 1] - edges[:, 0] >= LEAST_COPY].T
    step = np.zeros(rows.size + 1, dtype=np.int8)
    step[begins], step[ends] = 1, -1  # a copy never begins where another ends
    kept = np.cumsum(step[:-1], dtype=np.int8) == 0
    kept[begins] = True
    tokens = rows.ravel().astype(np.int64)
    tokens[begins] = COPY + ends - begins
    return np.split(tokens[kept], np.cumsum(np.count_nonzero(kept.reshape(rows.shape), axis=1))[:-1])


def _checksum(rows: NDArray[np.uint8], order: NDArray[np.int64], tile: Tile, height: int) -> bytes:
    """Adler-32 of all rows, each after its filter's zero, made of those of the distinct rows."""
    sums = np.zeros(height, dtype=np.int64)
    sums[tile.top : tile.bottom] = np.array([adler32(np.ascontiguousarray(row), 0) for row in rows])[order]
    low, high = sums & 0xFFFF, sums >> 16
    before = (1 + np.cumsum(low) - low) % _ADLER
    weighted = int((high + before * (1 + rows.shape[1])).sum())
    return (weighted % _ADLER << 16 | (1 + int(low.sum())) % _ADLER).to_bytes(4)
