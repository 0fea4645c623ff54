"""Test targets: their pixels counted in the mask, their symmetry, and what is refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelyte.errors import RecipeError
from voxelyte.pixel_grid import PixelGrid
from voxelyte.printer import Panel
from voxelyte.raster import coverage, paint
from voxelyte.recipes import load_printer, load_recipe, load_resin, printer_names
from voxelyte.slicing import slice_solid
from voxelyte.solids.dose_pads import DosePadsFilm
from voxelyte.solids.dot_array import DotArrayFilm
from voxelyte.solids.line_ladder import LineLadderFilm
from voxelyte.solids.pixel_checker import PixelCheckerFilm
from voxelyte.solids.siemens_star import SiemensStarFilm
from voxelyte.solids.vernier import VernierFilm
from voxelyte.tone import tone_for

TARGETS = ("dose-pads", "dot-array", "f-mark", "line-ladder", "pixel-checker", "siemens-star", "vernier")
ON_PIXELS = ("dot-array", "line-ladder", "pixel-checker")
ASIGA = load_printer("asiga-max").panel
COIN = {"outline": {"shape": "disc", "diameter_um": 16_000.0}, "base_um": 100.0, "height_um": 100.0}
panels = st.builds(
    lambda pitch_x, pitch_y, width, height: Panel(width_px=width, height_px=height, pitch_x_um=pitch_x, pitch_y_um=pitch_y),
    st.sampled_from([62.0, 47.25, 28.5, 19.0, 0.7]),
    st.sampled_from([62.0, 47.25, 24.0]),
    st.integers(140, 151),
    st.integers(140, 151),
)


def plate_of(panel):
    """The whole panel as an outline."""
    return {**COIN, "outline": {"shape": "rectangle", "width_um": panel.size_um[0], "depth_um": panel.size_um[1]}}


def grey(film, panel):
    return paint(film.features, panel, tone_for(256))


def refusal(make, **fields):
    with pytest.raises(RecipeError) as caught:
        make(**fields)
    return str(caught.value)


class TestEveryTarget:
    @pytest.mark.parametrize("name", TARGETS)
    def test_the_mask_has_the_drawn_area(self, name):
        film = load_recipe(name).solid(ASIGA)
        covered = coverage(film.features, ASIGA)
        assert covered.sum() * ASIGA.pixel_area_um2 == pytest.approx(film.features.area_um2, rel=1e-9)
        assert covered.max() <= 1 + 1e-9

    @pytest.mark.parametrize("name", TARGETS)
    def test_features_are_disjoint_and_stand_on_the_base(self, name):
        film = load_recipe(name).solid(ASIGA)
        drawn = film.features.to_shapely(0.01)
        if name != "pixel-checker":  # its cells touch at their corners, which is what it is for
            assert drawn.is_valid
        assert shapely.union_all(list(drawn.geoms)).area == pytest.approx(film.features.area_um2)
        assert film.base.to_shapely(0.01).contains(shapely.box(*film.features.bounds_um)) or name == "siemens-star"
        assert film.count == len(drawn.geoms)

    @pytest.mark.parametrize("name", TARGETS)
    def test_four_layers_or_six_of_any_format(self, name):
        printer = load_printer("asiga-max")
        job = slice_solid(load_recipe(name).solid(printer.panel), printer, load_resin("pegda-litfsi-llzto"))
        assert {layer.thickness_um for layer in job.layers} == {50.0}

    @pytest.mark.parametrize("name", ON_PIXELS)
    @pytest.mark.parametrize("printer", [name for name in printer_names() if "generic" not in name])
    def test_whole_pixels_on_any_panel(self, name, printer):
        """The same recipe fits each of the machines, and no pixel is grey."""
        panel = load_printer(printer).panel
        film = load_recipe(name).solid(panel)
        x0, y0, x1, y1 = film.features.bounds_um
        columns, rows = (x1 - x0) / panel.pitch_x_um, (y1 - y0) / panel.pitch_y_um
        assert (columns, rows) == pytest.approx((round(columns), round(rows)), abs=1e-6)
        small = Panel(
            width_px=round(columns) + 40 + panel.width_px % 2 * (1 - round(columns) % 2),
            height_px=round(rows) + 60,
            pitch_x_um=panel.pitch_x_um,
            pitch_y_um=panel.pitch_y_um,
        )
        film = type(film)(**{key: getattr(film, key) for key in type(film).model_fields} | {"grid": small.grid})
        assert set(np.unique(grey(film, small))) == {0, 255}

    @pytest.mark.parametrize("name", ["dot-array", "line-ladder", "pixel-checker", "vernier"])
    def test_a_target_of_pixels_needs_a_panel_or_a_grid(self, name):
        with pytest.raises(RecipeError, match="grid is missing: a target of pixels needs a printer"):
            load_recipe(name).solid()
        told = load_recipe(name).with_settings(["grid.pitch_x_um=50", "grid.pitch_y_um=50"]).solid(ASIGA)
        assert told.grid == PixelGrid(pitch_x_um=50.0, pitch_y_um=50.0)

    @pytest.mark.parametrize("name", ["dose-pads", "dot-array", "line-ladder", "pixel-checker", "siemens-star", "vernier"])
    def test_one_that_does_not_fit_says_how_large_it_is(self, name):
        with pytest.raises(RecipeError, match=r"outline: the target, [0-9.]+ x [0-9.]+ mm, must lie within the outline"):
            load_recipe(name).with_outline("disc:3000").solid(ASIGA)


class TestGrid:
    @given(panels)
    def test_corners_are_where_the_panel_has_them(self, panel):
        for pixels, pitch_um, corner_um in (
            (panel.width_px, panel.pitch_x_um, panel.grid.corner_x_um),
            (panel.height_px, panel.pitch_y_um, panel.grid.corner_y_um),
        ):
            edges = (np.arange(pixels + 1) - pixels / 2) * pitch_um
            assert np.abs(edges - corner_um).min() == pytest.approx(0, abs=1e-9)
            assert abs(corner_um) <= pitch_um / 2


class TestDots:
    @settings(max_examples=40)
    @given(panels, st.integers(1, 6), st.integers(1, 8), st.integers(1, 6))
    def test_a_dot_of_n_pixels_lights_n_squared_on_any_panel(self, panel, most, repeats, gap):
        film = DotArrayFilm(**plate_of(panel), grid=panel.grid, most_px=most, repeats=repeats, gap_px=gap)
        mask = grey(film, panel)
        assert set(np.unique(mask)) == {0, 255}
        for size, body in enumerate(film.bodies, start=1):
            _, front, _, back = body.part(0).bounds_um
            rows = [round(panel.height_px / 2 - edge / panel.pitch_y_um) for edge in (back, front)]
            lit = mask[rows[0] : rows[1]] > 0
            assert lit.sum() == repeats * size**2
            runs = np.diff(np.flatnonzero(np.diff(np.pad(lit.any(axis=0), 1).astype(int)))).tolist()
            assert runs[::2] == [size] * repeats
            assert all(run >= gap for run in runs[1::2])

    def test_rows_grow_towards_the_back(self):
        film = load_recipe("dot-array").solid(ASIGA)
        fronts = [body.part(0).bounds_um[1] for body in film.bodies]
        assert fronts == sorted(fronts)
        assert [body.part(0).shape.area_um2 for body in film.bodies] == [pytest.approx((62 * n) ** 2) for n in range(1, 9)]


class TestChecker:
    @settings(max_examples=40)
    @given(panels, st.integers(1, 20), st.integers(1, 20), st.integers(1, 3))
    def test_exactly_half_is_lit_and_no_pixel_is_grey(self, panel, half_columns, half_rows, cell):
        columns, rows = 2 * half_columns, 2 * half_rows
        film = PixelCheckerFilm(**plate_of(panel), grid=panel.grid, columns=columns, rows=rows, cell_px=cell)
        mask = grey(film, panel)
        assert set(np.unique(mask)) == {0, 255}
        lit = np.argwhere(mask)
        (top, left), (bottom, right) = lit.min(axis=0), lit.max(axis=0) + 1
        assert (right - left, bottom - top) == (columns * cell, rows * cell)
        board = mask[top:bottom:cell, left:right:cell] > 0
        assert board.sum() * 2 == board.size
        assert (board[:, 1:] != board[:, :-1]).all()
        assert (board[1:] != board[:-1]).all()
        assert board[-1, 0]
        assert film.count == board.size // 2

    def test_odd_numbers_are_refused(self):
        assert "columns=3 must be a multiple of 2" in refusal(PixelCheckerFilm, **COIN, columns=3, rows=2)


class TestLines:
    @settings(max_examples=40)
    @given(panels, st.integers(1, 4), st.integers(1, 12), st.integers(1, 3))
    def test_lines_and_gaps_grow_pixel_by_pixel_along_both_axes(self, panel, most, length, more):
        wide = most + more
        film = LineLadderFilm(**plate_of(panel), grid=panel.grid, most_px=most, length_px=length, wide_px=wide)
        mask = grey(film, panel)
        assert set(np.unique(mask)) == {0, 255}
        lines, gaps = list(range(1, most + 1)), list(range(1, most + 1))
        middle_x, middle_y = (panel.width_px + 1) // 2, panel.height_px // 2
        back, front = mask[:middle_y] > 0, mask[middle_y:] > 0
        assert widths(back[:, :middle_x].any(axis=0)) == lines
        assert widths(~trimmed(back[:, middle_x:].any(axis=0))) == gaps
        assert widths(front[:, :middle_x].any(axis=1))[::-1] == lines
        assert widths(~trimmed(front[:, middle_x:].any(axis=1)))[::-1] == gaps

    def test_walls_must_be_told_from_lines(self):
        assert "wide_px=3 must exceed most_px=3" in refusal(LineLadderFilm, **COIN, grid=ASIGA.grid, most_px=3, length_px=9, wide_px=3)


def widths(line):
    """Lengths of the runs that are true."""
    edges = np.flatnonzero(np.diff(np.pad(line, 1).astype(int)))
    return (edges[1::2] - edges[::2]).tolist()


def trimmed(line):
    """From the first that is true to the last."""
    lit = np.flatnonzero(line)
    return line[lit[0] : lit[-1] + 1]


class TestStar:
    @given(st.integers(3, 60), st.floats(100, 6000), st.floats(0.01, 0.9))
    def test_turning_by_one_spoke_gives_the_star(self, spokes, diameter, share):
        film = SiemensStarFilm(**COIN, diameter_um=diameter, inner_um=share * diameter, spokes=spokes)
        (shape,) = (part.shape for part in film.features.parts)
        rings = np.array(shape.rings(1.0))
        turn = 2 * np.pi / spokes
        cos, sin = np.cos(turn), np.sin(turn)
        assert np.allclose(rings @ np.array([[cos, sin], [-sin, cos]]), np.roll(rings, -1, axis=0))
        wedge = np.sin(np.pi / spokes) * diameter**2 * (1 - share**2) / 8
        assert film.features.area_um2 == pytest.approx(spokes * wedge)
        assert film.count == spokes

    def test_the_mask_has_all_symmetries_of_the_square(self):
        panel = Panel(width_px=220, height_px=220, pitch_x_um=62.0, pitch_y_um=62.0)
        covered = coverage(load_recipe("siemens-star").solid(panel).features, panel)
        for image in (covered[::-1], covered[:, ::-1], covered.T):
            assert np.allclose(image, covered, atol=1e-9)

    def test_the_inner_circle_is_inside(self):
        said = refusal(SiemensStarFilm, **COIN, diameter_um=900.0, inner_um=900.0, spokes=9)
        assert "inner_um=900 must be less than diameter_um=900" in said


class TestVernier:
    @settings(max_examples=40)
    @given(panels, st.integers(1, 5), st.integers(4, 8), st.integers(1, 3), st.integers(2, 8), st.integers(1, 4))
    def test_marks_are_off_by_one_step_more_each(self, panel, divisions, pitch, mark, length, gap):
        film = VernierFilm(
            **plate_of(panel), grid=panel.grid, divisions=divisions, pitch_px=pitch, mark_px=mark, length_px=length, gap_px=gap
        )
        for axis, pixel_um in enumerate((panel.pitch_x_um, panel.pitch_y_um)):
            between_um = panel.grid.y_um(divisions * pitch + mark + 1 - gap - length - length // 2) - panel.pitch_y_um / 100
            scale, vernier = (self.marks(bodies, axis, between_um) for bodies in (film.scales, film.verniers))
            assert len(scale) == len(vernier) == 2 * divisions + 1
            assert np.diff(scale) == pytest.approx(pitch * pixel_um)
            assert np.diff(vernier) == pytest.approx((pitch + 1 / divisions) * pixel_um)
            assert (vernier - scale) / pixel_um == pytest.approx(np.arange(-divisions, divisions + 1) / divisions, abs=1e-6)
        assert film.step_px == 1 / divisions

    @staticmethod
    def marks(bodies, axis, between_um):
        """Positions along an axis of the marks across it; the vernier along x lies behind that along y."""
        boxes = np.concatenate([body.part(0).boxes_um() for body in bodies])
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        back = boxes[:, 1] > between_um
        return np.sort(middles[back if axis == 0 else ~back, axis])

    def test_the_scale_is_on_whole_pixels_and_the_vernier_rises(self):
        film = load_recipe("vernier").solid(ASIGA)
        lit = [np.unique(paint(film.section(z_um), ASIGA, tone_for(256))) for z_um in (150.0, 250.0)]
        assert all(len(levels) > 2 for levels in lit)
        assert film.levels_um == (0.0, 100.0, 200.0, 300.0)
        assert len(film.section(250.0).parts) == len(film.verniers) == len(film.section(150.0).parts) - len(film.scales)
        edges = np.concatenate([body.part(0).boxes_um() for body in film.scales]) / 62
        assert edges == pytest.approx(np.rint(edges))


class TestPads:
    @given(st.integers(1, 4), st.integers(1, 4), st.integers(400, 2000), st.integers(10, 60))
    def test_each_pad_has_its_number_in_front_of_it(self, columns, rows, pad, tally):
        fields = {"columns": columns, "rows": rows, "pad_um": float(pad), "gap_um": 3.0 * tally, "tally_um": float(tally)}
        if (2 * columns * rows - 1) * tally > pad:
            assert f"{columns * rows} squares, as far apart as they are wide, must fit pad_um" in refusal(DosePadsFilm, **COIN, **fields)
            return
        film = DosePadsFilm(**COIN, **fields)
        pads, tallies = (body.part(0) for body in film.bodies)
        at = tallies.places.at_um
        for number, (x, y) in enumerate(film.pads_um, start=1):
            mine = (np.abs(at[:, 0] - x) < pad / 2) & (at[:, 1] < y - pad / 2) & (at[:, 1] > y - pad / 2 - 2 * tally)
            assert mine.sum() == number
        assert sorted(film.pads_um.tolist()) == sorted(pads.places.at_um.tolist())
        assert film.features.area_um2 == columns * rows * pad**2 + at.shape[0] * tally**2
        assert all(tuple(one[::-1]) < tuple(other[::-1]) for one, other in pairwise(film.pads_um.tolist()))

    def test_tallies_keep_off_the_next_pad(self):
        fields = {"columns": 1, "rows": 2, "pad_um": 900.0, "gap_um": 200.0, "tally_um": 100.0}
        assert "gap_um=200 must be at least three times tally_um=100" in refusal(DosePadsFilm, **COIN, **fields)

    @given(st.lists(st.sampled_from([0.25, 0.5, 0.707, 1.0, 1.4, 2.0]), min_size=4, max_size=4))
    def test_each_pad_gets_its_own_dose_exactly_and_the_tallies_the_resins(self, factors):
        fields = {"columns": 2, "rows": 2, "pad_um": 900.0, "gap_um": 300.0, "tally_um": 60.0}
        film = DosePadsFilm(**COIN, **fields, exposure_factors=factors)
        printer, resin = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")
        base, *_, top = slice_solid(film, printer, resin).layers
        assert [one.exposure_s for one in base.exposures] == [6.0]
        sections = [(one.exposure_s, one.mask.section) for one in top.exposures]
        boxes = [(seconds, np.concatenate([part.boxes_um() for part in section.parts])) for seconds, section in sections]

        def lit_s(x, y):
            inside = ((seconds, (box[:, 0] < x) & (x < box[:, 2]) & (box[:, 1] < y) & (y < box[:, 3])) for seconds, box in boxes)
            return round(sum(seconds for seconds, here in inside if here.any()), 6)

        assert [lit_s(x, y) for x, y in film.pads_um] == [round(6 * factor, 3) for factor in factors]
        assert {lit_s(x, y) for x, y in film.bodies[1].part(0).places.at_um} == {6.0}
        assert len(boxes) == len({*factors, 1.0})
        assert sections[0][1] is film.wanting(150.0, film.wishes(150.0))

    def test_equal_pads_share_one_exposure(self):
        printer, resin = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")
        recipe = load_recipe("dose-pads").with_settings([f"exposure_factors={[1] * 9}"])
        job = slice_solid(recipe.solid(printer.panel), printer, resin)
        assert {len(layer.exposures) for layer in job.layers} == {1}
        assert [row["label"] for row in job.provenance.parameters["films"]] == [str(n) for n in range(1, 10)]

    @pytest.mark.parametrize(
        ("factors", "said"),
        [
            ([1.0], "exposure_factors holds 1 factors; must hold one for each of 4 pads"),
            ([1.0, 1.0, 1.0, 0.0], "must be greater than 0"),
            ([1.0, 1.0, 1.0, 2000.0], "must be less than or equal to 1000"),
        ],
    )
    def test_wrong_factors(self, factors, said):
        fields = {"columns": 2, "rows": 2, "pad_um": 900.0, "gap_um": 300.0, "tally_um": 60.0, "exposure_factors": factors}
        assert said in refusal(DosePadsFilm, **COIN, **fields)
