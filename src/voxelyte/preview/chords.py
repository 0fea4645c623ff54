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
    at = part.places.at_um
    for ring in part.shape.rings(sagitta_um):
        low, high = ring[:, 1].min(), ring[:, 1].max()
        near = at[(at[:, 1] + low <= y_um) & (y_um <= at[:, 1] + high)]
        (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
        line = y_um - near[:, 1:]
        place, edge = np.nonzero((y0 <= line) != (y1 <= line))
        step = (line[place, 0] - y0[edge]) / (y1[edge] - y0[edge])
        found.append(near[place, 0] + x0[edge] + step * (x1[edge] - x0[edge]))
    return np.concatenate(found)
