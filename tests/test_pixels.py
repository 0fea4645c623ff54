"""Pixel patterns: held against masks cut up pillar by pillar, and against the laws of areas and symmetry."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voxelyte.errors import SliceError
from voxelyte.pixels import pixels_of
from voxelyte.pixels.footprint import Footprints
from voxelyte.pixels.patterns import number, patterns, united, up_to_symmetry
from voxelyte.pixels.picture import magnified, picture
from voxelyte.pixels.spread import Spread, histogram
from voxelyte.printer import Panel
from voxelyte.raster import paint
from voxelyte.recipes import load_printer, load_recipe
from voxelyte.region import EMPTY, Lattice, Part, Points, Region
from voxelyte.shapes import Disc, Polygon, Rectangle
from voxelyte.tone import tone_for

STEP = 1 / 64
"""Phases on this grid are exact in binary and in millionths, so that nothing hangs on rounding."""
HEXAGON = np.column_stack((np.cos(np.arange(6) * pi / 3), np.sin(np.arange(6) * pi / 3)))


def panel_of(pitch_x_um=50.0, pitch_y_um=50.0, width_px=40, height_px=30, grey_levels=256):
    return Panel(width_px=width_px, height_px=height_px, pitch_x_um=pitch_x_um, pitch_y_um=pitch_y_um, grey_levels=grey_levels)


panels = st.builds(
    panel_of,
    st.sampled_from([50.0, 62.0, 19.0]),
    st.sampled_from([50.0, 62.0, 24.0]),
    st.integers(36, 43),
    st.integers(30, 37),
    st.sampled_from([2, 16, 256]),
)


@st.composite
def arrays(draw):
    """A panel and a part whose copies share no pixel: one in each field of 8 x 8 pixels."""
    panel = draw(panels)
    pitch = np.array((panel.pitch_x_um, panel.pitch_y_um))
    radius_um = draw(st.integers(20, 150)) / 64 * float(pitch.min())
    shape = draw(st.sampled_from([Disc(radius_um), Rectangle(2 * radius_um, radius_um), Polygon((HEXAGON * radius_um,))]))
    columns, rows = 4, 3
    phase = np.array(draw(st.lists(st.tuples(*[st.integers(0, 63)] * 2), min_size=12, max_size=12))) * STEP
    whole = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2) * 8
    half = np.array((panel.width_px, panel.height_px)) // 2
    at_um = (whole + phase - half + 5) * pitch
    if draw(st.booleans()):
        scale = np.array(draw(st.lists(st.integers(32, 64), min_size=12, max_size=12))) * STEP
        return panel, Part(shape, Points(at_um, scale))
    if draw(st.booleans()):
        x, y = at_um[:columns, 0], at_um[::columns, 1]
        return panel, Part(shape, Lattice(x, y, np.ones((rows, columns), dtype=bool)))
    return panel, Part(shape, Points(at_um))


def cut(panel, part, levels):
    """The masks of single copies, out of the mask of all, as sets of lit pixels with their levels, shifted to their own corner."""
    mask = paint(Region((part,)), panel, tone_for(levels))
    found = []
    for x_um, y_um in part.places.at_um:
        column, row = int(x_um // panel.pitch_x_um + panel.width_px / 2), int(panel.height_px / 2 - y_um / panel.pitch_y_um)
        box = mask[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5]
        lit = np.argwhere(box)
        corner = lit.min(axis=0) if len(lit) else 0
        found.append(frozenset((*(place - corner).tolist(), int(box[tuple(place)])) for place in lit))
    return mask, found


def settled(report):
    (one,) = report.drawn
    assume(not one.ties)
    return one


class TestAgainstTheMask:
    @given(arrays())
    def test_patterns_are_those_that_the_mask_shows(self, array):
        panel, part = array
        one = settled(pixels_of(Region((part,)), panel))
        assert not one.shared_pixels
        for lit in (one.binary, one.grey):
            mask, found = cut(panel, part, lit.levels)
            assert lit.patterns == len(set(found))
            light = [sum(level for *_, level in pattern) / 255 for pattern in found]
            assert (lit.pixels.least, lit.pixels.most) == pytest.approx((min(light), max(light)))
            assert lit.pixels.mean * one.copies == pytest.approx(mask.sum(dtype=np.int64) / 255)
            assert lit.dark == sum(not pattern for pattern in found)
            assert sum(bar.copies for bar in lit.histogram) == one.copies

    @given(arrays())
    def test_grey_area_is_the_drawn_one_within_half_a_level_a_pixel(self, array):
        panel, part = array
        one = pixels_of(Region((part,)), panel).drawn[0]
        touched = one.footprints.window.cells * one.copies
        room = touched * (0.5 / (one.grey.levels - 1) + 1e-9) * panel.pixel_area_um2
        assert abs(one.grey.pixels.mean * one.copies * panel.pixel_area_um2 - part.area_um2) <= room
        assert one.grey.levels == (256 if panel.grey_levels == 2 else panel.grey_levels)

    @given(arrays())
    def test_misfit_is_the_area_between_the_lit_pixels_and_the_shape(self, array):
        shapely = pytest.importorskip("shapely")
        panel, part = array
        one = settled(pixels_of(Region((part,)), panel))
        for copy in (one.best, one.worst):
            drawn = one.footprints.mosaic(slice(copy.footprint, copy.footprint + 1))
            small, tile, _ = drawn
            mask = paint(Region((small,)), tile, tone_for(2))
            width_um, depth_um = tile.size_um
            boxes = [
                shapely.box(*(corner * (tile.pitch_x_um, tile.pitch_y_um) - (width_um / 2, depth_um / 2)).ravel())
                for corner in (np.array([[c, tile.height_px - 1 - r], [c + 1, tile.height_px - r]]) for r, c in np.argwhere(mask))
            ]
            shape = Region((small,)).to_shapely(1e-4)
            between = shapely.union_all(boxes).symmetric_difference(shape).area
            assert copy.misfit == pytest.approx(between / shape.area, rel=1e-3, abs=1e-3)
        assert one.best.misfit <= one.worst.misfit

    @given(st.integers(2, 9), st.integers(20, 60))
    def test_shared_pixels_are_those_that_two_copies_touch(self, pitch_quarters, radius_64ths):
        """Each copy painted on its own, and counted pixel by pixel."""
        panel = panel_of(width_px=32, height_px=32)
        x = (np.arange(5) - 2) * pitch_quarters * 12.5 + 3.0
        part = Part(Disc(radius_64ths / 64 * 50), Lattice(x, x[:3], np.ones((3, 5), dtype=bool)))
        one = pixels_of(Region((part,)), panel).drawn[0]
        copies = (Region((Part(part.shape, Points(at[None])),)) for at in part.places.at_um)
        alone = [paint(copy, panel, lambda covered: (covered > 1e-6).astype(np.uint8)) for copy in copies]
        assert one.shared_pixels == int((np.sum(alone, axis=0) > 1).sum())


class TestSymmetry:
    @given(arrays(), st.integers(-2, 2), st.integers(-2, 2))
    def test_a_shift_by_whole_pixels_changes_nothing(self, array, columns, rows):
        panel, part = array
        before = settled(pixels_of(Region((part,)), panel))
        after = pixels_of(Region((part.moved(columns * panel.pitch_x_um, rows * panel.pitch_y_um),)), panel).drawn[0]
        for one, other in ((before.binary, after.binary), (before.grey, after.grey)):
            assert (one.patterns, one.symmetric, one.histogram) == (other.patterns, other.symmetric, other.histogram)

    @given(arrays(), st.sampled_from([(-1, 1), (1, -1), (-1, -1)]))
    def test_a_mirror_changes_nothing(self, array, signs):
        panel, part = array
        before = settled(pixels_of(Region((part,)), panel))
        shape = part.shape  # each is its own mirror image in both axes
        after = pixels_of(Region((Part(shape, Points(part.places.at_um * signs, part.places.scale)),)), panel).drawn[0]
        for one, other in ((before.binary, after.binary), (before.grey, after.grey)):
            assert (one.patterns, one.symmetric) == (other.patterns, other.symmetric)
            assert one.pixels.mean == pytest.approx(other.pixels.mean)

    @given(arrays())
    def test_counts_are_ordered(self, array):
        panel, part = array
        one = pixels_of(Region((part,)), panel).drawn[0]
        for lit in (one.binary, one.grey):
            images = 8 if panel.pitch_x_um == panel.pitch_y_um else 4
            assert 1 <= lit.symmetric <= lit.patterns <= min(one.copies, images * lit.symmetric)
        assert one.grey.patterns <= len(one.footprints) <= one.copies

    @given(st.lists(st.lists(st.sampled_from([0, 1, 255]), min_size=12, max_size=12), min_size=1, max_size=6))
    def test_every_turn_and_mirror_of_pictures_counts_as_one(self, levels):
        pictures = np.array(levels, dtype=np.uint8).reshape(-1, 3, 4)
        images = [np.rot90(one, turn)[:, ::side] for one in pictures for turn in range(4) for side in (1, -1)]
        everything = united(patterns(one[None]) for one in images)
        own = patterns(pictures)
        assert up_to_symmetry(everything, True) == up_to_symmetry(own, True) <= number(own)
        flat = united(patterns(one[:, ::down, ::across]) for one in [pictures] for down in (1, -1) for across in (1, -1))
        assert up_to_symmetry(flat, False) == up_to_symmetry(own, False)

    def test_zeros_at_the_end_of_a_pattern_count(self):
        ones = np.array([[[1, 0], [1, 1]], [[1, 1], [1, 0]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]], dtype=np.uint8)
        found = patterns(ones)
        assert number(found) == 4
        assert up_to_symmetry(found, True) == 3


class TestFigures:
    @given(st.lists(st.tuples(st.floats(0.1, 100), st.integers(1, 50)), min_size=1, max_size=40))
    def test_spread_and_bars_are_those_of_all_copies(self, pairs):
        values, copies = (np.array(column) for column in zip(*pairs, strict=True))
        everyone = np.repeat(values, copies)
        spread = Spread.of(values, copies)
        assert spread.mean == pytest.approx(everyone.mean())
        assert spread.variation == pytest.approx(everyone.std() / everyone.mean(), abs=1e-6)
        assert spread.ratio == pytest.approx(values.max() / values.min())
        bars = histogram(values, copies)
        assert sum(bar.copies for bar in bars) == len(everyone)
        assert all(one.most <= other.least * (1 + 1e-9) for one, other in zip(bars, bars[1:], strict=False))
        assert bars[0].least == pytest.approx(values.min())
        assert bars[-1].most == pytest.approx(values.max())

    def test_the_papers_array_lights_1_to_4_pixels_a_pillar(self):
        """SCIENCE: at 62 µm, 1 to 4 pixels, 70 to 140 µm; 300 / 62 comes back after 31 pillars, so 31² positions."""
        panel = load_printer("asiga-max").panel
        (one,) = pixels_of(load_recipe("p-3dse").solid(panel).features, panel).arrays
        assert [bar.least for bar in one.binary.histogram] == [1, 2, 3, 4]
        assert (one.binary.diameter_um.least, one.binary.diameter_um.most) == pytest.approx((69.96, 139.92), abs=0.01)
        assert len(one.footprints) == 31**2 == one.grey.patterns
        assert one.binary.faithful.variation == pytest.approx(0.289, abs=1e-3)
        assert one.grey.faithful.variation < 2e-3
        assert one.binary.diameter_um.least == pytest.approx(62 * sqrt(4 / pi))

    def test_two_lattices_of_one_pillar_are_one_array(self):
        part = Part(Disc(70.0), Lattice(np.array([-200.0, 200.0]), np.zeros(1), np.ones((1, 2), dtype=bool)))
        report = pixels_of(Region((part, Part(Disc(70.0), Points(np.array([[0.0, 300.0]]))))), panel_of())
        assert [one.copies for one in report.arrays] == [3]

    def test_one_piece_is_no_array_and_nothing_is_nothing(self):
        panel = panel_of()
        report = pixels_of(Region((Part(Disc(500.0)),)), panel)
        assert not report.arrays
        assert report.pieces[0].mean_width_um == pytest.approx(500)
        assert pixels_of(EMPTY, panel).drawn == ()
        assert pixels_of(Region((Part(Disc(9.0), Points(np.zeros((0, 2)))),)), panel).drawn == ()
        with pytest.raises(SliceError, match="no array of copies to draw"):
            picture(report, "x", "")

    @given(st.integers(1, 5), st.integers(0, 63), st.booleans())
    def test_a_straight_wall_is_lit_as_wide_as_the_pixels_that_it_covers_by_half(self, width_px, phase, turned):
        """A wall along the pixels: everywhere as wide as the count of its lit pixels."""
        panel = panel_of(width_px=40, height_px=40)
        wide, at = (width_px + 0.25) * 50, phase * STEP * 50
        shape = Rectangle(1500.0, wide) if turned else Rectangle(wide, 1500.0)
        one = pixels_of(Region((Part(shape, Points(np.array([[0.0, at] if turned else [at, 0.0]]))),)), panel).drawn[0]
        assume(not one.ties)
        edges = (np.array((-wide, wide)) / 2 + at) / 50
        lit = np.floor(edges[1] + 0.5) - np.floor(edges[0] + 0.5)
        assert one.along.share.mean == pytest.approx(lit * 50 / wide, rel=0.3)
        assert one.along.share.least <= lit * 50 / wide * (1 + 1e-6)
        assert one.along.share.most >= lit * 50 / wide * (1 - 1e-6)

    def test_what_leaves_the_panel_is_refused(self):
        part = Part(Disc(100.0), Points(np.array([[950.0, 0.0], [0.0, 0.0]])))
        with pytest.raises(SliceError, match="features reach to x=1050 µm; the panel to 1000 µm"):
            pixels_of(Region((part,)), panel_of())

    def test_halves_are_told(self):
        part = Part(Rectangle(100.0, 100.0), Points(np.array([[25.0, 0.0], [-475.0, 0.0]])))
        assert pixels_of(Region((part,)), panel_of()).drawn[0].ties == 2

    @settings(max_examples=5)
    @given(arrays())
    def test_the_picture_shows_the_pixels(self, array):
        panel, part = array
        report = pixels_of(Region((part,)), panel)
        one = report.drawn[0]
        assert picture(report, "title", "pillars").width == 1600
        tile = magnified(one, one.worst, 2)
        cells = one.footprints.window
        shape = (cells.width + 2) * panel.pitch_x_um / ((cells.height + 2) * panel.pitch_y_um)
        assert tile.width / tile.height == pytest.approx(shape, rel=0.05)

    def test_large_arrays_are_drawn_in_bounded_pieces(self):
        """Many distinct large copies: never more than a million cells at once."""
        part = Part(Disc(400.0), Points(np.array([[x * 0.37, x * 0.11] for x in range(-700, 700)])))
        found = Footprints.of(part, panel_of())
        assert len(found) == 1400
        assert all((piece.stop - piece.start) * found.window.cells <= 1 << 20 for piece in found.chunks())
