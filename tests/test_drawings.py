"""Outlines drawn in files: what a program wrote is read back, and what is wrong is said with its place."""

from __future__ import annotations

import io
from math import cos, pi, sin, tan
from pathlib import Path

import ezdxf
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from voxelyte.errors import RecipeError
from voxelyte.outline import FileOutline
from voxelyte.outline.drawing import MAX_BYTES, read_outline
from voxelyte.outline.dxf import _polyline, _spline
from voxelyte.outline.joined import MAX_MM
from voxelyte.recipes import load_recipe
from voxelyte.region import polygons

SAGITTA_UM = 0.05
UNITS = {"mm": (4, 1.0), "cm": (5, 10.0), "in": (1, 25.4), "um": (13, 0.001), "m": (6, 1000.0)}
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="30mm" viewBox="0 0 400 300">'
BOW = [(0, 0), (9, 9), (9, 0), (0, 9)]
TRIANGLE = '<path d="M0 0L100 0L0 100Z"/>'


def svg(body, head=HEAD):
    return f"{head}{body}</svg>".encode()


def dxf(draw, units=4, version="R2010"):
    document = ezdxf.new(version, units=units)
    draw(document.modelspace())
    text = io.StringIO()
    document.write(text)
    return text.getvalue().encode()


def area_of(figure):
    return shapely.MultiPolygon(polygons(figure.boundary))


def refusal(data, name, unit=None):
    with pytest.raises(RecipeError) as caught:
        read_outline(data, name, unit)
    return str(caught.value)


def area_of_ring(ring):
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _segment(start, end, bulge):
    """Signed area between an arc and its chord: r² (θ - sin θ) / 2."""
    chord, turn = np.hypot(end[0] - start[0], end[1] - start[1]), 4 * np.arctan(bulge)
    if abs(bulge) < 1e-6:
        return bulge * chord**2 / 3
    radius = chord * (1 + bulge**2) / (4 * abs(bulge))
    return radius**2 * (turn - sin(turn)) / 2


corner_lists = st.lists(st.integers(20, 300), min_size=5, max_size=24).map(
    lambda radii: [(r * cos(2 * pi * k / len(radii)), r * sin(2 * pi * k / len(radii))) for k, r in enumerate(radii)]
)
"""Corners of star-shaped polygons around the origin, in any unit."""


def centred_um(corners, scale_um):
    ring = np.array(corners) * scale_um
    return shapely.Polygon(ring - (ring.min(axis=0) + ring.max(axis=0)) / 2)


class TestSvg:
    @given(corner_lists, st.sampled_from(["path", "relative", "polygon"]))
    @trials(max_examples=40)
    def test_polygons_come_back(self, corners, way):
        flipped = [(x, -y) for x, y in corners]
        if way == "polygon":
            body = f'<polygon points="{" ".join(f"{x!r},{y!r}" for x, y in flipped)}"/>'
        else:
            steps = np.diff(np.array(flipped), axis=0, prepend=[(0.0, 0.0)]).tolist() if way == "relative" else flipped
            letter = "l" if way == "relative" else "L"
            body = f'<path d="m{steps[0][0]!r} {steps[0][1]!r}' + "".join(f"{letter}{x!r} {y!r}" for x, y in steps[1:]) + 'z"/>'
        drawn = area_of(read_outline(svg(body), "a.svg"))
        assert drawn.symmetric_difference(centred_um(corners, 100)).area < 1e-6 * drawn.area

    @pytest.mark.parametrize(
        ("body", "area_mm2"),
        [
            ('<circle cx="10" cy="20" r="80"/>', pi * 64),
            ('<ellipse cx="10" cy="20" rx="80" ry="50"/>', pi * 40),
            ('<rect x="5" y="5" width="200" height="100" rx="20"/>', 200 - (4 - pi) * 4),
            ('<path d="M0 0H100V100H0Z M20 20V40H40V20Z"/>', 100 - 4),
            ('<path d="M0,0 A50,50 0 0 1 100,0 Z"/>', pi * 25 / 2),
            ('<path d="M0 0Q50 100 100 0Z"/>', 2 / 3 * 100 * 50 / 100),
            ('<path d="M0 0C0 100 100 100 100 0Z"/>', 3 / 5 * 100),
            ('<polyline points="0,0 100,0 100,100"/><line x1="100" y1="100" x2="0" y2="0"/>', 50),
            ('<g transform="translate(7 9) rotate(30) scale(2 -1)"><circle r="40"/></g>', pi * 32),
            ('<g display="none"><text>hidden</text></g><circle r="10"/>', pi),
            ('<circle r="10"/><circle style="visibility: hidden" r="5"/>', pi),
            ('<g visibility="hidden"><circle r="5"/><circle visibility="visible" r="10"/></g>', pi),
            ('<style>.a{fill:none;stroke-width:2px}</style><circle r="10"/>', pi),
            ('<circle r="9.6px"/>', pi * 0.96**2),
            ('<circle r="2.54mm"/>', pi * 0.96**2),
            ('<g transform="translate(5) , rotate(30 1 2)scale(2)"><circle r="5"/></g>', pi),
            ('<defs><circle id="a" r="3"/></defs><title>t</title><circle r="10" style="fill:none;stroke-width:5"/>', pi),
        ],
    )
    def test_shapes_have_their_areas(self, body, area_mm2):
        figure = read_outline(svg(body), "a.svg")
        assert figure.area_um2 / 1e6 == pytest.approx(area_mm2, abs=figure.perimeter_um * SAGITTA_UM / 1e6)
        x0, y0, x1, y1 = figure.bounds_um
        assert (x0, y0) == pytest.approx((-x1, -y1))

    @pytest.mark.parametrize("sagitta_um", [0.02, 1.0, 20.0])
    def test_chords_keep_the_sagitta(self, sagitta_um):
        for body in ('<circle r="80"/>', '<path d="M0 0C0 100 100 100 100 0Z"/>', '<g transform="scale(3 1)"><circle r="20"/></g>'):
            fine = area_of(read_outline(svg(body), "a.svg", sagitta_um=0.001))
            coarse = area_of(read_outline(svg(body), "a.svg", sagitta_um=sagitta_um))
            assert fine.hausdorff_distance(coarse) <= 2 * sagitta_um + 0.01

    def test_up_is_back(self):
        figure = read_outline(svg('<path d="M0 0L100 0L50 200Z"/>'), "a.svg")  # its point is below, as SVG draws it
        assert area_of(figure).contains(shapely.Point(-4900, 9900))
        assert not area_of(figure).contains(shapely.Point(-4900, -9900))

    @pytest.mark.parametrize(
        ("head", "unit", "um"),
        [
            ('<svg width="40mm" height="30mm" viewBox="0 0 40 30">', None, 1000),
            ('<svg width="4cm" height="3cm" viewBox="0 0 40 30">', None, 1000),
            ('<svg width="1in" height="2in" viewBox="0 0 1 2">', None, 25400),
            ('<svg width="72pt" height="72pt" viewBox="0 0 1 1">', None, 25400),
            ('<svg width="40mm" height="30mm">', None, 25400 / 96),
            ('<svg width="40mm" height="30mm" viewBox="0 0 40 30">', "mm", 1000),
            ('<svg viewBox="0 0 40 30">', "mm", 1000),
            ('<svg width="400" height="300" viewBox="0 0 40 30">', "um", 1),
            ('<svg width="100%" height="100%">', "cm", 10000),
        ],
    )
    def test_units(self, head, unit, um):
        figure = read_outline(svg('<path d="M0 0H8V8H0Z"/>', head), "a.svg", unit)
        assert figure.bounds_um == pytest.approx((-4 * um, -4 * um, 4 * um, 4 * um))

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (svg(TRIANGLE, "<svg>"), 'does not say how large it is (width and height in mm, with a viewBox); give unit = "mm"'),
            (svg(TRIANGLE, '<svg width="400" height="300" viewBox="0 0 400 300">'), "does not say how large it is"),
            (svg(TRIANGLE, '<svg width="40mm" height="30mm" viewBox="0 0 400 400">'), "viewBox stretch it: 0.1 mm a unit in x"),
            (svg(TRIANGLE, '<svg width="40mm" height="30mm" viewBox="0 0 400">'), "viewBox='0 0 400' must be four numbers"),
            (svg(TRIANGLE, '<svg width="-4mm" height="30mm" viewBox="0 0 400 300">'), "does not say how large it is"),
            (svg('<path d="M0 0L100 100L100 0L0 100Z"/>'), "the outline crosses itself at x=5, y=5 mm"),
            (svg('<path d="M0 0L100 0L0 100"/>'), "the outline is open at x=0, y=10 mm"),
            (svg('<circle r="50"/><circle cx="200" r="40"/>'), "a second outline lies beside the largest one at x="),
            (svg('<circle r="50"/><circle r="40"/><circle r="30"/>'), "a hole lies within another hole at x="),
            (svg('<circle r="50"/><circle cx="30" r="40"/>'), "the outline crosses itself at x="),
            (svg(""), "draws no closed outline"),
            (svg('<text x="0">A</text>'), "has <text>, which is not read as an outline: turn it into a path"),
            (svg(f'{TRIANGLE}<image href="a.png"/>'), "has <image>"),
            (svg(f'<g id="a">{TRIANGLE}</g><use href="#a"/>'), "has <use>"),
            (svg('<path clip-path="url(#a)" d="M0 0L100 0L0 100Z"/>'), "has a clip-path at <path>"),
            (svg('<path d="M0 0L100 0L0 1oo Z"/>'), "has a path that is not one"),
            (svg('<path d="M0 0L1e5 0L0 1e9Z"/>'), f"draws beyond {MAX_MM:g} mm"),
            (svg('<circle r="1e300"/>'), "draws more than"),
            (b"<html/>", "is not SVG: its root must be svg"),
            (b"", "is not SVG: "),
            (b"<svg", "is not SVG: "),
            (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "declares entities"),
            ("<svg/>".encode("utf-16"), "is not UTF-8"),
            (b"<svg>" + b"<g>" * 100 + b"</g>" * 100 + b"</svg>", "nests them deeper than 50"),
            (b"<svg>" + b"<g/>" * 30_000 + b"</svg>", "has more than 20000 elements"),
            (svg('<circle r="10%"/>'), "has a <circle> whose r='10%' is no length that is read: px, mm, cm"),
            (svg('<rect width="2em" height="3"/>'), "whose width='2em' is no length that is read"),
            (svg('<circle r="1e400"/>'), "is no length that is read"),
            (svg('<circle cx="5"/>'), "has a <circle> whose r='' must be above 0"),
            (svg('<rect width="-5" height="3"/>'), "whose width='-5' must be above 0"),
            (svg('<polygon points="0,0 100,0 100,100 5"/>'), "has a list of points that is not one"),
            (svg('<path d="M0 0L100 0L100Z"/>'), "cannot be read: a path lacks a number"),
            (svg(f'<g transform="turn(3)">{TRIANGLE}</g>'), "has a transform that is not one: transform='turn(3)'"),
            (svg(f'<g transform="translate(5mm)">{TRIANGLE}</g>'), "has a transform that is not one"),
            (svg(f'<g transform="matrix(1 0 0 1 5)">{TRIANGLE}</g>'), "has a transform that is not one"),
            (svg(f'<g transform-origin="5 5">{TRIANGLE}</g>'), "has a transform-origin at <g>"),
            (svg(f'<g style="fill:none; transform: scale(2)">{TRIANGLE}</g>'), "has transform: scale(2) in the style of <g>"),
            (svg('<circle style="r:50px" r="3"/>'), "has r: 50px in the style of <circle>"),
            (svg(f"<defs><style>path{{scale:2}}</style></defs>{TRIANGLE}"), "has scale: 2 in a style sheet"),
            (svg(f"<style>.a{{display:none}}</style>{TRIANGLE}"), "has display: none in a style sheet"),
            (svg(TRIANGLE, HEAD.replace("<svg", '<svg transform="scale(2)"')), "has a transform at its root"),
            (svg("<path d='M0 0L1 0L0 1Z'/>" * 6000), "draws 6000 lines; must not exceed 5000"),
        ],
    )
    def test_what_is_wrong_is_said(self, data, said):
        assert said in refusal(data, "a.svg")

    def test_a_unit_that_contradicts_the_file_is_refused(self):
        assert "says that its unit is 0.1 mm; the unit given is 1 mm" in refusal(svg(TRIANGLE), "a.svg", "mm")


class TestDxf:
    @given(corner_lists, st.sampled_from(list(UNITS)), st.sampled_from(["R12", "R2000", "R2010"]), st.booleans())
    @trials(max_examples=25)
    def test_polygons_come_back(self, corners, unit, version, as_lines):
        code, mm = UNITS[unit]
        scale = 0.1 / mm  # 30 mm at most, whatever the unit
        points = [(x * scale, y * scale) for x, y in corners]

        def draw(space):
            if as_lines:
                edges = list(zip(points, points[1:] + points[:1], strict=True))
                for start, end in edges[::2] + [edge[::-1] for edge in edges[1::2]]:
                    space.add_line(start, end)
            elif version == "R12":
                space.add_polyline2d(points, close=True)
            else:
                space.add_lwpolyline(points, close=True)

        said = unit if version == "R12" else None  # R12 has no $INSUNITS
        drawn = area_of(read_outline(dxf(draw, code, version), "a.dxf", said))
        assert drawn.symmetric_difference(centred_um(corners, 100)).area < 1e-6 * drawn.area

    def test_curves_have_their_areas(self):
        def film(space):
            space.add_lwpolyline([(0, 0), (30, 0, 0, 0, tan(pi / 8)), (32, 2), (32, 20), (0, 20, 0, 0, 1)], close=True)
            space.add_circle((10, 10), 3)
            space.add_ellipse((20, 10), (4, 0), 0.5)

        figure = read_outline(dxf(film), "a.dxf")
        area = 640 - (4 - pi) + 50 * pi - 9 * pi - 8 * pi
        assert figure.area_um2 / 1e6 == pytest.approx(area, abs=figure.perimeter_um * SAGITTA_UM / 1e6)
        assert figure.pieces == 1
        assert len(figure.boundary) == 3

    def test_lines_and_arcs_that_meet_are_one_outline(self):
        def stadium(space):
            space.add_line((0, 0), (10, 0))
            space.add_arc((10, 5), 5, -90, 90)
            space.add_line((0, 10), (10, 10))
            space.add_arc((0, 5), 5, 90, 270)

        figure = read_outline(dxf(stadium), "a.dxf")
        assert figure.area_um2 / 1e6 == pytest.approx(100 + 25 * pi, abs=figure.perimeter_um * SAGITTA_UM / 1e6)

    @given(st.lists(st.floats(-2, 2), min_size=2, max_size=6), st.booleans(), st.sampled_from(["R12", "R2010"]))
    @trials(max_examples=40, deadline=None)
    def test_polylines_of_bulges_are_their_arcs(self, bulges, turned, version):
        """On the corners of a polygon, however the arcs bend and which way the plane is seen."""
        corners = [(10 * cos(2 * pi * k / len(bulges)), 10 * sin(2 * pi * k / len(bulges))) for k in range(len(bulges))]
        points = [(x, y, bulge) for (x, y), bulge in zip(corners, bulges, strict=True)]
        looking = {"extrusion": (0, 0, -1)} if turned else {}

        def film(space):
            if version == "R12":
                space.add_polyline2d(points, format="xyb", close=True, dxfattribs=looking)
            else:
                space.add_lwpolyline(points, format="xyb", close=True, dxfattribs=looking)

        document = ezdxf.new(version)
        film(document.modelspace())
        line = _polyline(document.modelspace()[0], 5e-5, 1.0)
        arcs = sum(map(_segment, corners, corners[1:] + corners[:1], bulges))
        area = (area_of_ring(np.array(corners)) + arcs) * (-1 if turned else 1)
        assert area_of_ring(line) == pytest.approx(area, abs=1e-4 * np.hypot(*np.diff(line, axis=0).T).sum())

    @pytest.mark.parametrize("sense", [1, -1])
    def test_two_half_circles_are_a_circle_in_either_sense(self, sense):
        figure = read_outline(dxf(lambda space: space.add_lwpolyline([(0, 0, 0, 0, sense), (10, 0, 0, 0, sense)], close=True)), "a.dxf")
        assert figure.area_um2 / 1e6 == pytest.approx(25 * pi, abs=figure.perimeter_um * SAGITTA_UM / 1e6)

    def test_an_arc_that_is_nearly_straight_is_its_chord(self):
        figure = read_outline(dxf(lambda space: space.add_lwpolyline([(0, 0, 0, 0, 1e-12), (9, 0), (0, 9)], close=True)), "a.dxf")
        assert len(figure.boundary[0]) == 3

    def test_vertices_that_only_bend_a_smoothed_polyline_are_no_corners(self):
        def smoothed(space):
            line = space.add_polyline2d([(0, 0), (9, 0), (9, 9), (0, 9), (1, 1), (8, 1), (8, 8), (1, 8)], close=True)
            for vertex in line.vertices[:4]:
                vertex.dxf.flags |= 16

        assert read_outline(dxf(smoothed), "a.dxf").area_um2 == pytest.approx(49e6)

    def test_splines_that_bend_both_ways_keep_the_sagitta(self):
        rng = np.random.default_rng(7)
        for count in (4, 5, 7, 8):
            space = ezdxf.new().modelspace()
            spline = space.add_open_spline(np.column_stack((rng.uniform(-15, 15, (count, 2)), np.zeros(count))))
            chords = shapely.LineString(np.array(_spline(spline, SAGITTA_UM / 1000))[:, :2])
            curve = spline.construction_tool()
            true = np.array([tuple(point)[:2] for point in curve.points(np.linspace(0, curve.max_t, 20_001))])
            assert shapely.distance(shapely.points(true), chords).max() * 1000 <= SAGITTA_UM

    def test_what_the_file_hides_is_no_hole(self):
        def film(space):
            space.doc.layers.add("off").off()
            space.doc.layers.add("Frozen").freeze()
            space.add_circle((0, 0), 8)
            space.add_circle((0, 0), 3, dxfattribs={"layer": "off"})
            space.add_circle((5, 0), 1, dxfattribs={"layer": "frozen"})
            space.add_circle((0, 5), 1, dxfattribs={"invisible": 1})

        assert len(read_outline(dxf(film), "a.dxf").boundary) == 1

    def test_a_file_without_a_header_says_no_unit(self):
        data = b"0\nSECTION\n2\nENTITIES\n0\nCIRCLE\n8\n0\n10\n0\n20\n0\n40\n5\n0\nENDSEC\n0\nEOF\n"
        assert "does not say its unit" in refusal(data, "a.dxf")
        assert read_outline(data, "a.dxf", "mm").bounds_um[2] == pytest.approx(5000, abs=0.1)

    def test_what_is_no_dxf_is_said_in_one_line(self):
        for data in (b"", b"hello\nworld\n", dxf(lambda space: space.add_circle((0, 0), 8)).decode().encode("utf-16")):
            assert refusal(data, "a.dxf").isprintable()

    def test_arcs_are_flattened_from_their_own_radius(self):
        figure = read_outline(dxf(lambda space: space.add_circle((0, 0), 8)), "a.dxf")
        radius = np.hypot(*figure.boundary[0].T)
        assert abs(radius - 8000).max() <= SAGITTA_UM  # a cubic that resembles it would be off by 2 µm

    def test_a_spline_that_ends_where_it_begins_is_read(self):
        """A clamped cubic of four control points is the Bézier curve of these."""
        around = [(0, 0, 0), (10, 10, 0), (-10, 10, 0), (0, 0, 0)]
        figure = read_outline(dxf(lambda space: space.add_open_spline(around)), "a.dxf")
        t = np.linspace(0, 1, 100_001)[:, None]
        p0, p1, p2, p3 = (np.array(point[:2]) for point in around)
        curve = (1 - t) ** 3 * p0 + 3 * t * (1 - t) ** 2 * p1 + 3 * t * t * (1 - t) * p2 + t**3 * p3
        area = shapely.Polygon(curve).area
        assert figure.area_um2 / 1e6 == pytest.approx(area, abs=figure.perimeter_um * SAGITTA_UM / 1e6)

    @pytest.mark.parametrize(
        ("draw", "said"),
        [
            (lambda space: space.add_lwpolyline(BOW, close=True), "the outline crosses itself at x=4.5, y=4.5 mm"),
            (lambda space: space.add_lwpolyline([(0, 0), (9, 0), (0, 9)]), "the outline is open at x=0, y=9 mm"),
            (lambda space: [space.add_line(end, (5, 0)) for end in ((0, 0), (0, 5), (5, 5))], "3 lines meet at x=5, y=0 mm"),
            (lambda space: space.add_text("film"), "has TEXT, which is not read as an outline: explode or delete it"),
            (lambda space: space.add_circle((0, 0), 1e6), f"draws beyond {MAX_MM:g} mm"),
            (lambda space: space.add_circle((1e300, 0), 1), f"draws beyond {MAX_MM:g} mm"),
            (lambda space: space.add_line((0, 0, 0), (1, 0, 5)), "is not flat: its z changes"),
            (lambda space: space.add_spline().set_closed([(0, 0, 0), (9, 0, 0), (9, 9, 0)]), "has a SPLINE whose ends are not clamped"),
            (lambda space: space.add_spline([(0, 0, 0), (9, 0, 0), (9, 9, 0)]), "has a SPLINE of fit points alone"),
            (lambda space: space.add_circle((0, 0), 0), "has CIRCLE whose radius is not above 0"),
            (lambda space: space.add_lwpolyline([(0, 0, 0, 0, 1e300), (9, 0), (9, 9)], close=True), "draws more than"),
            (lambda space: None, "draws no closed outline"),
        ],
    )
    def test_what_is_wrong_is_said(self, draw, said):
        assert said in refusal(dxf(draw), "a.dxf")

    def test_units_are_asked_for_and_compared(self):
        circle = lambda space: space.add_circle((0, 0), 1)  # noqa: E731
        assert 'does not say its unit ($INSUNITS); give unit = "mm"' in refusal(dxf(circle, units=0), "a.dxf")
        assert "says that its unit is 25.4 mm; the unit given is 1 mm" in refusal(dxf(circle, units=1), "a.dxf", "mm")
        assert "$INSUNITS=18 is no unit of small things" in refusal(dxf(circle, units=18), "a.dxf")
        assert "is a binary DXF" in refusal(b"AutoCAD Binary DXF\r\n\x1a\x00", "a.dxf")


GOOD = {
    "a.svg": svg('<g transform="rotate(5)"><path d="M0 0Q5 9 100 0A9 9 0 0 1 90 80L0 100Z"/><circle cx="40" cy="40" r="9"/></g>'),
    "a.dxf": dxf(lambda space: space.add_lwpolyline([(0, 0), (9, 0, 0, 0, 0.3), (9, 9)], close=True)),
}


@pytest.mark.parametrize("name", GOOD)
class TestBroken:
    @given(st.data())
    @trials(max_examples=80)
    def test_damage_gives_an_outline_or_a_plain_refusal(self, name, data):
        whole = GOOD[name]
        # A DXF is a long list of tables; its drawing is at the end.
        low = 0 if name == "a.svg" else max(0, whole.rindex(b"LWPOLYLINE") - 200)
        at = data.draw(st.integers(low, len(whole) - 1))
        junk = data.draw(st.binary(max_size=6) | st.sampled_from([b"1e999", b"nan", b"-1", b"0", b"9" * 40, b"<", b"\n0\nLINE\n"]))
        length = data.draw(st.integers(0, 12))
        _read(whole[:at] + junk + whole[at + length :], name)

    def test_every_cut(self, name):
        whole = GOOD[name]
        for end in range(0, len(whole), max(1, len(whole) // 40)):
            _read(whole[:end], name)

    @given(st.binary(max_size=300))
    @trials(max_examples=40)
    def test_any_bytes(self, name, data):
        _read(data, name)


def _read(data, name):
    """An outline that is one, or a RecipeError."""
    try:
        figure = read_outline(data, name, sagitta_um=10.0)
    except RecipeError:
        return
    assert figure.area_um2 > 0
    assert area_of(figure).is_valid


class TestInRecipes:
    RECIPE = (
        'name = "a"\ntitle = "b"\ngeometry = "planar"\nbase_um = 50\n[outline]\nshape = "file"\npath = "edge.svg"\n'
    )

    def test_a_path_begins_beside_the_recipe(self, tmp_path):
        (tmp_path / "edge.svg").write_bytes(svg('<circle r="80"/>'))
        (tmp_path / "a.toml").write_text(self.RECIPE)
        film = load_recipe(tmp_path / "a.toml").solid()
        assert film.footprint_um2 == pytest.approx(pi * 8000**2, rel=1e-4)
        assert film.notes[0].startswith("the outline is that of edge.svg (sha256 ")

    def test_a_recipe_like_it_elsewhere_finds_it_too(self, tmp_path):
        (tmp_path / "edge.svg").write_bytes(svg('<circle r="80"/>'))
        (tmp_path / "a.toml").write_text(self.RECIPE)
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "b.toml").write_text('name = "b"\ntitle = "b"\ngeometry = "planar"\nlike = "../a.toml"\nbase_um = 60\n')
        assert load_recipe(tmp_path / "sub" / "b.toml").with_settings(["base_um=70"]).solid().base_um == 70

    @pytest.mark.parametrize("name", ["edge.svg", "edge.dxf"])
    def test_a_path_on_the_command_line_begins_where_one_is(self, name, tmp_path, monkeypatch):
        data = svg('<circle r="80"/>') if name == "edge.svg" else dxf(lambda space: space.add_circle((0, 0), 8))
        (tmp_path / name).write_bytes(data)
        monkeypatch.chdir(tmp_path)
        film = load_recipe("f-se").with_outline(name).solid()
        assert film.footprint_um2 == pytest.approx(pi * 8000**2, rel=1e-4)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"path": "none.svg"}, "outline.path='none.svg': no such file"),
            ({"path": "."}, "outline.path='.': is not a file"),
            ({"path": "edge.png"}, "outline.path='edge.png': must end in .svg or .dxf"),
            ({"path": "a\0b.svg"}, "outline.path="),
            ({"path": 3}, "path=3 must be text"),
            ({"path": "edge.svg", "unit": "yd"}, "unit='yd' must be"),
            ({"path": "edge.svg", "sagitta_um": 0.0}, "sagitta_um=0.0 must be greater than or equal to 0.001"),
            ({"path": "edge.svg", "scale": 2}, "scale is not a known key"),
            ({"path": "long.svg"}, f"longer than {MAX_BYTES} bytes"),
        ],
    )
    def test_wrong_values(self, changes, said, tmp_path, monkeypatch):
        (tmp_path / "edge.png").write_bytes(b"")
        (tmp_path / "edge.svg").write_bytes(svg(TRIANGLE))
        (tmp_path / "long.svg").write_bytes(b" " * (MAX_BYTES + 1))
        monkeypatch.chdir(tmp_path)
        with pytest.raises(RecipeError) as caught:
            FileOutline(**changes)
        assert said in str(caught.value)


def test_nothing_that_a_file_refers_to_is_opened(monkeypatch):
    opened = []
    monkeypatch.setattr(Path, "open", lambda self, *rest: opened.append(self))
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert read_outline(doctype + svg(TRIANGLE), "a.svg").area_um2 == pytest.approx(50e6)
    assert opened == []
