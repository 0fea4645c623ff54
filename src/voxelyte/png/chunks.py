"""What a PNG is made of: its signature, its header and its chunks, each with a checksum."""

from __future__ import annotations

import struct
from typing import NamedTuple

from isal.isal_zlib import crc32

from voxelyte.errors import FormatError
from voxelyte.printer import MAX_PIXELS

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""PNG's colour type by the channels of a pixel: grey, RGB, RGBA."""

_CHANNELS = {colour: channels for channels, colour in COLOUR_TYPES.items()}
_KINDS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}
_HEADER = struct.Struct(">IIBBBBB")
_HEADER_AT = len(SIGNATURE) + 8  # after the length and type of the first chunk


class Header(NamedTuple):
    """Size in px and channels of 8 bits: 1 grey, 3 RGB, 4 RGBA."""

    width: int
    height: int
    channels: int

    def packed(self) -> bytes:
        """The body of IHDR."""
        return _HEADER.pack(self.width, self.height, 8, COLOUR_TYPES[self.channels], 0, 0, 0)


def header_of(data: bytes, channels: int | None = None) -> Header:
    """The first chunk; refuses what does not have `channels`, if given, of 8 bits, and a sane size."""
    if not data.startswith(SIGNATURE):
        raise FormatError(f"not a PNG: starts with {data[:8]!r}")
    if len(data) < _HEADER_AT + _HEADER.size + 4 or data[len(SIGNATURE) : _HEADER_AT] != b"\x00\x00\x00\rIHDR":
        raise FormatError("PNG is damaged: no IHDR chunk at offset 8")
    width, height, bits, colour, _, _, interlaced = _HEADER.unpack_from(data, _HEADER_AT)
    found = _CHANNELS.get(colour)
    if (bits, interlaced) != (8, 0) or found is None or found != (channels or found):
        woven = ", interlaced" if interlaced else ""
        kind = f"{bits}-bit {_KINDS.get(colour, f'colour type {colour}')}{woven}"
        wanted = _KINDS[COLOUR_TYPES[channels]] if channels else "grey, RGB or RGBA"
        raise FormatError(f"PNG is {kind}; must be 8-bit {wanted}, not interlaced")
    if not 0 < width * height * found <= MAX_PIXELS:
        raise FormatError(f"PNG of {width} x {height} pixels must have 1 to {MAX_PIXELS // found}")
    return Header(width, height, found)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))


def image_data(data: bytes) -> bytes:
    """All IDAT chunks together; every chunk must be whole, its checksum right, and IEND at the very end."""
    at, view, kind, body = len(SIGNATURE), memoryview(data), b"", []
    while at < len(data) and kind != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4])
        kind = data[at + 4 : at + 8]
        if end + 4 > len(data):
            raise FormatError(f"PNG is damaged: chunk {kind!r} at offset {at} is cut off")
        if crc32(view[at + 4 : end]) != int.from_bytes(data[end : end + 4]):
            raise FormatError(f"PNG is damaged: checksum of chunk {kind!r} at offset {at}")
        body += [view[at + 8 : end]] if kind == b"IDAT" else []
        at = end + 4
    if kind != b"IEND" or at != len(data):
        raise FormatError(f"PNG is damaged: IEND must end it, and it ends at offset {len(data)}")
    return b"".join(body)
