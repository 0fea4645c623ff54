"""How even a wall is from place to place: what has no copies to compare is compared with itself, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from voxelyte.pixels.footprint import Footprints
from voxelyte.pixels.spread import Spread
from voxelyte.tone import tone_for

Floats = NDArray[np.float64]
WIDTHS = 2
"""Side of a block in widths of the wall: a wall that crosses it is seen whole, and its neighbours hardly ever."""
LEAST = 0.5
"""Share of the area of a wall straight through a block that must be drawn in it; less is a wall that only grazes it."""


@dataclass(frozen=True)
class Along:
    """Width that a threshold makes of a wall over its drawn width, in blocks of `columns` x `rows` pixels."""

    share: Spread
    columns: int
    rows: int


def along(found: Footprints, width_um: float) -> Along | None:
    """The widths of a single piece whose walls are about `width_um` wide; None where no block holds enough of one.

    A block is a few pixels on a side, so that in it lit over drawn area is the lit width over the drawn one.
    """
    panel = found.panel
    columns, rows = (ceil(WIDTHS * width_um / pitch) for pitch in (panel.pitch_x_um, panel.pitch_y_um))
    covered = found.covered(slice(0, 1))[0]
    drawn, lit = (_summed(one, rows, columns) for one in (covered, tone_for(2)(covered) / 255))
    through_um2 = min(rows * panel.pitch_y_um, columns * panel.pitch_x_um) * width_um
    seen = drawn * panel.pixel_area_um2 >= LEAST * through_um2
    if not seen.any():
        return None
    shares = lit[seen] / drawn[seen]
    return Along(Spread.of(shares, np.ones(len(shares), dtype=np.intp)), columns, rows)


def _summed(picture: Floats, rows: int, columns: int) -> Floats:
    """Sums over blocks; those at the right and at the bottom may be smaller."""
    across = np.add.reduceat(picture, range(0, picture.shape[1], columns), axis=1)
    return np.asarray(np.add.reduceat(across, range(0, picture.shape[0], rows), axis=0), dtype=np.float64)
