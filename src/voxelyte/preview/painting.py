"""A mask as a small picture."""

from __future__ import annotations

import numpy as np
from PIL import Image

from voxelyte.preview.pen import blend
from voxelyte.preview.pictures import Grey, resampled


def mask_picture(pixels: Grey, size: tuple[int, int]) -> Image.Image:
    """A mask, lit on dark: its grey, averaged by area, between the two colours."""
    colours = np.array([blend(level) for level in range(256)], dtype=np.uint8)
    return Image.fromarray(colours[resampled(pixels, *size)])
