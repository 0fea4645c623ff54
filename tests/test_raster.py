"""Coverage is exact: against integrals and intersections that share no code with it, and in its sums."""

from __future__ import annotations

from importlib import import_module
from math import pi

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import assume, given
from hypothesis import strategies as st

from voxelyte import raster
from voxelyte.errors import RecipeError
from voxelyte.printer import Panel
from voxelyte.raster import coverage, lattice, paint, polygon
from voxelyte.raster.window import groups
from voxelyte.region import EMPTY, Lattice, Part, Points, Region
from voxelyte.shapes import Disc, Polygon, Rectangle
from voxelyte.solids.spiral import SpiralFilm
from voxelyte.tone import tone_for

scatter_module = import_module("voxelyte.raster.scatter")  # its function has taken its name in the package
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def panel_of(width, height, pitch_x_um, pitch_y_um, **rest):
    return Panel(width_px=width, height_px=height, pitch_x_um=pitch_x_um, pitch_y_um=pitch_y_um, **rest)


def edges_um(panel):
    """Pixel edges: of columns from left to right, of rows from the back (greatest y) to the front."""
    width, depth = panel.size_um
    x = np.arange(panel.width_px + 1) * panel.pitch_x_um - width / 2
    return x, depth / 2 - np.arange(panel.height_px + 1) * panel.pitch_y_um


def integrated(panel, radius, at):
    """Coverage by one disc: Gauss-Legendre over the angle from its back, piece by piece between all kinks of the integrand."""
    edge_x, edge_y = (edges - centre for edges, centre in zip(edges_um(panel), at, strict=True))
    across = np.arccos(abs(edge_y[abs(edge_y) < radius]) / radius)
    kinks = np.concatenate(([-pi / 2, pi / 2], np.arcsin((edge_x / radius).clip(-1, 1)), across, -across))
    kinks = np.unique(kinks)
    half, middle = np.diff(kinks) / 2, (kinks[1:] + kinks[:-1]) / 2
    angle = middle[:, None] + half[:, None] * NODES
    x, reach = radius * np.sin(angle), radius * np.cos(angle)
    top, bottom = edge_y[:-1, None, None], edge_y[1:, None, None]
    length = (np.minimum(top, reach) - np.maximum(bottom, -reach)).clip(0)
    strips = (length * reach * WEIGHTS).sum(axis=2) * half
    column = np.searchsorted(edge_x, x[:, len(NODES) // 2]) - 1
    covered = np.zeros((panel.height_px, panel.width_px))
    for strip, at_column in zip(strips.T, column, strict=True):
        if 0 <= at_column < panel.width_px:
            covered[:, at_column] += strip
    return covered / panel.pixel_area_um2


def intersected(panel, figure):
    """Coverage by a shapely figure: its intersection with every pixel."""
    edge_x, edge_y = edges_um(panel)
    boxes = shapely.box(edge_x[None, :-1], edge_y[1:, None], edge_x[None, 1:], edge_y[:-1, None])
    return shapely.area(shapely.intersection(figure, boxes)) / panel.pixel_area_um2


def at(*points):
    return Points(np.array(points, dtype=float).reshape(-1, 2))


def grid(x_um, y_um, present=None):
    x, y = np.array(x_um, dtype=float), np.array(y_um, dtype=float)
    return Lattice(x, y, np.ones((len(y), len(x)), dtype=bool) if present is None else present)


def region(shape, places):
    return Region((Part(shape, places),))


tenths = st.integers(5, 400).map(lambda n: n / 10)
panels = st.builds(panel_of, st.integers(1, 14), st.integers(1, 14), tenths, tenths)


def unit(low, high):
    return st.floats(low, high, allow_nan=False)


@st.composite
def discs(draw):
    """A panel and a disc anywhere on, across or beyond it, from a tenth of a pixel to larger than all pixels."""
    panel = draw(panels)
    width, depth = panel.size_um
    radius = draw(unit(0.1, 12)) * draw(st.sampled_from([panel.pitch_x_um, panel.pitch_y_um]))
    centre = draw(unit(-0.8, 0.8)) * width, draw(unit(-0.8, 0.8)) * depth
    if draw(st.booleans()):  # on a corner, an edge or the middle of a pixel, where windows begin and end
        step_x, step_y = panel.pitch_x_um / 2, panel.pitch_y_um / 2
        centre = round(centre[0] / step_x) * step_x, round(centre[1] / step_y) * step_y
        radius = max(1, round(radius / step_x)) * step_x
    return panel, radius, centre


@st.composite
def lattices(draw):
    """A panel and a square or oblong lattice, regular or not, full or sparse, centred or not, its sizes whole tenths of a µm."""
    panel = draw(panels)
    width, depth = (int(10 * size) for size in panel.size_um)
    x, y = (
        np.unique(draw(st.lists(st.integers(-size, size), min_size=1, max_size=5))) / 10 if draw(st.booleans())
        else (np.arange(draw(st.integers(1, 6))) * draw(st.integers(1, 300)) + draw(st.integers(-size, size))) / 10
        for size in (width, depth)
    )
    present = draw(st.lists(st.booleans(), min_size=len(x) * len(y), max_size=len(x) * len(y))) if draw(st.booleans()) else None
    shape = Disc(draw(st.integers(1, 600)) / 10)
    return panel, shape, grid(x, y, None if present is None else np.reshape(present, (len(y), len(x))))


class TestDiscs:
    @given(discs())
    def test_every_pixel_is_the_integral(self, case):
        panel, radius, centre = case
        wanted = integrated(panel, radius, centre)
        for places in (at(centre), grid(centre[:1], centre[1:])):
            assert abs(coverage(region(Disc(radius), places), panel) - wanted).max() < 1e-9

    def test_the_integral_itself_is_right(self):
        panel = panel_of(7, 5, 3.0, 4.0)
        finest = shapely.Polygon(Disc(7.3).rings(1e-7)[0] + (1.1, -0.4))
        assert abs(integrated(panel, 7.3, (1.1, -0.4)) - intersected(panel, finest)).max() < 1e-7

    @pytest.mark.parametrize("places", [at((2.5, -1.5)), grid([2.5], [-1.5])])
    @pytest.mark.parametrize("radius", [1e-3, 0.5, 1.0, 1.5, 40.0])
    def test_touching_pixel_edges(self, places, radius):
        panel = panel_of(100, 100, 1.0, 1.0)
        covered = coverage(region(Disc(radius), places), panel)
        assert covered.sum() == pytest.approx(pi * radius**2, rel=1e-9)
        assert covered.min() > -1e-9
        assert covered.max() < 1 + 1e-9

    @given(discs())
    def test_grey_levels_err_by_rounding_only(self, case):
        panel, radius, centre = case
        mask = paint(region(Disc(radius), grid(centre[:1], centre[1:])), panel, tone_for(256))
        assert abs(mask / 255 - integrated(panel, radius, centre)).max() <= 0.5 / 255 + 1e-9


class TestLattices:
    @given(lattices())
    def test_is_the_sum_of_its_discs(self, case):
        panel, disc, places = case
        covered = coverage(region(disc, places), panel)
        alone = coverage(region(disc, Points(places.at_um)), panel)
        # Areas are differences of numbers as large as the disc's quadrant, in pixels.
        largest = max(1.0, disc.radius_um**2 / panel.pixel_area_um2)
        assert abs(covered - alone).max() <= 1e-12 * largest * max(1, places.count)

    @given(lattices())
    def test_painted_is_toned_coverage(self, case):
        panel, disc, places = case
        pillars = region(disc, places)
        for levels in (256, 16, 2):
            tone = tone_for(levels)
            painted, toned = paint(pillars, panel, tone).astype(int), tone(coverage(pillars, panel)).astype(int)
            assert np.array_equal(painted, toned)

    @given(*[st.lists(unit(-90, 90), min_size=1, max_size=6, unique=True)] * 2, unit(0.2, 9))
    def test_phases_that_nearly_agree_are_one_within_a_millionth_of_a_pixel(self, x, y, radius):
        panel = panel_of(18, 12, 10.0, 10.0)
        places = grid(sorted(x), sorted(y))
        alone = coverage(region(Disc(radius), Points(places.at_um)), panel)
        assert abs(coverage(region(Disc(radius), places), panel) - alone).max() < 4e-6 * places.count

    @given(lattices(), st.integers(1, 40), st.integers(1, 400))
    def test_rectangles_are_the_intersections(self, case, width, depth):
        panel, _, places = case
        shape = Rectangle(width / 10, depth / 10)
        boxes = [shapely.affinity.translate(shapely.box(*shape.bounds_um), *place) for place in places.at_um]
        wanted = sum((intersected(panel, box) for box in boxes), np.zeros((panel.height_px, panel.width_px)))
        for where in (places, Points(places.at_um)):
            assert abs(coverage(region(shape, where), panel) - wanted).max(initial=0) < 1e-9

    @given(lattices(), st.integers(1, 40))
    def test_strips_and_chunks_change_nothing(self, case, cells):
        panel, disc, places = case
        wholes = [coverage(region(disc, where), panel) for where in (places, Points(places.at_um))]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lattice, "MAX_CELLS", cells)
            patch.setattr(scatter_module, "CELLS_AT_ONCE", cells)
            parts = [coverage(region(disc, where), panel) for where in (places, Points(places.at_um))]
            painted = paint(region(disc, places), panel, tone_for(256)).astype(int)
        for part, whole in zip(parts, wholes, strict=True):
            assert abs(part - whole).max() < 1e-12 * max(1.0, disc.radius_um**2 / panel.pixel_area_um2) * max(1, places.count)
        assert abs(painted - tone_for(256)(wholes[0])).max() <= 1  # where rounding noise meets half a level

    @given(lattices(), st.integers(-5, 5), st.integers(-5, 5))
    def test_a_shift_by_whole_pixels_shifts_the_mask(self, case, right, back):
        panel, disc, places = case
        moved = grid(places.x_um + right * panel.pitch_x_um, places.y_um + back * panel.pitch_y_um, places.present)
        # A margin of pixels holds what the shift brings in.
        wide = panel_of(panel.width_px + 10, panel.height_px + 10, panel.pitch_x_um, panel.pitch_y_um)
        rows, columns = slice(5 + back, 5 + back + panel.height_px), slice(5 - right, 5 - right + panel.width_px)
        wanted = coverage(region(disc, places), wide)[rows, columns]
        largest = max(1.0, disc.radius_um**2 / panel.pixel_area_um2) * max(1, places.count)
        assert abs(coverage(region(disc, moved), panel) - wanted).max() <= 1e-11 * largest

    @given(lattices())
    def test_the_mirrored_region_gives_the_mirrored_mask(self, case):
        panel, disc, places = case
        mirrored = grid(-places.x_um[::-1], places.y_um, places.present[:, ::-1])
        turned = grid(places.x_um, -places.y_um[::-1], places.present[::-1])
        covered = coverage(region(disc, places), panel)
        largest = max(1.0, disc.radius_um**2 / panel.pixel_area_um2) * max(1, places.count)
        assert abs(coverage(region(disc, mirrored), panel) - covered[:, ::-1]).max() <= 1e-11 * largest
        assert abs(coverage(region(disc, turned), panel) - covered[::-1]).max() <= 1e-11 * largest

    def test_shared_pixels_add_up(self):
        """Thirty-six discs, four to a pixel and some on its edges."""
        panel = panel_of(5, 5, 10.0, 10.0)
        places = grid(np.arange(6) * 4.0 - 9, np.arange(6) * 4.0 - 11)
        covered = coverage(region(Disc(1.9), places), panel)
        assert covered.sum() * 100 == pytest.approx(36 * pi * 1.9**2, rel=1e-12)
        assert covered.max() < 1
        assert np.array_equal(paint(region(Disc(1.9), places), panel, tone_for(256)), tone_for(256)(covered))

    @pytest.mark.parametrize("gap_um", [1.0, 20.0, 61.0, 63.0])
    def test_a_gap_of_any_size_keeps_the_area(self, gap_um):
        """The paper's pillars on 62 µm pixels: a pixel can hold pieces of two pillars or of four."""
        panel = panel_of(60, 50, 62.0, 62.0)
        places = grid((np.arange(15) - 7) * (100 + gap_um) + 3.7, (np.arange(13) - 6) * (100 + gap_um) - 11)
        pillars = region(Disc(50.0), places)
        assert coverage(pillars, panel).sum() * panel.pixel_area_um2 == pytest.approx(pillars.area_um2, rel=1e-9)


class TestSums:
    @given(panels, unit(0.02, 0.49), unit(-1, 1), unit(-1, 1))
    def test_what_lies_on_the_panel_keeps_its_area(self, panel, size, to_x, to_y):
        width, depth = panel.size_um
        radius = size * min(width, depth)
        place = to_x * (width / 2 - radius) * 0.999, to_y * (depth / 2 - radius) * 0.999
        ring = Disc(0.95 * radius).rings(radius / 50)[0]
        holed = Polygon((ring, ring[::-1] / 2))
        for shape in (Disc(radius), Rectangle(2 * radius, radius), holed):
            for places in (at(place), grid(place[:1], place[1:])):
                shown = region(shape, places)
                assert coverage(shown, panel).sum() * panel.pixel_area_um2 == pytest.approx(shown.area_um2, rel=1e-9)

    def test_nothing_covers_nothing(self):
        panel = panel_of(6, 4, 5.0, 7.0)
        none = np.zeros((1, 1), dtype=bool)
        for empty in (EMPTY, region(Disc(3.0), at()), region(Disc(3.0), grid([0], [0], none)), region(Disc(3.0), grid([], []))):
            assert coverage(empty, panel).shape == (4, 6)
            assert not coverage(empty, panel).any()
            assert not paint(empty, panel, tone_for(256)).any()

    def test_parts_add_up(self):
        panel = panel_of(9, 9, 4.0, 4.0)
        parts = Part(Disc(3.0), grid([-10], [5])), Part(Rectangle(5.0, 6.0), at((8, -3))), Part(Disc(2.0), at((0, 0), (1, 12)))
        wanted = sum(coverage(Region((part,)), panel) for part in parts)
        assert np.array_equal(coverage(Region(parts), panel), wanted)
        assert np.array_equal(paint(Region(parts), panel, tone_for(256)), tone_for(256)(wanted))

    def test_the_panel_filled_is_full(self):
        panel = panel_of(7, 5, 3.1, 4.7)
        for shape in (Rectangle(*panel.size_um), Rectangle(100.0, 100.0), Disc(100.0)):
            for places in (at((0, 0)), grid([0], [0])):
                assert paint(region(shape, places), panel, tone_for(256)).min() == 255


@st.composite
def polygons(draw):
    """A figure with holes or in several pieces: united boxes (on and off pixel edges) less other boxes, or a star with a hole."""
    if draw(st.booleans()):
        corners = draw(st.integers(3, 9))
        radii = np.array(draw(st.lists(unit(4, 40), min_size=corners, max_size=corners)))
        turn = np.arange(corners) * 2 * pi / corners + draw(unit(0, 6))
        star = np.column_stack((radii * np.cos(turn), radii * np.sin(turn)))
        figure = shapely.Polygon(star, [star * draw(unit(0.1, 0.9))])
    else:
        coordinate = st.one_of(st.integers(-60, 60).map(lambda n: n / 2), unit(-35, 35).map(lambda x: round(x, 6)))
        boxes = st.builds(lambda a, b, c, d: shapely.box(min(a, c), min(b, d), max(a, c), max(b, d)), *[coordinate] * 4)
        solid, holes = (shapely.union_all(draw(st.lists(boxes, min_size=n, max_size=4))) for n in (1, 0))
        figure = shapely.difference(solid, holes)
        figure = shapely.affinity.rotate(figure, draw(st.sampled_from([0, 90, 30, 45])), origin=(0, 0))
    return shapely.affinity.translate(figure, draw(st.integers(-40, 40)) / 2, draw(st.integers(-40, 40)) / 2)


def rings_of(figure):
    pieces = [shapely.geometry.polygon.orient(one) for one in getattr(figure, "geoms", [figure]) if one.area]
    return tuple(np.array(ring.coords)[:-1] for one in pieces for ring in (one.exterior, *one.interiors))


class TestPolygons:
    @given(polygons(), st.sampled_from([5.0, 2.5, 4.3]), st.sampled_from([5.0, 6.1]), st.integers(3, 12), st.integers(3, 12))
    def test_every_pixel_is_the_intersection(self, figure, pitch_x_um, pitch_y_um, width, height):
        panel = panel_of(width, height, pitch_x_um, pitch_y_um)
        rings = rings_of(figure)
        assume(rings)
        covered = coverage(region(Polygon(rings), at((0, 0))), panel)
        assert abs(covered - intersected(panel, figure)).max() < 1e-9

    @given(polygons(), st.integers(1, 7))
    def test_few_edges_at_a_time_change_nothing(self, figure, edges):
        panel = panel_of(11, 9, 5.0, 5.0)
        rings = rings_of(figure)
        assume(rings)
        drawn = region(Polygon(rings), at((0, 0), (3.3, -71)))
        whole = coverage(drawn, panel)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(polygon, "EDGES_AT_ONCE", edges)
            assert abs(coverage(drawn, panel) - whole).max() < 1e-12

    def test_a_checker_of_single_pixels(self):
        panel = panel_of(8, 6, 10.0, 10.0)
        edge_x, edge_y = edges_um(panel)
        wanted = np.indices((6, 8)).sum(axis=0) % 2
        boxes = [shapely.box(edge_x[c], edge_y[r + 1], edge_x[c + 1], edge_y[r]) for r, c in np.argwhere(wanted)]
        rings = tuple(ring for box in boxes for ring in rings_of(box))
        assert np.array_equal(paint(region(Polygon(rings), at((0, 0))), panel, tone_for(256)), wanted * 255)


def spiral(**changes):
    fields = {"outline": {"shape": "disc", "diameter_um": 6000.0}, "base_um": 75.0, "width_um": 100.0, "gap_um": 200.0,
              "height_um": 150.0, "inner_radius_um": 300.0}
    return SpiralFilm(**{**fields, **changes})


class TestSpiral:
    @pytest.mark.parametrize(("pitch_x_um", "pitch_y_um"), [(62.0, 62.0), (19.0, 24.0), (50.0, 12.5)])
    @pytest.mark.parametrize("changes", [{}, {"width_um": 30.0, "gap_um": 11.0}, {"inner_radius_um": 120.0, "gap_um": 90.0}])
    def test_chords_cost_less_than_half_a_grey_level(self, monkeypatch, changes, pitch_x_um, pitch_y_um):
        film = spiral(**changes)
        panel = panel_of(round(6100 / pitch_x_um), round(6100 / pitch_y_um), pitch_x_um, pitch_y_um)
        covered = coverage(film.features, panel)
        monkeypatch.setattr(raster, "SAGITTA_PIXELS", raster.SAGITTA_PIXELS / 20)
        finer = coverage(film.features, panel)
        assert abs(covered - finer).max() * 255 < 0.5
        sagitta_um = raster.SAGITTA_PIXELS * min(pitch_x_um, pitch_y_um)
        assert finer.sum() * panel.pixel_area_um2 == pytest.approx(film.features.area_um2, abs=film.features.perimeter_um * sagitta_um)

    def test_a_corner_of_it_is_the_corner_of_the_whole(self):
        """What lies beyond the panel on any side changes nothing inside."""
        film = spiral()
        whole, part = (coverage(film.features, panel_of(n, n - 8, 50.0, 50.0)) for n in (128, 40))
        assert abs(part - whole[44:-44, 44:-44]).max() < 1e-9


class TestPanel:
    @given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.booleans())
    def test_oriented_is_its_own_inverse_and_mirrors_exactly(self, width, height, mirror_x, mirror_y):
        panel = panel_of(width, height, 1.0, 1.0, mirror_x=mirror_x, mirror_y=mirror_y)
        mask = np.arange(width * height, dtype=np.uint8).reshape(height, width)
        shown = panel.oriented(mask)
        assert np.array_equal(panel.oriented(shown), mask)
        for row, column in np.ndindex(height, width):
            there = height - 1 - row if mirror_y else row, width - 1 - column if mirror_x else column
            assert shown[there] == mask[row, column]

    def test_row_0_is_the_back_and_column_0_the_left(self):
        covered = coverage(region(Rectangle(2.0, 2.0), at((-7, 5))), panel_of(10, 8, 2.0, 2.0))
        assert np.argwhere(covered > 0.1).tolist() == [[1, 1]] or covered.sum() == pytest.approx(1)
        assert covered[:4, :5].sum() == pytest.approx(1)


def disc_parts(boxes):
    return [Part(Disc(radius), at((x, y))) for x, y, radius in boxes]


class TestGroups:
    places = st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000), st.floats(1, 400))

    @given(st.lists(places, max_size=12), panels)
    def test_no_two_share_a_pixel_and_no_part_on_the_panel_is_lost(self, boxes, panel):
        parts = disc_parts(boxes)
        found = groups(parts, panel)
        used = np.zeros((panel.height_px, panel.width_px), dtype=int)
        for group in found:
            group.window.of(used)[...] += 1
            for _, window in group.parts:
                assert window.within(group.window).of(group.window.of(used)).size == window.width * window.height > 0
        assert used.max(initial=0) <= 1
        seen = [part for group in found for part, _ in group.parts]
        assert len(seen) == len(set(map(id, seen)))
        for part in (part for part in parts if all(part is not one for one in seen)):
            assert coverage(Region((part,)), panel).sum() == pytest.approx(0, abs=1e-9)

    @given(st.lists(places, max_size=6), panels)
    def test_the_picture_is_that_of_all_coverages_together(self, boxes, panel):
        """In whatever groups they are: the sum of each part's coverage over the whole panel."""
        parts = disc_parts(boxes)
        alone = sum((coverage(Region((part,)), panel) for part in parts), np.zeros((panel.height_px, panel.width_px)))
        together = coverage(Region(tuple(parts)), panel)
        assert together == pytest.approx(alone, abs=1e-9)
        assume(together.max(initial=0) <= 1)
        assert abs(paint(Region(tuple(parts)), panel, tone_for(256)) - together * 255).max() <= 0.5 + 1e-6

    @given(st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300), st.floats(0.1, 60)), min_size=1, max_size=8), panels)
    def test_copies_of_distinct_sizes_are_discs_of_those_sizes(self, boxes, panel):
        *xy, radius = np.array(boxes).T
        one = Region((Part(Disc(2.0), Points(np.column_stack(xy), radius / 2)),))
        each = Region(tuple(disc_parts(boxes)))
        assert coverage(one, panel) == pytest.approx(coverage(each, panel), abs=1e-9)
        assert one.area_um2 == pytest.approx(each.area_um2)
        assert one.perimeter_um == pytest.approx(each.perimeter_um)
        assert one.bounds_um == pytest.approx(each.bounds_um)

    @pytest.mark.parametrize("diameter_um", [100.0, 180.0, 280.0])
    @pytest.mark.parametrize("grey_levels", [256, 2])
    def test_two_lattices_that_share_no_pixel_are_painted_as_their_sum(self, diameter_um, grey_levels):
        """A hexagonal array: tiles where rows of pixels belong to one lattice, sums where they do not."""
        panel = panel_of(64, 48, 62.0, 62.0)
        q_um = 300 * 3**0.5
        x, y = np.arange(-4, 5) * 300.0, np.arange(-2, 3) * q_um
        parts = tuple(Part(Disc(diameter_um / 2), grid(x + dx, y + dy)) for dx, dy in ((0, 0), (150, q_um / 2)))
        wanted = tone_for(grey_levels)(coverage(Region(parts), panel))
        assert np.array_equal(paint(Region(parts), panel, tone_for(grey_levels)), wanted)
        assert bool(raster._apart(groups(parts, panel)[0])) == (diameter_um < 200)


def test_places_hold_arrays_that_fit_each_other():
    axis = np.arange(3.0)
    with pytest.raises(RecipeError, match=r"present: an array of shape \(2, 3\) must be of shape \(3, 3\)"):
        Lattice(axis, axis, np.ones((2, 3), dtype=bool))
    with pytest.raises(RecipeError, match=r"at_um: an array of shape \(3,\) must be of shape \(n, 2\)"):
        Points(axis)
    with pytest.raises(RecipeError, match=r"scale: an array of shape \(2,\) must be of shape \(3,\)"):
        Points(np.zeros((3, 2)), np.ones(2))
