"""Cross-sections, taper, fillet, hollow: exact at every height, against integrals and figures that share no code with them."""

from __future__ import annotations

from itertools import pairwise
from math import inf, nan, pi, sqrt, tan

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from voxelyte.bodies import Upright
from voxelyte.cross_section import DISC, HexagonSection, PolygonSection, SquareSection, StarSection
from voxelyte.errors import RecipeError
from voxelyte.grown import Grown
from voxelyte.pillar_form import MAX_SIZES, PillarForm, body_of
from voxelyte.printer import Panel
from voxelyte.raster import coverage
from voxelyte.region import Lattice, Part, Points, Region
from voxelyte.shapes import Disc, Rectangle, Rings

ONE = Points(np.zeros((1, 2)))
GRID = Lattice(np.array([-300.0, 0.0, 300.0]), np.array([-200.0, 200.0]), np.ones((2, 3), dtype=bool))
NOTCHED = PolygonSection(corners=((0, 0), (4, 0), (4, 3), (2, 2), (0, 3)))
KITE = PolygonSection(corners=((0, 0), (5, 1), (6, 4), (1, 3)), turn_deg=17.0)
ELL = PolygonSection(corners=((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)))
THIN = PolygonSection(corners=((0, 0), (9, 0), (9, 1), (1, 1), (1, 9), (0, 9)))
CORNERED = [SquareSection(), SquareSection(turn_deg=30.0), HexagonSection(), StarSection(), StarSection(points=7, waist=0.8), NOTCHED, KITE]
SECTIONS = [DISC, *CORNERED]
EVEN = [one for one in SECTIONS if one.measure.apothem is not None]


def names(section):
    return f"{section.shape}-{getattr(section, 'turn_deg', 0):g}"


sections = pytest.mark.parametrize("section", SECTIONS, ids=names)


def refusal(make):
    with pytest.raises(RecipeError) as caught:
        make()
    return str(caught.value)


def attempt(make):
    """What is made, or what is said instead."""
    try:
        return make()
    except RecipeError as fault:
        return str(fault)


@st.composite
def forms(draw):
    """A form, and a diameter that it can have."""
    taper = draw(st.booleans())
    section = draw(st.sampled_from(EVEN if taper else SECTIONS))
    height = draw(st.floats(20, 400))
    fields = {"top_ratio": draw(st.floats(0.3, 1.6))} if taper else {}
    fields["fillet_um"] = draw(st.sampled_from([0.0, 0.3])) * draw(st.floats(1, height))
    fields["hollow_um"] = draw(st.sampled_from([0.0, 20.0]))
    form, diameter = PillarForm(section, height, **fields), draw(st.floats(70, 300))
    try:
        form.profile(diameter)
    except RecipeError:
        assume(False)
    return form, diameter


def integral(of, low, high, nodes=24):
    """Gauss and Legendre."""
    at, weight = np.polynomial.legendre.leggauss(nodes)
    half = (high - low) / 2
    return sum(half * w * of(low + half * (x + 1)) for x, w in zip(at, weight, strict=True))


def walls(body, sagitta_um):
    """Area of the wall joined corner to corner from station to station."""
    area = 0.0
    for low, high in pairwise(body.stations_um(sagitta_um)):
        for below, above in zip(body.part(low).rings(sagitta_um), body.part(high).rings(sagitta_um), strict=True):
            a, b = (np.column_stack((ring, np.full(len(ring), z))) for ring, z in ((below, low), (above, high)))
            c, d = np.roll(a, -1, axis=0), np.roll(b, -1, axis=0)
            area += sum(np.linalg.norm(np.cross(q - p, r - p), axis=1).sum() / 2 for p, q, r in ((a, c, d), (a, d, b)))
    return area


class TestFigures:
    @pytest.mark.parametrize(
        ("section", "area", "perimeter", "reach"),
        [
            (DISC, pi / 4, pi, 1 / 2),
            (SquareSection(), 1, 4, sqrt(1 / 2)),
            (SquareSection(turn_deg=45.0), 1, 4, sqrt(1 / 2)),
            (HexagonSection(), sqrt(3) / 2, 2 * sqrt(3), 1 / sqrt(3)),
            (PolygonSection(corners=((0, 0), (0, 30), (40, 0))), 0.24, 2.4, np.hypot(80, 30) / 150),
        ],
    )
    def test_of_diameter_1(self, section, area, perimeter, reach):
        shape = section.unit()
        assert (shape.area_um2, shape.perimeter_um) == pytest.approx((area, perimeter), rel=1e-12)
        assert section.reach(1.0) == pytest.approx(reach, rel=1e-12)
        measure = section.measure
        assert (measure.area, measure.perimeter) == pytest.approx((area, perimeter), rel=1e-12)

    def test_what_the_diameter_is_of(self):
        assert SquareSection().sized(70.0) == Rectangle(70.0, 70.0)
        assert SquareSection(turn_deg=-90.0).sized(70.0) == Rectangle(70.0, 70.0)
        assert DISC.sized(70.0, 20.0) == Rings((35.0, 10.0))
        x0, _, x1, _ = HexagonSection().sized(70.0).bounds_um
        assert (x0, x1) == pytest.approx((-35, 35))
        _, y0, _, y1 = HexagonSection(turn_deg=90.0).sized(70.0).bounds_um
        assert (y0, y1) == pytest.approx((-35, 35))
        star = StarSection(points=4, waist=0.5).sized(80.0)
        assert star.bounds_um == pytest.approx((-40, -40, 40, 40))

    def test_a_shapely_polygon_with_holes_is_one(self):
        drawn = shapely.Point(3, 4).buffer(10).difference(shapely.box(2, 2, 5, 6))
        section = PolygonSection.of_shapely(drawn)
        shape = section.sized(40.0)
        assert shape.area_um2 == pytest.approx(drawn.area * 4, rel=1e-9)
        assert shape.perimeter_um == pytest.approx(drawn.length * 2, rel=1e-9)
        centre = Region((Part(shape),)).to_shapely(1.0).centroid
        assert (centre.x, centre.y) == pytest.approx((0, 0), abs=1e-9)

    @sections
    def test_rings_run_as_shapes_do(self, section):
        drawn = Region((Part(section.sized(100.0)),)).to_shapely(0.01)
        assert drawn.is_valid
        assert drawn.area == pytest.approx(section.sized(100.0).area_um2, rel=1e-12)

    def test_quarter_turns_are_exact(self):
        for section in (SquareSection(), HexagonSection(), StarSection()):
            ring = section.outer
            turned = type(section)(turn_deg=90.0).outer
            assert np.array_equal(turned, np.column_stack((-ring[:, 1], ring[:, 0])))


class TestGrown:
    @pytest.mark.parametrize("section", CORNERED, ids=names)
    @pytest.mark.parametrize("by_um", [0.0, 0.01, 3.0, 11.0])
    def test_is_shapelys_buffer(self, section, by_um):
        """Round outer corners; inner ones stay corners."""
        ring = 100 * section.outer
        grown, wanted = Grown(ring, by_um, 11.0), shapely.Polygon(ring).buffer(by_um, quad_segs=2000)
        assert grown.area_um2 == pytest.approx(wanted.area, rel=1e-6)
        assert grown.perimeter_um == pytest.approx(wanted.length, rel=1e-6)
        for sagitta_um in (5.0, 0.5, 0.05):
            drawn = shapely.Polygon(grown.rings(sagitta_um)[0])
            assert drawn.is_valid
            assert drawn.exterior.is_ccw
            assert drawn.area == pytest.approx(grown.area_um2, rel=1e-12)
            assert drawn.exterior.hausdorff_distance(wanted.exterior) <= sagitta_um
            assert len(np.unique(drawn.exterior.coords, axis=0)) == len(Grown(ring, 11.0, 11.0).rings(sagitta_um)[0])


class TestBodies:
    @given(forms())
    def test_volume_is_the_integral_of_its_sections(self, case):
        form, diameter = case
        body = form.body(GRID, diameter)
        profile = form.profile(diameter)
        joint, fillet, span = float(profile.joint_um[0]), form.fillet_um, pi / 2 - np.arctan(profile.lean[0])
        wanted = integral(lambda z: body.part(z).area_um2, joint, form.height_um)
        # Over the angle of the fillet: in z, its section changes as a square root does.
        wanted += integral(lambda turn: body.part(fillet * (1 - np.cos(turn))).area_um2 * fillet * np.sin(turn), 0, span)
        assert body.volume_um3 == pytest.approx(wanted, rel=1e-12)

    @given(forms())
    def test_a_wall_of_discs_is_the_integral_of_its_slope(self, case):
        form, diameter = case
        form = PillarForm(DISC, form.height_um, form.top_diameter_um, form.top_ratio, form.fillet_um, form.hollow_um)
        profile = form.profile(diameter)
        radius, lean, fillet, joint = profile.diameter_um[0] / 2, profile.lean[0], profile.fillet_um, profile.joint_um[0]
        bare = pi * (2 * radius - lean * (joint + form.height_um)) * (form.height_um - joint) * sqrt(1 + lean**2)
        # Pappus: the arc's length times the way of its centre of mass, 2 π (distance of the circle's centre less that of the arc).
        span = pi / 2 - np.arctan(lean)
        arc = 2 * pi * ((radius + profile.spread_um[0]) * fillet * span - fillet**2 * (1 - np.cos(span)))
        wanted = bare + arc + pi * form.hollow_um * form.height_um
        assert form.body(ONE, diameter).wall_um2 == pytest.approx(wanted, rel=1e-12)

    @given(forms())
    def test_volume_of_a_filleted_disc_in_closed_form(self, case):
        form, diameter = case
        assume(form.fillet_um)
        body = PillarForm(DISC, form.height_um, fillet_um=form.fillet_um).body(ONE, diameter)
        radius, fillet = diameter / 2, form.fillet_um
        # The corner between a square and a quarter circle has the area (1 - π/4) R²; by Pappus around the axis:
        away = fillet * (10 - 3 * pi) / (12 - 3 * pi)
        wanted = pi * radius**2 * form.height_um + 2 * pi * (radius + away) * (1 - pi / 4) * fillet**2
        assert body.volume_um3 == pytest.approx(wanted, rel=1e-12)
        assert body.wall_um2 == pytest.approx(
            2 * pi * radius * (form.height_um - fillet) + 2 * pi * ((radius + fillet) * pi / 2 - fillet) * fillet, rel=1e-12
        )

    @pytest.mark.parametrize("section", CORNERED, ids=names)
    @pytest.mark.parametrize("top_ratio", [None, 0.6, 1.3])
    def test_a_tapered_wall_is_its_trapezoids(self, section, top_ratio):
        body = body_of(section, ONE, 100.0, 150.0, top_ratio=top_ratio)
        assert body.wall_um2 == pytest.approx(walls(body, 1.0), rel=1e-12)

    @pytest.mark.parametrize("section", EVEN, ids=names)
    @pytest.mark.parametrize("form", [{}, {"top_ratio": 0.6}, {"top_ratio": 1.3}, {"top_ratio": 0.7, "hollow_um": 30.0}])
    def test_a_wall_with_a_fillet_is_what_its_mesh_tends_to(self, section, form):
        body = body_of(section, ONE, 100.0, 150.0, fillet_um=20.0, **form)
        coarse, fine = (walls(body, sagitta_um) for sagitta_um in (0.08, 0.005))
        assert abs(fine / body.wall_um2 - 1) < 5e-5
        assert abs(fine / body.wall_um2 - 1) < 0.2 * abs(coarse / body.wall_um2 - 1) + 1e-7

    @given(forms())
    def test_foot_and_top(self, case):
        form, diameter = case
        body = form.body(GRID, diameter)
        ratio, hole = form.top_ratio or 1.0, form.hollow_um / diameter
        area = form.cross_section.measure.area * diameter**2 * 6
        assert body.part(form.height_um).area_um2 == pytest.approx(area * (ratio**2 - hole**2), rel=1e-9)
        foot = body.part(0.0)
        assert foot.area_um2 >= area * (1 - hole**2) * (1 - 1e-12)
        if not form.fillet_um:
            assert foot.area_um2 == pytest.approx(area * (1 - hole**2), rel=1e-12)

    @given(forms())
    def test_the_fillet_touches_base_and_wall(self, case):
        form, diameter = case
        assume(form.fillet_um)
        profile = form.profile(diameter)
        joint, step = profile.joint_um[0], form.fillet_um * 1e-4
        assert profile.fillet_at(joint)[0] == 0
        assert profile.fillet_at(joint - step)[0] <= step * 1e-3 * (1 + profile.lean[0] ** 2) ** 1.5  # tangential: quadratic in the step
        assert profile.fillet_at(step * step)[0] < profile.spread_um[0] - step * sqrt(form.fillet_um)  # level at the base
        # Every point is one radius from the centre.
        z = np.linspace(0, joint, 9)[:-1]
        out = np.array([profile.fillet_at(h)[0] - profile.lean[0] * h for h in z])
        assert np.hypot(out - profile.spread_um[0], z - form.fillet_um) == pytest.approx(form.fillet_um, rel=1e-9)

    @given(forms())
    def test_all_lies_within_the_reach(self, case):
        form, diameter = case
        body, reach = form.body(ONE, diameter), form.reach_um(diameter)[0]
        farthest = max(np.hypot(*np.concatenate(body.part(z).rings(0.01)).T).max() for z in body.stations_um(0.1))
        assert farthest <= reach + 0.01

    @given(forms(), st.sampled_from([0.01, 0.1, 1.0, 20.0]))
    def test_rings_have_as_many_corners_at_every_height(self, case, sagitta_um):
        form, diameter = case
        for body in (form.body(GRID, diameter), *form.bodies(GRID, np.linspace(diameter, diameter * 1.4, 6))):
            counts = {tuple(map(len, body.part(z).rings(sagitta_um))) for z in np.linspace(0, form.height_um, 5)}
            assert len(counts) == 1

    @given(forms(), st.sampled_from([0.05, 0.5, 5.0]))
    def test_straight_walls_between_stations_keep_the_sagitta(self, case, sagitta_um):
        form, diameter = case
        profile, stations = form.profile(diameter), form.body(ONE, diameter).stations_um(sagitta_um)
        assert stations[0] == 0
        assert stations[-1] == form.height_um
        assert all(low < high for low, high in pairwise(stations))

        def wall(z):
            return profile.fillet_at(z)[0] - profile.lean[0] * z

        for low, high in pairwise(stations):
            rise, run = high - low, wall(high) - wall(low)
            for z in np.linspace(low, high, 7):
                off = abs((wall(z) - wall(low)) * rise - (z - low) * run) / np.hypot(rise, run)
                assert off <= sagitta_um * (1 + 1e-6)

    @given(forms(), st.integers(5, 40), st.integers(5, 40), st.floats(0, 1))
    def test_coverage_sums_to_the_area_at_every_height(self, case, pitch_x, pitch_y, share):
        form, diameter = case
        part = form.body(ONE, diameter).part(share * form.height_um).moved(7.3, -4.1)
        reach = form.reach_um(diameter)[0] + 10
        panel = Panel(width_px=2 * int(reach / pitch_x) + 4, height_px=2 * int(reach / pitch_y) + 4, pitch_x_um=pitch_x, pitch_y_um=pitch_y)
        covered = coverage(Region((part,)), panel)
        assert covered.sum() * panel.pixel_area_um2 == pytest.approx(part.area_um2, rel=1e-9)
        assert covered.min() > -1e-9
        assert covered.max() < 1 + 1e-9


class TestCopies:
    def test_a_lattice_of_equal_discs_stays_one(self):
        body = body_of(DISC, GRID, 100.0, 150.0, top_diameter_um=60.0, fillet_um=10.0)
        for z_um in (0.0, 3.0, 100.0, 150.0):
            part = body.part(z_um)
            assert part.places is GRID
            assert isinstance(part.shape, Disc)
        assert body.part(150.0).shape.radius_um == pytest.approx(30)
        squares = body_of(SquareSection(), GRID, 100.0, 150.0, top_ratio=0.5).part(75.0)
        assert squares.shape == Rectangle(75.0, 75.0)

    def test_neither_taper_nor_fillet_is_upright(self):
        for section in SECTIONS:
            body = body_of(section, GRID, 100.0, 150.0, hollow_um=20.0)
            assert isinstance(body, Upright)
            assert body.part(3.0) is body.foot
            assert body.volume_um3 == pytest.approx(section.measure.area * (100**2 - 20**2) * 150 * 6, rel=1e-12)

    @pytest.mark.parametrize(
        "form", [{}, {"top_ratio": 0.5}, {"top_diameter_um": 70.0}, {"fillet_um": 9.0}, {"fillet_um": 9.0, "top_ratio": 0.5}]
    )
    @pytest.mark.parametrize("section", EVEN, ids=names)
    @pytest.mark.parametrize("hollow_um", [0.0, 30.0])
    def test_many_sizes_are_the_sum_of_each(self, section, form, hollow_um):
        diameters = np.array([80.0, 120.0, 80.0, 100.0, 95.0, 120.0])
        many = PillarForm(section, 150.0, hollow_um=hollow_um, **form)
        bodies = many.bodies(GRID, diameters)
        alone = [many.body(Points(at[None]), size) for at, size in zip(GRID.at_um, diameters, strict=True)]
        similar = not hollow_um and (section is DISC or "fillet_um" not in form)
        assert len(bodies) == (1 if similar else 4)
        panel = Panel(width_px=60, height_px=45, pitch_x_um=17.0, pitch_y_um=16.0)
        for measure in ("volume_um3", "wall_um2"):
            assert sum(getattr(one, measure) for one in bodies) == pytest.approx(sum(getattr(one, measure) for one in alone), rel=1e-12)
        for z_um in (0.0, 4.0, 90.0, 150.0):
            drawn, wanted = (Region(tuple(one.part(z_um) for one in some)) for some in (bodies, alone))
            assert drawn.area_um2 == pytest.approx(wanted.area_um2, rel=1e-12)
            assert abs(coverage(drawn, panel) - coverage(wanted, panel)).max() < 1e-5

    def test_88000_tapered_discs_with_fillets_are_one_body(self):
        diameters = np.linspace(60, 140, 88_000)
        places = Points(np.zeros((88_000, 2)))
        body = PillarForm(DISC, 150.0, top_ratio=0.8, fillet_um=15.0).body(places, diameters)
        assert body.part(10.0).places.count == 88_000
        assert body.part(10.0).places.scale.max() == 1
        with pytest.raises(RecipeError, match=f"88000 distinct sizes .*; must not exceed {MAX_SIZES}"):
            PillarForm(HexagonSection(), 150.0, fillet_um=15.0).bodies(places, diameters)

    def test_no_places_no_bodies(self):
        assert PillarForm(DISC, 100.0).bodies(Points(np.zeros((0, 2))), 50.0) == ()


class TestRefusals:
    @pytest.mark.parametrize(
        ("section", "form", "said"),
        [
            (DISC, {"top_diameter_um": 50.0, "top_ratio": 0.5}, "top_diameter_um and top_ratio: only one of the two can be given"),
            (DISC, {"top_diameter_um": 0.0}, "top_diameter_um=0 must be at least 0.001 µm"),
            (DISC, {"top_ratio": -1.0}, "top_ratio x diameter_um=-100 must be at least 0.001 µm"),
            (DISC, {"top_ratio": nan}, "must be at least 0.001 µm"),
            (DISC, {"height_um": 0.0}, "height_um=0 must be at least 0.001 µm"),
            (DISC, {"fillet_um": -1.0}, "fillet_um=-1 must be at least 0.001 µm"),
            (DISC, {"fillet_um": inf}, "fillet_um=inf must be"),
            (DISC, {"fillet_um": 151.0}, "fillet_um=151 meets the wall at 151; must not exceed height_um=150"),
            (DISC, {"fillet_um": 120.0, "top_ratio": 1.9}, "must not exceed height_um=150"),
            (DISC, {"hollow_um": 100.0}, "hollow_um=100 must be less than the diameter_um of 100"),
            (DISC, {"hollow_um": 60.0, "top_ratio": 0.5}, "hollow_um=60 must be less than the top diameter of 50"),
            (DISC, {"hollow_um": nan}, "hollow_um=nan must be"),
            (StarSection(points=12, waist=0.5), {"fillet_um": 80.0}, "fillet_um=80 closes a gap in the outline"),
            (KITE, {"fillet_um": 5.0, "top_ratio": 0.5}, "only if all its edges are equally far from its centre"),
            (THIN, {"hollow_um": 5.0}, "the hole of a pillar must lie within"),
        ],
    )
    def test_forms(self, section, form, said):
        fields = {"height_um": 150.0} | form
        assert said in refusal(lambda: PillarForm(section, **fields).bodies(ONE, 100.0))

    def test_a_slit_that_the_fillet_closes(self):
        slit = PolygonSection.of_shapely(shapely.box(0, 0, 10, 10).difference(shapely.box(4, 3, 5, 10)))
        assert body_of(slit, ONE, 1000.0, 100.0, fillet_um=30.0)
        assert "closes a gap" in refusal(lambda: body_of(slit, ONE, 1000.0, 100.0, fillet_um=40.0))

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda: PolygonSection(corners=((0, 0), (1, 1))), "corners"),
            (lambda: PolygonSection(corners=((0, 0), (2, 2), (2, 0), (0, 2))), "must bound one polygon: Self-intersection"),
            (lambda: PolygonSection(corners=((0, 0), (1, 1), (2, 2))), "corners and holes must bound one polygon"),
            (lambda: PolygonSection(corners=((0, 0), (1, nan), (2, 2))), "corners.1.1=nan must be a finite number"),
            (lambda: PolygonSection(corners=((0, 0), (4, 0), (0, 4)), holes=(((3, 3), (4, 3), (4, 4)),)), "one polygon: Hole lies outside"),
            (lambda: StarSection(waist=1.0), "waist=1.0 must be less than 1"),
            (lambda: StarSection(points=2), "points=2 must be greater than or equal to 3"),
            (lambda: HexagonSection(turn_deg=400.0), "turn_deg=400.0 must be less than or equal to 360"),
            (lambda: SquareSection(turn=4.0), "turn is not a known key; did you mean turn_deg?"),
        ],
    )
    def test_cross_sections(self, make, said):
        assert said in refusal(make)

    def test_diameters_are_one_or_one_for_each(self):
        assert "2 diameters for 6 pillars" in refusal(lambda: PillarForm(DISC, 100.0).bodies(GRID, np.array([50.0, 60.0])))
        assert "diameter_um=nan" in refusal(lambda: PillarForm(DISC, 100.0).bodies(GRID, np.array([50.0] * 5 + [nan])))
        assert "are 2 bodies, not one" in refusal(
            lambda: body_of(HexagonSection(), GRID, np.array([50.0] * 5 + [60.0]), 100.0, fillet_um=3.0)
        )

    @given(
        st.sampled_from(SECTIONS),
        *[st.sampled_from([0.0, 5e-324, 0.001, 1.0, 1e9]) | st.floats(0, 1e9) for _ in range(5)],
        st.booleans(),
    )
    def test_any_numbers_give_a_body_or_a_plain_refusal(self, section, diameter, height, top, fillet, hollow, tapers):
        form = PillarForm(section, height, top_diameter_um=top if tapers else None, fillet_um=fillet, hollow_um=hollow)
        body = attempt(lambda: form.body(ONE, diameter))
        if isinstance(body, str):
            assert any(word in body for word in ("must", "closes a gap", "only if"))
        else:
            assert body.volume_um3 > 0
            assert body.wall_um2 > 0
            assert body.part(height / 2).area_um2 > 0


def test_steiners_formula_for_convex_figures():
    """A + P d + π d²."""
    for section in (SquareSection(), HexagonSection(), KITE):
        ring = 100 * section.outer
        plain = section.sized(100.0)
        assert Grown(ring, 7.0, 7.0).area_um2 == pytest.approx(plain.area_um2 + plain.perimeter_um * 7 + pi * 49, rel=1e-12)


def test_an_inner_corner_counts_by_its_tangent():
    """An L of three unit squares has one: k = 5 π/4 - tan π/4."""
    assert ELL.measure.rounding == pytest.approx(5 * pi / 4 - tan(pi / 4), rel=1e-12)
