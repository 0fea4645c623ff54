"""Masks as they come: PNG bytes that are checked whole before they are taken.

PNG, 3rd edition (W3C 2025), sections 5 (chunks), 9 (filters), 10 (compression) and 11.2 (critical chunks). The decoder is given
IHDR, IDAT and IEND alone, and never a size that is not the panel's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from struct import Struct
from zlib import crc32

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from voxelyte.machine.refusals import Refused

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LENGTH = Struct(">I")
_IHDR = Struct(">IIBBBBB")
_KEPT = (b"IHDR", b"IDAT", b"IEND")
_STEP_BYTES = 2**20
_MAX_FILTER = 4
_GREY_8_BIT = (8, 0, 0, 0, 0)
"""Bit depth, colour type, compression, filter, interlace."""


@dataclass(frozen=True)
class Mask:
    """One picture for the panel, kept compressed; equal pictures of equal bytes are equal masks."""

    sha256: str
    png: bytes

    def pixels(self) -> NDArray[np.uint8]:
        """The picture, uint8[height_px, width_px], decoded anew at each call."""
        from PIL.PngImagePlugin import PngImageFile

        with PngImageFile(BytesIO(self.png)) as image:
            return np.asarray(image, dtype=np.uint8)


def checked_mask(png: bytes, width_px: int, height_px: int) -> Mask:
    """The mask that these bytes are: Refused `mask-format` or `mask-size`."""
    chunks = list(_chunks(png))
    _check_order(chunks, width_px, height_px)
    _check_rows(b"".join(body for kind, body in chunks if kind == b"IDAT"), width_px + 1, height_px)
    plain = _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks if kind in _KEPT)
    return Mask(sha256(png).hexdigest(), plain)


def _check_order(chunks: list[tuple[bytes, bytes]], width_px: int, height_px: int) -> None:
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or b"IDAT" not in kinds or kinds.count(b"IHDR") > 1:
        raise Refused("mask-format", "a PNG must be IHDR, IDAT chunks and IEND, in this order")
    _check_header(chunks[0][1], width_px, height_px)
    for kind in kinds:
        if kind[0] & 0x20 == 0 and kind not in _KEPT:
            raise Refused("mask-format", f"critical chunk {kind!r} must not be in a greyscale PNG")


def _check_rows(packed: bytes, stride: int, rows: int) -> None:
    """That they inflate to all rows and no more, each with a filter that there is. No picture is made of them."""
    law, at = f"must inflate to {rows} rows of {stride} bytes, and nothing more", 0
    try:
        for part in _inflated(packed):
            if max(part[-at % stride :: stride], default=0) > _MAX_FILTER:
                raise Refused("mask-format", f"a row's filter must be 0 to {_MAX_FILTER}")
            if (at := at + len(part)) > rows * stride:
                break
    except isal_zlib.IsalError as fault:  # type: ignore[misc]  # the stub calls this class an instance
        raise Refused("mask-format", f"the PNG {law}: {str(fault)[:200]}") from None
    if at != rows * stride:
        raise Refused("mask-format", f"the PNG {law}")


def _inflated(packed: bytes) -> Iterator[bytes]:
    """What a zlib stream holds, little by little: neither a bomb nor 94 million pixels need much memory."""
    inflater = isal_zlib.decompressobj()
    for at in range(0, len(packed), _STEP_BYTES):
        left, more = packed[at : at + _STEP_BYTES], True
        while (left or more) and not inflater.eof:
            part = inflater.decompress(left, _STEP_BYTES)
            left, more = inflater.unconsumed_tail, len(part) == _STEP_BYTES
            yield part
        if inflater.eof and (inflater.unused_data or at + _STEP_BYTES < len(packed)):
            raise Refused("mask-format", "bytes follow the PNG's picture data, and none may")
    if not inflater.eof:
        raise Refused("mask-format", "the PNG's picture data has no end")


def _check_header(ihdr: bytes, width_px: int, height_px: int) -> None:
    if len(ihdr) != _IHDR.size:
        raise Refused("mask-format", f"IHDR has {len(ihdr)} bytes and must have {_IHDR.size}")
    width, height, *kind = _IHDR.unpack(ihdr)
    if tuple(kind) != _GREY_8_BIT:
        law = f"must be {list(_GREY_8_BIT)}: 8-bit grey, not interlaced"
        raise Refused("mask-format", f"bit depth, colour type, …, interlace={kind} {law}")
    if (width, height) != (width_px, height_px):
        law = f"must be the panel's {width_px} x {height_px}"
        raise Refused("mask-size", f"the PNG is {width} x {height} pixels and {law}")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    if png[:at] != _SIGNATURE:
        raise Refused("mask-format", f"the bytes begin with {png[:8].hex()} and must with {_SIGNATURE.hex()}")
    kind = b""
    while kind != b"IEND":
        if at + 12 > len(png) or (end := at + 8 + _LENGTH.unpack_from(png, at)[0]) + 4 > len(png):
            raise Refused("mask-format", f"the chunk at offset {at} goes beyond the {len(png)} bytes")
        kind, body = png[at + 4 : at + 8], png[at + 8 : end]
        if _LENGTH.unpack_from(png, end)[0] != crc32(png[at + 4 : end]):
            raise Refused("mask-format", f"the chunk at offset {at} has not its CRC-32")
        yield kind, body
        at = end + 4
    if at != len(png):
        raise Refused("mask-format", f"{len(png) - at} bytes follow IEND and none may")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return _LENGTH.pack(len(body)) + kind + body + _LENGTH.pack(crc32(kind + body))
