"""Run-length code of CTB pictures, 7 bits deep, and the cipher over it (cbiffle/catibo doc/cbddlp-ctb.adoc).

A token's first byte holds a grey level of 128 (bits 6-0); bit 7 says that a length follows, otherwise it is 1.
  0xxxxxxx   10xxxxxx +1   110xxxxx +2   1110xxxx +3    a length of 7, 14, 21 or 28 bits, high byte first

Level k stands for grey k x 255 / 127, rounded, which is how this package paints for a panel of 128 levels; other
readers make 2k + 1 of it. Both lie within one of 255 of each other, and both give the same level when written.

The cipher is a stream of 32-bit words, x0 + n c modulo 2^32, each low byte first. Catibo's text has a typing error in
c, which is not in its code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats._tokens import Bytes, Canvas, Counts, blocks, runs, tokens, woven

GREY_LEVELS = 128
_GREYS = np.rint(np.linspace(0, 255, GREY_LEVELS)).astype(np.uint8)
_RUN, _LOWEST = 0x80, np.uint8(1)
_WRONG = 0xF0
# How many bytes a length has, by its first.
_MORE = np.repeat(np.array([1, 2, 3, 4, 1], dtype=np.uint8), [0x80, 0x40, 0x20, 0x10, 0x10])


def encode(pixels: Bytes) -> bytes:
    """uint8[h, w] to tokens that cover every pixel; of each grey the upper seven bits are kept."""
    return b"".join(_encoded(flat >> _LOWEST) for flat in blocks(pixels))


def _encoded(levels: Bytes) -> bytes:
    heads, lengths = runs(levels)
    columns: list[tuple[Bytes, NDArray[np.bool_] | bool]] = [(heads, True)]
    for least, shift, prefix in ((2**14, 16, 0xC0), (2**7, 8, 0x80), (2, 0, 0)):
        there = lengths >= least
        if there.any():
            first = lengths < least << 7
            columns.append(((lengths >> shift | prefix * first).astype(np.uint8), there))
    heads |= (lengths > 1) * np.uint8(_RUN)
    return woven(columns).tobytes()


def decode(data: bytes, count_px: int) -> Bytes:
    """Tokens to uint8[count_px]; FormatError unless they cover every pixel once."""
    canvas = Canvas(count_px)
    for offset, piece, starts in tokens(data, _sizes):
        heads = piece.take(starts)
        values, lengths = _GREYS.take(heads & 0x7F), _lengths(piece, starts, heads, offset)
        canvas.add(values, lengths, offset + starts)
    return canvas.whole()


def _sizes(piece: Bytes) -> Bytes:
    sizes = np.ones_like(piece)
    sizes[:-1] += (piece[:-1] >> 7) * _MORE.take(piece[1:])
    return sizes


def _lengths(piece: Bytes, starts: Counts, heads: Bytes, offset: int) -> Counts:
    firsts = np.where(heads & _RUN, piece.take(starts + 1), 1)
    lengths = firsts.astype(np.int64)
    long = np.flatnonzero(firsts >= _RUN)
    wrong = starts[long][firsts[long] >= _WRONG]
    if wrong.size:
        raise FormatError(f"token at offset {offset + wrong[0]} has a length that starts with four bits or more")
    extra = _MORE[firsts[long]] - np.uint8(1)
    rest = lengths[long] & (0x7F >> extra)
    for byte in (1, 2, 3):
        rest = np.where(extra >= byte, rest << 8 | piece[starts[long] + 1 + byte], rest)
    lengths[long] = rest
    return lengths


def cipher(data: bytes, key: int, layer: int) -> bytes:
    """`data` of layer `layer` (counted from 0) with the key's stream laid over it; its own inverse. Key 0 is none."""
    if key == 0:
        return data
    step = key * 0x2D83CDAC + 0xD8A83423
    first = (layer * 0x1E1530CD + 0xEC3D47CD) * step
    words = np.arange(-(-len(data) // 4), dtype=np.uint32)
    words *= np.uint32(step % 2**32)
    words += np.uint32(first % 2**32)
    stream = words.astype("<u4", copy=False).view(np.uint8)[: len(data)]
    return (np.frombuffer(data, dtype=np.uint8) ^ stream).tobytes()
