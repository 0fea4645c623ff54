"""Masks as they come: PNG bytes that are checked whole before they are taken.

PNG, 3rd edition (W3C 2025), sections 5 (chunks) and 11.2 (critical chunks). The decoder is given IHDR, IDAT
and IEND alone, and never a size that is not the panel's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from struct import Struct
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from voxelyte.machine.refusals import Refused

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LENGTH = Struct(">I")
_IHDR = Struct(">IIBBBBB")
_KEPT = (b"IHDR", b"IDAT", b"IEND")
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
    mask = Mask(sha256(png).hexdigest(), _plain(png, width_px, height_px))
    try:
        mask.pixels()
    except Exception as fault:  # whatever the decoder finds wrong in a stranger's bytes is the bytes' fault
        raise Refused("mask-format", f"the PNG cannot be decoded: {str(fault)[:200]}") from None
    return mask


def _plain(png: bytes, width_px: int, height_px: int) -> bytes:
    """The same picture with its critical chunks alone."""
    chunks = list(_chunks(png))
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or b"IDAT" not in kinds or kinds.count(b"IHDR") > 1:
        raise Refused("mask-format", "a PNG must be IHDR, IDAT chunks and IEND, in this order")
    _check_header(chunks[0][1], width_px, height_px)
    for kind in kinds:
        if kind[0] & 0x20 == 0 and kind not in _KEPT:
            raise Refused("mask-format", f"critical chunk {kind!r} must not be in a greyscale PNG")
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks if kind in _KEPT)


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
