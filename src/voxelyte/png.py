"""Masks as 8-bit grey PNGs (ISO/IEC 15948): our own writer of four chunks, and Pillow as the reader.

Rows are not filtered and igzip compresses them at level 1: on lattice masks that is many times faster than
zlib at a file of the same size, because equal rows are found by the compressor itself.
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
    """uint8[h, w], each side at least 1, to a PNG; equal pixels make equal bytes."""
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or 0 in pixels.shape:
        raise FormatError(f"pixels={pixels.dtype}{list(pixels.shape)} must be uint8[height_px, width_px]")
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # column 0 names each row's filter: none
    rows[:, 1:] = pixels
    header = _HEADER.pack(width, height, 8, 0, 0, 0, 0)
    body = isal_zlib.compress(rows, level=1)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def decode(data: bytes, width_px: int | None = None, height_px: int | None = None) -> NDArray[np.uint8]:
    """PNG to uint8[h, w]; refuses anything but 8-bit grey of the expected size, before a pixel is allocated."""
    width, height = size(data)
    if (width_px or width, height_px or height) != (width, height):
        raise FormatError(f"PNG is {width} x {height} pixels, {width_px or width} x {height_px or height} expected")
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as picture:
            pixels = np.asarray(picture)
    except Exception as fault:  # Pillow's own list of what damaged bytes may raise is open
        raise FormatError(f"PNG is damaged: {fault}") from None
    if pixels.shape != (height, width) or pixels.dtype != np.uint8:
        raise FormatError(f"PNG is damaged: {pixels.dtype}{list(pixels.shape)} came out of {width} x {height}")
    return pixels


def size(data: bytes) -> tuple[int, int]:
    """Width and height in px from the first chunk; refuses what is not an 8-bit grey PNG of a sane size."""
    if not data.startswith(SIGNATURE):
        raise FormatError(f"not a PNG: starts with {data[:8]!r}")
    end = _HEADER_AT + _HEADER.size
    if len(data) < end + 4 or data[len(SIGNATURE) : _HEADER_AT] != b"\x00\x00\x00\rIHDR":
        raise FormatError("PNG is damaged: no IHDR chunk at offset 8")
    if crc32(data[_HEADER_AT - 4 : end]) != int.from_bytes(data[end : end + 4]):
        raise FormatError("PNG is damaged: IHDR checksum at offset 29")
    width, height, bits, colour, _, _, interlaced = _HEADER.unpack_from(data, _HEADER_AT)
    if (bits, colour, interlaced) != (8, 0, 0):
        kind = _COLOUR.get(colour, f"colour type {colour}")
        raise FormatError(f"PNG is {bits}-bit {kind}{', interlaced' * bool(interlaced)}; masks are 8-bit grey")
    if not 0 < width * height <= MAX_PIXELS:
        raise FormatError(f"PNG of {width} x {height} pixels must have 1 to {MAX_PIXELS}")
    return width, height


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))
