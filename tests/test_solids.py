"""Solids: the paper's figures, exact measures, only whole features, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, inf, nan, pi, sqrt

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from voxelyte.arrays.room import MAX_PLACES
from voxelyte.errors import RecipeError
from voxelyte.members import member, members
from voxelyte.printer import LayerLimits, Panel
from voxelyte.region import Part, Points, Region
from voxelyte.resin import Resin
from voxelyte.shapes import Disc, Polygon
from voxelyte.solids.f_mark import FMarkFilm
from voxelyte.solids.grid import GridFilm
from voxelyte.solids.honeycomb import HoneycombFilm
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm
from voxelyte.solids.rings import RingsFilm
from voxelyte.solids.spiral import SpiralFilm

COIN = {"shape": "disc", "diameter_um": 16_000.0}
PLATE_UM = 1920 * 62.0, 1080 * 62.0
PILLARS = {"outline": COIN, "base_um": 75.0, "diameter_um": 100.0, "height_um": 150.0, "gap_um": 200.0}
SPIRAL = {"outline": COIN, "base_um": 75.0, "width_um": 100.0, "gap_um": 200.0, "height_um": 150.0, "inner_radius_um": 300.0}
PLANAR = {"outline": COIN, "base_um": 75.0}


def rectangle(width_um, depth_um):
    return {"shape": "rectangle", "width_um": width_um, "depth_um": depth_um}


def refusal(make, **fields):
    with pytest.raises(RecipeError) as caught:
        make(**fields)
    return str(caught.value)


SMALL = {"outline": rectangle(3000.0, 2000.0), "base_um": 75.0, "height_um": 150.0, "width_um": 100.0}
FILMS = [PlanarFilm(**PLANAR), PillarFilm(**PILLARS), PillarFilm(**PILLARS | {"outline": rectangle(3000.0, 2000.0)}), SpiralFilm(**SPIRAL)]
FILMS += [SpiralFilm(**SPIRAL | {"arms": 3, "hand": "right"}), RingsFilm(**SPIRAL), GridFilm(**SMALL, gap_um=220.0)]
FILMS += [HoneycombFilm(**SMALL, cell_um=240.0, turn_deg=10.0)]


def made(make, **fields):
    """The film, or what is said instead."""
    try:
        return make(**fields)
    except RecipeError as fault:
        return str(fault)


films = pytest.mark.parametrize("film", FILMS, ids=lambda film: f"{type(film).__name__}-{film.outline.shape}")


class TestPaper:
    @pytest.mark.parametrize(
        ("diameter_um", "height_um", "fraction", "area_factor", "void_cm"),
        [
            (100, 150, 0.0873, 1.524, 0.01369),
            (200, 50, 0.196, 1.196, 0.0040),
            (200, 100, 0.196, None, None),
            (200, 150, 0.196, None, None),
            (200, 200, 0.196, 1.785, 0.0161),
            (300, 50, 0.283, 1.188, 0.0036),
            (300, 100, 0.283, None, None),
            (300, 150, 0.283, None, None),
            (300, 200, 0.283, 1.754, 0.0144),
        ],
    )
    def test_figures_of_the_endless_lattice(self, diameter_um, height_um, fraction, area_factor, void_cm):
        film = PillarFilm(**PILLARS | {"diameter_um": diameter_um, "height_um": height_um})
        assert film.cell_fraction == pytest.approx(fraction, abs=5e-4)
        if area_factor is not None:
            assert film.cell_area_factor == pytest.approx(area_factor, abs=5e-4)
            assert (1 - film.cell_fraction) * height_um * 1e-4 == pytest.approx(void_cm, abs=6e-5)  # the table's 0.0144 is 0.01435
        assert film.cell_area_factor == pytest.approx(1 + pi * diameter_um * height_um / (diameter_um + 200) ** 2, rel=1e-12)

    def test_a_film_of_whole_cells_has_the_figures_of_the_cell(self):
        film = PillarFilm(**PILLARS | {"outline": rectangle(40 * 300.0, 30 * 300.0)})
        assert film.count == 1200
        assert film.features.area_um2 / film.footprint_um2 == pytest.approx(film.cell_fraction, rel=1e-12)
        assert 1 + film.side_wall_um2 / film.footprint_um2 == pytest.approx(film.cell_area_factor, rel=1e-12)
        assert film.void_um3 / film.footprint_um2 * 1e-4 == pytest.approx(0.01369, abs=5e-6)

    def test_pillars_on_the_whole_plate(self):
        film = PillarFilm(**PILLARS | {"outline": rectangle(*PLATE_UM)})
        assert film.count == 88_531 == 397 * 223
        assert len(film.features.parts) == 1

    def test_gap_and_pitch_say_the_same(self):
        by_pitch = PillarFilm(**PILLARS | {"gap_um": None, "pitch_um": 300.0})
        assert np.array_equal(by_pitch.features.parts[0].places.at_um, FILMS[1].features.parts[0].places.at_um)


class TestSections:
    @films
    def test_half_open_in_z_and_the_same_object_in_a_slab(self, film):
        assert film.levels_um[0] == 0
        for lower, upper in pairwise(film.levels_um):
            section = film.section(lower)
            assert all(film.section(z_um) is section for z_um in (lower, (lower + upper) / 2, np.nextafter(upper, 0)))
            assert film.section(upper) is not section
        assert not film.section(film.levels_um[-1]).parts
        assert not film.section(-1e-9).parts
        assert not film.section(nan).parts

    @films
    def test_volume_is_the_sum_of_its_slabs(self, film):
        slabs = [film.section((lower + upper) / 2).area_um2 * (upper - lower) for lower, upper in pairwise(film.levels_um)]
        assert film.volume_um3 == pytest.approx(sum(slabs), rel=1e-12)
        whole = film.footprint_um2 * film.levels_um[-1]
        assert film.volume_um3 + film.void_um3 == pytest.approx(whole, rel=1e-12)

    @films
    def test_bounds_hold_every_section(self, film):
        x0, y0, z0, x1, y1, z1 = film.bounds_um
        assert (z0, z1) == (0, film.levels_um[-1])
        for z_um in film.levels_um[:-1]:
            left, front, right, back = film.section(z_um).bounds_um
            assert x0 <= left < right <= x1
            assert y0 <= front < back <= y1

    @films
    def test_regions_agree_with_their_polygons(self, film):
        for z_um in film.levels_um[:-1]:
            section = film.section(z_um)
            polygons = section.to_shapely(0.05)
            assert polygons.area == pytest.approx(section.area_um2, abs=section.perimeter_um * 0.05)
            assert polygons.length == pytest.approx(section.perimeter_um, rel=1e-3)
            assert len(polygons.geoms) == section.count

    @given(st.integers(1, 10**6), st.integers(1, 10**6))
    def test_levels_are_exact(self, base_nm, height_nm):
        film = PillarFilm(**PILLARS | {"base_um": base_nm / 1000, "height_um": height_nm / 1000})
        assert film.levels_um == (0.0, base_nm / 1000, (base_nm + height_nm) / 1000)


sizes = st.integers(300, 12_000).map(lambda n: n / 4)
lengths = st.integers(4, 1200).map(lambda n: n / 4)


class TestWholePillars:
    @given(sizes, sizes, lengths, lengths, st.integers(0, 400).map(lambda n: n / 4))
    def test_as_many_as_fit_a_rectangle_each_way(self, width, depth, diameter, gap, margin):
        room = [size - 2 * margin for size in (width, depth)]
        fields = {"outline": rectangle(width, depth), "diameter_um": diameter, "gap_um": gap, "margin_um": margin}
        if min(room) < diameter:
            assert "no whole pillar fits the outline" in refusal(PillarFilm, **PILLARS | fields)
            return
        film = PillarFilm(**PILLARS | fields)
        places = film.features.parts[0].places
        wanted = [1 + int((size - diameter) // (diameter + gap)) for size in room]
        assert [len(places.x_um), len(places.y_um)] == wanted
        assert film.count == wanted[0] * wanted[1]
        for axis, size in zip(places.at_um.T, room, strict=True):
            assert abs(axis).max() + diameter / 2 <= size / 2 * (1 + 1e-9)
            assert axis.max() == pytest.approx(-axis.min(), abs=1e-9)

    @given(sizes, lengths, lengths, st.integers(0, 400).map(lambda n: n / 4))
    def test_all_of_a_lattice_that_lie_within_a_disc(self, across, diameter, gap, margin):
        fields = {"outline": {"shape": "disc", "diameter_um": across}, "diameter_um": diameter, "gap_um": gap, "margin_um": margin}
        room = across / 2 - margin - diameter / 2
        if room < 0:
            assert "no whole pillar fits the outline" in refusal(PillarFilm, **PILLARS | fields)
            return
        film = made(PillarFilm, **PILLARS | fields)
        if isinstance(film, str):  # an even number of columns has no pillar in the middle
            assert room < hypot(diameter + gap, diameter + gap) / 2
            return
        at = film.features.parts[0].places.at_um
        assert np.hypot(*at.T).max() <= room * (1 + 1e-9)
        # No crossing of the lattice, continued beyond its ends, that lies within is left out.
        columns = 1 + int((across - 2 * margin - diameter) // (diameter + gap))
        axis = (np.arange(-2, columns + 2) - (columns - 1) / 2) * (diameter + gap)
        assert (np.hypot(axis[:, None], axis[None, :]) <= room * (1 - 1e-9)).sum() <= film.count

    @given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 10**5), st.integers(1, 10**5))
    def test_touching_the_edge_is_whole(self, columns, rows, diameter_nm, gap_nm):
        """Sizes that are sums of decimals fit as exactly as on paper."""
        width, depth = ((n * diameter_nm + (n - 1) * gap_nm) / 1000 for n in (columns, rows))
        fields = {"outline": rectangle(width, depth), "diameter_um": diameter_nm / 1000, "gap_um": gap_nm / 1000}
        assert PillarFilm(**PILLARS | fields).count == columns * rows

    def test_pillars_stand_apart_by_the_gap(self):
        pillars = FILMS[2].features.to_shapely(0.001)
        apart = [a.distance(b) for a, b in pairwise(pillars.geoms)]
        assert min(apart) == pytest.approx(200, abs=0.01)


class TestShapes:
    @given(st.floats(1e-3, 1e5), st.floats(1e-4, 10))
    def test_a_discs_ring_keeps_area_and_sagitta(self, radius, sagitta):
        ring = Disc(radius).rings(sagitta)[0]
        step = np.roll(ring, -1, axis=0) - ring
        area = (ring[:, 0] * step[:, 1] - ring[:, 1] * step[:, 0]).sum() / 2
        assert area == pytest.approx(Disc(radius).area_um2, rel=1e-9)
        reach = np.hypot(*ring[0])
        assert reach - radius <= sagitta * (1 + 1e-6)
        if len(ring) > 8:
            assert radius - reach * cos(pi / len(ring)) <= sagitta * (1 + 1e-6)
        assert np.allclose(ring.mean(axis=0), 0, atol=1e-9 * radius)


    @given(st.lists(st.floats(0.3, 0.95), min_size=1, max_size=6), st.floats(-50, 50), st.floats(-50, 50))
    def test_rings_within_rings_are_pieces_with_their_own_holes(self, shares, x_um, y_um):
        """Solid, hole, an island in the hole, a hole in the island, and so on; and all of it at two places."""
        radii = np.cumprod([100.0, *shares])
        circle = Disc(1.0).rings(0.01)[0]
        nested = Polygon(tuple(radius * circle[:: -1 if n % 2 else 1] for n, radius in enumerate(radii)))
        region = Region((Part(nested, Points(np.array([[x_um, y_um], [x_um + 300, y_um]]))),))
        polygons = region.to_shapely(0.01)
        assert polygons.is_valid
        assert len(polygons.geoms) == 2 * -(-len(radii) // 2)
        assert polygons.area == pytest.approx(region.area_um2, rel=1e-9)
        assert polygons.length == pytest.approx(region.perimeter_um, rel=1e-9)
        assert polygons.bounds == pytest.approx(region.bounds_um)


class TestSpiral:
    @pytest.mark.parametrize("sagitta_um", [1.0, 0.1, 0.01])
    @pytest.mark.parametrize("changes", [{}, {"width_um": 40.0, "gap_um": 25.0}, {"inner_radius_um": 90.0, "outer_radius_um": 2000.0}])
    def test_rings_converge_to_the_closed_forms(self, changes, sagitta_um):
        film = SpiralFilm(**SPIRAL | changes)
        wall = film.features.parts[0].shape
        ring = shapely.Polygon(wall.rings(sagitta_um)[0])
        assert ring.is_valid
        assert ring.exterior.is_ccw
        assert abs(ring.area - wall.area_um2) <= wall.perimeter_um * sagitta_um
        # A chord of sagitta s and length c is shorter than its arc by 8 s² / 3 c, so by less than a share of (s / r)^1/2.
        assert 0 <= 1 - ring.length / wall.perimeter_um < sagitta_um / film.inner_radius_um

    @pytest.mark.parametrize("changes", [{}, {"inner_radius_um": 100.0}, {"margin_um": 250.0}, {"outer_radius_um": 3210.0}])
    def test_lies_between_its_radii_and_reaches_both(self, changes):
        film = SpiralFilm(**SPIRAL | changes)
        radius = np.hypot(*film.features.parts[0].shape.rings(0.01)[0].T)
        outer = changes.get("outer_radius_um", 8000 - changes.get("margin_um", 0))
        assert radius.min() >= film.inner_radius_um - 0.02
        assert radius.max() <= outer + 0.02
        assert film.bounds_um[3] == 8000
        assert (radius.max(), radius.min()) == pytest.approx((outer, film.inner_radius_um), rel=0.07)

    @pytest.mark.parametrize("sagitta_um", [2.0, 0.2])
    @pytest.mark.parametrize("changes", [{}, {"width_um": 12.0, "gap_um": 400.0}, {"width_um": 250.0, "gap_um": 20.0}])
    def test_chords_keep_the_sagitta(self, changes, sagitta_um):
        """The middle of every chord against a band drawn forty times finer."""
        wall = SpiralFilm(**SPIRAL | {"outer_radius_um": 2500.0} | changes).features.parts[0].shape
        fine = shapely.LinearRing(wall.rings(sagitta_um / 40)[0])
        ring = wall.rings(sagitta_um)[0]
        middles = shapely.points((ring + np.roll(ring, -1, axis=0)) / 2)
        shapely.prepare(fine)
        assert shapely.distance(middles, fine).max() <= sagitta_um * 1.05

    @pytest.mark.parametrize("inner_radius_um", [120.0, 300.0, 2000.0])
    def test_turns_keep_their_gap(self, inner_radius_um):
        film = SpiralFilm(**SPIRAL | {"inner_radius_um": inner_radius_um, "outer_radius_um": inner_radius_um + 1700})
        wall = film.features.parts[0].shape
        ring = wall.rings(0.01)[0]
        half = len(ring) // 2
        outer, inner = ring[:half], ring[half:][::-1]
        turn = np.hypot(*((outer + inner) / 2).T) / wall.b_um
        for start in np.arange(turn[0], turn[-1] - 4 * pi, pi):
            this = shapely.LineString(outer[(turn >= start) & (turn <= start + pi)])
            following = shapely.LineString(inner[(turn >= start + 1.5 * pi) & (turn <= start + 3.5 * pi)])
            # Turns lie `spacing` apart along the radius, so nearer by the cosine of their slope at right angles.
            least = film.spacing_um * start / sqrt(1 + start * start) - film.width_um
            assert least - 0.05 <= this.distance(following) <= film.gap_um + 0.05

    @given(st.integers(5, 300), st.integers(1, 100), st.floats(0.01, 300))
    def test_what_is_not_refused_never_touches_itself(self, width_um, gap_um, inner_radius_um):
        sizes = {"width_um": width_um, "gap_um": gap_um, "inner_radius_um": inner_radius_um}
        film = made(SpiralFilm, **SPIRAL | sizes | {"outer_radius_um": inner_radius_um + 3 * width_um + 2 * gap_um})
        if isinstance(film, str):
            assert "would overlap itself" in film
        else:
            assert shapely.Polygon(film.features.parts[0].shape.rings(0.005)[0]).is_valid

    def test_side_wall_is_both_edges_and_both_ends(self):
        film = FILMS[3]
        wall = film.features.parts[0].shape
        assert film.side_wall_um2 == pytest.approx((2 * wall.length_um + 2 * film.width_um) * film.height_um, rel=1e-12)
        assert film.features.area_um2 == pytest.approx(wall.length_um * film.width_um, rel=1e-12)


TINY = (5e-324, 1e-323, 1e-300, 1e-9, 0.000999)
LENGTHS = [(PillarFilm, PILLARS, key) for key in ("base_um", "diameter_um", "height_um", "gap_um", "outline.diameter_um")]
LENGTHS += [(SpiralFilm, SPIRAL, key) for key in ("base_um", "width_um", "gap_um", "height_um", "inner_radius_um")]
LENGTHS += [(PlanarFilm, PLANAR, "base_um")]
lengths_of_films = pytest.mark.parametrize(("make", "fields", "key"), LENGTHS)


def changed(fields, key, value):
    if key.startswith("outline."):
        return fields | {"outline": fields["outline"] | {key.removeprefix("outline."): value}}
    return fields | {key: value}


class TestRefusals:
    @lengths_of_films
    @pytest.mark.parametrize(
        ("value", "law"),
        [
            (0, "must be greater than 0"),
            (-1, "must be greater than 0"),
            (nan, "must be a finite number"),
            (inf, "must be a finite number"),
            (2e9, "must be less than or equal to 1000000000"),
            ("75", "must be a number"),
            (True, "must be a number"),
            *((tiny, "must be at least 0.001 µm (1 nm)") for tiny in TINY),
        ],
    )
    def test_lengths(self, make, fields, key, value, law):
        assert f"{key}={value!r} {law}" in refusal(make, **changed(fields, key, value))

    @given(*[st.sampled_from([*TINY, 0.001, 1.0, 100.0, 1e9]) | st.floats(5e-324, 1e9) for _ in range(5)], st.booleans())
    def test_any_numbers_give_a_film_or_a_plain_refusal(self, diameter, between, height, margin, across, is_gap):
        """A film's count of pillars is bounded before they are placed."""
        fields = {"diameter_um": diameter, "height_um": height, "gap_um" if is_gap else "pitch_um": between, "margin_um": margin}
        for outline in ({"shape": "disc", "diameter_um": across}, rectangle(across, 1.0)):
            film = made(PillarFilm, outline=outline, base_um=75.0, **fields)
            if isinstance(film, str):
                assert "must" in film or "no whole pillar" in film
            else:
                assert 0 < film.count <= MAX_PLACES

    @given(*[st.sampled_from([*TINY, 0.001, 1.0, 1e9]) | st.floats(5e-324, 1e9) for _ in range(4)])
    def test_any_numbers_give_a_spiral_or_a_plain_refusal(self, width, gap, inner, outer):
        sizes = {"width_um": width, "gap_um": gap, "inner_radius_um": inner, "outer_radius_um": outer}
        film = made(SpiralFilm, **SPIRAL | sizes)
        if isinstance(film, str):
            assert "must" in film or "would overlap" in film or "gives more than" in film
        else:
            assert 0 < film.features.area_um2 < film.footprint_um2

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"pitch_um": 300.0}, "gap_um=200.0 and pitch_um=300.0: exactly one of the two must be given"),
            ({"gap_um": None}, "gap_um=None and pitch_um=None: exactly one of the two must be given"),
            ({"gap_um": None, "pitch_um": 100.0}, "pitch_um=100 must exceed diameter_um=100"),
            ({"gap_um": None, "pitch_um": 99.0}, "pitch_um=99 must exceed diameter_um=100"),
            ({"margin_um": 7951.0}, "diameter_um=100 with margin_um=7951: no whole pillar fits the outline"),
            ({"margin_um": 1e9}, "margin_um=1e+09: no whole pillar fits the outline"),
            ({"margin_um": -1.0}, "margin_um=-1.0 must be greater than or equal to 0"),
            ({"diameter_um": 16_001.0}, "diameter_um=16001 with margin_um=0: no whole pillar fits the outline"),
            ({"diameter_um": 0.001, "gap_um": 0.001}, f"pillars; must not exceed {MAX_PLACES}"),
            ({"height_um": 150.0004}, "height_um=150.0004 must lie on the 1 nm grid"),
            ({"base_um": 75.0004}, "base_um=75.0004 must lie on the 1 nm grid"),
            ({"heigth_um": 3.0}, "heigth_um is not a known key; did you mean height_um?"),
            ({"pitch": 3.0}, "pitch is not a known key; did you mean pitch_um?"),
            ({"outline": {"shape": "plate"}}, "outline.shape='plate' needs a printer"),
            ({"outline": COIN | {"radius_um": 3.0}}, "outline.radius_um is not a known key"),
        ],
    )
    def test_pillars(self, changes, said):
        assert said in refusal(PillarFilm, **PILLARS | changes)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"outer_radius_um": 8000.1}, "outer_radius_um=8000.1 must not exceed 8000, the largest circle within margin and outline"),
            ({"outer_radius_um": 8000.0, "margin_um": 1.0}, "outer_radius_um=8000 must not exceed 7999"),
            ({"outer_radius_um": 399.0}, "outer_radius_um=399 must be at least inner_radius_um=300 + width_um=100"),
            ({"inner_radius_um": 7901.0}, "outer_radius_um=8000 must be at least inner_radius_um=7901 + width_um=100"),
            ({"margin_um": 7700.0}, "outer_radius_um=300 must be at least inner_radius_um=300 + width_um=100"),
            ({"inner_radius_um": 1.0, "gap_um": 5.0}, "inner_radius_um=1 is too small: a wall of width_um=100 would overlap itself there"),
            ({"width_um": 0.1, "gap_um": 0.1}, "width_um + gap_um=0.2 gives more than 20000 turns"),
            ({"outline": rectangle(9000.0, 700.0)}, "outer_radius_um=350 must be at least inner_radius_um=300"),
            ({"inner_radius": 300.0}, "inner_radius is not a known key; did you mean inner_radius_um?"),
        ],
    )
    def test_spirals(self, changes, said):
        assert said in refusal(SpiralFilm, **SPIRAL | changes)

    def test_all_faults_at_once(self):
        said = refusal(PillarFilm, outline=COIN, base_um=-1.0, diameter_um=nan, heigth_um=1.0)
        assert {line.split("=")[0].split()[0] for line in said.splitlines()} == {"base_um", "diameter_um", "height_um", "heigth_um"}

    @pytest.mark.parametrize(
        ("make", "fields"),
        [
            (Panel, {"width_px": 4, "height_px": 4, "pitch_x_um": 1e-300, "pitch_y_um": 1.0}),
            (LayerLimits, {"min_um": 1.0, "max_um": 2.0, "step_um": 1e-9}),
            (Resin, {"name": "a", "title": "b", "exposure_s": 1.0, "layer_um": 1e-9}),
        ],
    )
    def test_profiles_too_have_no_length_below_the_grid(self, make, fields):
        assert "must be at least 0.001 µm (1 nm)" in refusal(make, **fields)

    @films
    def test_values_are_frozen(self, film):
        with pytest.raises(ValueError, match="frozen"):
            film.base_um = 1.0


def test_the_solids_are_the_files():
    assert {"pillars", "planar", "spiral"} <= set(members("solids"))
    assert [member("solids", name).feature for name in ("planar", "pillars", "spiral")] == ["", "pillars", "spiral walls"]


class TestFMark:
    """The letter has no symmetry: no turn and no mirror but the identity gives it back."""

    FILM = FMarkFilm(outline=COIN, base_um=100.0, size_um=10_000.0, height_um=100.0)

    def test_area_is_eight_strokes_and_it_lies_in_the_middle(self):
        assert self.FILM.features.area_um2 == pytest.approx(8 * 2_000.0**2)
        assert self.FILM.features.bounds_um == (-3_000.0, -5_000.0, 3_000.0, 5_000.0)

    def test_stem_at_the_left_and_long_bar_at_the_back(self):
        letter = self.FILM.features.to_shapely(1.0)
        for x, y, lit in [(-2, -4, True), (2, -4, False), (2, 4, True), (2, 0, False), (0, 0, True), (-2, 4, True)]:
            assert letter.contains(shapely.Point(x * 1000, y * 1000)) == lit

    def test_no_mirror_and_no_turn_is_the_letter(self):
        letter = self.FILM.features.to_shapely(1.0)
        turns = [shapely.affinity.rotate(letter, angle, origin=(0, 0)) for angle in (0, 90, 180, 270)]
        mirrored = [shapely.affinity.scale(one, -1, 1, origin=(0, 0)) for one in turns]
        assert [one.symmetric_difference(letter).area < 1 for one in turns + mirrored] == [True] + [False] * 7

    def test_a_letter_outside_the_outline_is_refused(self):
        said = refusal(FMarkFilm, outline=COIN, base_um=75.0, size_um=16_000.0, height_um=50.0)
        assert "size_um=16000: the letter must lie within the outline" in said
