"""Masks of the whole build plate against memcpy of the mask."""

from __future__ import annotations

from functools import partial
from math import pi

import numpy as np
import pytest

from voxelyte.outline import RectangleOutline
from voxelyte.raster import paint
from voxelyte.recipes import load_printer
from voxelyte.region import Part, Region
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.spiral import SpiralWall
from voxelyte.tone import tone_for

PANEL = load_printer("asiga-max").panel
PLATE = RectangleOutline(width_um=PANEL.size_um[0], depth_um=PANEL.size_um[1])
TONE = tone_for(256)


def memcpy() -> partial[None]:
    """Copying one mask."""
    source = np.full((PANEL.height_px, PANEL.width_px), 7, dtype=np.uint8)
    return partial(np.copyto, np.zeros_like(source), source)


def pillars(gap_um: float) -> Region:
    film = PillarFilm(outline=PLATE, base_um=75.0, diameter_um=100.0, height_um=150.0, gap_um=gap_um)
    assert 88_000 < film.count < 89_000
    return film.features


@pytest.mark.parametrize(
    ("gap_um", "most"), [(200.0, 20), (200.1, 60), (200.123, 60)], ids=["periodic", "fine", "aperiodic"]
)
def test_pillars_of_the_whole_plate(against, gap_um, most):
    against(partial(paint, pillars(gap_um), PANEL, TONE), memcpy(), most)


def test_spiral_over_the_whole_plate(against):
    b_um = 300 / (2 * pi)
    wall = SpiralWall(b_um, 100.0, 500 / b_um, 68_300 / b_um)
    against(partial(paint, Region((Part(wall),)), PANEL, TONE), memcpy(), 2500, rounds=5)


def test_base_of_a_disc(against):
    film = PillarFilm(
        outline={"shape": "disc", "diameter_um": 66_000.0},
        base_um=75.0,
        diameter_um=100.0,
        height_um=150.0,
        gap_um=200.0,
    )
    against(partial(paint, film.base, PANEL, TONE), memcpy(), 500)
