"""Anchors: where on a pixel the middle of a feature stands, and what a threshold lights of it there.

On an anchor every copy lights the same pixels. On a pixel's centre or on a corner the pattern has both mirror axes of
the pixel and, where pixels are square, its quarter turns; on the middle of an edge it is longer one way than the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from voxelyte.errors import SliceError
from voxelyte.pixels.footprint import Footprints, Window
from voxelyte.printer import Panel
from voxelyte.shapes import Shape
from voxelyte.tone import tone_for

Anchor = Literal["centre", "corner", "edge-x", "edge-y"]
AnchorWanted = Literal["nearest", "centre", "corner", "edge-x", "edge-y"]
PHASES: dict[Anchor, tuple[float, float]] = {
    "centre": (0.5, 0.5),
    "corner": (0.0, 0.0),
    "edge-x": (0.0, 0.5),
    "edge-y": (0.5, 0.0),
}
"""Position within a pixel, in x and y. `edge-x` is on the edge between two pixels that lie beside each other in x."""
NAMES: dict[Anchor, str] = {
    "centre": "pixel centres",
    "corner": "pixel corners",
    "edge-x": "edges between pixels beside each other in x",
    "edge-y": "edges between pixels beside each other in y",
}
EVEN: tuple[Anchor, ...] = ("centre", "corner")
"""Those that `nearest` chooses from."""

LEAST_TRIED = 64
TIE = 1e-6


@dataclass(frozen=True)
class Stamp:
    """What a threshold lights of one feature on an anchor: pixels, and the box around them."""

    lit_px: int
    columns: int
    rows: int
    tie: bool


def stamp(shape: Shape, scale: float, anchor: Anchor, panel: Panel) -> Stamp:
    """Of `scale` times the shape; `tie` says that a pixel is covered to exactly one half."""
    at = np.array([PHASES[anchor]])
    one = np.zeros(1, dtype=np.intp)
    window = Window.of(shape, scale, panel)
    found = Footprints(shape, panel, window, at, np.array([scale]), one, np.zeros((1, 2), dtype=np.intp))
    covered = found.covered(slice(0, 1))[0]
    lit = tone_for(2)(covered) > 0
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    return Stamp(
        int(lit.sum()),
        int(columns[-1] - columns[0] + 1) if len(columns) else 0,
        int(rows[-1] - rows[0] + 1) if len(rows) else 0,
        bool((np.abs(covered - 0.5) < TIE).any()),
    )


def sized(shape: Shape, anchor: Anchor, panel: Panel) -> float:
    """The scale nearest to 1 at which the shape's drawn area is that of the pixels that it lights on the anchor.

    At that size what is drawn and what a threshold lights have one area. Raises SliceError where no such size is near.
    """
    area_px = shape.area_um2 / panel.pixel_area_um2
    for lit_px in _near(area_px):
        scale = sqrt(lit_px / area_px)
        found = stamp(shape, scale, anchor, panel)
        if found.lit_px == lit_px and not found.tie:
            return scale
    raise SliceError(f"no size near {area_px:.4g} pixels has the area of its own pixels on {NAMES[anchor]}")


def _near(area_px: float) -> Iterator[int]:
    """Whole numbers of pixels, those whose size is nearest first."""
    reach = LEAST_TRIED + int(8 * sqrt(area_px))
    tried = range(max(1, int(area_px) - reach), int(area_px) + reach)
    yield from sorted(tried, key=lambda lit_px: (abs(sqrt(lit_px / area_px) - 1), lit_px))


def settled(shape: Shape, wanted: AnchorWanted, panel: Panel, resized: bool) -> tuple[Anchor, float]:
    """The anchor, and the scale there: 1, or that of `sized`.

    `nearest` is the centre or the corner, whichever lights an area nearer to the drawn one; of equals the centre.
    """
    if wanted != "nearest":
        return wanted, sized(shape, wanted, panel) if resized else 1.0
    scales = {anchor: sized(shape, anchor, panel) if resized else 1.0 for anchor in EVEN}
    area_px = shape.area_um2 / panel.pixel_area_um2

    def missed(anchor: Anchor) -> float:
        return round(abs(stamp(shape, scales[anchor], anchor, panel).lit_px - area_px), 6)

    best = min(EVEN, key=missed)
    return best, scales[best]
