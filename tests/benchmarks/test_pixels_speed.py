"""The figures of all pillars of a whole build plate against memcpy of its mask."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from voxelyte.outline import RectangleOutline
from voxelyte.pixels import pixels_of
from voxelyte.pixels.snap import snapped
from voxelyte.recipes import load_printer
from voxelyte.solids.pillars import PillarFilm

PANEL = load_printer("asiga-max").panel
PLATE = RectangleOutline(width_um=PANEL.size_um[0], depth_um=PANEL.size_um[1])


def memcpy() -> partial[None]:
    """Copying one mask."""
    source = np.full((PANEL.height_px, PANEL.width_px), 7, dtype=np.uint8)
    return partial(np.copyto, np.zeros_like(source), source)


def film(gap_um: float) -> PillarFilm:
    return PillarFilm(outline=PLATE, base_um=75.0, diameter_um=100.0, height_um=150.0, gap_um=gap_um)


@pytest.mark.parametrize(("gap_um", "most"), [(200.0, 400), (200.123, 6000)], ids=["periodic", "aperiodic"])
def test_patterns_of_88000_pillars(against, gap_um, most):
    against(partial(pixels_of, film(gap_um).features, PANEL), memcpy(), most, rounds=5)


def test_snapping_88000_pillars(against):
    against(partial(snapped, film(200.0), PANEL), memcpy(), 800, rounds=5)
