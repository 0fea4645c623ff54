"""Dressing: frame, tab, notch and label keep the measures of a film exact, and features clear."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi, radians, sin, sqrt

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from voxelyte.dressing import Dressed, Label
from voxelyte.dressing.lettering import lettering, missing, thinnest_um
from voxelyte.errors import RecipeError
from voxelyte.mesh import mesh_of
from voxelyte.outline import EDGE_SAGITTA_UM, DiscOutline, RectangleOutline
from voxelyte.printer import Panel
from voxelyte.raster import coverage
from voxelyte.shapes import Disc, Polygon, ring_area
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm
from voxelyte.solids.spiral import SpiralFilm

DISC = {"shape": "disc", "diameter_um": 8000.0}
POUCH = {"shape": "rectangle", "width_um": 9000.0, "depth_um": 6000.0, "corner_radius_um": 1000.0}
PILLARS = {"base_um": 75.0, "diameter_um": 300.0, "height_um": 150.0, "gap_um": 200.0, "margin_um": 100.0}
FRAME = {"width_um": 500.0, "height_um": 200.0}
TAB = {"side": "right", "width_um": 2000.0, "length_um": 1500.0}
NOTCH = {"at_deg": 200.0, "width_um": 600.0, "depth_um": 400.0}
LABEL = {"text": "A08", "height_um": 700.0, "relief_um": 25.0, "place": "tab", "turn_deg": 90.0}
DRESSED = {"frame": FRAME, "tab": TAB, "notch": NOTCH, "label": LABEL}
RAISED = LABEL | {"relief": "raised"}
FILMS = {
    "frame": PillarFilm(outline=DISC, frame=FRAME, **PILLARS),
    "notch": PillarFilm(outline=DISC, notch=NOTCH, **PILLARS),
    "tab": PlanarFilm(outline=POUCH, base_um=75.0, tab=TAB),
    "engraved": PlanarFilm(outline=POUCH, base_um=75.0, label=LABEL | {"place": "front", "turn_deg": None}),
    "raised": PillarFilm(outline=POUCH, tab=TAB, label=RAISED, **PILLARS),
    "all": PillarFilm(outline=POUCH, **DRESSED, **PILLARS),
    "spiral": SpiralFilm(
        outline=DISC, base_um=75.0, width_um=100.0, gap_um=200.0, height_um=150.0, inner_radius_um=300.0, margin_um=50.0, **DRESSED
    ),
}
films = pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
PANEL = Panel(width_px=400, height_px=300, pitch_x_um=31.0, pitch_y_um=31.0)


def refusal(make, **fields):
    with pytest.raises(RecipeError) as caught:
        make(**fields)
    return str(caught.value)


class TestMeasures:
    @films
    def test_volume_is_the_sum_of_its_slabs(self, film):
        slabs = [film.section((lower + upper) / 2).area_um2 * (upper - lower) for lower, upper in pairwise(film.levels_um)]
        assert film.volume_um3 == pytest.approx(sum(slabs), rel=1e-12)
        assert film.volume_um3 + film.void_um3 == pytest.approx(film.footprint_um2 * film.levels_um[-1], rel=1e-12)

    @films
    def test_sections_change_at_the_levels_and_nowhere_else(self, film):
        for lower, upper in pairwise(film.levels_um):
            section = film.section(lower)
            assert film.steady(lower)
            assert all(film.section(z_um) is section for z_um in (lower, (lower + upper) / 2, np.nextafter(upper, 0)))
            assert film.section(upper) is not section
        assert not film.section(film.levels_um[-1]).parts

    @films
    def test_sections_are_sound_and_agree_with_their_polygons(self, film):
        for z_um in film.levels_um[:-1]:
            section = film.section(z_um)
            drawn = section.to_shapely(EDGE_SAGITTA_UM)
            assert drawn.is_valid
            assert drawn.area == pytest.approx(section.area_um2, abs=section.perimeter_um * EDGE_SAGITTA_UM)
            assert drawn.length == pytest.approx(section.perimeter_um, rel=2e-3)
            assert len(drawn.geoms) == section.count
            assert np.allclose(drawn.bounds, section.bounds_um, atol=2 * EDGE_SAGITTA_UM)

    @films
    def test_every_section_lies_on_the_one_below(self, film):
        for lower, upper in pairwise(film.levels_um[:-1]):
            below = film.section(lower).to_shapely(EDGE_SAGITTA_UM).buffer(2 * EDGE_SAGITTA_UM)
            assert all(below.covers(piece) for piece in film.section(upper).to_shapely(EDGE_SAGITTA_UM).geoms)

    @films
    def test_masks_cover_the_sections(self, film):
        for z_um in film.levels_um[:-1]:
            section = film.section(z_um)
            covered = coverage(section, PANEL)
            assert covered.sum() * 31.0**2 == pytest.approx(section.area_um2, abs=section.perimeter_um * EDGE_SAGITTA_UM)
            assert covered.max() < 1 + 1e-6

    @films
    def test_features_alone_are_counted_and_measured(self, film):
        assert film.count == film.features.count == sum(body.part(0.0).places.count for body in film.bodies)
        assert film.side_wall_um2 == sum(body.wall_um2 for body in film.bodies)
        assert set(film.standing) - set(film.bodies) == set(film.dressed.bodies)

    @pytest.mark.parametrize("name", ["tab", "engraved", "notch"])
    def test_meshes_close_and_keep_the_volume(self, name):
        film = FILMS[name]
        mesh = mesh_of(film)
        assert mesh.is_watertight
        assert mesh.volume == pytest.approx(film.volume_um3, rel=2e-4)


class TestUndressed:
    def test_a_disc_stays_a_disc(self):
        film = PlanarFilm(outline=DISC, base_um=75.0)
        assert film.base.parts[0].shape == Disc(4000.0)
        assert film.levels_um == (0.0, 75.0)
        assert film.notes == ()

    def test_a_frame_alone_leaves_the_base_a_disc_and_is_exact(self):
        film = FILMS["frame"]
        assert film.base.parts[0].shape == Disc(4000.0)
        ring = film.dressed.bodies[0].part(0.0)
        assert ring.area_um2 == pytest.approx(pi * (4000.0**2 - 3500.0**2), rel=1e-12)
        assert ring.perimeter_um == pytest.approx(2 * pi * 7500.0, rel=1e-12)

    def test_the_frame_of_a_rounded_rectangle_is_exact(self):
        film = PlanarFilm(outline=POUCH, base_um=75.0, frame=FRAME)
        wanted = 9000 * 6000 - 8000 * 5000 - (4 - pi) * (1000.0**2 - 500.0**2)
        assert film.dressed.bodies[0].part(0.0).area_um2 == pytest.approx(wanted, rel=1e-12)


class TestRoom:
    @given(st.floats(50, 900), st.floats(0, 360), st.floats(100, 1500), st.floats(50, 1500))
    @trials(max_examples=25)
    def test_features_keep_clear_of_frame_and_notch(self, width, at, across, deep):
        notch = {"at_deg": at, "width_um": across, "depth_um": deep}
        film = PillarFilm(outline=DISC, frame=FRAME | {"width_um": width}, notch=notch, **PILLARS | {"margin_um": 1.0})
        around = film.dressed.bodies[0].part(0.0)
        outer, *inner = around.rings(EDGE_SAGITTA_UM)
        ring = shapely.Polygon(outer, inner)
        at_um = film.features.parts[0].places.at_um
        assert shapely.distance(shapely.points(at_um), ring).min() >= 151 - 2 * EDGE_SAGITTA_UM
        assert film.section(80.0).to_shapely(EDGE_SAGITTA_UM).is_valid
        # None that would fit is left out: those of the undressed film that keep clear are the same in number.
        plain = PillarFilm(outline={"shape": "disc", "diameter_um": 8000.0 - 2 * width}, **PILLARS | {"margin_um": 1.0})
        places = plain.features.parts[0].places.at_um
        edge = film.dressed.edge.polygon(EDGE_SAGITTA_UM)
        clear_um = shapely.distance(shapely.points(places), edge.boundary)
        clear = (clear_um >= width + 151) & shapely.contains_xy(edge, *places.T)
        assert abs(clear.sum() - film.count) <= (abs(clear_um - width - 151) < 2 * EDGE_SAGITTA_UM).sum()

    @given(st.floats(0, 360), st.floats(50, 1000), st.floats(10, 1500))
    @trials(max_examples=50)
    def test_a_notch_takes_a_slot_from_the_base(self, at, across, deep):
        film = PlanarFilm(outline=DISC, base_um=75.0, notch={"at_deg": at, "width_um": across, "depth_um": deep})
        taken = pi * 4000.0**2 - film.footprint_um2
        sag = 4000.0 - sqrt(4000.0**2 - across**2 / 4)
        assert (deep - sag) * across - 1 <= taken <= deep * across + 1
        inside = shapely.Point((4000.0 - deep / 2) * cos(radians(at)), (4000.0 - deep / 2) * sin(radians(at)))
        assert not film.base.to_shapely(EDGE_SAGITTA_UM).contains(inside)

    @pytest.mark.parametrize("side", ["front", "back", "left", "right"])
    @pytest.mark.parametrize("outline", [DISC, POUCH], ids=["disc", "pouch"])
    def test_a_tab_reaches_its_length_beyond_one_side(self, side, outline):
        plain = PlanarFilm(outline=outline, base_um=75.0)
        film = PlanarFilm(outline=outline, base_um=75.0, tab=TAB | {"side": side})
        grown = np.array(film.bounds_um) - plain.bounds_um
        axis = {"left": 0, "front": 1, "right": 3, "back": 4}[side]
        assert grown[axis] == pytest.approx(-1500 if axis < 2 else 1500)
        assert np.allclose(np.delete(grown, axis), 0, atol=2 * EDGE_SAGITTA_UM)
        sag = 4000.0 - sqrt(4000.0**2 - 1000.0**2) if outline is DISC else 0.0
        assert 2000 * 1500 - 1 <= film.footprint_um2 - plain.footprint_um2 <= 2000 * (1500 + sag) + 1


class TestLetters:
    @pytest.mark.parametrize(("letter", "holes"), [("A", 1), ("O", 1), ("8", 2), ("B", 2), ("4", 1), ("H", 0), ("1", 0), ("%", 2)])
    def test_letters_keep_their_holes(self, letter, holes):
        drawn = lettering(letter, 1000.0)
        assert sum(ring_area(ring) < 0 for ring in drawn.boundary) == holes

    @given(st.text(st.sampled_from([chr(n) for n in range(33, 127)]), min_size=1, max_size=12), st.floats(50, 5000))
    @trials(max_examples=40)
    def test_letters_are_sound_and_as_wide_as_asked(self, text, height):
        from voxelyte.region import polygons

        drawn = shapely.MultiPolygon(polygons(lettering(text, height).boundary))
        assert drawn.is_valid
        left, front, right, back = lettering(text, height).bounds_um
        assert (left, front) == pytest.approx((-right, -back))
        grown = lettering(text, 2 * height)
        assert grown.area_um2 == pytest.approx(4 * lettering(text, height).area_um2)

    def test_a_capital_has_the_height_asked_for(self):
        for letter in "HEIT":
            _, front, _, back = lettering(letter, 1000.0).bounds_um
            assert back - front == pytest.approx(1000.0)

    @pytest.mark.parametrize("letter", ["H", "E", "I", "L", "T"])
    def test_the_thinnest_stroke_is_that_of_the_bars(self, letter):
        """Bars of straight letters, measured along a line that crosses them."""
        height = 1000.0
        drawn = shapely.MultiPolygon([shapely.Polygon(ring) for ring in lettering(letter, height).boundary])
        x0, y0, x1, y1 = drawn.bounds
        cuts = [shapely.LineString([(x, y0 - 1), (x, y1 + 1)]) for x in np.linspace(x0 + 1, x1 - 1, 41)]
        cuts += [shapely.LineString([(x0 - 1, y), (x1 + 1, y)]) for y in np.linspace(y0 + 1, y1 - 1, 41)]
        across = [piece.length for cut in cuts for piece in shapely.get_parts(drawn.intersection(cut))]
        assert thinnest_um(letter, height) == pytest.approx(min(across), rel=0.02)

    def test_text_is_read_back_from_its_own_picture(self):
        """The letters of a label, compared one by one with those of the font, are those of its text."""
        alphabet = {one: shapely.normalize(_shape(one)) for one in "ABCDEFGHKLMNOPQRSTUVXYZ0123456789"}
        for letter in alphabet:
            drawn = _shape(letter)
            nearest = min(alphabet, key=lambda one: drawn.symmetric_difference(alphabet[one]).area)
            assert nearest == letter

    def test_it_is_the_same_on_every_machine(self):
        """The areas and widths of the font that ships with Pillow, in heights of a capital."""
        drawn = lettering("P-3DSE A08", 1.0)
        assert drawn.area_um2 == pytest.approx(2.42123, rel=1e-4)
        assert len(drawn.boundary) == 15

    @pytest.mark.parametrize(("text", "lacking"), [("ÄB", "Ä"), ("a\nb", "\n"), ("中文", "中文"), ("A 0_9", "")])
    def test_what_the_font_lacks_is_known(self, text, lacking):
        assert missing(text) == lacking


def _shape(letter):
    from voxelyte.region import polygons

    return shapely.MultiPolygon(polygons(lettering(letter, 1000.0).boundary))


class TestLabel:
    @pytest.mark.parametrize("place", ["front", "back", "left", "right"])
    @pytest.mark.parametrize("outline", [DISC, POUCH], ids=["disc", "pouch"])
    def test_a_place_is_as_far_out_as_the_edge_allows(self, place, outline):
        film = PlanarFilm(outline=outline, base_um=75.0, label=LABEL | {"place": place, "turn_deg": None})
        box, room = film.dressed.label_box, film.drawn.polygon(EDGE_SAGITTA_UM)
        assert room.covers(box)
        assert room.boundary.distance(box) == pytest.approx(100.0, abs=0.1)

    def test_engraved_letters_are_missing_from_the_top_of_the_base(self):
        film = FILMS["engraved"]
        assert film.levels_um == (0.0, 50.0, 75.0)
        letters = film.dressed.letters
        assert film.section(0.0).area_um2 - film.section(60.0).area_um2 == pytest.approx(letters.area_um2)
        assert film.section(60.0).count == 5  # the base, and one island in A, one in 0, two in 8
        assert isinstance(letters, Polygon)

    def test_raised_letters_stand_on_the_base(self):
        film = FILMS["raised"]
        assert film.levels_um == (0.0, 75.0, 100.0, 225.0)
        above = film.section(80.0).area_um2
        assert above == pytest.approx(film.features.area_um2 + film.dressed.letters.area_um2)

    def test_the_thinnest_stroke_is_told(self):
        assert FILMS["all"].notes == ("the thinnest stroke of label 'A08' is 60 µm wide: on wider pixels it prints weak, or not at all",)

    def test_a_label_in_the_active_area_is_refused_with_the_place(self):
        said = refusal(PillarFilm, outline=DISC, label=LABEL | {"place": "front"}, **PILLARS)
        assert "label.text='A08' meets pillars at x=" in said
        assert "widen margin_um" in said

    def test_the_margin_makes_room_for_it(self):
        film = PillarFilm(outline=DISC, label=LABEL | {"place": "front", "turn_deg": None}, **PILLARS | {"margin_um": 1200.0})
        assert film.count > 50

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"text": ""}, "label.text='' must have at least 1 character"),
            ({"text": "  "}, "label.text='  ' must not be blank"),
            ({"text": "中"}, "label.text='中': the font has no '中'"),
            ({"text": 8}, "label.text=8 must be text"),
            ({"height_um": 0.0}, "label.height_um=0.0 must be greater than 0"),
            ({"height_um": 9000.0}, "label.height_um=9000: the text, "),
            ({"relief": "carved"}, "label.relief='carved' must be 'engraved' or 'raised'"),
            ({"relief_um": 75.0}, "label.relief_um=75 must be less than base_um=75"),
            ({"relief_um": 25.0004}, "label.relief_um=25.0004 must lie on the 1 nm grid"),
            ({"place": "middle"}, "label.place='middle' must be"),
            ({"at_um": (0.0, 0.0)}, "label.place='tab' and label.at_um=(0.0, 0.0): only one of the two can be given"),
            ({"place": None, "at_um": (4400.0, 2900.0)}, "does not lie within what the film has at x=4400, y=2900 µm"),
            ({"turn_deg": 400.0}, "label.turn_deg=400.0 must be less than or equal to 360"),
            ({"edge_um": -1.0}, "label.edge_um=-1.0 must be greater than or equal to 0"),
            ({"edge_um": 700.0}, "with edge_um=700, does not lie within"),
            ({"size_um": 3.0}, "label.size_um is not a known key"),
        ],
    )
    def test_wrong_values(self, changes, said):
        assert said in refusal(PlanarFilm, outline=POUCH, base_um=75.0, tab=TAB, label=LABEL | changes)

    @given(st.text(max_size=20), st.floats(-1, 1e9), st.floats(-1, 200), st.sampled_from(["front", "tab", None, "x"]))
    @trials(max_examples=60)
    def test_any_label_is_a_film_or_a_plain_refusal(self, text, height, relief, place):
        label = {"text": text, "height_um": height, "relief_um": round(relief, 3), "place": place}
        made = _made(outline=POUCH, base_um=75.0, tab=TAB, label=label)
        if isinstance(made, str):
            assert "label" in made
        else:
            assert made.dressed.letters.area_um2 > 0
            assert made.section(0.0).to_shapely(EDGE_SAGITTA_UM).is_valid

    def test_a_place_on_a_tab_needs_one(self):
        assert "label.place='tab' needs a tab" in refusal(PlanarFilm, outline=POUCH, base_um=75.0, label=LABEL)

    @given(st.floats(-3000, 3000), st.floats(-2000, 2000), st.floats(-360, 360))
    @trials(max_examples=25)
    def test_anywhere_within_it_keeps_its_area(self, x, y, turn):
        label = Label(text="A08", height_um=300.0, relief_um=25.0, at_um=(x, y), turn_deg=turn)
        dressed = Dressed(RectangleOutline(width_um=9000.0, depth_um=6000.0), 75.0, label=label)
        assert dressed.letters.area_um2 == pytest.approx(lettering("A08", 300.0).area_um2)
        assert dressed.label_box.bounds == pytest.approx(dressed.letters.bounds_um)
        unturned = Dressed(dressed.outline, 75.0, label=Label(text="A08", height_um=300.0, relief_um=25.0, at_um=(x, y)))
        assert unturned.label_box.centroid.coords[0] == pytest.approx((x, y), abs=1e-6)


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"frame": FRAME | {"width_um": 0.0}}, "frame.width_um=0.0 must be greater than 0"),
            ({"frame": FRAME | {"width_um": 4000.0}}, "frame.width_um=4000: a margin of 4000 µm leaves no room of a disc of 8000 µm"),
            ({"frame": FRAME | {"height_um": 1.0004}}, "frame.height_um=1.0004 must lie on the 1 nm grid"),
            ({"frame": {"width": 4.0}}, "frame.width is not a known key; did you mean width_um?"),
            ({"frame": 3}, "frame=3 must be a table"),
            ({"notch": NOTCH | {"depth_um": 4001.0}}, "notch.depth_um=4001 must be less than 4000, from the centre to the edge there"),
            ({"notch": NOTCH | {"at_deg": 361.0}}, "notch.at_deg=361.0 must be less than or equal to 360"),
            ({"notch": {"at_deg": 0.0}}, "notch.width_um is missing"),
            ({"tab": TAB | {"side": "top"}}, "tab.side='top' must be"),
            ({"tab": TAB | {"width_um": 8001.0}}, "tab.width_um=8001: the outline is nowhere that wide at side='right'"),
            ({"tab": TAB | {"length_um": -1.0}}, "tab.length_um=-1.0 must be greater than 0"),
            ({"tab": TAB, "notch": NOTCH | {"at_deg": 5.0}}, "notch.at_deg=5 must keep clear of the tab at side='right'"),
        ],
    )
    def test_field_value_and_law(self, changes, said):
        assert said in refusal(PlanarFilm, outline=DISC, base_um=75.0, **changes)

    def test_all_faults_at_once(self):
        said = refusal(PlanarFilm, outline=DISC, base_um=-1.0, frame=FRAME | {"width_um": -1.0}, tab={"side": "left"})
        assert {line.split("=")[0].split()[0] for line in said.splitlines()} == {
            "base_um", "frame.width_um", "tab.width_um", "tab.length_um",
        }

    @given(st.floats(1e-3, 1e5), st.floats(1e-3, 1e5), st.floats(-360, 360), st.floats(1e-3, 1e5))
    @trials(max_examples=60)
    def test_any_numbers_give_a_sound_base_or_a_plain_refusal(self, width, deep, at, frame):
        dressed = Dressed(DiscOutline(diameter_um=8000.0), 75.0)
        made = _made(
            outline=DISC, base_um=75.0, frame={"width_um": frame, "height_um": 10.0},
            notch={"at_deg": at, "width_um": width, "depth_um": deep},
        )
        if isinstance(made, str):
            assert "leaves" in made or "must" in made
        else:
            assert made.base.to_shapely(EDGE_SAGITTA_UM).is_valid
            assert 0 < made.footprint_um2 <= dressed.base.area_um2 * (1 + 1e-6)


def _made(**fields):
    """The film, or what is said instead."""
    try:
        return PlanarFilm(**fields)
    except RecipeError as fault:
        return str(fault)
