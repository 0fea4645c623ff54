"""Where a level line crosses a section."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.region import Part, Region


def chords(region: Region, y_um: float, sagitta_um: float) -> NDArray[np.float64]:
    """float64[n, 2]: from x to x in µm, ascending, what of the line at `y_um` lies inside `region`."""
    crossings = [_crossings(part, y_um, sagitta_um) for part in region.parts]
    # Parts are disjoint and a ring crosses a line an even number of times: inside runs from odd to even.
    return np.sort(np.concatenate([*crossings, np.zeros(0)])).reshape(-1, 2)


def _crossings(part: Part, y_um: float, sagitta_um: float) -> NDArray[np.float64]:
    found = [np.zeros(0)]
    boxes = part.boxes_um()
    near = (boxes[:, 1] <= y_um) & (y_um <= boxes[:, 3])
    for ring in part.rings(sagitta_um):
        copies = part.copies(ring, near)
        x0, y0 = copies[..., 0], copies[..., 1]
        x1, y1 = (np.roll(axis, -1, axis=1) for axis in (x0, y0))
        crossing = (y0 <= y_um) != (y1 <= y_um)
        step = (y_um - y0[crossing]) / (y1[crossing] - y0[crossing])
        found.append(x0[crossing] + step * (x1[crossing] - x0[crossing]))
    return np.concatenate(found)
