"""Outlines: exact measures, what they hold, and features cut at their edge."""

from __future__ import annotations

from math import cos, hypot, pi, sin

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from voxelyte.dressing import Dressed, Frame, Notch
from voxelyte.errors import RecipeError
from voxelyte.outline import (
    CoinOutline,
    DiscOutline,
    PlateOutline,
    PolygonOutline,
    RectangleOutline,
    RoundedRectangle,
    clipped,
    drawn,
    region_of,
)
from voxelyte.printer import Panel
from voxelyte.raster import coverage
from voxelyte.region import Lattice, Part, Points, Region
from voxelyte.shapes import Disc, Polygon, Rectangle

L_CORNERS = ((-900.0, -700.0), (800.0, -700.0), (800.0, -100.0), (100.0, -100.0), (100.0, 600.0), (-900.0, 600.0))
BESIDE = ((2000.0, 0.0), (2100.0, 0.0), (2000.0, 9.0))
HOLE = ((-600.0, -500.0), (-600.0, -200.0), (-300.0, -200.0), (-300.0, -500.0))
OUTLINES = {
    "disc": DiscOutline(diameter_um=1600.0),
    "rectangle": RectangleOutline(width_um=1700.0, depth_um=1100.0),
    "rounded": RectangleOutline(width_um=1700.0, depth_um=1100.0, corner_radius_um=300.0),
    "stadium": RectangleOutline(width_um=1700.0, depth_um=1100.0, corner_radius_um=550.0),
    "polygon": PolygonOutline(corners_um=L_CORNERS),
    "holed": PolygonOutline(corners_um=L_CORNERS, holes_um=(HOLE,)),
}
OUTLINES["notched"] = Dressed(OUTLINES["disc"], 75.0, notch=Notch(at_deg=30.0, width_um=300.0, depth_um=250.0)).room
OUTLINES["framed"] = Dressed(
    OUTLINES["rounded"], 75.0, Frame(width_um=90.0, height_um=9.0), notch=Notch(at_deg=180.0, width_um=200.0, depth_um=150.0)
).room
outlines = pytest.mark.parametrize("outline", OUTLINES.values(), ids=OUTLINES)
any_outline = st.sampled_from(list(OUTLINES.values()))
FINE_UM = 0.01
points = st.lists(st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)), min_size=1, max_size=40).map(np.array)


def regular(corners, radius_um):
    turn = np.arange(corners) * (2 * pi / corners)
    return Polygon((radius_um * np.column_stack((np.cos(turn), np.sin(turn))),))


def frame(radius_um):
    outer, inner = regular(5, radius_um).boundary[0], regular(5, radius_um / 2).boundary[0][::-1]
    return Polygon((outer, inner))


shapes = st.sampled_from([Disc, lambda r: Rectangle(r, 1.5 * r), lambda r: regular(6, r), frame])
radii = st.floats(5, 300)


class TestRoundedRectangle:
    @given(st.floats(1, 1e5), st.floats(1, 1e5), st.floats(1e-3, 1), st.floats(1e-2, 100))
    def test_its_ring_keeps_area_bounds_and_sagitta(self, width, depth, share, sagitta):
        figure = RoundedRectangle(width, depth, share * min(width, depth) / 2)
        ring = figure.rings(sagitta)[0]
        drawn = shapely.Polygon(ring)
        assert drawn.is_valid
        assert drawn.exterior.is_ccw
        assert drawn.area == pytest.approx(figure.area_um2, rel=1e-9)
        assert drawn.bounds == pytest.approx(figure.bounds_um, rel=1e-9)
        right, back = width / 2 - figure.radius_um, depth / 2 - figure.radius_um
        middles = shapely.MultiPoint([(right, back), (-right, back), (-right, -back), (right, -back)])
        true = middles.convex_hull.buffer(figure.radius_um, quad_segs=400)
        assert drawn.hausdorff_distance(true) <= sagitta + figure.radius_um * 1e-5

    @given(st.floats(1, 1e5), st.floats(1, 1e5), st.floats(0, 1))
    def test_area_and_perimeter_are_those_of_its_pieces(self, width, depth, share):
        radius = share * min(width, depth) / 2
        figure = RoundedRectangle(width, depth, radius)
        straight = 2 * (width - 2 * radius) + 2 * (depth - 2 * radius)
        assert figure.perimeter_um == pytest.approx(straight + 2 * pi * radius, rel=1e-9)
        pieces = (width - 2 * radius) * depth + 2 * radius * (depth - 2 * radius) + pi * radius**2
        assert figure.area_um2 == pytest.approx(pieces, rel=1e-9)

    def test_a_square_of_full_radius_is_the_disc(self):
        figure = RoundedRectangle(100.0, 100.0, 50.0)
        assert figure.area_um2 == pytest.approx(Disc(50.0).area_um2)
        assert figure.perimeter_um == pytest.approx(Disc(50.0).perimeter_um)

    def test_without_a_radius_an_outline_stays_a_rectangle(self):
        assert OUTLINES["rectangle"].figure == Rectangle(1700.0, 1100.0)


class TestHolding:
    @given(any_outline, points, st.floats(0, 400))
    def test_is_containment_in_the_polygon(self, outline, at, clearance):
        area = outline.polygon(FINE_UM)
        apart = shapely.distance(shapely.points(at), area.boundary)
        inside = shapely.contains_xy(area, *at.T) & (apart >= clearance)
        clear = abs(apart - clearance) > 2 * FINE_UM  # nearer, the polygon cannot tell
        assert np.array_equal(outline.holds_points(at, clearance)[clear], inside[clear])

    @given(any_outline, points, st.floats(0, 400))
    def test_crossings_are_points(self, outline, at, clearance):
        x, y = at.T
        crossings = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
        assert np.array_equal(outline.holds(x, y, clearance).ravel(), outline.holds_points(crossings, clearance))

    @given(any_outline, points)
    def test_each_point_may_have_its_own_clearance(self, outline, at):
        clearance = np.linspace(0, 300, len(at))
        one_by_one = [outline.holds_points(at[n : n + 1], float(clearance[n]))[0] for n in range(len(at))]
        assert outline.holds_points(at, clearance).tolist() == one_by_one

    @outlines
    def test_the_inscribed_circle_touches(self, outline):
        centre = np.zeros((1, 2))
        assert outline.holds_points(centre, outline.inscribed_um).all()
        assert not outline.holds_points(centre, outline.inscribed_um * (1 + 1e-6)).any()

    @given(any_outline, st.floats(0, 80), points, st.floats(0, 80))
    def test_an_inset_holds_what_keeps_its_margin(self, outline, margin, at, clearance):
        apart = shapely.distance(shapely.points(at), outline.polygon(FINE_UM).boundary)
        clear = abs(apart - margin - clearance) > 0.2
        inset = outline.inset(margin)
        assert np.array_equal(
            inset.holds_points(at, clearance)[clear], outline.holds_points(at, margin + clearance)[clear]
        )

    @outlines
    def test_too_wide_a_margin_is_refused(self, outline):
        with pytest.raises(RecipeError, match="a margin of 2000 µm leaves no room"):
            outline.inset(2000.0)

    def test_a_margin_that_leaves_two_pieces_is_refused(self):
        quarter = [(9.0, 5.0), (3.0, 5.0), (3.0, 1.0)]
        back = [*quarter, *((-x, y) for x, y in reversed(quarter))]
        bone = (*back, *((x, -y) for x, y in reversed(back)))
        with pytest.raises(RecipeError, match="a margin of 2 µm leaves 2 pieces of the outline; must leave one"):
            PolygonOutline(corners_um=bone).inset(2.0)

    def test_a_plate_has_no_size_of_its_own(self):
        with pytest.raises(RecipeError, match="needs a printer"):
            drawn(PlateOutline())


class TestClipping:
    @given(any_outline, shapes, radii, points, st.floats(0, 80))
    def test_inside_and_outside_are_the_whole(self, outline, shape, radius, at, margin):
        part = Part(shape(radius), Points(at))
        kept = clipped(part, outline, margin, FINE_UM).area_um2
        room = outline.inset(margin).polygon(FINE_UM)
        outside = sum(copy.difference(room).area for copy in Region((part,)).to_shapely(FINE_UM).geoms)
        edge = part.perimeter_um + len(at) * room.length
        assert kept + outside == pytest.approx(part.area_um2, abs=edge * FINE_UM)

    @given(any_outline, shapes, radii, points, st.floats(0, 80))
    def test_nothing_is_left_outside(self, outline, shape, radius, at, margin):
        left = clipped(Part(shape(radius), Points(at)), outline, margin, FINE_UM)
        room = outline.inset(margin).polygon(FINE_UM).buffer(4 * FINE_UM)
        assert all(room.covers(copy) for copy in left.to_shapely(FINE_UM).geoms)

    @given(any_outline, radii, points, st.booleans())
    def test_what_is_whole_keeps_shape_place_and_size(self, outline, radius, at, scaled):
        scale = np.linspace(0.5, 1.5, len(at)) if scaled else None
        part = Part(Disc(radius), Points(at, scale))
        whole = outline.holds_points(at, radius * (1.0 if scale is None else scale))
        parts = clipped(part, outline).parts
        kept = [one for one in parts if one.shape is part.shape]
        assert len(kept) == bool(whole.any())
        for one in kept:
            assert np.array_equal(one.places.at_um, at[whole])
            assert scale is None or np.array_equal(one.places.scale, scale[whole])
        assert all(isinstance(one.shape, Polygon) for one in parts if one not in kept)

    @given(any_outline, st.integers(1, 12), st.integers(1, 12), st.floats(20, 200), st.floats(5, 90))
    def test_a_lattice_stays_a_lattice(self, outline, columns, rows, pitch, radius):
        axes = [(np.arange(n) - (n - 1) / 2) * pitch for n in (columns, rows)]
        part = Part(Disc(radius), Lattice(*axes, np.ones((rows, columns), dtype=bool)))
        for one in clipped(part, outline).parts:
            if one.shape is part.shape:
                assert isinstance(one.places, Lattice)
                assert outline.holds_points(one.places.at_um, radius).all()
                assert one.places.count == outline.holds(*axes, radius).sum()

    def test_what_lies_inside_is_left_alone(self):
        region = Region((Part(Disc(10.0)), Part(Rectangle(5.0, 5.0), Points(np.array([[50.0, 50.0]])))))
        assert clipped(region, OUTLINES["rounded"]) is region

    def test_touching_from_inside_is_whole(self):
        inner = Part(Rectangle(1700.0, 1100.0))
        assert clipped(inner, OUTLINES["rectangle"]).parts == (inner,)
        inner = Part(Disc(800.0))
        assert clipped(inner, OUTLINES["disc"]).parts == (inner,)

    def test_what_only_touches_from_outside_is_gone(self):
        beside = Part(Rectangle(100.0, 100.0), Points(np.array([[900.0, 0.0], [5000.0, 0.0]])))
        assert clipped(beside, OUTLINES["rectangle"]).parts == ()

    def test_a_disc_on_a_straight_edge_is_halved(self):
        part = Part(Disc(100.0), Points(np.array([[850.0, 0.0]])))
        assert clipped(part, OUTLINES["rectangle"]).area_um2 == pytest.approx(pi * 100**2 / 2, rel=1e-6)

    @given(shapes, radii, points)
    def test_a_mirror_outside_is_a_mirror_inside(self, shape, radius, at):
        part = Part(Disc(radius), Points(at))
        for outline in (OUTLINES["disc"], OUTLINES["rounded"]):
            there = clipped(part, outline).area_um2
            assert clipped(Part(Disc(radius), Points(at * (-1, 1))), outline).area_um2 == pytest.approx(there, rel=1e-9)


class TestMasks:
    @pytest.mark.parametrize("name", ["disc", "rectangle", "rounded", "stadium", "polygon", "holed"])
    @pytest.mark.parametrize("pitch_um", [7.0, 62.0])
    def test_covers_its_own_area(self, name, pitch_um):
        outline = OUTLINES[name]
        panel = Panel(width_px=int(2000 / pitch_um), height_px=int(2000 / pitch_um), pitch_x_um=pitch_um, pitch_y_um=pitch_um)
        region = region_of(outline)
        covered = coverage(region, panel)
        assert covered.sum() * pitch_um**2 == pytest.approx(region.area_um2, rel=1e-9)
        assert covered.min() > -1e-9
        assert covered.max() < 1 + 1e-9

    @pytest.mark.parametrize("name", ["disc", "rounded", "stadium"])
    def test_mirrors_are_the_same(self, name):
        panel = Panel(width_px=80, height_px=80, pitch_x_um=25.0, pitch_y_um=25.0)
        covered = coverage(region_of(OUTLINES[name]), panel)
        assert np.allclose(covered, covered[::-1], atol=1e-9)
        assert np.allclose(covered, covered[:, ::-1], atol=1e-9)


def star(points_of_it, turn):
    """A star polygon, which crosses itself."""
    return tuple((1000 * cos(turn + 4 * pi * k / points_of_it), 1000 * sin(turn + 4 * pi * k / points_of_it)) for k in range(points_of_it))


class TestPolygons:
    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"corners_um": star(5, 0.0)}, "corners_um: the outline crosses itself at x="),
            ({"corners_um": ((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0))}, "corners_um: the outline crosses itself at x=1, y=1 µm"),
            ({"corners_um": ((0.0, 0.0), (2.0, 2.0), (4.0, 4.0))}, "corners_um: the outline"),
            ({"corners_um": ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))}, "corners_um: a ring has fewer than three distinct corners"),
            ({"corners_um": ((0.0, 0.0), (2.0, 2.0))}, "corners_um=((0.0, 0.0), (2.0, 2.0)) must hold at least 3, not 2"),
            ({"corners_um": L_CORNERS, "holes_um": (BESIDE,)}, "a second outline lies beside the largest one at x=2000, y=0 µm"),
            ({"corners_um": L_CORNERS, "holes_um": (HOLE, HOLE)}, "corners_um: "),
            ({"corners_um": ((0.0, 0.0), (2.0, float("nan")), (4.0, 4.0))}, "corners_um.1.1=nan must be a finite number"),
            ({"corners_um": ((0.0, 0.0), (2.0, "3"), (4.0, 4.0))}, "corners_um.1.1='3' must be a valid number"),
            ({"corners": L_CORNERS}, "corners is not a known key; did you mean corners_um?"),
        ],
    )
    def test_what_encloses_no_area_is_refused(self, fields, said):
        with pytest.raises(RecipeError) as caught:
            PolygonOutline(**fields)
        assert said in str(caught.value)

    @given(st.booleans(), st.integers(0, 5))
    def test_sense_and_first_corner_do_not_matter(self, backwards, first):
        corners = (*L_CORNERS[first:], *L_CORNERS[:first])[:: -1 if backwards else 1]
        outline = PolygonOutline(corners_um=corners, holes_um=(HOLE[:: -1 if backwards else 1],))
        assert outline.figure.area_um2 == pytest.approx(OUTLINES["holed"].figure.area_um2)
        assert outline.polygon(1.0).equals(OUTLINES["holed"].polygon(1.0))

    def test_a_centre_outside_has_no_circle(self):
        far = tuple((x + 5000, y) for x, y in L_CORNERS)
        assert PolygonOutline(corners_um=far).inscribed_um == 0

    @pytest.mark.parametrize("radius_um", [850.1, 600.0])
    def test_a_corner_radius_fits_the_shorter_side(self, radius_um):
        with pytest.raises(RecipeError, match=f"corner_radius_um={radius_um:g} must not exceed 550, half the shorter side"):
            RectangleOutline(width_um=1700.0, depth_um=1100.0, corner_radius_um=radius_um)

    def test_the_corner_of_a_rounded_rectangle_is_not_inside(self):
        outline = OUTLINES["rounded"]
        inward = hypot(300.0, 300.0) - 300.0
        assert not outline.holds_points(np.array([[840.0, 540.0]]), 0.0)[0]
        assert outline.holds_points(np.array([[850.0 - inward, 550.0 - inward]]), 0.0)[0]


class TestCoins:
    @pytest.mark.parametrize(("part", "across_mm"), [("film", 16), ("electrode", 15), ("separator", 19)])
    @pytest.mark.parametrize(("preset", "high"), [("CR2016", "1.6"), ("CR2025", "2.5"), ("CR2032", "3.2")])
    def test_a_preset_is_a_disc_that_says_where_it_is_from(self, preset, high, part, across_mm):
        outline = CoinOutline(preset=preset, part=part)
        assert outline.figure == Disc(across_mm * 500.0)
        assert outline.inscribed_um == across_mm * 500.0
        assert outline.inset(1000.0).figure == Disc(across_mm * 500.0 - 1000.0)
        (note,) = outline.notes
        assert note.startswith(f"a disc of {across_mm} mm as {part} of a {preset} is practice (")
        assert note.endswith(f"standard is only the can, 20.0 x {high} mm outside (IEC 60086)")

    def test_without_a_part_it_is_the_film(self):
        assert CoinOutline(preset="CR2032").part == "film"

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"preset": "CR9999"}, "preset='CR9999' must be 'CR2016', 'CR2025' or 'CR2032'"),
            ({"preset": "CR2032", "part": "can"}, "part='can' must be 'film', 'electrode' or 'separator'"),
            ({"preset": "CR2032", "diameter_um": 3.0}, "diameter_um is not a known key"),
            ({}, "preset is missing"),
        ],
    )
    def test_wrong_values(self, fields, said):
        with pytest.raises(RecipeError, match=said):
            CoinOutline(**fields)
