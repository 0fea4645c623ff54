"""Exact area coverage of every pixel: the only place that knows both regions and pixels.

`coverage` gives fractions, `paint` grey levels. Lattices of discs and rectangles are computed by tiles,
scattered discs one by one in closed form, everything else by signed areas of its edges. Each part is computed
within the pixels that it can touch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from voxelyte.pierced import Pierced
from voxelyte.printer import Panel
from voxelyte.raster.circles import circles
from voxelyte.raster.lattice import Drawing
from voxelyte.raster.polygon import accumulate, edges
from voxelyte.raster.scatter import scatter
from voxelyte.raster.spans import painted_spans
from voxelyte.raster.stack import painted_run, runs
from voxelyte.raster.stamps import Stamps
from voxelyte.raster.window import Group, Window, groups
from voxelyte.region import Lattice, Part, Region
from voxelyte.segments import Segments
from voxelyte.shapes import Disc, Rectangle, Rings
from voxelyte.tone import Tone

SAGITTA_PIXELS = 1 / 1024
"""A chord this far from its curve, in pixels, costs at most sqrt(2) x 255 / 1024 = 0.35 grey levels in any pixel."""

MOST_APART = 8
"""Lattices of one group that are looked at for whether they share pixels: a hexagonal array is two."""

ROWS_AT_ONCE = 32
"""Rows toned at a time, which stay in the processor's cache."""


def coverage(region: Region, panel: Panel) -> NDArray[np.float64]:
    """Covered fraction of every pixel, float64[height_px, width_px] in the plate frame (row 0 at the back)."""
    covered = np.zeros((panel.height_px, panel.width_px))
    for group in groups(region.parts, panel):
        for part, window in group.parts:
            _add(part, window, window.of(covered))
    return covered


def paint(region: Region, panel: Panel, tone: Tone) -> NDArray[np.uint8]:
    """Grey levels of every pixel, uint8[height_px, width_px] in the plate frame."""
    if region.parts and all(isinstance(part.shape, Segments) for part in region.parts):
        return _painted_edges(region.parts, panel, tone)
    picture = np.zeros((panel.height_px, panel.width_px), dtype=np.uint8)
    for group in groups(region.parts, panel):
        drawings = _apart(group)
        if drawings:
            _paint_tiles(drawings, tone, group.window.of(picture))
        else:
            _paint_sum(group, tone, group.window.of(picture))
    return picture


def paint_all(regions: Sequence[Region], panel: Panel, tone: Tone) -> Iterator[NDArray[np.uint8]]:
    """`paint` of each region. Neighbours of few segments are painted as one tall picture: numpy's calls cost more than their edges."""
    for run in runs(regions):
        pictures = painted_run(run, panel, tone)
        yield from (paint(region, panel, tone) for region in run) if pictures is None else pictures


def _paint_tiles(drawings: Sequence[Drawing], tone: Tone, picture: NDArray[np.uint8]) -> None:
    """Drawings that share no pixel. Toned before they are spread: the distinct values are far fewer than the panel's pixels."""
    for tile in (tile for drawing in drawings for tile in drawing.tiles()):
        rows, drawn = tile.spread(tone(tile.values))
        if len(drawings) == 1:
            picture[rows] = drawn
        else:
            picture[rows] |= drawn


def _paint_sum(group: Group, tone: Tone, picture: NDArray[np.uint8]) -> None:
    """Parts that may share pixels, whose coverage adds up before it is toned."""
    covered = np.zeros(group.window.shape)
    for part, window in group.parts:
        _add(part, window, window.within(group.window).of(covered))
    for start in range(0, len(covered), ROWS_AT_ONCE):
        end = start + ROWS_AT_ONCE
        picture[start:end] = tone(covered[start:end])


def _painted_edges(parts: Sequence[Part], panel: Panel, tone: Tone) -> NDArray[np.uint8]:
    """Parts that are all drawn by their edges. Dark runs cost next to nothing, so that no window is needed."""
    window = Window.whole(panel)
    every = (one for part in parts for one in edges(part, window, _sagitta_um(panel)))
    return painted_spans(every, tone, window.width, window.height)


def _apart(group: Group) -> list[Drawing]:
    """The group as drawings in its window of which no two share a pixel, nor any two shapes of one; empty if it cannot be drawn so."""
    drawings = []
    for part, _ in group.parts[:MOST_APART]:
        drawing = _drawing(part, group.window)
        if drawing is None or not drawing.exclusive:
            return []
        drawings.append(drawing)
    apart = len(drawings) == len(group.parts)
    return drawings if apart and all(one.beside(other) for one, other in combinations(drawings, 2)) else []


def _drawing(part: Part, window: Window) -> Drawing | None:
    if isinstance(part.places, Lattice) and isinstance(part.shape, Disc | Rectangle):
        return Drawing.of(part.shape, part.places, window)
    if isinstance(part.places, Lattice) and not isinstance(part.shape, Disc | Rings | Pierced | Segments):
        return Stamps.where_they_repeat(part.shape, part.places, window, _sagitta_um(window.panel))
    return None


def _add(part: Part, window: Window, covered: NDArray[np.float64]) -> None:
    """Add a part's coverage to its own window's pixels."""
    if isinstance(part.shape, Rings | Pierced):
        _add_sum(part, window, covered)
        return
    drawing = _drawing(part, window)
    if drawing is not None:
        for tile in drawing.tiles():
            rows, drawn = tile.spread(tile.values)
            covered[rows] += drawn
    elif isinstance(part.shape, Disc):
        scatter(covered, part.shape, part.places, window)
    else:
        drawn = accumulate(edges(part, window, _sagitta_um(window.panel)), window.width, window.height)
        # What segments enclose twice is solid once.
        covered += drawn.clip(0.0, 1.0) if isinstance(part.shape, Segments) else drawn


def _add_sum(part: Part, window: Window, covered: NDArray[np.float64]) -> None:
    """Add a part whose shape is the sum of others, some of them taken away: as exact as they are."""
    if isinstance(part.shape, Rings) and part.places.count == 1 and part.places.scale is None:
        covered += circles(part.shape.radii_um, part.places.at_um[0], window)
        return
    terms = list(_terms(part, _sagitta_um(window.panel)))
    for term in (term for sign, term in terms if sign > 0):
        _add(term, window, covered)
    np.negative(covered, out=covered)  # to add to the negative is to take away
    for term in (term for sign, term in terms if sign < 0):
        _add(term, window, covered)
    np.negative(covered, out=covered)


def _terms(part: Part, sagitta_um: float) -> Iterator[tuple[int, Part]]:
    """What a part is the sum of, with signs."""
    if isinstance(part.shape, Rings):
        yield from ((sign, Part(disc, part.places)) for sign, disc in part.shape.discs)
    elif isinstance(part.shape, Pierced):
        terms = part.shape.terms(sagitta_um)
        yield from ((sign, term.moved(*at)) for at in part.places.at_um for sign, term in terms)


def _sagitta_um(panel: Panel) -> float:
    return min(panel.pitch_x_um, panel.pitch_y_um) * SAGITTA_PIXELS
