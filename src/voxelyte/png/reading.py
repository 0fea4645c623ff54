"""A PNG to pixels. What its header claims is checked before a pixel is allocated."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.png.chunks import Header, header_of, image_data


def decode(data: bytes, width_px: int | None = None, height_px: int | None = None) -> NDArray[np.uint8]:
    """A mask: PNG to uint8[h, w]; all but 8-bit grey of the expected size is refused."""
    return _pixels(data, header_of(data, 1), width_px, height_px)[:, :, 0]


def decode_colour(
    data: bytes, width_px: int | None = None, height_px: int | None = None, channels: int | None = None
) -> NDArray[np.uint8]:
    """PNG to uint8[h, w, channels], 1 grey, 3 RGB, 4 RGBA; all but the expected size and channels is refused."""
    return _pixels(data, header_of(data, channels), width_px, height_px)


def size(data: bytes, channels: int | None = 1) -> tuple[int, int]:
    """Width and height in px from the first chunk; a mask's unless other channels, or any (None), are expected."""
    header = header_of(data, channels)
    return header.width, header.height


def channels(data: bytes) -> int:
    """Values in a pixel: 1 grey, 3 RGB, 4 RGBA."""
    return header_of(data).channels


def _pixels(data: bytes, header: Header, width_px: int | None, height_px: int | None) -> NDArray[np.uint8]:
    expected = width_px or header.width, height_px or header.height
    if expected != header[:2]:
        raise FormatError(f"PNG is {header.width} x {header.height} pixels, {expected[0]} x {expected[1]} expected")
    rows = _rows(image_data(data), header)
    pixels = _unfiltered(data, header) if rows[:, 0].any() else rows[:, 1:]
    return pixels.reshape(header.height, header.width, header.channels)


def _rows(body: bytes, header: Header) -> NDArray[np.uint8]:
    """uint8[h, 1 + w * channels]: each row with its filter's number before it, and not one byte more or less."""
    stride = 1 + header.width * header.channels
    whole, inflater = header.height * stride, isal_zlib.decompressobj()
    try:
        data = inflater.decompress(body, whole + 1)
    except isal_zlib.IsalError as fault:  # type: ignore[misc]  # the stub calls this class an instance
        raise FormatError(f"PNG is damaged: {fault}") from None
    if len(data) != whole or not inflater.eof or inflater.unused_data:
        raise FormatError(f"PNG is damaged: its pixels must be {whole} bytes, and are not")
    return np.frombuffer(data, dtype=np.uint8).reshape(header.height, stride)


def _unfiltered(data: bytes, header: Header) -> NDArray[np.uint8]:
    """Pixels by Pillow, which undoes other writers' filters; its `open` refuses panels as large as ours."""
    from PIL.PngImagePlugin import PngImageFile

    try:
        with PngImageFile(BytesIO(data)) as picture:
            pixels = np.asarray(picture)
    except Exception as fault:  # what damaged bytes may raise in Pillow is an open list
        raise FormatError(f"PNG is damaged: {fault}") from None
    if pixels.size != header.height * header.width * header.channels or pixels.dtype != np.uint8:
        raise FormatError(f"PNG is damaged: it holds {pixels.dtype}{list(pixels.shape)}")
    return pixels
