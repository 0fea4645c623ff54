"""88,531 pillars cut at an edge, against memcpy of the whole plate's mask."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from voxelyte.outline import DiscOutline, RectangleOutline, clipped
from voxelyte.region import Lattice, Part, Points
from voxelyte.shapes import Disc

DISC = DiscOutline(diameter_um=60_000.0)
POUCH = RectangleOutline(width_um=100_000.0, depth_um=60_000.0, corner_radius_um=5_000.0)
LATTICE = Lattice((np.arange(397) - 198) * 300.0, (np.arange(223) - 111) * 300.0, np.ones((223, 397), dtype=bool))
PLATE = Part(Disc(50.0), LATTICE)
SCATTERED = Part(Disc(50.0), Points(LATTICE.at_um, np.linspace(0.5, 1.5, LATTICE.count)))


def memcpy() -> partial[None]:
    """Copying one mask."""
    source = np.full((1080, 1920), 7, dtype=np.uint8)
    return partial(np.copyto, np.zeros_like(source), source)


@pytest.mark.parametrize("outline", [DISC, POUCH], ids=["disc", "pouch"])
@pytest.mark.parametrize("part", [PLATE, SCATTERED], ids=["lattice", "scattered"])
def test_the_whole_plate_clipped(against, part, outline):
    against(partial(clipped, part, outline), memcpy(), 1500, rounds=5)
