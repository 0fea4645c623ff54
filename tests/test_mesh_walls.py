"""Meshes of films of walls, whatever touches their outline and however near: corners in line, thin walls at the edge, pinches."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelyte.errors import SliceError
from voxelyte.mesh import surface_of
from voxelyte.mesh.figure import Figure
from voxelyte.mesh.inside import COLLAR, MOST, RIM, inside
from voxelyte.mesh.plane import filled
from voxelyte.solids.grid import GridFilm
from voxelyte.solids.honeycomb import HoneycombFilm
from voxelyte.solids.rings import RingsFilm

BASE = {"base_um": 75.0, "height_um": 150.0}


def disc(diameter_um):
    return {"shape": "disc", "diameter_um": float(diameter_um)}


def oblong(width_um, depth_um):
    return {"shape": "rectangle", "width_um": float(width_um), "depth_um": float(depth_um)}


def assert_closed(film, sagitta_um):
    """Watertight by another program's word, and of the film's volume but for what lies within a sagitta of walls at the edge."""
    surface = surface_of(film, sagitta_um)
    mesh = surface.to_trimesh()
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    room_um3 = sagitta_um * film.base.perimeter_um * film.height_um
    assert surface.volume_um3 == pytest.approx(film.volume_um3, abs=2 * room_um3)
    return surface


@pytest.mark.parametrize(
    ("make", "sagitta_um"),
    [
        (lambda: GridFilm(outline=disc(5250), width_um=100.0, gap_um=200.0, turn_deg=17.0, **BASE), 1.0),
        (lambda: GridFilm(outline=disc(3000), width_um=100.0, gap_um=100.0, turn_deg=71.46141393368414, **BASE), 0.3),
        (lambda: HoneycombFilm(outline=disc(2000), width_um=124.0, cell_um=124.0, margin_um=100.0, turn_deg=17.0, **BASE), 0.3),
        (lambda: HoneycombFilm(outline=disc(3000), width_um=200.0, cell_um=200.0, margin_um=100.0, turn_deg=16.337998336, **BASE), 10.0),
        (lambda: RingsFilm(outline=disc(16000), width_um=100.0, gap_um=200.0, inner_radius_um=200.0, **BASE), 1.0),
    ],
)  # fmt: skip
def test_corners_in_line_and_walls_at_the_edge(make, sagitta_um):
    assert_closed(make(), sagitta_um)


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from([GridFilm, HoneycombFilm]),
    outline=st.sampled_from([disc(2000), disc(2730), oblong(2400, 1700)]),
    width_um=st.sampled_from([50.0, 100.0, 124.0]),
    opening_um=st.sampled_from([100.0, 150.0, 310.0]),
    margin_um=st.sampled_from([0.0, 100.0]),
    turn_deg=st.sampled_from([0.0, 17.0, 30.0, 45.0, 60.0, 90.0]) | st.floats(0, 180),
    sagitta_um=st.sampled_from([0.1, 0.5, 1.0, 3.0, 10.0]),
)
def test_any_walls_at_any_sagitta(kind, outline, width_um, opening_um, margin_um, turn_deg, sagitta_um):
    opening = {"gap_um" if kind is GridFilm else "cell_um": opening_um}
    film = kind(outline=outline, width_um=width_um, margin_um=margin_um, turn_deg=turn_deg, **opening, **BASE)
    assert_closed(film, sagitta_um)


@pytest.mark.parametrize("turn_deg", [0.0, 30.0, 60.0, 90.0, 120.0])
@pytest.mark.parametrize("margin_um", [0.0, 300.0])
@pytest.mark.parametrize("off_um", [-0.3, -1e-9, 0.0, 1e-9, 0.3])
def test_openings_that_touch_the_outline_or_nearly_do(turn_deg, margin_um, off_um):
    """With flats along the edge, and with tips on it; the outline's size is that where they touch, and `off_um` more."""
    cell, width = 150.0, 100.0
    for side in (7 * (cell + width) - width, 2 * cell / sqrt(3) + 4 * sqrt(3) * (cell + width)):
        size = side + 2 * (margin_um + off_um)
        film = HoneycombFilm(outline=oblong(size, size), width_um=width, cell_um=cell, margin_um=margin_um, turn_deg=turn_deg, **BASE)
        assert_closed(film, 1.0)


@settings(max_examples=60, deadline=None)
@given(depths=st.lists(st.floats(-1.0, 3.0), min_size=2, max_size=30), sagitta_um=st.sampled_from([0.1, 1.0, 10.0]))
def test_corners_near_an_edge_keep_their_order_and_the_rim(depths, sagitta_um):
    """Along a straight edge, away from its ends: nearer before is nearer after, what is deep stays, and no corner is in the rim."""
    base = shapely.box(0, 0, 1000 * sagitta_um, 1000 * sagitta_um)
    depth = np.array(sorted(depths)) * sagitta_um
    points = np.column_stack((np.full(len(depth), 500 * sagitta_um), depth))
    moved = inside(points, base, sagitta_um, 75.0)
    assert (moved[:, 0] == points[:, 0]).all()
    assert (np.diff(moved[:, 1])[np.diff(depth) > 1e-6 * sagitta_um] > 0).all()
    if depth[0] < RIM * sagitta_um * (1 - 1e-9):
        assert moved[:, 1].min() == pytest.approx(RIM * sagitta_um)
    assert (moved[depth >= COLLAR * sagitta_um] == points[depth >= COLLAR * sagitta_um]).all()


@pytest.mark.parametrize("out_um", [MOST * 1.1, 5.0, 100.0])
def test_an_overhang_is_refused(out_um):
    with pytest.raises(SliceError, match="section above z_um=75 must lie inside the one below it"):
        inside(np.array([(500.0, -out_um)]), shapely.box(0, 0, 1000, 1000), 1.0, 75.0)


@pytest.mark.parametrize("width_um", [0.3, 0.6, 0.9])
def test_a_base_too_narrow_for_the_sagitta_is_refused(width_um):
    with pytest.raises(SliceError, match=r"section above z_um=75 must lie inside|narrower than sagitta_um=1 .*lessen sagitta_um"):
        inside(np.array([(500.0, 0.0), (500.0, width_um)]), shapely.box(0, 0, 1000, width_um), 1.0, 75.0)


@pytest.mark.parametrize("corners", [8, 600])
def test_a_hole_that_crosses_its_ring_is_refused_however_few(corners):
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring = 100 * np.column_stack((np.cos(turn), np.sin(turn)))
    with pytest.raises(SliceError, match="touch or cross"):
        filled(Figure.of([ring * 2, ring[::-1] + np.array((110.0, 7.0))]))
