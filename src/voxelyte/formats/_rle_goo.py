"""Run-length code of GOO pictures, 8 bits deep (elegooofficial/GOO, "Goo Format Spec V1.2", layer content).

A token's first byte holds its kind (bits 7-6), a length code (bits 5-4) and the low four bits of its length.
  kind 0   black     kind 3   white     kind 1   grey; the value is the second byte
           length code n: n more bytes, high one first, hold the rest of a length of 4, 12, 20 or 28 bits
  kind 2   bits 3-0 away from the run before it, downwards when bit 5 is set; when bit 4 is set, one more byte
           holds the length, otherwise it is 1. Read, never written: Phrozen's machines do not take it
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats._tokens import Bytes, Canvas, Counts, blocks, runs, tokens, woven

_GREY, _STEP, _DOWN, _COUNTED = 1, 2, 0x20, 0x10
_HEADS = np.full(256, _GREY << 6, dtype=np.uint8)
_HEADS[[0, 255]] = 0, 0xC0
_SIZES = np.array([(1 + n % 4, 2 + n % 4, 1 + n % 2, 1 + n % 4)[n // 4] for n in range(16)], dtype=np.uint8).repeat(16)


def encode(pixels: Bytes) -> bytes:
    """uint8[h, w] to tokens that cover every pixel."""
    return b"".join(_encoded(flat) for flat in blocks(pixels))


def _encoded(flat: Bytes) -> bytes:
    values, lengths = runs(flat)
    heads = _HEADS.take(values)
    heads |= lengths.astype(np.uint8) & 15
    columns: list[tuple[Bytes, NDArray[np.bool_] | bool]] = [(heads, True), (values, values + np.uint8(1) > 1)]
    for shift in (12, 4):
        more = lengths >= 1 << shift
        if more.any():
            heads += more * np.uint8(1 << 4)
            columns.append(((lengths >> shift).astype(np.uint8), more))
    return woven(columns).tobytes()


def decode(data: bytes, count_px: int) -> Bytes:
    """Tokens to uint8[count_px]; FormatError unless they cover every pixel once."""
    canvas, before = Canvas(count_px), None
    for offset, piece, starts in tokens(data, _SIZES.take):
        heads = piece.take(starts)
        kinds = heads >> 6
        values = np.where(kinds == _GREY, piece.take(starts + 1), (kinds >> 1) * np.uint8(255))
        lengths = _lengths(piece, starts, heads)
        steps = np.flatnonzero(kinds == _STEP)
        if steps.size:
            lengths[steps] = np.where(heads[steps] & _COUNTED, piece[starts[steps] + 1], 1)
            values = _stepped(values, heads, before, offset + starts)
        before = int(values[-1])
        canvas.add(values, lengths, offset + starts)
    return canvas.whole()


def _lengths(piece: Bytes, starts: Counts, heads: Bytes) -> Counts:
    """Lengths of all tokens but those of kind 2."""
    lengths = (heads & 15).astype(np.int64)
    long = np.flatnonzero((heads & 0x30) != 0)  # of bools several times faster than of bytes
    codes, at = heads[long] >> 4 & 3, starts[long] + (heads[long] >> 6 == _GREY)
    rest = np.zeros(long.size, dtype=np.int64)
    for byte in (1, 2, 3):
        rest = np.where(codes >= byte, rest << 8 | piece[at + byte], rest)
    lengths[long] |= rest << 4
    return lengths


def _stepped(values: Bytes, heads: Bytes, before: int | None, offsets: Counts) -> Bytes:
    """Values of all tokens, where those of kind 2 add to the value before them."""
    stepping = heads >> 6 == _STEP
    if before is None and stepping[0]:
        raise FormatError(f"token at offset {offsets[0]} differs from a run before it, and there is none")
    change = np.where(heads & _DOWN, -1, 1) * (heads & 15).astype(np.int64) * stepping
    found = np.append(before or 0, np.where(stepping, 0, values)).astype(np.int64)
    sums = np.append(0, change.cumsum())
    anchor = np.maximum.accumulate(np.where(stepping, 0, np.arange(1, stepping.size + 1)))
    found = found[anchor] + sums[1:] - sums[anchor]
    wrong = np.flatnonzero((found < 0) | (found > 255))
    if wrong.size:
        raise FormatError(f"token at offset {offsets[wrong[0]]} steps to grey {found[wrong[0]]}, must be 0 to 255")
    return np.asarray(found, dtype=np.uint8)


def checksum(code: bytes) -> int:
    """The low byte of the sum of all bytes, every bit of it turned over."""
    return ~int(np.frombuffer(code, dtype=np.uint8).sum(dtype=np.uint8)) & 0xFF
