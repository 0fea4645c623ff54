"""Masks in PNGs of colour: grey written as RGB or RGBA, or three pixels of a row packed into one of RGB.

No display that takes colour is so large that its picture has more than MAX_PIXELS values. A mask that is gets
written in grey, which `grey_of` and other programs' readers take as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.png import channels, decode, decode_colour, encode, size
from voxelyte.printer import MAX_PIXELS, Panel

Grey = NDArray[np.uint8]


def as_rgb(pixels: Grey) -> bytes:
    """Grey as r = g = b."""
    return encode(np.repeat(pixels[:, :, None], 3, axis=2) if 3 * pixels.size <= MAX_PIXELS else pixels)


def as_rgba(pixels: Grey) -> bytes:
    """Grey as r = g = b, alpha 255."""
    if 4 * pixels.size > MAX_PIXELS:
        return encode(pixels)
    coloured = np.repeat(pixels[:, :, None], 4, axis=2)
    coloured[:, :, 3] = 255
    return encode(coloured)


def as_packed(pixels: Grey) -> bytes:
    """Three pixels of a row as r, g and b of one; a width that 3 does not divide is filled up with dark ones."""
    height, width = pixels.shape
    if width % 3:
        pixels = np.pad(pixels, ((0, 0), (0, -width % 3)))
    return encode(pixels.reshape(height, -1, 3))


def grey_of(name: str, data: bytes, panel: Panel) -> Grey:
    """Pixels of a member that is a grey picture, in grey or with r = g = b and nothing see-through; a fault names it."""
    try:
        if channels(data) == 1:
            return decode(data, panel.width_px, panel.height_px)
        pixels = decode_colour(data, panel.width_px, panel.height_px)
    except FormatError as fault:
        raise FormatError(f"{name}: {fault}") from None
    grey = pixels[:, :, 0]
    if (grey != pixels[:, :, 1]).any() or (grey != pixels[:, :, 2]).any():
        raise FormatError(f"{name}: is coloured; red, green and blue of a mask must be equal")
    if pixels.shape[2] == 4 and (pixels[:, :, 3][grey > 0] != 255).any():
        raise FormatError(f"{name}: is see-through where it is lit; alpha must be 255")
    return grey


def is_packed(data: bytes, panel: Panel) -> bool:
    """Whether a PNG of colour is a third as wide as the panel."""
    return channels(data) == 3 and size(data, 3)[0] == -(-panel.width_px // 3)


def unpacked(name: str, data: bytes, panel: Panel) -> Grey:
    """Pixels of a member that `as_packed` makes; a fault names it."""
    try:
        pixels = decode_colour(data, -(-panel.width_px // 3), panel.height_px, 3)
    except FormatError as fault:
        raise FormatError(f"{name}: {fault}") from None
    rows = pixels.reshape(panel.height_px, -1)
    if rows[:, panel.width_px :].any():
        raise FormatError(f"{name}: is lit beyond the panel's {panel.width_px} columns")
    return rows[:, : panel.width_px]
