"""Masks as 8-bit grey PNGs (ISO/IEC 15948): our own writer of three chunks, and a reader of anybody's.

Rows are not filtered and igzip compresses them at level 1: on lattice masks that is many times faster than
zlib at a file of about the same size. Equal pixels make equal bytes on one machine; another release of igzip,
or its code for another processor, may compress otherwise, so that compare pixels by `job.pixel_hash`.
"""

from __future__ import annotations

import struct
from io import BytesIO
from zlib import crc32

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.printer import MAX_PIXELS

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_HEADER_AT = len(SIGNATURE) + 8  # after the length and type of the first chunk
_COLOUR = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """uint8[h, w], each side at least 1, to a PNG."""
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or 0 in pixels.shape:
        raise FormatError(f"pixels={pixels.dtype}{list(pixels.shape)} must be uint8[height_px, width_px]")
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # column 0 names each row's filter: none
    rows[:, 1:] = pixels
    header = _HEADER.pack(width, height, 8, 0, 0, 0, 0)
    body = isal_zlib.compress(rows, level=1)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def decode(data: bytes, width_px: int | None = None, height_px: int | None = None) -> NDArray[np.uint8]:
    """PNG to uint8[h, w]; all but 8-bit grey of the expected size is refused before a pixel is allocated."""
    width, height = size(data)
    expected = width_px or width, height_px or height
    if expected != (width, height):
        raise FormatError(f"PNG is {width} x {height} pixels, {expected[0]} x {expected[1]} expected")
    rows = _rows(_body(data), width, height)
    return rows[:, 1:] if not rows[:, 0].any() else _unfiltered(data, width, height)


def size(data: bytes) -> tuple[int, int]:
    """Width and height in px from the first chunk; refuses what is not an 8-bit grey PNG of a sane size."""
    if not data.startswith(SIGNATURE):
        raise FormatError(f"not a PNG: starts with {data[:8]!r}")
    end = _HEADER_AT + _HEADER.size
    if len(data) < end + 4 or data[len(SIGNATURE) : _HEADER_AT] != b"\x00\x00\x00\rIHDR":
        raise FormatError("PNG is damaged: no IHDR chunk at offset 8")
    width, height, bits, colour, _, _, interlaced = _HEADER.unpack_from(data, _HEADER_AT)
    if (bits, colour, interlaced) != (8, 0, 0):
        kind = _COLOUR.get(colour, f"colour type {colour}")
        woven = ", interlaced" if interlaced else ""
        raise FormatError(f"PNG is {bits}-bit {kind}{woven}; masks are 8-bit grey, not interlaced")
    if not 0 < width * height <= MAX_PIXELS:
        raise FormatError(f"PNG of {width} x {height} pixels must have 1 to {MAX_PIXELS}")
    return width, height


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))


def _body(data: bytes) -> bytes:
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


def _rows(body: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """uint8[h, 1 + w]: each row with its filter's number before it, and not one byte more or less."""
    whole, inflater = height * (1 + width), isal_zlib.decompressobj()
    try:
        data = inflater.decompress(body, whole + 1)
    except isal_zlib.IsalError as fault:  # type: ignore[misc]  # the stub calls this class an instance
        raise FormatError(f"PNG is damaged: {fault}") from None
    if len(data) != whole or not inflater.eof or inflater.unused_data:
        raise FormatError(f"PNG is damaged: its pixels must be {whole} bytes, and are not")
    return np.frombuffer(data, dtype=np.uint8).reshape(height, 1 + width)


def _unfiltered(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """Pixels by Pillow, which undoes other writers' filters; its `open` refuses panels as large as ours."""
    from PIL.PngImagePlugin import PngImageFile

    try:
        with PngImageFile(BytesIO(data)) as picture:
            pixels = np.asarray(picture)
    except Exception as fault:  # what damaged bytes may raise in Pillow is an open list
        raise FormatError(f"PNG is damaged: {fault}") from None
    if pixels.shape != (height, width) or pixels.dtype != np.uint8:
        raise FormatError(f"PNG is damaged: it holds {pixels.dtype}{list(pixels.shape)}")
    return pixels
