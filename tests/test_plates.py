"""Plates: films are packed apart and on the plate, share layers and parts, and are what they are alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import inf, nan, pi
from typing import ClassVar

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plates_made import PANEL, PITCH_UM, disc, pillars, planar, printer, resin, row_of

from voxelyte import (
    Disc,
    Lattice,
    Part,
    Placed,
    Plate,
    Points,
    Polygon,
    RecipeError,
    Rectangle,
    Region,
    SpiralFilm,
    Wish,
    coverage,
    slice_solid,
)
from voxelyte.gathering import gathered
from voxelyte.region import EMPTY
from voxelyte.shapes import Mirrored, mirrored
from voxelyte.solids._packing import Room

SPIRAL = SpiralFilm(outline=disc(2600.0), base_um=75.0, width_um=100.0, gap_um=200.0, height_um=150.0, inner_radius_um=300.0)
TRIANGLE = Polygon((np.array([[-90.0, -40.0], [110.0, -50.0], [20.0, 120.0]]),))
SHAPES = [Disc(75.0), Rectangle(120.0, 70.0), TRIANGLE, SPIRAL.wall]
LATTICE = Lattice(np.arange(3) * 300.0 - 280, np.arange(2) * 250.0 - 100, np.array([[True, False, True], [True, True, False]]))
POINTS = Points(np.array([[-200.0, 30.0], [250.0, -120.0]]))
SCALED = Points(POINTS.at_um, np.array([0.5, 1.5]))
PLACES = [LATTICE, POINTS, SCALED, Part(Disc(1.0)).places]


def refusal(make, *arguments, **fields):
    with pytest.raises(RecipeError) as caught:
        make(*arguments, **fields)
    return str(caught.value)


class TestMirrored:
    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
    def test_shapes_keep_their_measures_and_twice_is_the_same(self, shape):
        image = mirrored(shape)
        assert (image.area_um2, image.perimeter_um, image.pieces) == pytest.approx((shape.area_um2, shape.perimeter_um, shape.pieces))
        x0, y0, x1, y1 = shape.bounds_um
        assert image.bounds_um == (-x1, y0, -x0, y1)
        for there, back in zip(shape.rings(0.5), mirrored(image).rings(0.5), strict=True):
            assert np.array_equal(there, back)
        assert all(shapely.LinearRing(ring).is_ccw for ring in image.rings(0.5))

    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
    @pytest.mark.parametrize("places", PLACES, ids=["lattice", "points", "scaled", "origin"])
    def test_a_mirrored_region_lights_the_mirrored_pixels(self, shape, places):
        region = Region((Part(shape, places),)).moved(1234.5, -321.25)
        here, there = coverage(region, PANEL), coverage(region.mirrored(), PANEL)
        assert np.allclose(there, here[:, ::-1], atol=1e-9)

    def test_a_spiral_winds_the_other_way(self):
        image = mirrored(SPIRAL.wall)
        assert isinstance(image, Mirrored)
        turn = [np.unwrap(np.arctan2(*one.rings(0.5)[0].T[::-1])) for one in (SPIRAL.wall, image)]
        half = len(turn[0]) // 2
        assert turn[0][half - 1] - turn[0][0] > 2 * pi
        # Out along the other edge of a band whose ring runs the other way round: the angle falls on the way out.
        out = image.rings(0.5)[0][half:][::-1] if np.hypot(*image.rings(0.5)[0][0]) > 1000 else image.rings(0.5)[0][:half]
        assert np.diff(np.unwrap(np.arctan2(out[:, 1], out[:, 0]))).sum() < -2 * pi


offsets = st.lists(st.tuples(st.integers(-4, 4), st.integers(-2, 2)), min_size=1, max_size=12, unique=True)


class TestGathering:
    """Equal parts at many places are few parts, and light what they would alone."""

    @given(offsets, st.sampled_from(SHAPES[:3]), st.sampled_from(PLACES), st.sampled_from([1400.0, 1433.3]))
    def test_area_count_bounds_and_pixels_are_those_of_the_parts(self, at, shape, places, apart_um):
        region = Region((Part(shape, places),))
        placed = [(region, (x * apart_um, y * apart_um)) for x, y in at]
        whole, alone = gathered(placed), [one.moved(*offset) for one, offset in placed]
        assert whole.area_um2 == pytest.approx(sum(one.area_um2 for one in alone))
        assert whole.count == sum(one.count for one in alone)
        boxes = np.array([one.bounds_um for one in alone])
        assert whole.bounds_um == pytest.approx((*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)))
        assert np.allclose(coverage(whole, PANEL), sum(coverage(one, PANEL) for one in alone), atol=1e-9)

    @given(offsets)
    def test_columns_and_rows_are_one_lattice(self, at):
        columns, rows = len({x for x, _ in at}), len({y for _, y in at})
        whole = gathered([(Region((Part(Disc(75.0), LATTICE),)), (x * 1400.0, y * 1400.0)) for x, y in at])
        assert len(whole.parts) == 1
        assert isinstance(whole.parts[0].places, Lattice) == (len(at) == 1 or columns * rows <= 4 * len(at))

    def test_lattices_that_reach_into_each_other_are_told_apart(self):
        at = [(0.0, 0.0), (400.0, 700.0), (800.0, 0.0)]
        region = Region((Part(Rectangle(20.0, 20.0), LATTICE),))
        whole = gathered([(region, one) for one in at])
        assert len(whole.parts) == 3
        assert whole.area_um2 == pytest.approx(3 * region.area_um2)

    def test_a_hundred_equal_films_are_one_part(self):
        film = pillars(outline=disc(900.0))
        plate = Plate(tuple(Placed(film, x * 1024.0, y * 1024.0, f"{x} {y}") for x in range(-5, 5) for y in range(-5, 5)))
        assert [len(plate.section(z_um).parts) for z_um in (0.0, 100.0)] == [1, 1]
        assert plate.section(100.0).count == 100 * film.count

    def test_equal_polygons_are_one_part_whoever_made_them(self):
        again = Polygon(tuple(ring.copy() for ring in TRIANGLE.boundary))
        whole = gathered([(Region((Part(TRIANGLE),)), (0.0, 0.0)), (Region((Part(again),)), (500.0, 0.0))])
        assert [part.places.count for part in whole.parts] == [2]

    def test_films_of_equal_feet_and_other_heights_share_parts(self):
        plate = row_of([pillars(height_um=50.0), pillars(height_um=100.0), pillars(height_um=150.0)])
        assert [len(plate.section(z_um).parts) for z_um in (0.0, 80.0, 160.0, 210.0)] == [1, 1, 1, 1]


class TestPacking:
    @given(
        st.lists(st.tuples(*[st.integers(1, 40).map(lambda n: n * 31.0)] * 4), min_size=1, max_size=30),
        st.integers(0, 400), st.integers(0, 300), st.sampled_from([None, (64.0, 64.0), (64.0, 48.0)]),
        st.none() | st.integers(1, 6), st.integers(0, 1),
    )
    def test_never_overlaps_never_leaves_the_plate_and_keeps_its_gap(self, reaches, gap_um, edge_um, step, columns, odd):
        size = (200 - odd) * 64.0, (150 - odd) * 48.0
        boxes = [(-left, -front, right, back) for left, front, right, back in reaches]
        found = Room(size, gap_um, edge_um, step).packed(boxes, columns)
        if found is None:
            return
        at = [(x + b[0], y + b[1], x + b[2], y + b[3]) for (x, y), b in zip(found, boxes, strict=True)]
        for x0, y0, x1, y1 in at:
            assert max(-x0, x1) <= size[0] / 2 - edge_um + 1e-3
            assert max(-y0, y1) <= size[1] / 2 - edge_um + 1e-3
        for a, b in combinations(at, 2):
            apart = max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3])
            assert apart >= gap_um - 1e-3
        if step is not None:
            for axis in (0, 1):
                whole = np.array(found)[:, axis] / step[axis]
                assert np.allclose(whole, np.rint(whole), atol=1e-9)
        if columns is not None:
            rows = [y for _, y in found]
            assert max(rows.count(y) for y in set(rows)) <= columns or len(set(rows)) == 1

    @given(st.integers(50, 4000), st.integers(50, 4000), st.integers(0, 500), st.integers(0, 500), st.sampled_from([None, (64.0, 64.0)]))
    def test_as_many_as_fit_fit_and_one_more_does_not(self, width, depth, gap_um, edge_um, step):
        room, box = Room(PANEL.size_um, gap_um, edge_um, step), (-width / 2, -depth / 2, width / 2, depth / 2)
        most = room.most(box)
        assume(most <= 2000)
        assert most == 0 or len(room.packed([box] * most)) == most
        assert room.packed([box] * (most + 1)) is None
        inner = [size - 2 * edge_um for size in PANEL.size_um]
        if step is None:
            wanted = [int((size + gap_um + 1e-6) // (own + gap_um)) for size, own in zip(inner, (width, depth), strict=True)]
            assert most == max(0, wanted[0]) * max(0, wanted[1])

    def test_order_runs_from_the_back_left_row_by_row(self):
        found = Room((1000.0, 1000.0), 0.0, 0.0).packed([(-100.0, -100.0, 100.0, 100.0)] * 7, columns=3)
        assert found[:4] == [(-200.0, 200.0), (0.0, 200.0), (200.0, 200.0), (-200.0, 0.0)]

    def test_equal_films_are_shared_evenly_among_the_rows(self):
        found = Room((1000.0, 1000.0), 0.0, 0.0).packed([(-100.0, -100.0, 100.0, 100.0)] * 6)
        assert [y for _, y in found] == [100.0] * 3 + [-100.0] * 3


films = st.builds(
    pillars,
    base_um=st.sampled_from([50.0, 75.0, 100.0]), height_um=st.sampled_from([50.0, 60.0, 150.0]),
    diameter_um=st.sampled_from([100.0, 150.0]),
    outline=st.sampled_from([disc(), disc(1500.0), {"shape": "rectangle", "width_um": 1800.0, "depth_um": 1300.0}]),
) | st.builds(planar, base_um=st.sampled_from([40.0, 75.0, 210.0]))
wishes = st.builds(Wish, st.integers(100, 20_000).map(lambda ms: ms / 1000)) | st.builds(Wish, factor=st.sampled_from([0.5, 1.0, 1.5]))


class TestSections:
    @given(st.lists(films, min_size=1, max_size=4))
    def test_levels_are_the_union_and_areas_the_sum(self, made):
        plate = row_of(made)
        assert set(plate.levels_um) == {level for film in made for level in film.levels_um}
        assert list(plate.levels_um) == sorted(plate.levels_um)
        for low, high in pairwise(plate.levels_um):
            section = plate.section(low)
            assert all(plate.section(z_um) is section for z_um in ((low + high) / 2, np.nextafter(high, 0)))
            assert section.area_um2 == pytest.approx(sum(film.section(low).area_um2 for film in made), rel=1e-12)
            assert section.count == sum(film.section(low).count for film in made)
        assert not plate.section(plate.levels_um[-1]).parts
        assert not plate.section(nan).parts
        for measure in ("volume_um3", "footprint_um2", "side_wall_um2", "void_um3", "count"):
            assert getattr(plate, measure) == pytest.approx(sum(getattr(film, measure) for film in made), rel=1e-12)

    @given(st.lists(st.tuples(films, wishes), min_size=1, max_size=4))
    def test_each_film_has_its_wish_at_every_height(self, made):
        plate = row_of([film for film, _ in made], wishes=[wish for _, wish in made])
        for z_um in plate.levels_um[:-1]:
            there = [(film, wish) for film, wish in made if film.section(z_um).parts]
            assert plate.wishes(z_um) == {wish for _, wish in there}
            areas = {wish: plate.wanting(z_um, frozenset({wish})).area_um2 for wish in plate.wishes(z_um)}
            for wish, area in areas.items():
                assert area == pytest.approx(sum(film.section(z_um).area_um2 for film, own in there if own == wish))

    @settings(max_examples=25)
    @given(st.lists(films, min_size=1, max_size=4), st.booleans())
    def test_a_film_on_whole_pixels_is_drawn_as_it_is_alone(self, made, binary):
        """Pixel for pixel, in every layer of the plate: the same section, elsewhere."""
        panel = PANEL.model_copy(update={"grey_levels": 2 if binary else 256})
        machine, plate = printer(panel=panel), row_of(made)
        job = slice_solid(plate, machine, resin())
        for index, layer in enumerate(job.layers):
            shown, alone = layer.exposures[0].mask.pixels(), np.zeros((PANEL.height_px, PANEL.width_px), np.uint8)
            for film in plate.films:
                own = slice_solid(film.solid, machine, resin(), layering=_cut(film.solid, job)).layers
                if index < len(own):
                    alone |= np.roll(own[index].exposures[0].mask.pixels(), round(film.x_um / PITCH_UM), axis=1)
            assert np.array_equal(shown, alone)


def _cut(film, job):
    """The plate's layers, as far as the film reaches."""
    return [layer.thickness_um for layer in job.layers if layer.z_um <= film.levels_um[-1]]


@dataclass(frozen=True, eq=False)
class Cone:
    """A disc that shrinks on the way up, on a disc: its sections are made anew at every height."""

    feature: ClassVar[str] = "cones"
    levels_um: tuple[float, ...] = (0.0, 50.0, 150.0)
    bounds_um: tuple[float, ...] = (-500.0, -500.0, 0.0, 500.0, 500.0, 150.0)
    notes: tuple[str, ...] = ()
    base: Region = field(default_factory=lambda: Region((Part(Disc(500.0)),)))

    def steady(self, z_um):
        return not 50.0 <= z_um < 150.0

    def section(self, z_um):
        if not 0 <= z_um < 150:
            return EMPTY
        return self.base if z_um < 50 else Region((Part(Disc(500.0 - 2 * z_um)),))


class TestUnsteady:
    """Films whose sections change within a slab, beside others."""

    def test_each_layer_has_masks_of_its_own(self):
        plate = row_of([Cone(), pillars(base_um=50.0, height_um=100.0)], 30, [Wish(7.0)])
        assert [plate.steady(z_um) for z_um in (25.0, 75.0)] == [True, False]
        job = slice_solid(plate, printer(), resin(layer_um=25.0))
        assert [len(layer.exposures) for layer in job.layers] == [2] * 6
        for layer in job.layers:
            film = plate.films[0]
            wanted = film.solid.section(layer.z_um - layer.thickness_um / 2).moved(film.x_um, film.y_um).area_um2
            assert layer.exposures[1].mask.section.area_um2 == pytest.approx(wanted)
            assert layer.exposures[1].exposure_s == 1.0
        top, below = (layer.exposures[1].mask for layer in (job.layers[5], job.layers[4]))
        assert top.pixels().sum() < below.pixels().sum()

    def test_are_not_united(self):
        made = Placed(Cone(), 0.0, 0.0, "a"), Placed(Cone(), 300.0, 0.0, "b")
        assert "their sections must not change between two heights" in refusal(Plate, made, merge=True)


class TestRefusals:
    @pytest.mark.parametrize(
        ("placed", "said"),
        [
            ([], "films of a plate must be one or more"),
            ([(0, 0, "a"), (1999, 0, "b")], "films 'a' and 'b' overlap at x=1000 y=0 µm; merge = true unites films"),
            ([(0, 0, "a"), (1999, -0.4, "b")], "films 'a' and 'b' overlap at x=1000 y=0 µm"),
            ([(0, 0, "a"), (5000, 0, "a")], "label='a' is that of films 1 and 2"),
            ([(nan, 0, "a")], "x_um=nan of film 'a' must be -1e9 to 1e9"),
            ([(0, inf, "a")], "y_um=inf of film 'a' must be -1e9 to 1e9"),
            ([(0, 0, "")], "label='' must be 1 to 100 printable characters"),
            ([(0, 0, "a\nb")], "label='a\\nb' must be 1 to 100 printable characters"),
        ],
    )
    def test_names_films_and_place(self, placed, said):
        film = planar()
        assert said in refusal(lambda: Plate(tuple(Placed(film, x, y, label) for x, y, label in placed)))

    @given(st.integers(0, 4000), st.integers(0, 4000))
    def test_discs_overlap_exactly_where_they_do(self, x_um, y_um):
        made = Placed(planar(), 0.0, 0.0, "a"), Placed(planar(), float(x_um), float(y_um), "b")
        apart = np.hypot(x_um, y_um)
        assume(abs(apart - 2000) > 0.5)
        if apart > 2000:
            assert len(Plate(made).films) == 2
        else:
            said = refusal(Plate, made)
            x, y = (float(part.split("=")[1].split()[0]) for part in said.split(" overlap at ")[1].split(" µm")[0].split(" "))
            assert max(np.hypot(x, y), np.hypot(x - x_um, y - y_um)) <= 1001

    def test_touching_films_do_not_overlap(self):
        assert len(row_of([planar(outline=disc(64.0 * 30)), planar(outline=disc(64.0 * 30))], 30).films) == 2

    def test_only_the_first_of_many_overlaps_are_told(self):
        said = refusal(row_of, [planar()] * 30, 5)
        assert len(said.splitlines()) == 11
        assert said.endswith("more of the kind")

    def test_a_film_beyond_the_edge_is_named(self):
        plate = row_of([planar(), planar()], 180)
        said = refusal(plate.refuse_beyond, PANEL.size_um)
        assert "film '1' at (-5760, 0) µm reaches 6760 µm in x; the plate ends at 6400" in said

    @pytest.mark.parametrize(
        ("wish", "said"),
        [
            ({"exposure_s": 0.0}, "exposure_s=0.0 must be above 0"),
            ({"exposure_s": nan}, "exposure_s=nan must be above 0"),
            ({"exposure_s": 1.0005}, "exposure_s=1.0005 must be whole milliseconds"),
            ({"exposure_s": 0.0001}, "exposure_s=0.0001 must be whole milliseconds"),
            ({"factor": 0.0}, "exposure_factor=0.0 must be above 0"),
            ({"factor": inf}, "exposure_factor=inf must be above 0"),
            ({"exposure_s": 2.0, "factor": 2.0}, "only one of the two can be given"),
        ],
    )
    def test_wishes(self, wish, said):
        assert said in refusal(Wish, **wish)


class TestMerge:
    @settings(max_examples=40)
    @given(st.integers(0, 2500), st.integers(0, 2500))
    def test_overlapping_films_are_their_union(self, x_um, y_um):
        film = pillars(gap_um=500.0)
        made = tuple(Placed(film, *at, label) for at, label in (((0.0, 0.0), "a"), ((float(x_um), float(y_um)), "b")))
        plate = Plate(made, merge=True)
        for z_um in (0.0, 100.0):
            figures = [film.section(z_um).moved(one.x_um, one.y_um).to_shapely(0.02) for one in made]
            wanted = shapely.union_all([piece for figure in figures for piece in figure.geoms])
            assert plate.section(z_um).area_um2 == pytest.approx(wanted.area, rel=1e-4)
        whole = plate.footprint_um2 * plate.levels_um[-1]
        assert plate.volume_um3 + plate.void_um3 == pytest.approx(whole, rel=1e-9)

    @pytest.mark.parametrize(
        ("other", "wish", "said"),
        [
            (planar(base_um=100.0), Wish(), "cannot be united: levels_um=[0.0, 75.0] and [0.0, 100.0] must agree"),
            (planar(), Wish(5.0), "cannot be united: their exposures must agree"),
        ],
    )
    def test_only_equal_heights_and_exposures_are_one_body(self, other, wish, said):
        made = Placed(planar(), 0.0, 0.0, "a"), Placed(other, 900.0, 0.0, "b", wish)
        assert said in refusal(Plate, made, merge=True)

    def test_chains_are_one_body_and_others_stay_what_they_are(self):
        made = tuple(Placed(planar(), x_um, 0.0, str(n)) for n, x_um in enumerate((0.0, 1500.0, 3000.0, -4000.0)))
        plate = Plate(made, merge=True)
        assert sorted(len(getattr(piece.solid, "films", [0])) for piece in plate.pieces) == [1, 3]
        assert plate.section(0.0).count == 2
