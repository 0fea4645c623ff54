"""The test target of `voxelyte rig check`: which way up, which way round, and pixel for pixel.

An F in the middle as it is to be read on the plate, a frame one pixel wide at the very edge of the panel, and in each corner a
field of single pixels and one of single lines each way: where those look grey or wavy, something scales the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel

LIT = 255
LETTER = ("#####", "#....", "#....", "####.", "#....", "#....", "#....")


def target(panel: Panel) -> NDArray[np.uint8]:
    """The picture as the panel is fed with it, uint8[height_px, width_px]."""
    height, width = panel.height_px, panel.width_px
    picture = np.zeros((height, width), dtype=np.uint8)
    picture[[0, -1], :] = picture[:, [0, -1]] = LIT
    _put(picture, _letter(max(1, min(height, width) // 16)), height // 2, width // 2)
    field = _fields(min(height, width) // 16)
    for row in (height // 8, height - height // 8):
        for column in (width // 8, width - width // 8):
            _put(picture, field, row, column)
    return panel.oriented(picture)


def _letter(stroke_px: int) -> NDArray[np.uint8]:
    rows = np.array([[char == "#" for char in row] for row in LETTER])
    return np.kron(rows, np.ones((stroke_px, stroke_px), dtype=np.uint8)).astype(np.uint8) * LIT


def _fields(side_px: int) -> NDArray[np.uint8]:
    """Single pixels, then upright and level lines, side by side."""
    rows, columns = np.indices((side_px, side_px))
    fields = [(rows + columns) % 2, columns % 2, rows % 2]
    return np.hstack(fields).astype(np.uint8) * LIT


def _put(picture: NDArray[np.uint8], part: NDArray[np.uint8], row: int, column: int) -> None:
    """`part` with its middle at a pixel; a panel that is too small for it goes without."""
    top, left = row - part.shape[0] // 2, column - part.shape[1] // 2
    if top < 0 or left < 0 or top + part.shape[0] > picture.shape[0] or left + part.shape[1] > picture.shape[1]:
        return
    picture[top : top + part.shape[0], left : left + part.shape[1]] |= part
