"""The film from the side, cut through a row of features, with the same scale in both axes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from voxelyte.job import Job, Layer
from voxelyte.preview.chords import chords
from voxelyte.preview.pen import PAPER, SOLID
from voxelyte.preview.pictures import Grey, plate_pixels
from voxelyte.region import Region
from voxelyte.solids import Solid

WINDOW_UM = 2000.0
EDGE = 0.04
"""Part of the window left of the film's edge."""

Fill = Callable[[float, NDArray[np.float64]], NDArray[np.float64]]
"""Height in µm and the edges of the columns in µm, to the filled fraction of each column."""


@dataclass(frozen=True)
class Window:
    """What of the film is shown: from `left_um`, upwards from z = 0."""

    left_um: float
    width_px: int
    height_px: int
    px_per_um: float

    @property
    def column_edges_um(self) -> NDArray[np.float64]:
        """Edges of the picture's columns."""
        return self.left_um + np.arange(self.width_px + 1) / self.px_per_um

    def row_z_um(self, row: int) -> float:
        """Height of the middle of a row, 0 on top."""
        return (self.height_px - row - 0.5) / self.px_per_um


def window(left_um: float, right_um: float, height_um: float, room: tuple[int, int]) -> Window:
    """The left edge of a film from `left_um` to `right_um`, or all of it where that is narrow."""
    seen_um = min(WINDOW_UM, (right_um - left_um) * (1 + 2 * EDGE))
    scale = min(room[0] / seen_um, room[1] / height_um)
    width = min(room[0], max(1, round((right_um - left_um) * (1 + 2 * EDGE) * scale)))
    beside_um = EDGE * min(width / scale, right_um - left_um)
    return Window(left_um - beside_um, width, max(1, round(height_um * scale)), scale)


def side_picture(view: Window, fill: Fill) -> Image.Image:
    """Solid on white; every row is the fill at its own height, every column the fraction that is filled."""
    edges, rows = view.column_edges_um, []
    for row in range(view.height_px):
        filled = fill(view.row_z_um(row), edges)[:, None]
        rows.append(np.asarray(PAPER) + (np.asarray(SOLID) - PAPER) * filled)
    return Image.fromarray(np.rint(np.stack(rows)).astype(np.uint8))


def solid_fill(solid: Solid) -> Fill:
    """Sections of the solid along a line through the feature nearest to the middle."""
    y_um = cut_y_um(solid)
    known: dict[Region, NDArray[np.float64]] = {}

    def fill(z_um: float, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        section = solid.section(z_um)
        if section not in known:
            known[section] = covered(chords(section, y_um, sagitta_um=1.0), edges)
        return known[section]

    return fill


def cut_y_um(solid: Solid) -> float:
    """The row of features nearest to the middle; the middle itself, where there is one feature or none."""
    parts = solid.section(solid.levels_um[-2]).parts
    if not parts:  # a part that stands on a point
        return 0.0
    at = np.concatenate([part.places.at_um[:, 1] for part in parts])
    return float(at[np.abs(at).argmin()])


def covered(spans: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fraction of each column between `edges` that lies in the spans."""
    if not len(spans):
        return np.zeros(len(edges) - 1)
    until = np.cumsum(spans[:, 1] - spans[:, 0])
    before = np.concatenate(([0.0], until[:-1]))
    running = np.interp(edges, spans.ravel(), np.column_stack((before, until)).ravel())
    return np.asarray(np.diff(running) / np.diff(edges))


def mask_fill(job: Job, row: int) -> Fill:
    """One row of every layer's masks, as far as a layer is on the picture; grey counts as partly solid."""
    panel, tops = job.panel, [layer.top_nm for layer in job.layers]
    known: dict[object, Grey] = {}

    def pixels(layer: Layer) -> Grey:
        lines = []
        for exposure in layer.exposures:
            if exposure.mask not in known:
                known[exposure.mask] = plate_pixels(exposure.mask)[row].copy()
            lines.append(known[exposure.mask])
        return np.asarray(np.max(lines, axis=0)) if lines else np.zeros(panel.width_px, dtype=np.uint8)

    def fill(z_um: float, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        layer = job.layers[min(bisect_right(tops, z_um * 1000), len(tops) - 1)]
        running = np.concatenate(([0.0], np.cumsum(pixels(layer) / 255)))
        at = edges / panel.pitch_x_um + panel.width_px / 2
        return np.asarray(np.diff(np.interp(at, np.arange(panel.width_px + 1), running)) / np.diff(at))

    return fill
