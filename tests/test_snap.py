"""Snapped arrays: one pattern in the real mask, a fixed point, and what cannot be snapped says why."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voxelyte.errors import RecipeError, SliceError
from voxelyte.pixels import pixels_of, snapped
from voxelyte.pixels.anchor import PHASES, sized, stamp
from voxelyte.pixels.change import facts, notes
from voxelyte.printer import Panel
from voxelyte.raster import paint
from voxelyte.recipes import load_printer, load_recipe
from voxelyte.shapes import Disc, Rectangle
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.spiral import SpiralFilm
from voxelyte.tone import tone_for

ASIGA = load_printer("asiga-max").panel
WHATS, ANCHORS = ("pitch", "size", "both"), ("nearest", *PHASES)
KINDS = ({"kind": "square"}, {"kind": "hexagonal"}, {"kind": "hexagonal", "turn_deg": 90.0}, {"kind": "staggered"})
PILLARS = {"base_um": 75.0, "height_um": 150.0, "diameter_um": 100.0, "gap_um": 200.0}
DISC = {"shape": "disc", "diameter_um": 5000.0}


@st.composite
def panels(draw):
    pitches = draw(st.sampled_from([(62.0, 62.0), (50.0, 50.0), (19.0, 24.0), (14.0, 19.0), (47.25, 47.25), (28.5, 28.5)]))
    sizes = (6000 // int(pitch) + draw(st.integers(0, 1)) for pitch in pitches)
    return Panel(width_px=next(sizes), height_px=next(sizes), pitch_x_um=pitches[0], pitch_y_um=pitches[1])


FORMS = ({}, {"cross_section": {"shape": "square"}}, {"cross_section": {"shape": "hexagon"}})


def film_of(diameter, gap, lattice, form):
    """A film whose pillars stand apart, whatever their form."""
    return PillarFilm(outline=DISC, **PILLARS | {"diameter_um": diameter, "gap_um": gap + diameter / 2, "lattice": lattice} | form)


films = st.builds(
    film_of,
    st.integers(50, 300).map(float),
    st.integers(60, 400).map(float),
    st.sampled_from(KINDS),
    st.sampled_from(FORMS),
)


LAWS = (
    "no pixel is lit by half",
    "has the area of its own pixels",
    "must exceed diameter_um",
    "brings pillars within",
    "no whole pillar",
)
"""What may stand against the nearest array."""


def attempted(film, panel, what, anchor):
    """The snapped film, or no example where nothing near is possible, which the error says."""
    found, said = None, ""
    try:
        found = snapped(film, panel, what, anchor)
    except (RecipeError, SliceError) as fault:
        said = str(fault)
    assert found or any(law in said for law in LAWS), said
    assume(found)
    return found


def lit_around(film, panel, lit):
    """What the real thresholded mask shows in the box of each pillar's pattern, and how many pixels it lights in all."""
    mask = paint(film.features, panel, tone_for(2)) > 0
    x_um, y_um = np.concatenate([part.places.at_um for part in film.features.parts]).T
    left = np.floor(x_um / panel.pitch_x_um + panel.width_px / 2 + 1e-6).astype(int) - lit.columns // 2
    top = np.floor(panel.height_px / 2 - y_um / panel.pitch_y_um + 1e-6).astype(int) - lit.rows // 2
    boxes = [mask[r : r + lit.rows, c : c + lit.columns] for r, c in zip(top, left, strict=True)]
    return {one.tobytes() for one in boxes}, int(mask.sum())


class TestOnePattern:
    @settings(max_examples=60)
    @given(films, panels(), st.sampled_from(["pitch", "both"]), st.sampled_from(ANCHORS))
    def test_every_pillar_of_the_mask_is_the_same(self, film, panel, what, anchor):
        found = attempted(film, panel, what, anchor)
        lit = found.lit[1]
        stands = stamp(found.film.features.parts[0].shape, 1.0, found.anchor, panel)
        assume(not stands.tie)
        assert lit.patterns == lit.symmetric == 1
        assert lit.pixels.least == lit.pixels.most == stands.lit_px
        boxes, total = lit_around(found.film, panel, stands)
        assert len(boxes) == 1
        assert total == stands.lit_px * found.film.count

    @settings(max_examples=60)
    @given(films, panels(), st.sampled_from(WHATS), st.sampled_from(ANCHORS))
    def test_snapping_twice_is_snapping_once(self, film, panel, what, anchor):
        once = attempted(film, panel, what, anchor)
        twice = snapped(once.film, panel, what, anchor)
        assert twice.film == once.film
        assert twice.changes == once.changes

    @settings(max_examples=60)
    @given(films, panels(), st.sampled_from(WHATS), st.sampled_from(list(PHASES)))
    def test_the_origin_is_on_the_anchor_and_near(self, film, panel, what, anchor):
        found = attempted(film, panel, what, anchor)
        x_um, y_um = found.film.lattice.origin_um
        column, row = x_um / panel.pitch_x_um + panel.width_px / 2, panel.height_px / 2 - y_um / panel.pitch_y_um
        phase = (round(column % 1, 6) % 1, round(row % 1, 6) % 1)
        assert phase == PHASES[anchor]
        assert np.hypot(*found.film.features.parts[0].places.at_um.T).min() <= np.hypot(x_um, y_um) + 1e-6
        assert any(np.allclose(place, (x_um, y_um)) for part in found.film.features.parts for place in part.places.at_um)

    @settings(max_examples=60)
    @given(films, panels())
    def test_nothing_nearer_keeps_the_pillars_apart(self, film, panel):
        """A pitch of whole pixels stays; any other moves by less than a cell's step, unless pillars would meet."""
        found = attempted(film, panel, "pitch", "nearest")
        before, after = found.pitches_um
        two = len(film.lattice.cell(film.spacing_um).places_um)
        steps = (two * panel.pitch_x_um, two * panel.pitch_y_um)
        for old, new, step in zip(before, after, steps, strict=True):
            assert new / step == pytest.approx(round(new / step), abs=1e-9)
            roomy = film.gap_um > 3 * max(panel.pitch_x_um, panel.pitch_y_um) and old > 2 * step
            assert abs(new - old) < step if roomy else True
        assert found.film.diameter_um == film.diameter_um

    def test_the_papers_array(self):
        film = load_recipe("p-3dse").solid(ASIGA)
        found = snapped(film, ASIGA, "pitch")
        assert (found.film.pitch_um, found.film.diameter_um, found.anchor) == (310.0, 100.0, "centre")
        assert found.lit[0].patterns == 8
        assert found.film.cell_area_factor == pytest.approx(1 + pi * 100 * 150 / 310**2)
        both = snapped(film, ASIGA, "both").film
        assert both.diameter_um == pytest.approx(62 * np.sqrt(4 / pi), abs=1e-6)
        said = " ".join(notes(found))
        for words in (
            "pitch 300 → 310 µm (5 pixels)",
            "pillars 2,188 → 2,072",
            "area factor 1.5128 → 1.4856",
            "patterns 8 → 1",
            "void cm³/cm² 0.01372 → 0.01379",
            "corner 4 pixels (2 x 2)",
            "on pixel centres, one at x -155, y -155 µm",
        ):
            assert words in said

    def test_rectangular_pixels_have_a_pitch_for_each_axis(self):
        panel = load_printer("elegoo-saturn-4-ultra-16k").panel
        film = snapped(load_recipe("p-3dse").solid(panel), panel, "pitch").film
        assert film.lattice.kind == "rectangular"
        assert (film.pitch_um, film.lattice.row_pitch_um) == (21 * 14, 16 * 19)

    def test_a_hexagonal_lattice_is_one_no_more(self):
        panel = load_printer("athena-12k").panel
        film = load_recipe("p-3dse").with_settings(["lattice.kind=hexagonal"]).solid(panel)
        found = snapped(film, panel)
        assert (found.film.lattice.kind, found.film.pitch_um, found.film.lattice.row_pitch_um) == ("staggered", 304, 264)
        assert any("no longer exactly hexagonal: two rows are 1.7368 pitches deep" in line for line in notes(found))

    @pytest.mark.parametrize("form", [{"top_diameter_um": 60.0}, {"fillet_um": 20.0}, {"hollow_um": 40.0}, {"at_edge": "clipped"}])
    def test_pillars_of_any_form_are_one_pattern_at_every_height(self, form):
        film = snapped(PillarFilm(outline=DISC, **PILLARS | form), ASIGA, "pitch").film
        for z_um in (80.0, 150.0, 220.0):
            drawn = max(pixels_of(film.section(z_um), ASIGA).drawn, key=lambda one: one.copies)
            assert drawn.copies > 150
            assert drawn.binary.patterns == drawn.grey.patterns == 1

    @pytest.mark.parametrize("setting", ["diameter_um=120", "lattice.kind=hexagonal", "pitch_um=280"])
    @pytest.mark.parametrize("what", WHATS)
    def test_the_recipe_with_the_changes_is_the_snapped_film(self, setting, what):
        recipe = load_recipe("p-3dse").with_settings([setting])
        found = snapped(recipe.solid(ASIGA), ASIGA, what)
        assert recipe.with_values(found.changes).solid(ASIGA) == found.film

    def test_facts_hold_before_and_after(self):
        told = facts(snapped(load_recipe("p-3dse").solid(ASIGA), ASIGA))
        assert told["thresholded_patterns"] == {"before": 8, "after": 1}
        assert told["parameters"]["lattice"] == {"kind": "square", "origin_um": [-155.0, -155.0]}
        assert told["cell_um"] == {"before": [300.0, 300.0], "after": [310.0, 310.0]}


class TestSize:
    @given(st.floats(0.6, 6.0), st.sampled_from(list(PHASES)), st.sampled_from([1.0, 19 / 24]), st.booleans())
    def test_a_snapped_size_is_the_area_of_its_own_pixels(self, radius_px, anchor, ratio, disc):
        panel = Panel(width_px=20, height_px=20, pitch_x_um=50.0, pitch_y_um=50.0 * ratio)
        shape = Disc(radius_px * 50) if disc else Rectangle(radius_px * 100, radius_px * 100)
        scale = sized(shape, anchor, panel)
        lit = stamp(shape, scale, anchor, panel)
        assert lit.lit_px * panel.pixel_area_um2 == pytest.approx(shape.area_um2 * scale**2)
        assert not lit.tie

    @given(st.floats(0.6, 6.0), st.sampled_from(["centre", "corner"]))
    def test_a_disc_on_a_centre_or_corner_is_as_wide_as_it_is_deep(self, radius_px, anchor):
        lit = stamp(Disc(radius_px * 62), 1.0, anchor, ASIGA)
        assume(not lit.tie)
        assert lit.columns == lit.rows
        assert lit.columns % 2 == (anchor == "centre")
        assert lit.lit_px % 4 == (anchor == "centre")


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"lattice": {"kind": "square", "turn_deg": 30.0}}, "lattice.turn_deg=30: a turned lattice does not return"),
            ({"lattice": {"kind": "random", "seed": 1}}, "lattice.kind='random' has no columns and rows"),
            ({"top_diameter_um": 80.0}, "size cannot be snapped: pillars that taper, or have a fillet or a hole"),
            ({"hollow_um": 20.0}, "size cannot be snapped"),
            ({"diameter_um": lambda x, y: 80.0 + 0 * x, "gap_um": None, "pitch_um": 300.0}, "diameter_um differs from pillar to pillar"),
        ],
    )
    def test_what_is_no_lattice_of_equal_pillars(self, changes, said):
        film = PillarFilm(outline=DISC, **PILLARS | changes)
        with pytest.raises(RecipeError) as caught:
            snapped(film, ASIGA)
        assert said in str(caught.value)

    def test_what_is_no_array(self):
        spiral = SpiralFilm(outline=DISC, base_um=75.0, width_um=100.0, gap_um=200.0, height_um=150.0, inner_radius_um=300.0)
        with pytest.raises(RecipeError, match="geometry 'spiral' is no array of pillars"):
            snapped(spiral, ASIGA)

    def test_unknown_words_name_the_nearest(self):
        film = PillarFilm(outline=DISC, **PILLARS)
        with pytest.raises(RecipeError) as caught:
            snapped(film, ASIGA, "pich", "center")
        assert str(caught.value).splitlines() == ["no snap 'pich'; did you mean 'pitch'?", "no anchor 'center'; did you mean 'centre'?"]

    def test_pillars_that_light_nothing_there(self):
        film = PillarFilm(outline=DISC, **PILLARS | {"diameter_um": 40.0})
        with pytest.raises(SliceError, match="diameter_um=40: no pixel is lit by half on pixel corners; another anchor, or size"):
            snapped(film, ASIGA, "pitch", "corner")
