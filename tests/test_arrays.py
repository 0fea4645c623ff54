"""Arrays of pillars: lattices, free places, sizes, overlaps, edges; laws against brute force and shapely."""

from __future__ import annotations

from itertools import combinations
from math import cos, pi, radians, sin, sqrt

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voxelyte.arrays.free import Calculated, Concentric, Listed, Random, Sunflower
from voxelyte.arrays.heights import MOST_HEIGHTS
from voxelyte.arrays.lattices import Hexagonal, Square, Staggered
from voxelyte.arrays.near import meeting, met, met_earlier
from voxelyte.arrays.room import MAX_PLACES
from voxelyte.arrays.sizes import Graded
from voxelyte.arrays.union import UNION_SAGITTA_UM
from voxelyte.errors import RecipeError
from voxelyte.outline import RectangleOutline
from voxelyte.printer import Panel
from voxelyte.raster import coverage
from voxelyte.recipes import load_printer
from voxelyte.region import Lattice
from voxelyte.solids.pillars import PillarFilm

COIN = {"shape": "disc", "diameter_um": 4_000.0}
BOX = {"shape": "rectangle", "width_um": 4_000.0, "depth_um": 3_000.0}
WEDGE = {"shape": "polygon", "corners_um": [(-2_000.0, -1_500.0), (2_000.0, -1_500.0), (0.0, 2_000.0)]}
OUTLINES = [COIN, BOX, BOX | {"corner_radius_um": 900.0}, WEDGE]
PILLARS = {"outline": COIN, "base_um": 75.0, "diameter_um": 100.0, "height_um": 150.0}
APART = PILLARS | {"gap_um": 200.0}
PERIODIC = [Square(), Square(origin_um=(30.0, 10.0)), Hexagonal(), Staggered(), Staggered(row_pitch_um=130.0)]

outlines = pytest.mark.parametrize("outline", OUTLINES, ids=["disc", "rectangle", "rounded", "polygon"])
angles = st.integers(-720, 720).map(lambda n: n / 2)
points = st.lists(st.tuples(*[st.integers(-1500, 1500).map(float)] * 2), min_size=1, max_size=30)


def film(**changes):
    return PillarFilm(**APART | changes)


def refusal(**changes):
    with pytest.raises(RecipeError) as caught:
        PillarFilm(**PILLARS | changes)
    return str(caught.value)


def made(**changes):
    """The film, or what is said instead."""
    try:
        return PillarFilm(**PILLARS | changes)
    except RecipeError as fault:
        return str(fault)


def places(one):
    """float64[n, 2], float64[n], float64[n]: where its pillars stand, how wide at the foot, how high."""
    rows = []
    for body in one.bodies:
        part = body.part(0.0)
        scale = np.ones(part.places.count) if part.places.scale is None else part.places.scale
        across = 2 * part.shape.radius_um * scale
        rows.append(np.column_stack((part.places.at_um, across, np.full(len(across), body.height_um))))
    found = np.concatenate(rows)
    found = found[np.lexsort((found[:, 1].round(6), found[:, 0].round(6)))]
    return found[:, :2], found[:, 2], found[:, 3]


def nearest(at):
    """The least distance of two places."""
    tree = shapely.STRtree(shapely.points(at))
    (one, other), _ = tree.query_nearest(shapely.points(at), exclusive=True, return_distance=True)
    return float(np.hypot(*(at[one] - at[other]).T).min())


class TestLattices:
    @pytest.mark.parametrize(
        ("lattice", "pitch", "area", "least"),
        [
            (Square(), 300.0, 300.0**2, 300.0),
            (Hexagonal(), 300.0, 300.0**2 * sqrt(3) / 2, 300.0),
            (Staggered(), 300.0, 300.0**2, 300.0),
            (Staggered(row_pitch_um=130.0), 300.0, 300.0 * 130.0, sqrt(150**2 + 130**2)),
            (Staggered(row_pitch_um=1000.0), 300.0, 300.0 * 1000.0, 300.0),
        ],
    )
    @pytest.mark.parametrize("turn", [0.0, 90.0, -180.0, 17.0])
    def test_density_and_least_distance_are_the_cells(self, lattice, pitch, area, least, turn):
        lattice = type(lattice)(**lattice.model_dump() | {"turn_deg": turn})
        one = PillarFilm(**PILLARS | {"lattice": lattice, "pitch_um": pitch, "outline": COIN | {"diameter_um": 20_000.0}})
        assert nearest(places(one)[0]) == pytest.approx(least)
        assert lattice.least_um(pitch) == pytest.approx(least)
        assert lattice.cell(pitch).place_um2 == pytest.approx(area)
        assert one.count * area == pytest.approx(pi * 9_950.0**2, rel=0.02)

    @pytest.mark.parametrize("lattice", PERIODIC)
    @outlines
    def test_all_that_fit_stand_and_no_other(self, lattice, outline):
        """Against every crossing of the lattice, far beyond the outline, tried one by one."""
        one = film(lattice=lattice, outline=outline, margin_um=35.0)
        at = places(one)[0]
        room = one.drawn.polygon(0.01).buffer(-85.0, quad_segs=200)
        cell = lattice.cell(300.0)
        start = at[0] if lattice.origin_um is None and isinstance(lattice, Square) else lattice.origin_um or (0.0, 0.0)
        i, j = np.meshgrid(np.arange(-40, 41), np.arange(-80, 81))
        grids = [(start[0] + x + i * cell.x_um, start[1] + y + j * cell.y_um) for x, y in cell.places_um]
        every = np.concatenate([np.column_stack((x.ravel(), y.ravel())) for x, y in grids])
        inside = every[shapely.distance(shapely.points(every), room) < 0.02]
        assert len(at) == len(inside)
        assert np.abs(np.sort(at, axis=0) - np.sort(inside, axis=0)).max() < 1e-6

    @given(st.sampled_from([Hexagonal, Staggered, Square]), angles, st.floats(1, 99), st.floats(1, 99))
    def test_a_turn_moves_places_and_changes_no_area(self, kind, turn, x, y):
        """Turned about the middle of a disc, the same pillars stand; their own middle need not be its."""
        plain = film(lattice=kind(origin_um=(0.0, 0.0)))
        turned = film(lattice=kind(turn_deg=turn, origin_um=(0.0, 0.0)))
        assert turned.features.area_um2 == pytest.approx(plain.features.area_um2, rel=1e-12)
        assert turned.volume_um3 == pytest.approx(plain.volume_um3, rel=1e-12)
        c, s = cos(radians(turn)), sin(radians(turn))
        wanted = places(plain)[0] @ np.array([[c, s], [-s, c]])
        gap = shapely.MultiPoint(places(turned)[0]).hausdorff_distance(shapely.MultiPoint(wanted))
        assert gap < 1e-6
        off = film(lattice=kind(turn_deg=turn, origin_um=(x, y)))
        assert nearest(places(off)[0]) == pytest.approx(nearest(wanted))

    @pytest.mark.parametrize("kind", [Square, Hexagonal, Staggered])
    @pytest.mark.parametrize("turn", [0.0, 90.0, 180.0, 270.0, -90.0])
    def test_right_angles_keep_columns_and_rows(self, kind, turn):
        one = film(lattice=kind(turn_deg=turn))
        assert all(isinstance(body.part(0.0).places, Lattice) for body in one.bodies)
        assert len(one.bodies) == (1 if kind is Square else 2)
        c, s = round(cos(radians(turn))), round(sin(radians(turn)))
        wanted = places(film(lattice=kind()))[0] @ np.array([[c, s], [-s, c]])
        assert shapely.MultiPoint(places(one)[0]).hausdorff_distance(shapely.MultiPoint(wanted)) < 1e-9

    @given(st.sampled_from(PERIODIC[1:]), st.integers(-500, 500), st.integers(-500, 500), angles)
    def test_a_place_lies_at_the_origin(self, lattice, x, y, turn):
        given_ = lattice.model_dump() | {"origin_um": (float(x), float(y)), "turn_deg": turn}
        at = places(film(lattice=type(lattice)(**given_)))[0]
        assert np.hypot(*(at - (x, y)).T).min() < 1e-9

    @given(st.sampled_from([Hexagonal, Staggered, Square]), st.integers(-4, 4), st.integers(-4, 4))
    def test_origins_a_cell_apart_are_one(self, kind, i, j):
        cell = kind().cell(300.0)
        one, other = (film(lattice=kind(origin_um=at)) for at in ((0.0, 0.0), (i * cell.x_um, j * cell.y_um)))
        assert np.abs(places(one)[0] - places(other)[0]).max() < 1e-6

    def test_the_papers_film_on_a_hexagonal_lattice(self):
        one = film(lattice=Hexagonal(), outline=COIN | {"diameter_um": 16_000.0})
        assert one.cell_area_factor == pytest.approx(1.605, abs=5e-4)
        assert one.cell_area_factor == pytest.approx(1 + pi * 100 * 150 / (300**2 * sqrt(3) / 2), rel=1e-12)
        assert one.cell_fraction == pytest.approx(pi / (2 * sqrt(3)) / 9, rel=1e-12)

    @given(st.integers(2, 12), st.integers(1, 8), st.sampled_from(["hexagonal", "staggered"]))
    def test_a_film_of_whole_cells_has_the_figures_of_the_cell(self, columns, rows, kind):
        """Origin half a pillar from the corner of a rectangle that ends half a pillar before the next cell's own."""
        lattice = (Hexagonal if kind == "hexagonal" else Staggered)(origin_um=(0.0, 0.0))
        cell = lattice.cell(300.0)
        width, depth = columns * cell.x_um, rows * cell.y_um
        moved = type(lattice)(origin_um=(-width / 2 + 60.0, -depth / 2 + 60.0))
        one = film(lattice=moved, outline={"shape": "rectangle", "width_um": width, "depth_um": depth})
        assert one.count == 2 * columns * rows
        assert one.features.area_um2 / one.footprint_um2 == pytest.approx(one.cell_fraction, rel=1e-9)
        assert 1 + one.side_wall_um2 / one.footprint_um2 == pytest.approx(one.cell_area_factor, rel=1e-9)

    @pytest.mark.parametrize(
        "changes",
        [
            {"lattice": Random(seed=1)},
            {"lattice": Concentric()},
            {"gap_um": None, "pitch_um": 300.0, "lattice": Sunflower()},
            {"gap_um": None, "lattice": Listed(points_um=((0.0, 0.0),))},
            {"gap_um": None, "pitch_um": 300.0, "diameter_um": Graded(along="x", from_um=80.0, to_um=120.0)},
            {"height_um": Graded(along="x", from_um=80.0, to_um=120.0), "height_step_um": 10.0},
            {"gap_um": None, "pitch_um": 90.0, "merge": True, "outline": COIN | {"diameter_um": 1000.0}},
        ],
    )
    def test_only_equal_pillars_on_a_lattice_have_figures_of_a_cell(self, changes):
        one = film(**changes)
        assert one.cell_area_factor is one.cell_fraction is None

    @given(st.integers(1, 60))
    def test_rings_hold_what_their_pitch_allows(self, k):
        at = Concentric().points(100.0, film()._room, 0.0)
        radius = np.hypot(*at.T)
        ring = at[np.abs(radius - 100.0 * k) < 1.0]
        if k <= 20:
            assert len(ring) == int(pi / np.arcsin(0.5 / k) + 1e-9)
            assert nearest(ring) >= 100.0 * (1 - 1e-9)

    def test_rings_and_sunflowers_are_even(self):
        rings, sun = film(lattice=Concentric()), film(lattice=Sunflower(), gap_um=None, pitch_um=300.0)
        assert nearest(places(rings)[0]) >= 300.0 * (1 - 1e-9)
        assert nearest(places(sun)[0]) > 0.87 * 300.0
        assert sun.count == pytest.approx(pi * 1_950**2 / 300**2, rel=0.05)

    def test_the_masks_of_two_lattices_hold_the_films_area(self):
        panel = Panel(width_px=80, height_px=70, pitch_x_um=62.0, pitch_y_um=62.0)
        for lattice in (Hexagonal(), Hexagonal(turn_deg=90.0), Hexagonal(turn_deg=13.0)):
            region = film(lattice=lattice).features
            assert coverage(region, panel).sum() * 62.0**2 == pytest.approx(region.area_um2, rel=1e-9)


class TestInside:
    @outlines
    @pytest.mark.parametrize(
        "changes",
        [
            {"lattice": Hexagonal(turn_deg=20.0)},
            {"lattice": Random(seed=5)},
            {"gap_um": None, "pitch_um": 300.0, "lattice": Sunflower(turn_deg=5.0, origin_um=(100.0, 50.0))},
            {"gap_um": None, "pitch_um": 300.0, "diameter_um": Graded(along="radius", from_um=250.0, to_um=40.0)},
            {"gap_um": 20.0, "lattice": Random(seed=6), "diameter_um": lambda x, y: 60.0 + np.abs(x + y) / 20},
        ],
    )
    def test_no_pillar_leaves_the_outline_less_margin(self, outline, changes):
        one = film(outline=outline, margin_um=70.0, **changes)
        at, across, _ = places(one)
        edge = one.drawn.polygon(0.01)
        assert shapely.contains_xy(edge, at).all()
        free = shapely.distance(edge.exterior, shapely.points(at)) - across / 2
        assert free.min() >= 70.0 - 0.02
        assert one.section(80.0).area_um2 == pytest.approx((pi / 4 * across**2).sum(), rel=1e-12)

    @outlines
    def test_clipped_pillars_are_what_the_room_leaves_of_all(self, outline):
        for lattice in (Square(), Hexagonal(), Square(turn_deg=20.0), Random(seed=2)):
            cut, whole = (film(outline=outline, lattice=lattice, margin_um=40.0, at_edge=edge) for edge in ("clipped", "whole"))
            room = cut.drawn.polygon(0.01).buffer(-40.0, quad_segs=200)
            drawn = cut.features.to_shapely(0.01)
            assert drawn.difference(room).area < 1e-4 * drawn.area
            assert cut.features.area_um2 >= whole.features.area_um2 * (1 - 1e-9)
            assert cut.volume_um3 == pytest.approx(cut.footprint_um2 * 75 + cut.features.area_um2 * 150, rel=1e-9)

    def test_clipped_pillars_of_a_lattice_against_discs_cut_by_hand(self):
        cut = film(outline=BOX, at_edge="clipped", lattice=Square(origin_um=(0.0, 0.0)), margin_um=10.0)
        i, j = np.meshgrid(np.arange(-9, 10) * 300.0, np.arange(-9, 10) * 300.0)
        discs = shapely.buffer(shapely.points(i.ravel(), j.ravel()), 50.0, quad_segs=500)
        wanted = shapely.intersection(discs, shapely.box(-1990, -1490, 1990, 1490))
        assert cut.features.area_um2 == pytest.approx(shapely.area(wanted).sum(), rel=1e-4)
        assert cut.count == (shapely.area(wanted) > 0).sum()
        assert isinstance(cut.bodies[0].part(0.0).places, Lattice)
        assert cut.notes == ("pillars that cross the edge are cut there, polygons that leave their curves by at most 0.05 µm",)

    def test_where_nothing_crosses_the_edge_nothing_is_cut(self):
        at = {"lattice": [[0.0, 0.0], [500.0, 0.0]]}
        cut, whole = (PillarFilm(**PILLARS | at | {"at_edge": edge}) for edge in ("clipped", "whole"))
        assert cut.notes == whole.notes == ()
        assert cut.features.parts[0].shape == whole.features.parts[0].shape

    @pytest.mark.parametrize("kind", [Square, Hexagonal])
    def test_a_notch_moves_no_pillar(self, kind):
        plain, notched = (film(lattice=kind(), notch=notch) for notch in (None, {"width_um": 400.0, "depth_um": 900.0, "at_deg": 0.0}))
        stand = {tuple(one) for one in places(plain)[0].round(6).tolist()}
        assert {tuple(one) for one in places(notched)[0].round(6).tolist()} < stand

    def test_clipping_needs_upright_pillars(self):
        assert "must stay whole" in refusal(gap_um=200.0, at_edge="clipped", fillet_um=10.0)

    def test_listed_points_that_are_left_out_are_told(self):
        one = PillarFilm(**PILLARS | {"lattice": [[0.0, 0.0], [1949.0, 0.0], [1951.0, 0.0], [9e3, 9e3]]})
        assert one.count == 2
        assert one.notes == ("2 of 4 points are left out: no pillar there keeps the margin to the outline as a whole",)


class TestRandom:
    @pytest.mark.slow
    def test_a_plate_of_random_pillars_of_distinct_sizes(self):
        """88,000 of them: none meet, and the mask holds their area."""
        panel = load_printer("asiga-max").panel
        plate = RectangleOutline(width_um=panel.size_um[0], depth_um=panel.size_um[1])
        fields = {"outline": plate, "diameter_um": lambda x, y: 80 + 20 * np.sin(x / 700) * np.cos(y / 900), "gap_um": 130.0}
        one = PillarFilm(**PILLARS | fields | {"lattice": Random(seed=88, count=88_000)})
        at, across, _ = places(one)
        assert (one.count, len(np.unique(across))) == (88_000, 88_000)
        tree = shapely.STRtree(shapely.points(at))
        first, second = tree.query(shapely.points(at), predicate="dwithin", distance=230.0)
        apart = np.hypot(*(at[first] - at[second]).T) - (across[first] + across[second]) / 2
        assert apart[first != second].min() >= 130.0 * (1 - 1e-9)
        region = one.features
        assert region.area_um2 == pytest.approx((pi / 4 * across**2).sum())
        assert coverage(region, panel).sum() * 62.0**2 == pytest.approx(region.area_um2, rel=1e-9)

    @given(st.integers(0, 2**63 - 1), st.floats(60, 300), st.floats(40, 300))
    @settings(max_examples=25)
    def test_a_seed_gives_one_array_that_keeps_its_gap(self, seed, diameter, gap):
        one, again = (made(lattice=Random(seed=seed), diameter_um=diameter, gap_um=gap) for _ in range(2))
        at = places(one)[0]
        assert np.array_equal(at, places(again)[0])
        if len(at) > 1:
            assert nearest(at) >= (diameter + gap) * (1 - 1e-9)
        other = places(made(lattice=Random(seed=seed ^ 1), diameter_um=diameter, gap_um=gap))[0]
        assert at.shape != other.shape or not np.array_equal(at, other)

    def test_a_seed_gives_the_same_places_on_every_machine(self):
        at = film(lattice=Random(seed=20)).bodies[0].part(0.0).places.at_um
        assert at[:3]== pytest.approx(np.array(SEED_20), abs=1e-9)

    @pytest.mark.parametrize("outline", OUTLINES)
    def test_as_dense_as_it_gets(self, outline):
        """Nothing more fits: of very many further darts none finds room."""
        one = film(outline=outline, lattice=Random(seed=3), margin_um=20.0)
        at = places(one)[0]
        darts = np.random.default_rng(1).uniform(-2_000, 2_000, (60_000, 2))
        darts = darts[one._room.holds(darts, 50.0 + 1.0)]
        away = shapely.distance(shapely.MultiPoint(at), shapely.points(darts))
        assert len(darts) > 20_000
        assert away.max() < 301.0

    @given(st.integers(1, 60))
    @settings(max_examples=20)
    def test_a_count_takes_the_first_of_all(self, count):
        every = film(lattice=Random(seed=9)).bodies[0].part(0.0).places.at_um
        some = film(lattice=Random(seed=9, count=count)).bodies[0].part(0.0).places.at_um
        assert np.array_equal(some, every[:count])

    def test_fewer_than_asked_for_are_told(self):
        one = film(lattice=Random(seed=9, count=5000))
        assert one.notes == (f"{one.count} of 5000 random pillars fit: no room is left for more",)
        assert film(lattice=Random(seed=9, count=5)).notes == ()

    def test_a_pitch_is_the_least_distance_of_centres(self):
        size = Graded(along="x", from_um=60.0, to_um=240.0)
        one = PillarFilm(**PILLARS | {"lattice": Random(seed=1), "pitch_um": 250.0, "diameter_um": size})
        assert 250.0 <= nearest(places(one)[0]) < 260.0

    def test_places_are_spread_evenly(self):
        """Quarters of a disc hold a quarter each, within what chance allows."""
        at = places(film(lattice=Random(seed=4), outline=COIN | {"diameter_um": 20_000.0}))[0]
        quarters = [((at[:, 0] > 0) == right) & ((at[:, 1] > 0) == back) for right in (True, False) for back in (True, False)]
        assert [one.sum() / len(at) for one in quarters] == pytest.approx([0.25] * 4, abs=0.02)

    @pytest.mark.parametrize("size", [Graded(along="radius", from_um=20.0, to_um=300.0), lambda x, y: 30.0 + np.abs(x) / 8])
    def test_graded_pillars_keep_the_gap_between_their_edges(self, size):
        one = PillarFilm(**PILLARS | {"lattice": Random(seed=1), "gap_um": 40.0, "diameter_um": size})
        at, across, _ = places(one)
        discs = shapely.buffer(shapely.points(at), across / 2, quad_segs=100)
        pairs = shapely.STRtree(discs).query(discs, predicate="dwithin", distance=39.9)
        assert (pairs[0] == pairs[1]).all()
        assert one.count > 100


SEED_20 = [
    [-1097.3427660836858, 823.0324814139202], [1587.4960074918163, -297.39535489318405], [896.0990484790489, -392.44246318095475],
]


class TestSizes:
    @given(
        st.sampled_from(["x", "y", "radius"]), st.floats(20, 250), st.floats(20, 250),
        st.none() | st.floats(-1500, 0), st.none() | st.floats(10, 3000),
    )
    def test_graded_sizes_go_evenly_from_one_to_the_other(self, along, start, end, first, last):
        size = Graded(along=along, from_um=start, to_um=end, start_um=first, end_um=last)
        one = PillarFilm(**PILLARS | {"pitch_um": 260.0, "diameter_um": size})
        at, across, _ = places(one)
        way = np.hypot(*at.T) if along == "radius" else at[:, "xy".index(along)]
        low = first if first is not None else 0.0 if along == "radius" else -2000.0
        high = last if last is not None else 2000.0
        assert across == pytest.approx(np.interp(way, [low, high], [start, end]))
        assert one.features.area_um2 == pytest.approx((pi / 4 * across**2).sum())
        assert one.side_wall_um2 == pytest.approx((pi * across * 150).sum())

    @given(st.sampled_from(["x", "y", "radius"]), st.integers(1, 60), st.floats(31, 300), st.floats(31, 300))
    def test_heights_are_the_nearest_steps_and_volumes_add_up(self, along, step, start, end):
        size = Graded(along=along, from_um=start, to_um=end)
        one = film(height_um=size, height_step_um=float(step))
        at, across, high = places(one)
        way = np.hypot(*at.T) if along == "radius" else at[:, "xy".index(along)]
        wanted = np.interp(way, [0 if along == "radius" else -2000.0, 2000.0], [start, end])
        assert np.abs(high - wanted).max() <= step / 2 + 1e-9
        assert (high % step == 0).all()
        assert one.levels_um == (0.0, 75.0, *(75.0 + h for h in sorted(set(high))))
        assert one.volume_um3 == pytest.approx(one.footprint_um2 * 75 + (pi / 4 * across**2 * high).sum())
        for level in one.levels_um[1:-1]:
            above = high > level - 75
            assert one.section(level).area_um2 == pytest.approx((pi / 4 * across[above] ** 2).sum())
            assert one.section(level) is one.section(level)
        rounded = np.abs(high - wanted).max() > 1e-6
        assert any(f"steps of {step:g} µm" in note for note in one.notes) == rounded

    @given(points, st.data())
    def test_listed_sizes_are_each_pillars_own(self, at, data):
        number = len(at)
        across = data.draw(st.lists(st.floats(1, 20), min_size=number, max_size=number))
        high = data.draw(st.lists(st.integers(1, 300).map(float), min_size=number, max_size=number))
        one = made(lattice=np.array(at), diameter_um=np.array(across), height_um=high)
        inside = np.hypot(*np.array(at).T) + np.array(across) / 2 <= 2000
        pairs = combinations(np.flatnonzero(inside), 2)
        meets = [(i, j) for i, j in pairs if np.hypot(*np.subtract(at[i], at[j])) <= (across[i] + across[j]) / 2]
        if meets:
            i = meets[0][0]
            assert f"x_um={at[i][0]:g}, y_um={at[i][1]:g} ({len(meets)} pair" in one
            return
        if not inside.any():
            assert "no whole pillar fits" in one
            return
        assert one.count == inside.sum()
        volume = (pi / 4 * np.array(across) ** 2 * np.array(high))[inside].sum()
        assert one.volume_um3 - one.footprint_um2 * 75 == pytest.approx(volume)

    def test_functions_say_what_a_grading_says(self):
        graded = film(gap_um=None, pitch_um=300.0, diameter_um=Graded(along="x", from_um=80.0, to_um=120.0))
        by_function = film(gap_um=None, pitch_um=300.0, diameter_um=lambda x_um, y_um: 100 + x_um / 100)
        assert places(graded)[1] == pytest.approx(places(by_function)[1])
        assert film(gap_um=None, pitch_um=300.0, diameter_um=lambda x_um, y_um: 100).count == film().count

    def test_points_of_a_function_are_those_of_a_list(self):
        listed = np.array([[0.0, 0.0], [500.0, 300.0], [-700.0, 200.0]])
        said = (listed, lambda bounds: listed, Calculated(places=lambda bounds: listed))
        given_ = [PillarFilm(**PILLARS | {"lattice": one}) for one in said]
        assert [places(one)[0].tolist() for one in given_] == [places(given_[0])[0].tolist()] * 3
        corner = PillarFilm(**PILLARS | {"lattice": lambda bounds: [[bounds[0] + 50, 0.0]], "margin_um": 10.0})
        assert places(corner)[0].tolist() == [[-1940.0, 0.0]]

    @given(points, angles, st.integers(-300, 300), st.integers(-300, 300))
    def test_a_list_is_turned_and_then_moved(self, at, turn, x, y):
        assume(len(set(at)) == len(at))
        one = made(lattice=Listed(points_um=at, turn_deg=turn, origin_um=(x, y)), diameter_um=0.5)
        c, s = cos(radians(turn)), sin(radians(turn))
        wanted = np.array(at) @ np.array([[c, s], [-s, c]]) + (x, y)
        wanted = wanted[np.hypot(*wanted.T) <= 1999.75]
        if isinstance(one, str):
            assert not len(wanted)
        else:
            assert shapely.MultiPoint(places(one)[0]).hausdorff_distance(shapely.MultiPoint(wanted)) < 1e-6


reaches = st.sampled_from([0.001, 0.1, 1.0, 7.0, 30.0, 200.0]) | st.floats(0.001, 60)
discs = st.lists(st.tuples(*[st.floats(-300, 300)] * 2, reaches), min_size=1, max_size=40)


class TestMeetings:
    @given(discs, st.sampled_from([1.0, 1e-3, 1e6]))
    def test_pairs_are_those_of_brute_force(self, rows, unit):
        at, reach = np.array(rows)[:, :2] * unit, np.array(rows)[:, 2] * unit
        apart = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=2))
        wanted = np.argwhere(np.triu(apart < reach[:, None] + reach[None], 1))
        assert meeting(at, reach, 10**6).tolist() == wanted.tolist()
        rank = np.arange(len(at), dtype=float)[::-1]
        assert np.array_equal(met_earlier(at, reach, rank), np.isin(np.arange(len(at)), wanted[:, 0]))

    @given(discs, discs)
    def test_discs_that_meet_others_are_those_of_brute_force(self, rows, others):
        (at, reach), (there, far) = ((np.array(one)[:, :2], np.array(one)[:, 2]) for one in (rows, others))
        apart = np.sqrt(((at[:, None] - there[None]) ** 2).sum(axis=2))
        assert np.array_equal(met(at, reach, there, far), (apart < reach[:, None] + far[None]).any(axis=1))

    def test_very_many_at_one_place_are_bounded(self):
        at = np.zeros((20_000, 2))
        assert len(meeting(at, np.ones(len(at)), 1000)) == 1000
        assert "at least 1000000 pairs" in refusal(lattice=np.zeros((3_000, 2)))

    def test_one_giant_among_very_many_is_found(self):
        at = np.stack(np.meshgrid(np.arange(300.0), np.arange(300.0)), axis=-1).reshape(-1, 2)
        reach = np.full(len(at), 0.4)
        reach[45_150] = 100.0
        hit = meeting(at, reach, 10**6)
        assert len(hit) == (np.hypot(*(at - at[45_150]).T) < 100.4).sum() - 1

    def test_an_overlap_is_told_with_its_place(self):
        said = refusal(lattice=[[0.0, 0.0], [500.0, 20.0], [560.0, 20.0], [-600.0, 0.0]])
        assert said == "pillars overlap or touch at x_um=500, y_um=20 (1 pair); they must stand apart, or merge=true unites them"

    def test_touching_is_as_bad(self):
        assert "overlap or touch" in refusal(lattice=[[0.0, 0.0], [100.0, 0.0]])
        assert made(lattice=[[0.0, 0.0], [100.001, 0.0]]).count == 2

    def test_a_gap_is_demanded_of_listed_points(self):
        at = [[0.0, 0.0], [300.0, 0.0], [800.0, 0.0]]
        assert made(lattice=at, gap_um=200.0).count == 3
        assert "stand too near at x_um=0, y_um=0 (1 pair); they must keep gap_um=201" in refusal(lattice=at, gap_um=201.0)


SECTIONS = [{"shape": "square"}, {"shape": "square", "turn_deg": 30.0}, {"shape": "hexagon"}, {"shape": "star"}]


class TestForms:
    """Cross-sections, taper, fillet: pillars meet where their true outlines do, and are whole to their true reach."""

    @given(st.sampled_from(SECTIONS), st.sampled_from([Square, Hexagonal, Staggered]), angles, st.integers(60, 160), st.booleans())
    @settings(max_examples=40)
    def test_a_lattice_is_refused_just_where_outlines_touch(self, section, kind, turn, pitch, filleted):
        fillet, small = 8.0 * filleted, COIN | {"diameter_um": 900.0}
        one = made(cross_section=section, lattice=kind(turn_deg=turn), pitch_um=float(pitch), fillet_um=fillet, outline=small)
        single = PillarFilm(**PILLARS | {"cross_section": section, "fillet_um": fillet, "lattice": [[0.0, 0.0]]})
        foot = single.features.to_shapely(0.01).geoms[0]
        cell = kind().cell(float(pitch))
        c, s = cos(radians(turn)), sin(radians(turn))
        steps = [(x + i * cell.x_um, y + j * cell.y_um) for i in range(-3, 4) for j in range(-3, 4) for x, y in cell.places_um]
        gaps = [foot.distance(shapely.affinity.translate(foot, x * c - y * s, x * s + y * c)) for x, y in steps if (x, y) != (0.0, 0.0)]
        if min(gaps) > 0.1:
            assert not isinstance(one, str), one
        elif min(gaps) == 0:
            assert isinstance(one, str)
            assert "touch" in one or "must exceed diameter_um" in one

    @given(st.sampled_from(SECTIONS), points, st.sampled_from([{}, {"fillet_um": 10.0}, {"top_ratio": 1.4}]))
    @settings(max_examples=40)
    def test_free_pillars_are_refused_just_where_outlines_touch(self, section, at, form):
        assume(len(set(at)) == len(at))
        assume(section["shape"] != "star" or "top_ratio" not in form)
        fields = {"cross_section": section, "diameter_um": 300.0, "height_um": 60.0, "outline": COIN | {"diameter_um": 9_000.0}, **form}
        one, single = made(**fields, lattice=at), PillarFilm(**PILLARS | fields | {"lattice": [[0.0, 0.0]]})
        body = single.bodies[0]
        drawn = [single.features.to_shapely(0.01).geoms[0], shapely.Polygon(body.part(60.0).rings(0.01)[0])]
        move = shapely.affinity.translate
        gaps = [move(foot, *a).distance(move(foot, *b)) for foot in drawn for a, b in combinations(at, 2)]
        least = min(gaps, default=1.0)
        if least > 0.1:
            assert one.count == len(at)
        elif least == 0:
            assert "overlap or touch" in one

    def test_squares_may_stand_nearer_than_their_circles(self):
        one = PillarFilm(**PILLARS | {"cross_section": {"shape": "square"}, "gap_um": 10.0, "outline": BOX})
        assert one.cell_fraction == pytest.approx(100**2 / 110**2)
        assert one.cell_area_factor == pytest.approx(1 + 4 * 100 * 150 / 110**2)
        assert isinstance(one.bodies[0].part(0.0).places, Lattice)

    def test_a_star_that_reaches_over_very_many_neighbours_is_refused_at_once(self):
        star = {"shape": "star", "waist": 0.001}
        assert "pitch_um=0.5 must exceed" in refusal(cross_section=star, diameter_um=1000.0, pitch_um=0.5, lattice=Hexagonal())

    def test_widening_and_narrowing_pillars_are_held_against_each_other_at_the_lower_top(self):
        """Feet of 200 and 50 µm, tops of 100: at 10 µm, where the lower one ends, they are 190 and 100 µm wide."""
        fields = {"diameter_um": [200.0, 50.0], "height_um": [100.0, 10.0], "top_diameter_um": 100.0, "cross_section": {"shape": "square"}}
        assert "overlap or touch" in refusal(**fields, lattice=[[0.0, 0.0], [144.0, 0.0]])
        assert made(**fields, lattice=[[0.0, 0.0], [146.0, 0.0]]).count == 2

    def test_feet_with_their_fillets_stand_apart_and_inside(self):
        assert "they reach 80 µm" in refusal(gap_um=50.0, fillet_um=30.0)
        one = PillarFilm(**PILLARS | {"gap_um": 70.0, "fillet_um": 30.0})
        at = np.concatenate([body.part(0.0).places.at_um for body in one.bodies])
        assert 1919 < np.hypot(*at.T).max() + 80 <= 2000
        wide = PillarFilm(**PILLARS | {"gap_um": 70.0, "top_diameter_um": 160.0})
        at = np.concatenate([body.part(0.0).places.at_um for body in wide.bodies])
        assert np.hypot(*at.T).max() + 80 <= 2000
        assert "they reach 90 µm" in refusal(gap_um=70.0, top_diameter_um=180.0)

    def test_volume_of_graded_tapered_pillars_is_the_sum_of_frustums(self):
        size, height = Graded(along="x", from_um=80.0, to_um=140.0), Graded(along="y", from_um=50.0, to_um=90.0)
        fields = {"pitch_um": 200.0, "diameter_um": size, "top_ratio": 0.5, "height_um": height, "height_step_um": 10.0}
        one = PillarFilm(**PILLARS | fields)
        _, across, high = places(one)
        volume = (pi / 12 * high * across**2 * (1 + 0.5 + 0.25)).sum()
        assert one.volume_um3 - one.footprint_um2 * 75 == pytest.approx(volume)
        level = one.levels_um[2] - 0.5
        share = 1 - 0.5 * (level - 75) / high
        assert one.section(level).area_um2 == pytest.approx((pi / 4 * (across * share) ** 2).sum())
        assert not one.steady(level)

    def test_a_form_that_cannot_be_is_refused(self):
        assert "hollow_um=100 must be less than the diameter_um of 100" in refusal(gap_um=200.0, hollow_um=100.0)
        assert "only one of the two can be given" in refusal(gap_um=200.0, top_ratio=0.5, top_diameter_um=50.0)
        assert "must not exceed height_um" in refusal(gap_um=2000.0, fillet_um=151.0)


class TestMerging:
    @given(points, st.floats(30, 400))
    def test_united_pillars_have_the_area_of_their_union(self, at, diameter):
        fields = {"lattice": at, "diameter_um": diameter, "outline": COIN | {"diameter_um": 9_000.0}}
        one = PillarFilm(**PILLARS | fields | {"merge": True})
        discs = shapely.buffer(shapely.points(np.array(at)), diameter / 2, quad_segs=200)
        union = shapely.union_all(discs)
        assert one.features.area_um2 == pytest.approx(union.area, abs=2 * UNION_SAGITTA_UM * len(at) * pi * diameter + 1e-4 * union.area)
        assert one.volume_um3 == pytest.approx(one.footprint_um2 * 75 + one.features.area_um2 * 150)
        drawn = one.features.to_shapely(0.1)
        assert drawn.is_valid
        alone = PillarFilm(**PILLARS | fields) if one.notes == () else None
        assert alone is None or alone.features.area_um2 == one.features.area_um2

    def test_it_is_told(self):
        one = made(lattice=[[0.0, 0.0], [80.0, 0.0], [500.0, 0.0]], merge=True)
        assert one.count == 2
        curves = f"polygons that leave their curves by at most {UNION_SAGITTA_UM:g} µm"
        assert one.notes == (f"2 pillars that overlap are united into 1, {curves}",)

    def test_a_lattice_denser_than_its_pillars_becomes_a_grid_with_holes(self):
        one = PillarFilm(**PILLARS | {"pitch_um": 90.0, "merge": True, "outline": BOX | {"width_um": 1000.0, "depth_um": 1000.0}})
        assert one.count == 1
        assert len(one.features.to_shapely(0.1).geoms[0].interiors) == 10 * 10
        panel = Panel(width_px=40, height_px=40, pitch_x_um=30.0, pitch_y_um=30.0)
        assert coverage(one.features, panel).sum() * 900 == pytest.approx(one.features.area_um2)

    def test_what_cannot_be_united_is_refused_with_its_place(self):
        near = [[0.0, 0.0], [700.0, 9.0], [760.0, 9.0]]
        assert "different heights overlap at x_um=700, y_um=9" in refusal(lattice=near, height_um=[10.0, 20.0, 30.0], merge=True)
        assert made(lattice=near, height_um=[10.0, 20.0, 20.0], merge=True).count == 2
        assert "only upright ones can be united" in refusal(lattice=near, merge=True, top_ratio=0.5)

    def test_united_pillars_are_clipped_too(self):
        one = made(lattice=[[1990.0, 0.0], [1990.0, 60.0], [0.0, 0.0]], merge=True, at_edge="clipped")
        drawn = one.features.to_shapely(0.01)
        assert one.count == 2
        assert drawn.difference(shapely.Point(0, 0).buffer(2000.1, quad_segs=200)).area < 1e-6


SIZES = ("diameter_um", "height_um", "height_step_um", "gap_um", "pitch_um", "margin_um", "fillet_um", "hollow_um", "top_diameter_um")
X, Y = ({"along": along, "from_um": 80.0, "to_um": 90.0} for along in "xy")


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"lattice": {"kind": "hexagnal"}}, "lattice.kind='hexagnal' must be one of 'square', 'rectangular', 'hexagonal'"),
            ({"lattice": {"kind": "hexagonal", "turn": 3.0}}, "lattice.turn is not a known key; did you mean turn_deg?"),
            ({"lattice": {"kind": "hexagonal", "rotation_deg": 3.0}}, "lattice.rotation_deg is not a known key; did you mean turn_deg?"),
            ({"lattice": {}}, "lattice.kind is missing"),
            ({"lattice": Hexagonal()}, "exactly one of the two must be given"),
            ({"lattice": {"kind": "hexagonal", "turn_deg": 361.0}}, "lattice.turn_deg=361.0 must be less than or equal to 360"),
            ({"lattice": {"kind": "random", "seed": -1}}, "lattice.seed=-1 must be greater than or equal to 0"),
            ({"lattice": {"kind": "random", "seed": 1, "count": 0}}, "lattice.count=0 must be greater than or equal to 1"),
            ({"lattice": {"kind": "random"}, "gap_um": 3.0}, "lattice.seed is missing"),
            ({"lattice": {"kind": "random", "seed": 1}}, "exactly one of the two must be given"),
            ({"lattice": Sunflower(), "gap_um": 3.0}, "with lattice.kind='sunflower' only pitch_um must be given"),
            ({"lattice": [[0.0, 0.0]], "pitch_um": 300.0}, "pitch_um=300 has no meaning with lattice.kind='points'"),
            ({"lattice": []}, "lattice.points_um must hold a point"),
            ({"lattice": [[0.0, np.nan]]}, "lattice.points_um.0.1=nan must be a finite number"),
            ({"lattice": [[0.0]]}, "lattice.points_um.0.1 is missing"),
            ({"lattice": {"kind": "points"}}, "lattice.points_um and lattice.csv: exactly one of the two must be given"),
            ({"lattice": lambda bounds: 1 / 0}, "lattice.places: the function failed: ZeroDivisionError"),
            ({"lattice": lambda bounds: [1.0, 2.0]}, "lattice.places gave an array of shape (2,); must be finite, float64[n, 2]"),
            ({"lattice": lambda bounds: [[1.0, np.inf]]}, "must be finite, float64[n, 2]"),
            ({"lattice": Staggered(row_pitch_um=40.0), "gap_um": 200.0}, "pitch_um=300 brings pillars within 80 µm of each other"),
            ({"pitch_um": 100.0, "lattice": Hexagonal()}, "pitch_um=100 must exceed diameter_um=100"),
            ({"pitch_um": 100.0, "lattice": Random(seed=1)}, "pitch_um=100 must exceed diameter_um=100"),
            ({"pitch_um": 90.0, "lattice": Concentric()}, "pillars overlap or touch at x_um="),
            ({"pitch_um": 0.001, "diameter_um": 0.0005}, "diameter_um=0.0005 must be at least 0.001 µm (1 nm)"),
            ({"pitch_um": 0.9, "diameter_um": 0.1, "lattice": Hexagonal(turn_deg=3.0)}, f"must not exceed {MAX_PLACES}"),
            ({"pitch_um": 0.9, "diameter_um": 0.1, "lattice": Concentric()}, f"must not exceed {MAX_PLACES}"),
            ({"pitch_um": 0.9, "diameter_um": 0.1, "lattice": Sunflower()}, f"must not exceed {MAX_PLACES}"),
            ({"gap_um": 0.001, "diameter_um": 0.1, "lattice": Random(seed=1)}, "squares to throw at; must not exceed 4000000"),
            ({"pitch_um": 0.001, "diameter_um": 0.001, "lattice": Hexagonal()}, "must exceed diameter_um"),
            ({"gap_um": 200.0, "diameter_um": X | {"along": "z"}}, "diameter_um.along='z' must be 'x', 'y' or 'radius'"),
            ({"gap_um": 200.0, "diameter_um": X | {"too_um": 2.0}}, "diameter_um.too_um is not a known key; did you mean to_um?"),
            ({"gap_um": 200.0, "diameter_um": X}, "where it differs, pitch_um must be given"),
            ({"pitch_um": 300.0, "diameter_um": Y | {"start_um": 3000.0}}, "end_um=2000 must exceed start_um=3000"),
            ({"gap_um": 200.0, "diameter_um": [100.0]}, "diameter_um for each pillar needs listed points; lattice.kind='square' has none"),
            ({"gap_um": 200.0, "height_um": "csv"}, "height_um for each pillar needs listed points"),
            ({"lattice": [[0.0, 0.0]], "diameter_um": [100.0, 90.0]}, "diameter_um holds 2 sizes for 1 points; must hold one for each"),
            ({"lattice": [[0.0, 0.0]], "diameter_um": "csv"}, "diameter_um='csv' needs lattice.csv with a column diameter_um"),
            ({"lattice": [[0.0, 0.0]], "diameter_um": [-1.0]}, "diameter_um.0=-1.0 must be greater than 0"),
            ({"pitch_um": 300.0, "diameter_um": lambda x, y: x}, "must be at least 0.001"),
            ({"pitch_um": 300.0, "diameter_um": lambda x, y: 1 / 0}, "diameter_um: the function failed for "),
            ({"pitch_um": 300.0, "diameter_um": lambda x, y: x[:2]}, "diameter_um: the function failed for "),
            ({"gap_um": 200.0, "height_um": X | {"to_um": 90.1}}, "must lie on the 1 nm grid (0.001 µm); height_step_um rounds"),
            ({"gap_um": 200.0, "height_um": X | {"from_um": 1.0}, "height_step_um": 10.0}, "must be at least half of height_step_um=10"),
            ({"gap_um": 200.0, "height_step_um": 40.0}, "height_um=150 must be a multiple of height_step_um=40"),
            ({"gap_um": 200.0, "height_step_um": 0.0015}, "height_step_um=0.0015 must lie on the 1 nm grid"),
            ({"gap_um": 200.0, "height_um": lambda x, y: x * np.nan}, "height_um=nan at x_um="),
            ({"gap_um": 200.0, "merge": "yes"}, "merge='yes' must be true or false"),
            ({"gap_um": 200.0, "at_edge": "cut"}, "at_edge='cut' must be 'whole' or 'clipped'"),
            ({"gap_um": 200.0, "height_um": "tall"}, "height_um='tall' must be a number"),
        ],
    )
    def test_each_law_is_told(self, changes, said):
        assert said in refusal(**changes)

    def test_too_many_heights_are_refused(self):
        at = [[20.0 * n - 1900, 0.0] for n in range(MOST_HEIGHTS - 10)] + [[20.0 * n - 1900, 500.0] for n in range(11)]
        high = [100 + n / 1000 for n in range(MOST_HEIGHTS + 1)]
        said = refusal(lattice=at, diameter_um=5.0, height_um=high)
        assert f"gives {MOST_HEIGHTS + 1} distinct heights, each is a level of its own" in said
        assert made(lattice=at, diameter_um=5.0, height_um=high, height_step_um=0.1).levels_um[1:3] == (75.0, 175.0)

    @given(
        st.sampled_from(["square", "hexagonal", "staggered", "concentric", "sunflower", "random"]),
        st.dictionaries(
            st.sampled_from(SIZES),
            st.sampled_from([0.001, 1.0, 75.0, 300.0, 1e9]) | st.floats(5e-324, 1e9),
        ),
        st.floats(-1e9, 1e9), st.booleans(),
    )
    @settings(max_examples=60)
    def test_any_numbers_give_a_film_or_a_plain_refusal(self, kind, sizes, origin, clipped):
        lattice = {"kind": kind} | ({"seed": 1} if kind == "random" else {"origin_um": (origin, 0.0), "turn_deg": origin % 360})
        assume(sizes.get("gap_um", sizes.get("pitch_um", 99)) > 30)
        one = made(lattice=lattice, at_edge="clipped" if clipped else "whole", **sizes)
        if isinstance(one, str):
            assert any(word in one for word in ("must", "no whole pillar", "touch", "needs", "closes", "leaves no room"))
        else:
            assert 0 < one.features.area_um2 <= one.footprint_um2 * (1 + 1e-9)
