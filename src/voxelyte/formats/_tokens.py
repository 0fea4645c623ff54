"""Pictures as runs of equal pixels, and runs as tokens of one to five bytes: what the run-length codes share.

Encoding goes by blocks of rows that stay in the processor's cache, so that a run ends where its block does.
Decoding must first find where tokens start, though each start depends on the one before. The bytes are cut into
lanes that are walked side by side, from every place at which a first token may start; the walks soon fall into
step, so that hardly any lane has to wait to be told where its neighbour ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError

Pixel = TypeVar("Pixel", np.uint8, np.uint16)
Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]

BLOCK = 2**18
"""Pixels, or bytes of code, at a time."""
LONGEST = 5
"""Bytes of the longest token in any of the codes."""
_LANE = 32


def blocks(pixels: Bytes) -> Iterator[Bytes]:
    """The rows of uint8[h, w] in order, some at a time, as flat arrays of at most BLOCK pixels."""
    height, width = pixels.shape
    rows = max(1, BLOCK // width)
    for start in range(0, height, rows):
        flat = np.ascontiguousarray(pixels[start : start + rows]).reshape(-1)
        yield from (flat[cut : cut + BLOCK] for cut in range(0, flat.size, BLOCK))


def runs(flat: NDArray[Pixel]) -> tuple[NDArray[Pixel], NDArray[np.int32]]:
    """Values and lengths of the runs of a flat block."""
    last = np.append(np.flatnonzero(flat[1:] != flat[:-1]), flat.size - 1).astype(np.int32)
    return flat.take(last), np.diff(last, prepend=np.int32(-1))


def woven(columns: list[tuple[NDArray[Pixel], NDArray[np.bool_] | bool]]) -> NDArray[Pixel]:
    """Tokens in order: column i holds word i of every token, and whether it is there."""
    shape = columns[0][0].size, len(columns)
    tokens, there = np.zeros(shape, dtype=columns[0][0].dtype), np.ones(shape, dtype=np.bool_)
    for index, (column, kept) in enumerate(columns):
        tokens[:, index] = column
        if kept is not True:
            there[:, index] = kept
    return np.compress(there.reshape(-1), tokens.reshape(-1))


class Canvas:
    """A picture of `count_px` pixels that is filled run by run, exactly."""

    def __init__(self, count_px: int) -> None:
        self.pixels: Bytes = np.zeros(count_px, dtype=np.uint8)
        self._at = 0

    def add(self, values: Bytes, lengths: Counts, offsets: Counts) -> None:
        """Append runs; `offsets` says where each token is, for errors. Runs beyond the end are refused, not stored."""
        total = int(lengths.sum())
        if total > self.pixels.size - self._at:
            over = int(np.argmax(lengths.cumsum() > self.pixels.size - self._at))
            raise FormatError(f"run of {lengths[over]} at offset {offsets[over]} passes pixel {self.pixels.size}")
        self.pixels[self._at : self._at + total] = np.repeat(values, lengths)
        self._at += total

    def whole(self) -> Bytes:
        """The picture, in which no pixel may be missing."""
        if self._at != self.pixels.size:
            raise FormatError(f"runs end after {self._at} of {self.pixels.size} pixels")
        return self.pixels


def tokens(data: bytes, sizes: Callable[[Bytes], Bytes]) -> Iterator[tuple[int, Bytes, Counts]]:
    """Pieces of the code as (offset, bytes, starts): where in the bytes a token starts.

    `sizes` says of each byte how many bytes (1 to 5) a token has that starts there; the answer may depend on the byte
    behind it. Each piece goes on some bytes beyond its last start, so that every token is whole.
    """
    padded = np.frombuffer(data + bytes(LONGEST), dtype=np.uint8)
    entry = 0
    for offset in range(0, len(data), BLOCK):
        piece = padded[offset : offset + BLOCK + LONGEST]
        starts, entry = _starts(sizes(piece)[:-LONGEST], entry)
        if entry and offset + BLOCK >= len(data):
            raise FormatError(f"the last token should end at offset {len(data) + entry}, not at {len(data)}")
        if starts.size:
            yield offset, piece, starts


def _starts(sizes: Bytes, entry: int) -> tuple[Counts, int]:
    """Where tokens start when the first does at `entry`, and how far the last one reaches beyond the end."""
    count = -(-sizes.size // _LANE)
    lanes = np.ones((count, _LANE), dtype=np.uint8)
    lanes.reshape(-1)[: sizes.size] = sizes
    steps = np.ascontiguousarray(lanes.T)
    left = np.array(_entries(_exits(steps), entry), dtype=np.uint8)
    starting = np.zeros((count, _LANE), dtype=np.bool_)
    for index, step in enumerate(steps):
        starting[:, index] = _walk(left, step)
    starts = np.flatnonzero(starting.reshape(-1)[: sizes.size])
    end = int(starts[-1]) + int(sizes[starts[-1]]) if starts.size else entry
    return starts, end - sizes.size


def _walk(left: Bytes, step: Bytes) -> NDArray[np.bool_]:
    """One byte on: `left` counts what is left of the token under way; gives where a new one starts."""
    starting: NDArray[np.bool_] = left == 0
    left -= 1  # 255 where one starts, to which its size is added
    left += starting.view(np.uint8) * step
    return starting


def _exits(steps: Bytes) -> Bytes:
    """uint8[LONGEST, lanes]: how far each lane's last token reaches beyond it, by where its first token starts."""
    left = np.repeat(np.arange(LONGEST, dtype=np.uint8)[:, None], steps.shape[1], axis=1)
    for step in steps:
        _walk(left, step)
    return left


def _entries(exits: Bytes, entry: int) -> bytearray:
    """Where the first token of each lane starts. Most lanes end the same however they began."""
    entries = bytearray([entry]) + exits[0, :-1].tobytes()
    table = exits.T.tobytes()
    open_ended = np.flatnonzero((exits != exits[0]).any(axis=0)[:-1])
    for lane in open_ended.tolist():
        entries[lane + 1] = table[LONGEST * lane + entries[lane]]
    return entries
