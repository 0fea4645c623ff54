"""Exact area coverage of every pixel: the only place that knows both regions and pixels.

`coverage` gives fractions, `paint` grey levels. Lattices of discs and rectangles are computed by tiles,
scattered discs one by one in closed form, everything else by signed areas of its rings.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel
from voxelyte.raster.lattice import Drawing
from voxelyte.raster.polygon import accumulate
from voxelyte.raster.scatter import scatter
from voxelyte.region import Lattice, Part, Region
from voxelyte.shapes import Disc, Rectangle, Ring, Rings
from voxelyte.tone import Tone

SAGITTA_PIXELS = 1 / 1024
"""A chord this far from its curve, in pixels, costs at most sqrt(2) x 255 / 1024 = 0.35 grey levels in any pixel."""

ROWS_AT_ONCE = 32
"""Rows toned at a time, which stay in the processor's cache."""


def coverage(region: Region, panel: Panel) -> NDArray[np.float64]:
    """Covered fraction of every pixel, float64[height_px, width_px] in the plate frame (row 0 at the back)."""
    drawn = (_covered(part, panel) for part in region.parts)
    covered = next(drawn, None)
    if covered is None:
        return np.zeros((panel.height_px, panel.width_px))
    for more in drawn:
        covered += more
    return covered


def paint(region: Region, panel: Panel, tone: Tone) -> NDArray[np.uint8]:
    """Grey levels of every pixel, uint8[height_px, width_px] in the plate frame."""
    drawing = _drawing(region.parts[0], panel) if len(region.parts) == 1 else None
    picture = np.zeros((panel.height_px, panel.width_px), dtype=np.uint8)
    if drawing is None or not drawing.exclusive:
        covered = coverage(region, panel)
        for start in range(0, panel.height_px, ROWS_AT_ONCE):
            end = start + ROWS_AT_ONCE
            picture[start:end] = tone(covered[start:end])
        return picture
    for tile in drawing.tiles():
        # Toned before it is spread: the distinct values are far fewer than the panel's pixels.
        rows, drawn = tile.spread(tone(tile.values))
        picture[rows] = drawn
    return picture


def _drawing(part: Part, panel: Panel) -> Drawing | None:
    if isinstance(part.places, Lattice) and isinstance(part.shape, Disc | Rectangle):
        return Drawing.of(part.shape, part.places, panel)
    return None


def _covered(part: Part, panel: Panel) -> NDArray[np.float64]:
    if isinstance(part.shape, Rings):
        # Discs added and taken away: as exact as a disc is.
        first, *others = (sign * _covered(Part(disc, part.places), panel) for sign, disc in part.shape.discs)
        return np.asarray(sum(others, first))
    drawing = _drawing(part, panel)
    if drawing is None and not isinstance(part.shape, Disc):
        return accumulate(_rings(part, panel), panel.width_px, panel.height_px)
    covered = np.zeros((panel.height_px, panel.width_px))
    if drawing is not None:
        for tile in drawing.tiles():
            rows, drawn = tile.spread(tile.values)
            covered[rows] += drawn
    elif isinstance(part.shape, Disc):
        scatter(covered, part.shape, part.places, panel)
    return covered


def _rings(part: Part, panel: Panel) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Rings of all copies in pixels; the plate's y runs up and the panel's down, which turns their sense around."""
    rings = part.rings(min(panel.pitch_x_um, panel.pitch_y_um) * SAGITTA_PIXELS)
    every = range(part.places.count)
    return (_pixels(part.copies(ring, slice(one, one + 1))[0], panel) for one in every for ring in rings)


def _pixels(ring: Ring, panel: Panel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A closed ring in pixels, x and y apart, its first corner repeated at the end."""
    x, y = (np.append(ring[:, axis], ring[0, axis]) for axis in (0, 1))
    x /= panel.pitch_x_um
    x += panel.width_px / 2
    y /= -panel.pitch_y_um
    y += panel.height_px / 2
    return x, y
