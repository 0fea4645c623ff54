"""Grids, honeycombs, rings, spirals of several arms: against figures that shapely builds of strips and hexagons; symmetries."""

from __future__ import annotations

from math import hypot, inf, nan, pi, sqrt

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelyte.cross_section import HexagonSection, StarSection
from voxelyte.errors import RecipeError
from voxelyte.grown import Grown
from voxelyte.pierced import Pierced
from voxelyte.printer import Panel
from voxelyte.raster import SAGITTA_PIXELS, coverage, paint
from voxelyte.raster.stamps import Stamps
from voxelyte.raster.window import Window
from voxelyte.region import Lattice, Part, Points, Region
from voxelyte.shapes import Disc, Polygon, Rectangle, Rings
from voxelyte.solids.grid import GridFilm
from voxelyte.solids.honeycomb import HoneycombFilm
from voxelyte.solids.rings import RingsFilm
from voxelyte.solids.spiral import SpiralFilm
from voxelyte.tone import tone_for

DISC = {"shape": "disc", "diameter_um": 3000.0}
OBLONG = {"shape": "rectangle", "width_um": 2600.0, "depth_um": 1900.0}
GRID = {"outline": DISC, "base_um": 75.0, "height_um": 150.0, "width_um": 40.0, "gap_um": 160.0}
COMB = {"outline": DISC, "base_um": 75.0, "height_um": 150.0, "width_um": 40.0, "cell_um": 160.0}
RINGS = {"outline": DISC, "base_um": 75.0, "height_um": 150.0, "width_um": 40.0, "gap_um": 160.0, "inner_radius_um": 100.0}
SPIRAL = RINGS | {"inner_radius_um": 300.0}

lengths = st.integers(20, 800).map(lambda n: n / 2)
any_lengths = st.sampled_from([0.001, 1.0, 1e9]) | st.floats(10, 5000)
turns = st.sampled_from([0.0, 30.0, 45.0, 90.0]) | st.integers(-360, 360).map(float)
outlines = st.sampled_from([DISC, OBLONG, {"shape": "rectangle", "width_um": 1200.0, "depth_um": 1200.0}])
margins = st.sampled_from([0.0, 50.0, 133.0])
panels = st.builds(
    lambda w, h, x, y: Panel(width_px=w, height_px=h, pitch_x_um=x, pitch_y_um=y),
    st.integers(8, 60), st.integers(8, 60), st.floats(20, 90), st.floats(20, 90),
)  # fmt: skip


def attempt(make, **fields):
    """The film, or what is said instead."""
    try:
        return make(**fields)
    except RecipeError as fault:
        return str(fault)


def refusal(make, **fields):
    said = attempt(make, **fields)
    assert isinstance(said, str)
    return said


def room(film):
    """What the walls may fill, as fine as a thousandth of a µm."""
    if film.outline.shape == "disc":
        return shapely.Polygon(Disc(film.outline.diameter_um / 2 - film.margin_um).rings(1e-3)[0])
    half = film.outline.width_um / 2 - film.margin_um, film.outline.depth_um / 2 - film.margin_um
    return shapely.box(-half[0], -half[1], *half)


def strips(film):
    """A grid as the union of its walls, each a long box."""
    count = 200
    boxes = []
    for axis in (0, 1):
        middles = (np.arange(-count, count) + 0.5) * film.spacing_um[axis]
        middles = middles[abs(middles) < 2500]
        low, high = middles - film.width_um / 2, middles + film.width_um / 2
        boxes += [shapely.box(a, -4000, b, 4000) if axis == 0 else shapely.box(-4000, a, 4000, b) for a, b in zip(low, high, strict=True)]
    return shapely.affinity.rotate(shapely.union_all(boxes), film.turn_deg, origin=(0, 0))


def hexagons(film):
    """All cells of a honeycomb, each a hexagon drawn by its corners."""
    pitch, size = film.cell_um + film.width_um, film.cell_um / sqrt(3)
    reach = int(2500 / pitch) + 3
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(-2 * reach, 2 * reach), np.arange(-2 * reach, 2 * reach)))
    x, y = (i + j / 2) * pitch, j * sqrt(3) / 2 * pitch
    turn = np.radians(30 + 60 * np.arange(6))
    corners = np.stack((x[:, None] + size * np.cos(turn), y[:, None] + size * np.sin(turn)), axis=-1)
    cells = shapely.polygons(corners[np.hypot(x, y) < 2500])
    return shapely.affinity.rotate(shapely.MultiPolygon(list(cells)), film.turn_deg, origin=(0, 0))


def wanted(film):
    """The walls, by shapely."""
    if isinstance(film, GridFilm):
        parts = shapely.get_parts(room(film).intersection(strips(film)))
        return shapely.MultiPolygon([part for part in parts if part.area])  # where a strip only touches, shapely gives lines
    return room(film).difference(hexagons(film))


@st.composite
def walls(draw):
    """A grid or a honeycomb with walls and openings of at least 10 µm."""
    fields = {"outline": draw(outlines), "width_um": draw(lengths), "turn_deg": draw(turns), "margin_um": draw(margins)}
    if draw(st.booleans()):
        return GridFilm(**GRID | fields | {"gap_um": draw(lengths) + 20, "gap_y_um": draw(lengths) + 20})
    return HoneycombFilm(**COMB | fields | {"cell_um": draw(lengths) + 20})


class TestGridsAndHoneycombs:
    @settings(max_examples=30)
    @given(walls())
    def test_measures_are_those_of_strips_and_hexagons(self, film):
        figure, shape = wanted(film), film.walls
        assert shape.area_um2 == pytest.approx(figure.area, rel=1e-5, abs=1)
        assert shape.perimeter_um == pytest.approx(figure.length, rel=1e-4)
        drawn = film.features.to_shapely(0.01)
        assert drawn.is_valid
        assert drawn.area == pytest.approx(shape.area_um2, abs=0.02 * shape.perimeter_um)
        assert film.side_wall_um2 == pytest.approx(shape.perimeter_um * 150, rel=1e-12)

    @pytest.mark.parametrize("turn_deg", [30.0, 90.0, 150.0, 210.0, 270.0, 330.0, -30.0])
    def test_cells_whose_sides_lie_on_the_edge_are_open_there_however_they_are_turned(self, turn_deg):
        """Five pitches and half a cell of 155 µm are the 950 µm from the middle to the edge; rounding puts sides beside it."""
        fields = COMB | {"cell_um": 155.0, "width_um": 19.5, "margin_um": 0.0, "turn_deg": turn_deg}
        film, less = (HoneycombFilm(**fields | {"outline": OBLONG | {"depth_um": depth_um}}) for depth_um in (1900.0, 1899.998))
        assert film.walls.perimeter_um == pytest.approx(wanted(less).length, rel=1e-6)
        assert film.walls.perimeter_um == pytest.approx(less.walls.perimeter_um, rel=1e-6)

    @settings(max_examples=12)
    @given(walls(), panels)
    def test_every_pixel_is_the_intersection(self, film, panel):
        covered = coverage(film.features, panel)
        x = (np.arange(panel.width_px + 1) - panel.width_px / 2) * panel.pitch_x_um
        y = (panel.height_px / 2 - np.arange(panel.height_px + 1)) * panel.pitch_y_um
        figure = wanted(film)
        shapely.prepare(figure)
        for row, column in np.random.default_rng(0).integers(0, (panel.height_px, panel.width_px), size=(30, 2)):
            pixel = shapely.box(x[column], y[row + 1], x[column + 1], y[row])
            share = figure.intersection(pixel).area / panel.pixel_area_um2
            assert covered[row, column] == pytest.approx(share, abs=2 * SAGITTA_PIXELS)

    @settings(max_examples=30)
    @given(walls(), st.integers(15, 90), st.integers(15, 90))
    def test_coverage_sums_to_the_area(self, film, pitch_x, pitch_y):
        panel = Panel(width_px=3100 // pitch_x, height_px=3100 // pitch_y, pitch_x_um=pitch_x, pitch_y_um=pitch_y)
        covered = coverage(film.features, panel)
        slack = SAGITTA_PIXELS * min(pitch_x, pitch_y) * film.walls.outer.perimeter_um if film.outline.shape == "disc" else 1e-3
        assert covered.sum() * panel.pixel_area_um2 == pytest.approx(film.walls.area_um2, abs=slack)
        assert covered.min() > -2 * SAGITTA_PIXELS
        assert covered.max() < 1 + 2 * SAGITTA_PIXELS

    @pytest.mark.parametrize("outline", [DISC, OBLONG])
    @pytest.mark.parametrize("fields", [{}, {"margin_um": 100.0}, {"width_um": 150.0}])
    def test_the_middle_is_open_and_each_mirror_and_turn_of_the_lattice_is_itself(self, outline, fields):
        panel = Panel(width_px=90, height_px=90, pitch_x_um=37.0, pitch_y_um=37.0)
        for make, base, turn in ((GridFilm, GRID, 90.0), (HoneycombFilm, COMB, 60.0)):
            film = make(**base | {"outline": outline} | fields)
            covered = coverage(film.features, panel)
            assert not coverage(film.features, Panel(width_px=1, height_px=1, pitch_x_um=9.0, pitch_y_um=9.0))[0, 0] > 1e-9
            assert abs(covered - covered[:, ::-1]).max() < 2 * SAGITTA_PIXELS
            assert abs(covered - covered[::-1]).max() < 2 * SAGITTA_PIXELS
            turned = make(**base | {"outline": outline, "turn_deg": turn} | fields)
            assert abs(coverage(turned.features, panel) - covered).max() < 2 * SAGITTA_PIXELS
            back = make(**base | {"outline": outline, "turn_deg": -17.0} | fields)
            forth = make(**base | {"outline": outline, "turn_deg": 17.0} | fields)
            assert abs(coverage(back.features, panel) - coverage(forth.features, panel)[:, ::-1]).max() < 2 * SAGITTA_PIXELS

    @pytest.mark.parametrize(("columns", "rows"), [(1, 1), (7, 4), (30, 21)])
    def test_a_film_of_whole_cells_has_the_figures_of_the_cell(self, columns, rows):
        outline = {"shape": "rectangle", "width_um": (2 * columns - 1) * 200.0, "depth_um": (2 * rows - 1) * 300.0}
        film = GridFilm(**GRID | {"outline": outline, "gap_y_um": 260.0})
        assert film.count == 1
        assert film.features.area_um2 / film.footprint_um2 == pytest.approx(film.cell_fraction, rel=1e-12)
        # Each cell has a half wall around it; on the outline, these have an outer side too.
        around = 2 * (outline["width_um"] + outline["depth_um"])
        assert 1 + (film.side_wall_um2 - around * 150) / film.footprint_um2 == pytest.approx(film.cell_area_factor, rel=1e-12)

    def test_endless_honeycomb(self):
        """A large film tends to the figures of its cell."""
        film = HoneycombFilm(**COMB | {"outline": {"shape": "disc", "diameter_um": 60_000.0}})
        assert film.features.area_um2 / film.footprint_um2 == pytest.approx(film.cell_fraction, rel=1e-3)
        assert 1 + film.side_wall_um2 / film.footprint_um2 == pytest.approx(film.cell_area_factor, rel=5e-3)

    def test_pitch_and_gap_say_the_same(self):
        by_pitch = GridFilm(**GRID | {"gap_um": None, "pitch_um": 200.0, "pitch_y_um": 240.0})
        assert by_pitch.opening_um == (160.0, 200.0)
        assert by_pitch.walls.area_um2 == GridFilm(**GRID | {"gap_y_um": 200.0}).walls.area_um2

    def test_bits_that_the_outline_cuts_off_count(self):
        """Strips that miss each other at the edge of a disc."""
        film = GridFilm(**GRID | {"outline": {"shape": "disc", "diameter_um": 400.0}, "width_um": 10.0, "gap_um": 380.0})
        assert film.count == len(wanted(film).geoms) == 4
        assert len(film.features.to_shapely(0.1).geoms) == 4

    def test_an_opening_flush_with_the_edge_has_no_wall_there(self):
        film = GridFilm(**GRID | {"outline": {"shape": "rectangle", "width_um": 560.0, "depth_um": 560.0}})
        assert film.features.area_um2 == pytest.approx(560 * 80 + 480 * 80, rel=1e-12)
        assert film.features.perimeter_um == pytest.approx(wanted(film).length, rel=1e-12)
        assert film.features.to_shapely(1.0).length == pytest.approx(wanted(film).length, rel=1e-12)

    @pytest.mark.parametrize(
        "fields",
        [
            {"outline": {"shape": "rectangle", "width_um": 3000.0, "depth_um": 2000.0, "corner_radius_um": 400.0}},
            {"outline": {"shape": "polygon", "corners_um": [[-1500, -1000], [1500, -1000], [1500, 200], [0, 1100], [-1500, 200]]}},
            {"notch": {"width_um": 300.0, "depth_um": 200.0, "at_deg": 90.0}},
            {"frame": {"width_um": 137.0, "height_um": 60.0}},
        ],
    )
    @pytest.mark.parametrize("turn_deg", [0.0, 20.0])
    def test_on_any_outline_the_walls_end_at_the_margin(self, fields, turn_deg):
        panel = Panel(width_px=110, height_px=100, pitch_x_um=31.0, pitch_y_um=33.0)
        for make, base in ((GridFilm, GRID), (HoneycombFilm, COMB)):
            film = make(**base | fields | {"turn_deg": turn_deg, "margin_um": 100.0})
            drawn, room = film.features.to_shapely(0.01), film.drawn.inset(100.0).polygon(0.01)
            assert drawn.is_valid
            assert drawn.area == pytest.approx(film.features.area_um2, rel=1e-6)
            assert drawn.length == pytest.approx(film.features.perimeter_um, rel=1e-5)
            assert drawn.difference(room).area < 0.02 * room.length
            assert drawn.distance(film.drawn.polygon(0.01).exterior) == pytest.approx(100, abs=0.1)
            covered = coverage(film.features, panel).sum() * panel.pixel_area_um2
            assert covered == pytest.approx(film.features.area_um2, rel=1e-4)

    def test_holes_stay_lattices(self):
        grid, comb = GridFilm(**GRID).walls, HoneycombFilm(**COMB).walls
        assert [type(part.places) for part in (*grid.holes, *comb.holes)] == [Lattice] * 3
        assert isinstance(grid.holes[0].shape, Rectangle)

    @pytest.mark.parametrize("film", [GridFilm(**GRID), HoneycombFilm(**COMB), RingsFilm(**RINGS)], ids=lambda one: type(one).__name__)
    def test_several_on_a_plate(self, film):
        part = Part(film.features.parts[0].shape, Points(np.array([[-1600.0, 40.0], [1600.0, -90.0]])))
        panel = Panel(width_px=220, height_px=120, pitch_x_um=31.0, pitch_y_um=29.0)
        alone = [Part(part.shape, Points(at[None])) for at in part.places.at_um]
        both = sum(coverage(Region((one,)), panel) for one in alone)
        assert abs(coverage(Region((part,)), panel) - both).max() < 1e-9
        assert np.array_equal(paint(Region((part,)), panel, tone_for(2)), tone_for(2)(coverage(Region((part,)), panel)))


class TestStamps:
    """Polygons on a lattice, each pair of phases drawn once, against each copy drawn for itself."""

    SHAPES = (
        Polygon((np.array([[-20.0, -30.0], [35.0, -10.0], [5.0, 25.0]]),)),
        Polygon((np.array([[-30.0, -30], [30, -30], [30, 30], [-30, 30]]), np.array([[-9.0, -5.0], [-9.0, 12.0], [14.0, 3.0]]))),
        HexagonSection(turn_deg=12.0).sized(50.0),
        Grown(30.0 * StarSection(points=3).outer, 4.0, 9.0),
    )

    @given(
        st.sampled_from(SHAPES), st.sampled_from([20.0, 25.0, 31.0]), st.sampled_from([20.0, 12.5, 44.0]),
        st.sampled_from([40.0, 60.0, 77.5, 155.0]), st.sampled_from([50.0, 62.0]), st.integers(-300, 300), st.booleans(),
    )  # fmt: skip
    def test_many_copies_are_the_sum_of_each(self, shape, pitch_x, pitch_y, apart_x, apart_y, shift, full):
        panel = Panel(width_px=30, height_px=28, pitch_x_um=pitch_x, pitch_y_um=pitch_y)
        x, y = np.arange(-9, 10) * apart_x + shift / 7, np.arange(-8, 9) * apart_y - shift / 3
        present = np.ones((17, 19), dtype=bool) if full else np.random.default_rng(abs(shift)).random((17, 19)) < 0.7
        lattice = Lattice(x, y, present)
        stamped, alone = (coverage(Region((Part(shape, places),)), panel) for places in (lattice, Points(lattice.at_um)))
        assert abs(stamped - alone).max() < 1e-5
        painted = paint(Region((Part(shape, lattice),)), panel, tone_for(256)).astype(int)
        if alone.max() <= 1 + 1e-9:
            assert abs(painted - tone_for(256)(alone)).max() <= 1

    def test_stamps_are_few_or_not_made(self):
        """A pitch of 300 µm is at the same phase again every 31 pixels of 62 µm; one of irrational length never is."""
        window, hexagon = Window.whole(Panel(width_px=900, height_px=300, pitch_x_um=62.0, pitch_y_um=62.0)), HexagonSection().sized(200.0)
        for apart_um, stamps in ((300.0, 31), (100 * sqrt(5), None)):
            lattice = Lattice(np.arange(-90, 90) * apart_um, np.arange(10) * 345.6, np.ones((10, 180), dtype=bool))
            found = Stamps.where_they_repeat(hexagon, lattice, window, 0.06)
            assert (found and len(found.x.phases()[0])) == stamps


class TestCutting:
    @settings(max_examples=40)
    @given(st.lists(st.tuples(st.floats(-200, 200), st.floats(-200, 200)), min_size=1, max_size=9), st.floats(1, 120), st.floats(0, 6))
    def test_a_circle_cuts_polygons_as_shapely_does(self, places, size, turn):
        corners = size * np.column_stack((np.cos(turn + np.arange(6) * pi / 3), np.sin(turn + np.arange(6) * pi / 3)))
        hexagon, at = Polygon((corners,)), np.array(places)
        alone = [Pierced.of(Disc(100.0), hexagon, (Points(one[None]),)) for one in at]
        circle = shapely.Polygon(Disc(100.0).rings(1e-5)[0])
        for pierced, one in zip(alone, at, strict=True):
            left = circle.difference(shapely.Polygon(corners + one))
            assert pierced.area_um2 == pytest.approx(left.area, abs=1e-2)
            assert pierced.perimeter_um == pytest.approx(left.length, abs=0.05)


class TestRings:
    @given(lengths, lengths, st.floats(0, 900), margins, outlines)
    def test_as_many_whole_ones_as_fit(self, width, gap, inner, margin, outline):
        fields = {"width_um": width, "gap_um": gap, "inner_radius_um": round(inner), "margin_um": margin, "outline": outline}
        film = attempt(RingsFilm, **RINGS | {key: float(value) if isinstance(value, int) else value for key, value in fields.items()})
        limit = min(outline.get("diameter_um", inf), outline.get("width_um", inf), outline.get("depth_um", inf)) / 2 - margin
        starts = [start for n in range(200) if (start := round(inner) + n * (width + gap)) + width <= limit * (1 + 1e-9)]
        if not starts:
            assert "must be at least inner_radius_um" in film
            return
        assert film.count == len(starts)
        area = sum(pi * ((start + width) ** 2 - start**2) for start in starts)
        length = sum(2 * pi * (2 * start + width) for start in starts)
        assert film.features.area_um2 == pytest.approx(area, rel=1e-12)
        assert film.side_wall_um2 == pytest.approx(length * 150, rel=1e-12)
        drawn = film.features.to_shapely(1.0)
        assert len(drawn.geoms) == film.count
        assert drawn.is_valid

    @given(st.lists(st.floats(1, 400), min_size=1, max_size=7, unique=True), st.floats(-300, 300), st.floats(-300, 300), panels)
    def test_every_pixel_is_a_sum_of_discs(self, radii, x_um, y_um, panel):
        shape, at = Rings(tuple(sorted(radii, reverse=True))), Points(np.array([[x_um, y_um]]))
        covered = coverage(Region((Part(shape, at),)), panel)
        discs = [sign * coverage(Region((Part(disc, at),)), panel) for sign, disc in shape.discs]
        assert abs(covered - sum(discs)).max() < 1e-9

    @given(st.integers(1, 9), st.integers(-9, 9), st.integers(-9, 9))
    def test_circles_that_touch_pixel_edges(self, radius, x, y):
        panel = Panel(width_px=12, height_px=10, pitch_x_um=8.0, pitch_y_um=8.0)
        at = Points(np.array([[4.0 * x, 4.0 * y]]))
        covered = coverage(Region((Part(Rings((4.0 * radius, 2.0 * radius)), at),)), panel)
        alone = [coverage(Region((Part(Disc(size * radius), at),)), panel) for size in (4.0, 2.0)]
        assert abs(covered - alone[0] + alone[1]).max() < 1e-9

    def test_many_places_and_sizes(self):
        panel = Panel(width_px=60, height_px=40, pitch_x_um=11.0, pitch_y_um=13.0)
        for places in (
            Lattice(np.arange(-2, 3) * 100.0, np.array([-90.0, 60.0]), np.ones((2, 5), dtype=bool)),
            Points(np.array([[0.0, 3.0], [120.0, 40.0]]), np.array([1.0, 0.6])),
        ):
            region = Region((Part(Rings((40.0, 25.0, 10.0)), places),))
            covered = coverage(region, panel)
            assert covered.sum() * panel.pixel_area_um2 == pytest.approx(region.area_um2, rel=1e-9)
            drawn = region.to_shapely(0.001)
            assert drawn.area == pytest.approx(region.area_um2, rel=1e-9)
            assert len(drawn.geoms) == region.count


class TestArms:
    @pytest.mark.parametrize("arms", [1, 2, 3, 4, 7])
    def test_each_arm_is_the_first_one_turned(self, arms):
        film = SpiralFilm(**SPIRAL | {"arms": arms})
        rings = film.features.parts[0].shape.rings(0.1)
        assert film.count == len(rings) == arms
        drawn = [shapely.Polygon(ring) for ring in rings]
        assert all(one.is_valid and one.exterior.is_ccw for one in drawn)
        for n, one in enumerate(drawn):
            assert shapely.affinity.rotate(drawn[0], 360 * n / arms, origin=(0, 0)).symmetric_difference(one).area < 1
            assert all(one.disjoint(other) for other in drawn[:n])
        whole = shapely.union_all(drawn)
        assert whole.area == pytest.approx(film.features.area_um2, rel=2e-3)
        assert whole.length == pytest.approx(film.features.perimeter_um, rel=1e-3)

    @pytest.mark.parametrize("arms", [1, 2, 3, 5])
    def test_all_arms_together_keep_the_gap_along_the_radius(self, arms):
        """Along a ray, walls follow each other at the spacing, as in a spiral of one arm."""
        film = SpiralFilm(**SPIRAL | {"arms": arms})
        walls = film.features.to_shapely(0.01)
        for angle in (0.3, 2.0, 4.4):
            ray = shapely.LineString([(400 * np.cos(angle), 400 * np.sin(angle)), (1400 * np.cos(angle), 1400 * np.sin(angle))])
            middles = sorted(hypot(*part.interpolate(0.5, normalized=True).coords[0]) for part in ray.intersection(walls).geoms)
            assert np.diff(middles[1:-1]) == pytest.approx(film.spacing_um, rel=0.02)

    @pytest.mark.parametrize("arms", [1, 2, 3])
    def test_the_other_hand_is_the_mirror_image(self, arms):
        left, right = (SpiralFilm(**SPIRAL | {"arms": arms, "hand": hand}) for hand in ("left", "right"))
        panel = Panel(width_px=61, height_px=60, pitch_x_um=50.0, pitch_y_um=50.0)
        one, other = coverage(left.features, panel), coverage(right.features, panel)
        assert abs(one[::-1] - other).max() < 1e-9
        assert abs(one - other).max() > 0.5
        assert left.features.area_um2 == right.features.area_um2

    def test_a_left_handed_spiral_winds_outwards_counter_clockwise(self):
        for hand, sense in (("left", 1), ("right", -1)):
            ring = SpiralFilm(**SPIRAL | {"hand": hand, "arms": 3}).features.parts[0].shape.rings(1.0)[0]
            outwards = ring if np.hypot(*ring[5]) < np.hypot(*ring[len(ring) // 4]) else ring[::-1]
            turn = np.unwrap(np.arctan2(*outwards[: len(ring) // 4].T[::-1]))
            assert sense * (turn[-1] - turn[0]) > 1

    @pytest.mark.parametrize(("arms", "turns"), [(2, 2), (4, 1)])
    def test_turned_by_an_arm_it_is_itself(self, arms, turns):
        panel = Panel(width_px=62, height_px=62, pitch_x_um=50.0, pitch_y_um=50.0)
        covered = coverage(SpiralFilm(**SPIRAL | {"arms": arms}).features, panel)
        assert abs(np.rot90(covered, turns) - covered).max() < 1e-9

    @settings(max_examples=60)
    @given(st.integers(2, 12), st.integers(5, 200), st.integers(1, 200), st.floats(0.01, 400))
    def test_what_is_not_refused_never_touches(self, arms, width_um, gap_um, inner_radius_um):
        sizes = {"width_um": float(width_um), "gap_um": float(gap_um), "inner_radius_um": inner_radius_um, "arms": arms}
        film = attempt(SpiralFilm, **SPIRAL | sizes | {"outer_radius_um": min(1500.0, inner_radius_um + 3 * width_um + 2 * gap_um)})
        if isinstance(film, str):
            assert "overlap" in film
        else:
            drawn = [shapely.Polygon(ring) for ring in film.features.parts[0].shape.rings(0.005)]
            assert all(one.is_valid for one in drawn)
            assert drawn[0].disjoint(drawn[1])

    @pytest.mark.parametrize("hand", ["left", "right"])
    def test_the_place_of_an_overlap_is_named(self, hand):
        fields = SPIRAL | {"arms": 6, "inner_radius_um": 30.0, "width_um": 100.0, "hand": hand}
        said = refusal(SpiralFilm, **fields)
        assert "inner_radius_um=30 is too small: arms of width_um=100 would overlap at x=" in said
        x, y = (float(said.split(f"{axis}=")[1].split(",")[0].split()[0]) for axis in "xy")
        roomy = SpiralFilm(**fields | {"inner_radius_um": 400.0}).wall
        start = (30.0 + 50) / roomy.b_um
        arms = [shapely.Polygon(ring) for ring in type(roomy)(roomy.b_um, 100.0, start, start + 3, 6, hand == "right").rings(0.1)]
        assert sum(one.buffer(0.1).contains(shapely.Point(x, y)) for one in arms) >= 2


ALL = [(GridFilm, GRID), (HoneycombFilm, COMB), (RingsFilm, RINGS), (SpiralFilm, SPIRAL)]


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "fields", "said"),
        [
            (GridFilm, GRID | {"pitch_um": 300.0}, "gap_um=160.0 and pitch_um=300.0: exactly one of the two must be given"),
            (GridFilm, GRID | {"gap_um": None}, "gap_um=None and pitch_um=None: exactly one of the two must be given"),
            (GridFilm, GRID | {"gap_um": None, "pitch_um": 40.0}, "pitch_um=40 must exceed width_um=40"),
            (GridFilm, GRID | {"pitch_y_um": 30.0}, "pitch_y_um=30 must exceed width_um=40"),
            (GridFilm, GRID | {"pitch_y_um": 300.0, "gap_y_um": 30.0}, "gap_y_um=30.0 and pitch_y_um=300.0: only one of the two"),
            (GridFilm, GRID | {"gap_um": 4000.0}, "gap_um=4000 with margin_um=0: no wall lies within the outline"),
            (GridFilm, GRID | {"margin_um": 1500.0}, "a margin of 1500 µm leaves no room of a disc of 3000 µm"),
            (GridFilm, GRID | {"width_um": 0.01, "gap_um": 0.01}, "openings; must not exceed 2000000"),
            (GridFilm, GRID | {"turn_deg": 361.0}, "turn_deg=361.0 must be less than or equal to 360"),
            (GridFilm, GRID | {"turn": 3.0}, "turn is not a known key; did you mean turn_deg?"),
            (HoneycombFilm, COMB | {"cell_um": 4000.0}, "cell_um=4000 with margin_um=0: no wall lies within the outline"),
            (HoneycombFilm, COMB | {"cell_um": 0.01, "width_um": 0.01}, "openings; must not exceed 2000000"),
            (HoneycombFilm, COMB | {"outline": OBLONG, "margin_um": 950.0}, "a margin of 950 µm leaves no room of a rectangle"),
            (HoneycombFilm, COMB | {"gap_um": 4.0}, "gap_um is not a known key"),
            (RingsFilm, RINGS | {"inner_radius_um": 1461.0}, "outer_radius_um=1500 must be at least inner_radius_um=1461 + width_um=40"),
            (RingsFilm, RINGS | {"outer_radius_um": 1501.0}, "outer_radius_um=1501 must not exceed 1500, the largest circle within"),
            (RingsFilm, RINGS | {"inner_radius_um": 1e-5}, "inner_radius_um=1e-05 must be 0 or at least 0.001 µm"),
            (RingsFilm, RINGS | {"width_um": 0.01, "gap_um": 0.01}, "width_um + gap_um=0.02 gives more than 20000 rings"),
            (RingsFilm, RINGS | {"margin_um": 1499.0}, "outer_radius_um=1 must be at least"),
            (RingsFilm, RINGS | {"inner_radius_um": -1.0}, "inner_radius_um=-1.0 must be greater than or equal to 0"),
            *((make, fields | {"margin_um": -1.0}, "margin_um=-1.0 must be greater than or equal to 0") for make, fields in ALL),
            *((make, fields | {"margin_um": nan}, "margin_um=nan must be a finite number") for make, fields in ALL),
            *((make, fields | {"height_um": 150.0004}, "height_um=150.0004 must lie on the 1 nm grid") for make, fields in ALL),
            *((make, fields | {"heigth_um": 3.0}, "heigth_um is not a known key; did you mean height_um?") for make, fields in ALL),
            (SpiralFilm, SPIRAL | {"arms": 0}, "arms=0 must be greater than or equal to 1"),
            (SpiralFilm, SPIRAL | {"arms": 101}, "arms=101 must be less than or equal to 100"),
            (SpiralFilm, SPIRAL | {"arms": 2.0}, "arms=2.0 must be a whole number"),
            (SpiralFilm, SPIRAL | {"hand": "both"}, "hand='both' must be 'left' or 'right'"),
        ],
    )
    def test_walls(self, make, fields, said):
        assert said in refusal(make, **fields)

    @pytest.mark.parametrize(
        ("make", "fields", "key"),
        [(GridFilm, GRID, key) for key in ("width_um", "gap_um", "height_um", "gap_y_um")]
        + [(HoneycombFilm, COMB, key) for key in ("width_um", "cell_um", "height_um")]
        + [(RingsFilm, RINGS, key) for key in ("width_um", "gap_um", "height_um", "outer_radius_um")],
    )
    @pytest.mark.parametrize("value", [0, -1.0, nan, inf, 2e9, "75", True, 1e-9])
    def test_lengths(self, make, fields, key, value):
        assert f"{key}={value!r} must be" in refusal(make, **fields | {key: value})

    @given(st.sampled_from([(GridFilm, GRID, "gap_um"), (HoneycombFilm, COMB, "cell_um")]), any_lengths, any_lengths, any_lengths, turns)
    def test_any_numbers_give_walls_or_a_plain_refusal(self, kind, width, opening, margin, turn):
        make, fields, key = kind
        film = attempt(make, **fields | {"width_um": width, key: opening, "margin_um": min(margin, 1400.0), "turn_deg": turn})
        if isinstance(film, str):
            assert "must" in film or "no wall" in film or "leaves no room" in film
        else:
            assert 0 < film.features.area_um2 <= film.footprint_um2 * (1 + 1e-12)
            assert film.count >= 1
