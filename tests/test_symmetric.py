"""The symmetric film: marks and features of both halves coincide when one is turned over onto the other; and the assembled body."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plates_made import PANEL, disc, pillars, planar, printer, resin, row_of

from voxelyte import (
    Placed,
    Plate,
    RecipeError,
    Region,
    SpiralFilm,
    coverage,
    load_printer,
    load_recipe,
    mesh_of,
    slice_solid,
)
from voxelyte.solids import Named, Site
from voxelyte.solids._overlaps import united
from voxelyte.solids.symmetric import Assembled, Half, Marks, SymmetricDesign

PILLARS = pillars(outline=disc(4000.0), margin_um=700.0)
WIDE = pillars(outline={"shape": "rectangle", "width_um": 4000.0, "depth_um": 3000.0}, margin_um=700.0)
SPIRAL = SpiralFilm(
    outline=disc(4000.0), base_um=75.0, width_um=100.0, gap_um=200.0, height_um=150.0, inner_radius_um=300.0, margin_um=700.0
)
FILMS = {"pillars": PILLARS, "rectangle": WIDE, "spiral": SPIRAL, "planar": planar(outline=disc(4000.0))}
films = pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
kinds = pytest.mark.parametrize("kind", ["crosses", "holes", "none"])
SITE = Site(PANEL.size_um, (PANEL.pitch_x_um, PANEL.pitch_y_um))


def marks(kind="crosses", **changes):
    return Marks(**{"kind": kind, "mark_um": 400.0, "edge_um": 100.0, "height_um": 150.0} | changes)


def halves_of(film, kind="crosses", **changes):
    fields = {"film": "x", "marks": kind, "mark_um": 400.0, "mark_edge_um": 100.0, "mark_height_um": 150.0}
    return SymmetricDesign(**fields | changes).composed(lambda name, changed: Named(name, film, {}), SITE)


def half_or_fault(film, mark):
    """The half, or what is said instead."""
    try:
        return Half(film, mark)
    except RecipeError as fault:
        return str(fault)


def attempt(make, *words, **changes):
    """What is made, or what is said instead."""
    try:
        return make(*words, **changes)
    except RecipeError as fault:
        return str(fault)


class TestRegistration:
    @films
    @kinds
    def test_turned_over_onto_the_other_everything_coincides(self, film, kind):
        """On the plate: each half about its own middle, the second turned over, lights what the first lights."""
        plate = halves_of(film, kind)
        first, second = plate.films
        for low, high in pairwise(plate.levels_um):
            z_um = (low + high) / 2
            here, there = first.solid.section(z_um), second.solid.section(z_um)
            assert there.area_um2 == pytest.approx(here.area_um2)
            assert np.allclose(coverage(there.mirrored(), PANEL), coverage(here, PANEL), atol=1e-9)

    @films
    def test_masks_are_mirror_images_pixel_for_pixel(self, film):
        plate = halves_of(film)
        job = slice_solid(plate, printer(), resin())
        first, second = (round(one.x_um / PANEL.pitch_x_um) + PANEL.width_px // 2 for one in plate.films)
        for mask in job.masks():
            pixels = mask.pixels().astype(int)
            left, right = pixels[:, first - 33 : first + 33], pixels[:, second - 33 : second + 33]
            # A coverage of exactly half a grey level may round either way.
            assert abs(left - right[:, ::-1]).max() <= 1
            assert left.any()

    def test_a_spiral_cannot_be_laid_on_its_like_but_on_its_mirror_image(self):
        half, turned = (Half(SPIRAL, marks(), one) for one in (False, True))
        here, there = (coverage(one.section(100.0), PANEL) for one in (half, turned))
        assert abs(here - there).max() > 0.5
        assert np.allclose(here, there[:, ::-1], atol=1e-9)

    @kinds
    def test_marks_tell_every_quarter_turn(self, kind):
        """A half that was turned by 90, 180 or 270 degrees before it was turned over shows marks beside marks."""
        if kind == "none":
            return
        plain, marked = (Half(PILLARS, marks(one)) for one in ("none", kind))
        z_um = 100.0 if kind == "crosses" else 10.0
        square = PANEL.model_copy(update={"width_px": 100, "height_px": 100})
        only = abs(coverage(marked.section(z_um), square) - coverage(plain.section(z_um), square))
        assert only.sum() > 10
        for quarters in (1, 2, 3):
            assert abs(np.rot90(only, quarters) - only).max() > 0.5

    @settings(max_examples=30)
    @given(st.integers(200, 900), st.integers(0, 300), st.integers(300, 1200), st.sampled_from(["crosses", "holes"]))
    def test_marks_lie_in_the_margin_or_are_refused(self, mark_um, edge_um, margin_um, kind):
        film = pillars(outline=disc(4000.0), margin_um=float(margin_um))
        half = half_or_fault(film, marks(kind, mark_um=float(mark_um), edge_um=float(edge_um)))
        if isinstance(half, str):
            assert "reaches into the features" in half or "does not lie within the base" in half
            return
        if kind == "crosses":
            assert half.count == film.count + 3
            assert half.section(100.0).area_um2 == pytest.approx(film.features.area_um2 + 3 * mark_um**2 * (0.2 * 2 - 0.04))
            placed = Placed(half, 0.0, 0.0, "a")
            assert united([placed], 100.0).area_um2 == pytest.approx(half.section(100.0).area_um2, rel=1e-4)
        else:
            assert half.footprint_um2 == pytest.approx(film.footprint_um2 - 3 * np.pi * mark_um**2 / 4, rel=1e-9)
        assert half.volume_um3 + half.void_um3 == pytest.approx(half.footprint_um2 * half.levels_um[-1], rel=1e-12)

    @films
    @pytest.mark.parametrize("turned", [False, True])
    def test_its_bodies_are_what_its_sections_show(self, film, turned):
        half = Half(film, marks(), turned)
        area = sum(body.part(10.0).area_um2 for body in half.bodies)
        assert half.section(half.base_um + 10.0).area_um2 == pytest.approx(area)
        drawn = Region(tuple(body.part(10.0) for body in half.bodies))
        assert np.allclose(coverage(drawn, PANEL), coverage(half.section(half.base_um + 10.0), PANEL), atol=1e-9)
        assert half.side_wall_um2 == pytest.approx(sum(body.wall_um2 for body in half.standing))

    def test_a_film_without_features_must_say_how_high_its_crosses_are(self):
        with pytest.raises(RecipeError, match="mark_height_um is missing"):
            Half(FILMS["planar"], marks(height_um=None))
        assert Half(PILLARS, marks(height_um=None)).levels_um == PILLARS.levels_um

    def test_what_has_no_two_sides_is_refused(self):
        with pytest.raises(RecipeError, match="film='x' must be a base with features on it"):
            halves_of(row_of([planar()]))

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"gap_um": 1e5}, "two halves of x with gap_um=100000 do not fit the plate of 12.8 x 7.68 mm"),
            ({"form": "x"}, "form='x' must be 'halves' or 'assembled'"),
            ({"marks": "x"}, "marks='x' must be 'crosses', 'holes' or 'none'"),
            ({"mark_um": 0.0}, "mark_um=0.0 must be greater than 0"),
            ({"mark_edge_um": -1.0}, "mark_edge_um=-1.0 must be greater than or equal to 0"),
            ({"mark_um": 900.0}, "the mark at the right, x=1450 y=0 µm, reaches into the features: the film must leave 1100 µm"),
            ({"mark_edge_um": 0.0}, "mark_um=400: the mark at the right does not lie within the base"),
        ],
    )
    def test_wrong_values_name_field_and_law(self, changes, said):
        with pytest.raises(RecipeError) as caught:
            halves_of(PILLARS, **changes)
        assert said in str(caught.value)

    @given(over_um=st.sampled_from([0.0, 0.4, 20.0]) | st.floats(0, 63), gap_um=st.sampled_from([0.0, 0.001]) | st.floats(0, 200))
    def test_a_whole_pixel_stays_between_the_halves_or_they_are_refused(self, over_um, gap_um):
        """Printed side by side, halves that touch are one piece: no separate gap is a film of another shape."""
        width = 40 * SITE.pixel_um[0] + over_um
        film = planar(outline={"shape": "rectangle", "width_um": width, "depth_um": 1000.0})
        made = attempt(halves_of, film, "none", gap_um=gap_um)
        if isinstance(made, str):
            assert gap_um < min(SITE.pixel_um)
            assert made.startswith(f"gap_um={gap_um:g} leaves ")
            assert "less than a pixel" in made
            return
        one, other = made.films
        apart = max(abs(other.x_um - one.x_um) - width, abs(other.y_um - one.y_um) - 1000.0)
        assert apart >= max(gap_um, min(SITE.pixel_um)) * (1 - 1e-6)

    def test_a_plate_that_is_too_full_for_a_gap_is_refused(self):
        """Where the halves find no room on whole pixels, they may stand between them, but not against each other."""
        film = planar(outline={"shape": "rectangle", "width_um": SITE.size_um[0] / 2, "depth_um": SITE.size_um[1] * 0.6})
        with pytest.raises(RecipeError, match="gap_um=0 leaves 0 µm between the halves, which is less than a pixel"):
            halves_of(film, "none", gap_um=0.0)


class TestAssembled:
    @films
    @kinds
    def test_is_symmetric_and_twice_the_half(self, film, kind):
        whole, half = halves_of(film, kind, form="assembled"), Half(film, marks(kind))
        assert isinstance(whole, Assembled)
        assert whole.levels_um[-1] == 2 * half.levels_um[-1]
        assert whole.levels_um == tuple(2 * whole.middle_um - z for z in reversed(whole.levels_um))
        slabs = [whole.section((low + high) / 2).area_um2 * (high - low) for low, high in pairwise(whole.levels_um)]
        assert sum(slabs) == pytest.approx(whole.volume_um3) == pytest.approx(2 * half.volume_um3)
        for z_um in (0.1, 60.0, 74.0, 76.0, 149.0, 224.0):
            if z_um < whole.middle_um:
                above, below = whole.section(whole.middle_um + z_um), whole.section(whole.middle_um - z_um)
                assert above is below
                assert above.area_um2 == half.section(z_um).area_um2

    @films
    def test_sections_are_half_open_and_the_same_within_a_slab(self, film):
        whole = halves_of(film, form="assembled")
        for low, high in pairwise(whole.levels_um):
            section = whole.section(low)
            assert all(whole.section(z_um) is section for z_um in ((low + high) / 2, high - 1e-4))
            assert whole.section(high) is not section
        for z_um in (-1.0, whole.levels_um[-1], float("nan")):
            assert not whole.section(z_um).parts

    @films
    @kinds
    def test_mesh_is_one_closed_body_of_the_exact_volume(self, film, kind):
        whole, half = halves_of(film, kind, form="assembled"), Half(film, marks(kind))
        mesh, own = mesh_of(whole, 4.0), mesh_of(half, 4.0)
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.volume == pytest.approx(2 * own.volume, rel=1e-9)
        assert mesh.volume == pytest.approx(whole.volume_um3, rel=1e-3)
        back = own.area_faces[(own.vertices[own.faces][:, :, 2] == 0).all(axis=1)].sum()
        assert mesh.area == pytest.approx(2 * (own.area - back), rel=1e-9)
        assert np.allclose(mesh.bounds[:, 2], (0, 2 * whole.middle_um))

    def test_slicing_it_tells_that_it_is_for_simulation(self):
        job = slice_solid(halves_of(PILLARS, form="assembled"), printer(), resin())
        assert any("as assembled it is for simulation" in note for note in job.provenance.notes)


class TestMeshOfPlates:
    @pytest.mark.parametrize("merge", [False, True])
    def test_volume_is_that_of_the_films(self, merge):
        apart = 1600.0 if merge else 2100.0
        plate = Plate((Placed(planar(), 0.0, 0.0, "a"), Placed(planar(), apart, 0.0, "b")), merge)
        mesh = mesh_of(plate, 1.0)
        assert mesh.is_watertight
        assert mesh.volume == pytest.approx(plate.volume_um3, rel=1e-3)

    def test_equal_films_stand_where_they_are_placed(self):
        plate = row_of([pillars(), pillars(height_um=100.0), pillars()])
        mesh = mesh_of(plate, 4.0)
        assert mesh.is_watertight
        assert mesh.volume == pytest.approx(plate.volume_um3, rel=1e-3)
        assert np.allclose(mesh.bounds.ravel(), plate.bounds_um, atol=20.0)


def test_the_shipped_one_stands_on_the_papers_machine():
    machine = load_printer("asiga-max")
    plate = load_recipe("symmetric").solid(machine.panel)
    assert [film.label for film in plate.films] == ["half", "mirrored half"]
    assert all(isinstance(film.solid, Half) for film in plate.films)
    assert isinstance(plate.section(0.0), Region)
    assert any("turn the mirrored half over" in note for note in plate.notes)
