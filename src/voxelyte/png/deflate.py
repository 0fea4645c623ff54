"""One DEFLATE block (RFC 1951) made of pieces, each coded once however often it is used.

A piece is a list of tokens: a byte as its value, or a copy of 3 to 258 earlier bytes as 256 + its length. All
copies of a piece reach back by one distance. Bits are texts of 0 and 1 until the stream is packed.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.png.huffman import code_lengths, code_words

COPY = 256
LONGEST = 258
END = 256  # the symbol after the last piece
# Section 3.2.5: the least length or distance that a symbol stands for, and how many bits say what is above it.
_LENGTHS = [*range(3, 11), *range(11, 19, 2), *range(19, 35, 4), *range(35, 67, 8), *range(67, 131, 16)]
_LENGTHS += [*range(131, LONGEST, 32), LONGEST]
_LENGTH_BITS = [0] * 8 + [bits for bits in range(1, 6) for _ in range(4)] + [0]
_DISTANCE_BITS = [0, 0] + [bits for bits in range(14) for _ in range(2)]
_DISTANCES: list[int] = [1 + sum(2**bits for bits in _DISTANCE_BITS[:symbol]) for symbol in range(30)]
# Section 3.2.7, with one code for the lengths of all codes: 0 to 15 have 5 bits, a run of zeros has 1.
_ORDER = 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
_WIDTHS = [5] * 16 + [0, 0, 1]
_WIDTH_WORDS = code_words(_WIDTHS)
_SYMBOLS = [*range(COPY), *(END + bisect(_LENGTHS, length) for length in range(LONGEST + 1))]
_BITS = bytes.maketrans(b"01", b"\0\1")
_ZEROS = re.compile(rb"\0{11,138}|.", re.DOTALL)


class Piece(NamedTuple):
    """Tokens (int), the distance of their copies in bytes, and how often the piece is used."""

    tokens: NDArray[np.int64]
    distance: int
    times: int


def copies(count: int) -> list[int]:
    """Tokens that copy `count` bytes: none, or at least 3."""
    whole, rest = divmod(count, LONGEST)
    if 0 < rest < 3:  # 259 is 256 + 3
        return [COPY + LONGEST] * (whole - 1) + [COPY + LONGEST + rest - 3, COPY + 3]
    return [COPY + LONGEST] * whole + [COPY + rest] * (rest > 0)


def block(pieces: Sequence[Piece], order: Iterable[int]) -> bytes:
    """The stream of the pieces of these indices, one after the other."""
    counts = {distance: _counted(pieces, distance) for distance in {piece.distance for piece in pieces}}
    lengths, reaches = _code_lengths(counts)
    words, reach_words = code_words(lengths), code_words(reaches)
    spelt = {
        distance: {token: _bits(_word(token, distance, words, reach_words)) for token in np.flatnonzero(row).tolist()}
        for distance, row in counts.items()
    }
    bits = [b"".join(map(spelt[piece.distance].__getitem__, piece.tokens.tolist())) for piece in pieces]
    whole = b"".join([_bits(_header(lengths, reaches)), *map(bits.__getitem__, order), _bits(words[END])])
    return np.packbits(np.frombuffer(whole, dtype=np.uint8), bitorder="little").tobytes()


def _bits(text: str) -> bytes:
    """One byte a bit, as they are packed."""
    return text.encode().translate(_BITS)


def _counted(pieces: Sequence[Piece], distance: int) -> NDArray[np.int64]:
    """How often each token occurs in the pieces of this distance."""
    chosen = [piece for piece in pieces if piece.distance == distance]
    times = np.repeat([piece.times for piece in chosen], [len(piece.tokens) for piece in chosen])
    tokens = np.concatenate([piece.tokens for piece in chosen])
    return np.bincount(tokens, weights=times, minlength=COPY + LONGEST + 1).astype(np.int64)


def _code_lengths(counts: dict[int, NDArray[np.int64]]) -> tuple[list[int], list[int]]:
    """Bits of the codes for bytes and lengths, and of those for distances."""
    tokens, reaches = sum(counts.values()), [0] * 30
    for distance, row in counts.items():
        reaches[_reach(distance)] += int(row[COPY + 1 :].sum())
    symbols = np.bincount(_SYMBOLS, weights=tokens, minlength=286).astype(np.int64)
    symbols[END] = 1
    return code_lengths(symbols.tolist()), code_lengths(reaches)


def _reach(distance: int) -> int:
    return bisect(_DISTANCES, distance) - 1


def _word(token: int, distance: int, words: list[str], reach_words: list[str]) -> str:
    """The bits of a token: its code and, for a copy, what is above the least length and distance."""
    if token < COPY:
        return words[token]
    symbol, reach = _SYMBOLS[token], _reach(distance)
    length = symbol - END - 1
    more = _plain(token - COPY - _LENGTHS[length], _LENGTH_BITS[length])
    farther = _plain(distance - _DISTANCES[reach], _DISTANCE_BITS[reach])
    return f"{words[symbol]}{more}{reach_words[reach]}{farther}"


def _plain(value: int, width: int) -> str:
    """A number, its least bit first, as all but codes stand in the stream."""
    return f"{value:0{width}b}"[::-1] if width else ""


def _header(lengths: list[int], reaches: list[int]) -> str:
    """The last block, with codes of its own: their lengths."""
    said = [_plain(1, 1), _plain(2, 2), _plain(len(lengths) - 257, 5), _plain(len(reaches) - 1, 5), _plain(15, 4)]
    said += [_plain(_WIDTHS[symbol], 3) for symbol in _ORDER]
    for found in _ZEROS.findall(bytes([*lengths, *reaches])):
        said.append(_WIDTH_WORDS[found[0]] if len(found) == 1 else _WIDTH_WORDS[18] + _plain(len(found) - 11, 7))
    return "".join(said)
