"""Masks of the whole build plate against memcpy of the mask."""

from __future__ import annotations

from functools import partial
from math import pi, sqrt

import numpy as np
import pytest

from voxelyte.outline import RectangleOutline
from voxelyte.raster import paint
from voxelyte.recipes import load_printer
from voxelyte.region import Lattice, Part, Points, Region
from voxelyte.shapes import Disc, Polygon
from voxelyte.solids.grid import GridFilm
from voxelyte.solids.honeycomb import HoneycombFilm
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.rings import RingsFilm
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


def hexagonal(diameter_um: float) -> Region:
    """A hexagonal array over the whole plate, 300 µm from neighbour to neighbour: two lattices."""
    width_um, depth_um = PANEL.size_um
    pitch_um = 300.0, 300 * sqrt(3)
    lattices = []
    for shift in (0.0, 0.5):
        x_um, y_um = (np.arange(-250, 250) * pitch + shift * pitch for pitch in pitch_um)
        x_um, y_um = x_um[abs(x_um) < width_um / 2 - 150], y_um[abs(y_um) < depth_um / 2 - 150]
        lattices.append(Lattice(x_um, y_um, np.ones((len(y_um), len(x_um)), dtype=bool)))
    return Region(tuple(Part(Disc(diameter_um / 2), lattice) for lattice in lattices))


def scattered(shape: Disc | Polygon, least: float, most: float) -> Region:
    """Copies of distinct sizes at random places of the whole plate."""
    random, at_um = np.random.default_rng(1), pillars(200.0).parts[0].places.at_um
    sizes = least + (most - least) * random.random(len(at_um))
    return Region((Part(shape, Points(at_um + random.random(at_um.shape) * 60, sizes)),))


def test_hexagonal_pillars_of_the_whole_plate(against):
    region = hexagonal(100.0)
    assert region.count > 100_000
    against(partial(paint, region, PANEL, TONE), memcpy(), 150)


def test_random_pillars_of_distinct_diameters(against):
    region = scattered(Disc(1.0), 30.0, 70.0)
    assert 88_000 < region.count < 89_000
    against(partial(paint, region, PANEL, TONE), memcpy(), 800)


def test_random_hexagons_of_distinct_sizes(against):
    turns = np.arange(6) * (pi / 3)
    hexagon = Polygon((np.column_stack((np.cos(turns), np.sin(turns))),))
    against(partial(paint, scattered(hexagon, 30.0, 70.0), PANEL, TONE), memcpy(), 4000, rounds=5)


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


@pytest.mark.parametrize(
    ("film", "most"),
    [
        (GridFilm(outline=PLATE, base_um=75.0, width_um=100.0, height_um=150.0, gap_um=200.0), 1500),
        (HoneycombFilm(outline=PLATE, base_um=75.0, width_um=100.0, height_um=150.0, cell_um=200.0), 4000),
        (RingsFilm(outline=PLATE, base_um=75.0, width_um=100.0, height_um=150.0, gap_um=200.0, inner_radius_um=0.0), 4000),
    ],
    ids=["grid", "honeycomb", "rings"],
)
def test_walls_of_the_whole_plate(against, film, most):
    against(partial(paint, film.features, PANEL, TONE), memcpy(), most, rounds=5)
