"""Masks as pictures: which there are, where they are lit, and reduced by exact area averaging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.job import Job, Layer, Mask

Grey = NDArray[np.uint8]
BAND_ROWS = 256


class Box(NamedTuple):
    """Pixels of a mask in the plate frame: from left to right and top to bottom, the last two exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    def of(self, pixels: Grey) -> Grey:
        """What of a picture lies in the box."""
        return pixels[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, eq=False)
class Shown:
    """One distinct mask and the layers that show it."""

    mask: Mask
    layers: tuple[Layer, ...]

    @property
    def exposures_s(self) -> tuple[float, ...]:
        """Every distinct time it is shown for, in order of first use."""
        own = (one for layer in self.layers for one in layer.exposures if one.mask is self.mask)
        return tuple(dict.fromkeys(one.exposure_s for one in own))


def distinct(job: Job) -> list[Shown]:
    """All distinct masks in order of first use."""
    layers: dict[Mask, dict[int, Layer]] = {}
    for layer in job.layers:
        for exposure in layer.exposures:
            layers.setdefault(exposure.mask, {})[layer.index] = layer
    return [Shown(mask, tuple(found.values())) for mask, found in layers.items()]


def chosen(shown: Sequence[Shown], most: int) -> list[Shown]:
    """At most `most` of them, first and last included, evenly spread."""
    if len(shown) <= most:
        return list(shown)
    return [shown[round(k * (len(shown) - 1) / (most - 1))] for k in range(most)]


def plate_pixels(mask: Mask) -> Grey:
    """The picture as it lies on the plate: mirrors undone, back edge on top."""
    return mask.panel.oriented(mask.pixels())


def lit_box(pixels: Grey) -> Box | None:
    """The least box that holds every lit pixel; None if all is dark."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def united(boxes: Sequence[Box | None], width: int, height: int) -> Box:
    """The least box around all of them; the whole panel if there is none."""
    lit = [box for box in boxes if box]
    if not lit:
        return Box(0, 0, width, height)
    left, top, right, bottom = zip(*lit, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def edges(pixels: Grey) -> int:
    """How many pixels differ from their right neighbour: a measure of how fine a picture is."""
    return int(np.count_nonzero(pixels[:, 1:] != pixels[:, :-1]))


def resampled(pixels: Grey, width: int, height: int) -> Grey:
    """The picture on `width` x `height` pixels, each the exact mean of the area it covers; no moiré."""
    bands = range(0, len(pixels), BAND_ROWS)
    narrow = np.concatenate([_averaged(pixels[row : row + BAND_ROWS].T, width).T for row in bands])
    return np.rint(_averaged(narrow, height)).astype(np.uint8)


def _averaged(table: NDArray[np.generic], count: int) -> NDArray[np.float64]:
    """Rows of `table` averaged over `count` equal spans: differences of its running sum."""
    total = np.zeros((len(table) + 1, table.shape[1]))
    np.cumsum(table, axis=0, out=total[1:])
    at = np.linspace(0, len(table), count + 1)
    whole = np.minimum(at.astype(int), len(table) - 1)
    running = total[whole] + (at - whole)[:, None] * (total[whole + 1] - total[whole])
    return np.asarray(np.diff(running, axis=0) * (count / len(table)))
