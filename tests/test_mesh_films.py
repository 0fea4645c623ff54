"""Meshes of every film there is: arrays in order and in none, forms that taper, dressed bases; laws, not examples."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from voxelyte.bodies import Upright
from voxelyte.errors import RecipeError, SliceError
from voxelyte.mesh import build as build_module
from voxelyte.mesh import mesh_of, surface_of, write_mesh
from voxelyte.mesh.cells import lattice_of
from voxelyte.mesh.compose import back_to_back
from voxelyte.mesh.edges import enclosed, with_edges
from voxelyte.mesh.figure import Figure
from voxelyte.mesh.plane import delaunay, doubled_areas, filled
from voxelyte.mesh.surface import edges_of, unmatched
from voxelyte.recipes import load_printer, load_recipe, recipe_names
from voxelyte.region import Part, Points, Region
from voxelyte.shapes import Disc, Polygon, Rectangle
from voxelyte.solids.pillars import PillarFilm

ROUND = {"shape": "disc", "diameter_um": 4000.0}
SQUARE = {"shape": "rectangle", "width_um": 3900.0, "depth_um": 3200.0}
PLAIN = {"base_um": 75.0, "diameter_um": 100.0, "height_um": 150.0, "pitch_um": 300.0, "margin_um": 20.0}


def film(outline=None, **other):
    values = {**PLAIN, **other}
    return PillarFilm(outline=outline or ROUND, **{key: value for key, value in values.items() if value is not None})


@dataclass
class Standing:
    """Any bodies on a rectangle; the least that a mesh needs of a film."""

    bodies: tuple[Any, ...]
    base: Region
    base_um: float = 75.0

    @property
    def standing(self):
        return self.bodies

    @property
    def levels_um(self):
        return (0.0, self.base_um, *sorted({self.base_um + body.height_um for body in self.bodies}))

    def section(self, z_um):
        assert z_um < self.base_um
        return self.base

    def steady(self, z_um):
        return True

    @property
    def volume_um3(self):
        return self.base.area_um2 * self.base_um + sum(body.volume_um3 for body in self.bodies)


def standing(*bodies, width_um=6000.0, depth_um=5000.0):
    return Standing(bodies, Region((Part(Rectangle(width_um, depth_um)),)))


def section_um2(surface, z_um):
    """Area of a section, by Green's formula over the segments that triangles and plane have in common."""
    corners = surface.points_um[surface.faces]
    up = corners[:, :, 2] > z_um
    total = 0.0
    for k in range(3):
        # Each segment runs from the edge that comes down through the plane to the one that goes up.
        for ends, sign in ((up[:, k] & ~up[:, (k + 1) % 3], 1), (~up[:, k] & up[:, (k + 1) % 3], -1)):
            a, b = corners[ends][:, k], corners[ends][:, (k + 1) % 3]
            middle = a + ((z_um - a[:, 2]) / (b[:, 2] - a[:, 2]))[:, None] * (b - a)
            other = _other_end(corners[ends], up[ends], z_um, k)
            total += sign * (middle[:, 0] * other[:, 1] - other[:, 0] * middle[:, 1]).sum() / 4
    return abs(total)


def _other_end(corners, up, z_um, k):
    """Where the plane leaves triangles that it enters on their edge `k`."""
    later = (k + 1 + (up[:, (k + 1) % 3] == up[:, (k + 2) % 3])) % 3
    row = np.arange(len(corners))
    a, b = corners[row, later], corners[row, (later + 1) % 3]
    return a + ((z_um - a[:, 2]) / (b[:, 2] - a[:, 2]))[:, None] * (b - a)


def assert_sound(solid, sagitta_um=1.0, volume=1e-9):
    """Watertight by another program's word, without handles, of the solid's volume, and no point of it idle."""
    surface = surface_of(solid, sagitta_um)
    mesh = surface.to_trimesh()
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.euler_number == 2
    assert len(np.unique(surface.faces)) == len(surface.points_um)
    assert surface.volume_um3 == pytest.approx(solid.volume_um3, rel=volume)
    assert mesh.volume == pytest.approx(surface.volume_um3, rel=1e-9)
    left = unmatched(edges_of(surface.faces))
    assert left is not None
    assert not len(left)
    return surface


ARRAYS = {
    "square": {},
    "hexagonal": {"lattice": {"kind": "hexagonal"}},
    "staggered": {"lattice": {"kind": "staggered"}},
    "turned": {"lattice": {"kind": "hexagonal", "turn_deg": 17.0}},
    "random": {"lattice": {"kind": "random", "seed": 3}, "gap_um": 60.0, "pitch_um": None},
    "sunflower": {"lattice": {"kind": "sunflower"}},
    "graded": {"diameter_um": lambda x_um, y_um: 60 + 0.02 * np.hypot(x_um, y_um)},
    "heights": {"height_um": lambda x_um, y_um: np.where(x_um > 0, 100.0, 150.0)},
    "clipped": {"at_edge": "clipped", "margin_um": 30.0},
}
FORMS = {
    "disc": {},
    "square": {"cross_section": {"shape": "square"}},
    "hexagon": {"cross_section": {"shape": "hexagon"}},
    "star": {"cross_section": {"shape": "star"}},
    "taper": {"top_ratio": 0.6},
    "wider top": {"top_ratio": 1.4},
    "hollow": {"hollow_um": 50.0},
    "square taper": {"cross_section": {"shape": "square"}, "top_ratio": 0.5},
}
ROUNDED = {
    "fillet": {"fillet_um": 30.0},
    "star fillet": {"cross_section": {"shape": "star"}, "fillet_um": 10.0, "top_ratio": 0.9},
    "square hollow fillet": {"cross_section": {"shape": "square"}, "fillet_um": 20.0, "hollow_um": 30.0},
}
LABEL = {"text": "B7", "height_um": 300.0, "at_um": (0.0, 0.0)}
DRESSED = {
    "frame": {"frame": {"width_um": 200.0, "height_um": 100.0}},
    "tab": {"tab": {"side": "right", "width_um": 800.0, "length_um": 500.0}},
    "notch": {"notch": {"at_deg": 45.0, "width_um": 200.0, "depth_um": 150.0}},
    "engraved": {"label": {**LABEL, "relief": "engraved", "relief_um": 30.0}, "pitch_um": 1100.0},
    "raised": {"label": {**LABEL, "relief": "raised", "relief_um": 30.0}, "pitch_um": 1100.0},
}


@pytest.mark.parametrize("outline", [ROUND, SQUARE], ids=["disc", "rectangle"])
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays(array, outline):
    assert_sound(film(outline, **array), volume=1e-4 if "at_edge" in array else 1e-9)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("array", ["square", "random"])
def test_forms_keep_their_volume_exactly(form, array):
    assert_sound(film(SQUARE, **ARRAYS[array] | form))


@pytest.mark.parametrize("form", ROUNDED.values(), ids=ROUNDED)
def test_fillets_keep_their_volume_to_a_sagitta_along_their_wall(form):
    solid = film(**form)
    for sagitta_um in (1.0, 0.2):
        missed = surface_of(solid, sagitta_um).volume_um3 - solid.volume_um3
        assert abs(missed) <= sagitta_um * solid.side_wall_um2
    assert_sound(solid, volume=1e-2)


@pytest.mark.parametrize("outline", [ROUND, SQUARE], ids=["disc", "rectangle"])
@pytest.mark.parametrize("dressing", DRESSED.values(), ids=DRESSED)
def test_dressed_bases(dressing, outline):
    centred = {"lattice": {"kind": "points", "points_um": [(-900.0, 0.0), (0.0, 900.0)]}, "pitch_um": None}
    solid = film(outline, **(dressing | centred if "label" in dressing else dressing))
    assert_sound(solid, volume=1e-4)


@pytest.mark.parametrize("form", (FORMS | ROUNDED).values(), ids=FORMS | ROUNDED)
def test_sections_of_the_mesh_are_sections_of_the_film(form):
    """Exactly, but on fillets: there the surface is within a sagitta, also of heights where it is nearly level."""
    solid = film(SQUARE, **form)
    surface = surface_of(solid, 0.2)
    for z_um in (1.0, 74.0, 76.0, 90.0, 130.0, 224.0):
        section, s = solid.section(z_um), 0.2 if form.get("fillet_um") and z_um > 75 else 0.0
        least, most = (solid.section(z_um + way).area_um2 for way in (s, -s))
        slack = 1e-9 * section.area_um2 + s * section.perimeter_um
        assert least - slack <= section_um2(surface, z_um) <= most + slack


def test_a_frame_is_one_wall_from_the_plate_to_its_top():
    mesh = mesh_of(film(SQUARE, **DRESSED["frame"]))
    sides = np.isclose(np.abs(mesh.face_normals[:, 0]), 1) & np.isclose(np.abs(mesh.triangles_center[:, 0]), 1950, atol=100)
    assert mesh.area_faces[sides].sum() == pytest.approx(2 * 3200 * (75 + 100))
    assert not (np.isclose(mesh.triangles_center[:, 2], 75) & (np.abs(mesh.triangles_center[:, 0]) > 1760)).any()


@pytest.mark.parametrize("name", [name for name in recipe_names() if not name.startswith("p-3dse-")])
def test_every_recipe_has_a_mesh(name):
    """Whole films are the business of the slow test below: here each is drawn coarsely."""
    solid = load_recipe(name).solid(load_printer("asiga-max").panel)
    if name == "pixel-checker":
        with pytest.raises(SliceError, match="touch or cross"):
            mesh_of(solid, 4.0)
        return
    mesh = mesh_of(solid, 4.0)
    assert mesh.is_watertight
    assert abs(mesh.volume - solid.volume_um3) <= 4.0 * (solid.side_wall_um2 + 1e5 * solid.levels_um[-1])


@settings(max_examples=30, deadline=None)
@given(
    kind=st.sampled_from(["square", "hexagonal", "staggered", "random"]),
    shape=st.sampled_from(["disc", "square", "hexagon", "star"]),
    diameter_um=st.floats(30, 400),
    pitch_um=st.floats(60, 700),
    top_ratio=st.sampled_from([None, 0.3, 0.8, 1.2]),
    width_um=st.floats(900, 4000),
    round_outline=st.booleans(),
    turn_deg=st.sampled_from([0.0, 11.0, 30.0]),
)
def test_any_film_is_watertight(kind, shape, diameter_um, pitch_um, top_ratio, width_um, round_outline, turn_deg):
    outline = {"shape": "disc", "diameter_um": width_um} if round_outline else SQUARE | {"width_um": width_um}
    lattice = {"kind": kind, "seed": 1} if kind == "random" else {"kind": kind, "turn_deg": turn_deg}
    spacing = {"gap_um": pitch_um / 4, "pitch_um": None} if kind == "random" else {"pitch_um": pitch_um}
    other = {"lattice": lattice, "cross_section": {"shape": shape}, "diameter_um": diameter_um, "top_ratio": top_ratio}
    try:
        solid = film(outline, **(spacing | other))
    except RecipeError:  # overlaps, or fits nowhere
        reject()
    assert_sound(solid, volume=1e-3)


# --- places in no order --------------------------------------------------------------------------------------------

DENSE = settings(max_examples=12, deadline=None)


def thrown(count, gap_um, seed, width_um=6000.0, depth_um=5000.0):
    """Discs of distinct sizes, thrown one by one."""
    rng, at, radius = np.random.default_rng(seed), np.zeros((0, 2)), np.zeros(0)
    for _ in range(count):
        size = rng.uniform(15, 90)
        place = rng.uniform(-0.5, 0.5, 2) * (width_um - 2 * size - 10, depth_um - 2 * size - 10)
        if (np.hypot(*(at - place).T) > radius + size + gap_um).all():
            at, radius = np.vstack((at, place)), np.append(radius, size)
    return Points(at, radius)


@DENSE
@given(seed=st.integers(0, 10_000), gap_um=st.sampled_from([3.0, 20.0, 80.0]))
def test_feet_in_no_order_are_drawn_from_foot_to_foot(seed, gap_um):
    places = thrown(1500, gap_um, seed)
    assert places.count > 300
    assert_sound(standing(Upright(Part(Disc(1.0), places), 150.0)))


def test_what_cannot_be_linked_is_cut_as_one_figure(monkeypatch):
    """Both ways to a face: the same volume, the same number of triangles."""
    solid = standing(Upright(Part(Disc(1.0), thrown(1500, 20.0, 5)), 150.0))
    linked = assert_sound(solid)
    monkeypatch.setattr(build_module, "linked", lambda *_: None)
    whole = assert_sound(solid)
    assert len(whole.faces) == len(linked.faces)


def test_walls_between_feet_and_a_star_among_them():
    places = thrown(1500, 20.0, 7)
    clear = np.abs(places.at_um[:, 0] - 300) > 60 + places.scale
    some = Points(places.at_um[clear], places.scale[clear])
    wall = Upright(Part(Rectangle(80.0, 4000.0), Points(np.array([[300.0, 0.0]]))), 90.0)
    assert_sound(standing(wall, Upright(Part(Disc(1.0), some), 150.0)))
    turn = np.arange(10) * pi / 5
    star = Polygon((np.column_stack((np.cos(turn), np.sin(turn))) * np.where(np.arange(10) % 2, 0.45, 1.0)[:, None],))
    assert_sound(standing(Upright(Part(star, places), 150.0)))


def test_lattices_are_found_however_they_lie():
    i, j = np.mgrid[-6:7, -5:6]
    for u, v in (((300, 0), (0, 300)), ((300, 0), (150, 260)), ((200, 90), (-90, 200)), ((300, 10), (40, 410))):
        at = i.ravel()[:, None] * np.array(u) + j.ravel()[:, None] * np.array(v) + (17.3, -4.1)
        found = lattice_of(at)
        assert abs(np.linalg.det(found.basis)) == pytest.approx(abs(u[0] * v[1] - u[1] * v[0]))
        assert found.basis[0] @ found.basis[1] >= -1e-3
        assert lattice_of(at + np.random.default_rng(1).uniform(-5, 5, at.shape)) is None
    assert lattice_of(np.column_stack((np.arange(12.0) * 300, np.zeros(12)))) is None


def test_bodies_in_one_place_and_bodies_that_overlap():
    tube = Polygon((Disc(80).rings(1.0)[0], Disc(60).rings(1.0)[0][::-1]))
    at = Points(np.array([[x, y] for x in range(-1500, 1501, 300) for y in range(-1500, 1501, 300)], dtype=float))
    assert_sound(standing(Upright(Part(tube, at), 100.0), Upright(Part(Disc(30.0), at), 200.0)))
    with pytest.raises(SliceError, match="touch or cross"):
        surface_of(standing(Upright(Part(Disc(160.0), at), 100.0)))
    with pytest.raises(SliceError, match="z_um=75 must lie inside"):
        surface_of(standing(Upright(Part(Disc(60.0), Points(np.array([[2990.0, 0.0]]))), 100.0)))


def test_a_solid_with_triangles_of_its_own_gives_them():
    own = surface_of(film())

    class Part:
        mesh_um = own.points_um, own.faces.astype(np.int64)
        bodies = 1

    again = surface_of(Part())
    assert np.array_equal(again.points_um, own.points_um)
    assert np.array_equal(again.faces, own.faces)


def test_films_of_a_plate_are_bodies_side_by_side(tmp_path):
    @dataclass
    class Placed:
        solid: Any
        offset: tuple[float, float]

    class Plate:
        pieces = (Placed(FIRST := film(), (-2500.0, 0.0)), Placed(FIRST, (2500.0, 0.0)), Placed(film(SQUARE), (0.0, 9000.0)))

    whole = surface_of(Plate())
    apart = [surface_of(piece.solid) for piece in Plate.pieces]
    assert whole.volume_um3 == pytest.approx(sum(one.volume_um3 for one in apart))
    assert whole.to_trimesh().is_watertight
    written = write_mesh(Plate(), tmp_path / "plate.3mf", components=True)
    assert written.volume_um3 == pytest.approx(whole.volume_um3)
    assert written.components > 3


def test_back_to_back_is_twice_the_half_without_its_backs():
    half = surface_of(film())
    whole = back_to_back(half)
    assert whole.volume_um3 == pytest.approx(2 * half.volume_um3)
    mesh = whole.to_trimesh()
    assert mesh.is_watertight
    assert mesh.bounds[:, 2] == pytest.approx((0, 450))


# --- triangulations ------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(20, 300), far=st.booleans())
def test_any_edges_that_do_not_cross_can_be_forced_in(seed, count, far):
    """A star-shaped outline in a cloud of points: long edges that Delaunay's triangulation lacks."""
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * pi, max(5, count // 10)))
    if np.diff(turn, append=turn[0] + 2 * pi).max() > 3 or np.diff(turn).min() < 1e-3:
        reject()
    ring = np.column_stack((np.cos(turn), np.sin(turn))) * rng.uniform(0.3, 1.0, len(turn))[:, None]
    points = np.concatenate((ring, rng.uniform(-1, 1, (count, 2)), [[-2, -2], [2, -2], [2, 2], [-2, 2]])) * 1000
    points += (5e4 if far else 0.0)
    figure = Figure(points, np.array([len(points)]), np.arange(len(points)))
    number = np.arange(len(ring))
    edges = np.column_stack((number, np.roll(number, -1)))
    faces = with_edges(points, delaunay(figure), edges)
    assert doubled_areas(points, faces).min() > 0
    assert len(faces) == 2 * len(points) - 6
    inside = enclosed(faces, edges)
    assert doubled_areas(points, inside).sum() / 2 == pytest.approx(Figure.of([points[: len(ring)]]).areas.sum())


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.1])
@pytest.mark.parametrize("shift_um", [0.0, 1e5])
def test_a_grid_of_rings_is_cut_wherever_it_lies(angle, shift_um):
    ring = Disc(50.0).rings(1.0)[0][::-1]
    holes = [ring + np.array((x, y)) for x in range(-1500, 1501, 300) for y in range(-1500, 1501, 300)]
    figure = Figure.of([np.array([(-1800.0, -1800.0), (1800, -1800), (1800, 1800), (-1800, 1800)]), *holes]).rotated(angle)
    figure = Figure(figure.points + shift_um, figure.lengths, figure.numbers)
    assert len(figure.points) > 1000
    faces = filled(figure)
    assert len(faces) == len(figure.points) + 2 * len(holes) - 2
    assert doubled_areas(figure.points, faces).min() > 0
