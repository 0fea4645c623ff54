"""A magnified corner of one mask: every pixel with its grey, the pixel grid, and the outline as drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from voxelyte.preview.pen import DARK, Colour, blend
from voxelyte.preview.pictures import Box, Grey
from voxelyte.printer import Panel
from voxelyte.region import Part, Region

COLUMNS, ROWS = 24, 16
FINE = 3  # drawn this much larger and then reduced, for smooth lines
MOST_PX = 60  # of one pixel of the mask
GRID: Colour = (88, 95, 110)


def corner_box(pixels: Grey) -> Box:
    """Pixels around the lit one that lies farthest to the upper right; most of the window lies inwards."""
    height, width = pixels.shape
    columns, rows = min(COLUMNS, width), min(ROWS, height)
    row, column = _upper_right(pixels)
    left = min(max(0, column - round(columns * 0.75)), width - columns)
    top = min(max(0, row - round(rows * 0.25)), height - rows)
    return Box(left, top, left + columns, top + rows)


def _upper_right(pixels: Grey) -> tuple[int, int]:
    lit = pixels > 0
    last = np.where(lit.any(axis=1), pixels.shape[1] - 1 - lit[:, ::-1].argmax(axis=1), -pixels.shape[0] - 1)
    row = int((last - np.arange(len(pixels))).argmax())
    return row, max(0, int(last[row]))


def corner_picture(
    pixels: Grey,
    box: Box,
    panel: Panel,
    room: tuple[int, int],
    drawn: list[tuple[Region, Colour]],
) -> Image.Image:
    """The window enlarged to at most `room`, with the rings of the drawn regions over it."""
    width_um, depth_um = box.width * panel.pitch_x_um, box.height * panel.pitch_y_um
    pitch_um = max(panel.pitch_x_um, panel.pitch_y_um)
    scale = FINE * min(room[0] / width_um, room[1] / depth_um, MOST_PX / pitch_um)
    x, y = _lines(width_um * scale, box.width), _lines(depth_um * scale, box.height)
    image = Image.new("RGB", (x[-1], y[-1]), DARK)
    draw = ImageDraw.Draw(image)
    for (row, column), level in np.ndenumerate(box.of(pixels)):
        draw.rectangle((x[column], y[row], x[column + 1] - 1, y[row + 1] - 1), blend(float(level)))
    for at in x[1:-1]:
        draw.line([(at, 0), (at, y[-1])], GRID, 1)
    for at in y[1:-1]:
        draw.line([(0, at), (x[-1], at)], GRID, 1)
    for region, colour in drawn:
        for ring in _rings(region, box, panel):
            draw.line([tuple(point) for point in (ring * scale).tolist()], colour, 2 * FINE, joint="curve")
    return image.reduce(FINE)


def _lines(length: float, cells: int) -> list[int]:
    """Edges of the cells on the enlarged picture; a cell is at least one pixel of the reduced one."""
    edges: list[int] = np.rint(np.linspace(0, max(length, cells * FINE), cells + 1)).astype(int).tolist()
    return edges


def _rings(region: Region, box: Box, panel: Panel) -> list[NDArray[np.float64]]:
    """Closed rings near the window, in µm from its upper left corner, y down."""
    width_um, depth_um = panel.size_um
    left_um, back_um = box.left * panel.pitch_x_um - width_um / 2, depth_um / 2 - box.top * panel.pitch_y_um
    window = left_um, back_um - box.height * panel.pitch_y_um, left_um + box.width * panel.pitch_x_um, back_um
    sagitta_um = panel.pitch_x_um / 100
    near = [(part, _near(part, window)) for part in region.parts]
    rings = [copy for part, which in near for ring in part.rings(sagitta_um) for copy in part.copies(ring, which)]
    return [np.concatenate((ring, ring[:1])) * (1, -1) - (left_um, -back_um) for ring in rings]


def _near(part: Part, window: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Which copies reach into the window."""
    x0, y0, x1, y1 = part.boxes_um().T
    left, front, right, back = window
    return np.asarray((x1 >= left) & (x0 <= right) & (y1 >= front) & (y0 <= back))
