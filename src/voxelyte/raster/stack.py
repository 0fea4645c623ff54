"""Layers of few segments painted as one tall picture, one above the other: numpy's calls cost more than so few edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel
from voxelyte.raster.polygon import Edges, edges
from voxelyte.raster.spans import on_grain, painted_spans
from voxelyte.raster.window import Window
from voxelyte.region import Region
from voxelyte.segments import Segments
from voxelyte.tone import Tone

MOST_EDGES = 1 << 12
"""Segments of a run: as many as the processor's cache holds with all that is made of them."""


def runs(regions: Sequence[Region]) -> Iterator[Sequence[Region]]:
    """Neighbours that can be painted together, each region in one of them."""
    start, count = 0, 0
    for index, region in enumerate(regions):
        size = _segments(region)
        if index > start and count + size > MOST_EDGES:
            yield regions[start:index]
            start, count = index, 0
        count += size
    if start < len(regions):
        yield regions[start:]


def painted_run(run: Sequence[Region], panel: Panel, tone: Tone) -> NDArray[np.uint8] | None:
    """Grey levels, uint8[n, height_px, width_px], of n regions; None where they cannot be painted as one."""
    if len(run) < 2 or any(_segments(region) > MOST_EDGES for region in run):
        return None
    x0, y0, x1, y1 = np.array([region.bounds_um for region in run]).T
    box = float(x0.min()), float(y0.min()), float(x1.max()), float(y1.max())
    if max(-box[0], box[2]) > panel.size_um[0] / 2 or max(-box[1], box[3]) > panel.size_um[1] / 2:
        return None
    window, rows = Window.whole(panel), panel.height_px
    every = [_moved(one, level * rows) for level, region in enumerate(run) for one in edges(region.parts[0], window, 0)]
    return painted_spans([_joined(every)], tone, panel.width_px, len(run) * rows).reshape(
        len(run), rows, panel.width_px
    )


def _segments(region: Region) -> int:
    """How many segments the region is made of; more than any run has where it is made of something else."""
    if len(region.parts) != 1:
        return MOST_EDGES + 1
    (part,) = region.parts
    return part.shape.ends_um.shape[1] * part.places.count if isinstance(part.shape, Segments) else MOST_EDGES + 1


def _moved(one: Edges, rows: int) -> Edges:
    """So many rows further down. Rounded before, so that all is cut there as it would be by itself, to the bit."""
    x0, y0, x1, y1 = one
    return x0, on_grain(y0) + rows, x1, on_grain(y1) + rows


def _joined(every: Sequence[Edges]) -> Edges:
    x0, y0, x1, y1 = (np.concatenate(axis) for axis in zip(*every, strict=True))
    return x0, y0, x1, y1
