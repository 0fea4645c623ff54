"""The preview: pictures keep the grey of the masks, the side view is the film, and any job fits the page."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.preview import preview, write_preview
from voxelyte.preview.chords import chords
from voxelyte.preview.corner import corner_box
from voxelyte.preview.page import mask_picture
from voxelyte.preview.pen import DARK, LIGHT, PAPER, SOLID, fitted, round_length, text_width
from voxelyte.preview.pictures import Box, chosen, distinct, lit_box, resampled, united
from voxelyte.preview.side import covered, cut_y_um, mask_fill, side_picture, solid_fill, window
from voxelyte.preview.subject import WIDTH
from voxelyte.preview.words import ranges
from voxelyte.printer import LayerLimits, Motion, Panel, Printer
from voxelyte.raster import coverage
from voxelyte.resin import Resin
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm
from voxelyte.solids.spiral import SpiralFilm

MOTION = Motion(lift_mm=3.0, lift_mm_s=1.0, retract_mm_s=3.0)
RESIN = Resin(name="slurry", title="a slurry", layer_um=50.0, exposure_s=6.0, irradiance_mw_cm2=9.0)
OUTLINE = {"shape": "disc", "diameter_um": 3000.0}
PLATE = {"shape": "rectangle", "width_um": 119040.0, "depth_um": 66960.0}
SIZES = {"base_um": 75.0, "height_um": 150.0, "gap_um": 200.0}
PILLARS = PillarFilm(outline=OUTLINE, diameter_um=100.0, **SIZES)
SPIRAL = SpiralFilm(outline=OUTLINE, width_um=100.0, inner_radius_um=300.0, **SIZES)
PLANAR = PlanarFilm(outline=OUTLINE, base_um=75.0)
FILMS = {"pillars": PILLARS, "spiral": SPIRAL, "planar": PLANAR}

pictures = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


def printer(width_px, height_px, pitch_um=(62.0, 62.0), **other):
    pitch = {"pitch_x_um": pitch_um[0], "pitch_y_um": pitch_um[1]}
    panel = Panel(width_px=width_px, height_px=height_px, **pitch, **other)
    limits = LayerLimits(min_um=1.0, max_um=200.0, step_um=1.0)
    rest = {"build_height_mm": 75.0, "layer": limits, "motion": MOTION}
    return Printer(name="machine", title="a machine", panel=panel, **rest)


def job_of(solid, machine=None, layers_nm=(25_000, 50_000, 50_000, 50_000, 50_000)):
    """A job of these layers, as many of them as the solid is high."""
    machine = machine or printer(64, 64)
    masks, layers, top = {}, [], 0
    for index, thickness in enumerate(layers_nm):
        section = solid.section((top + thickness / 2) / 1000)
        if not section.parts:
            break
        masks.setdefault(section, Mask(machine.panel, lambda s=section: painted(s, machine.panel)))
        top += thickness
        layers.append(Layer(index, thickness, top, (Exposure(masks[section], 6.0),), MOTION))
    return Job("film", machine, RESIN, layers)


def painted(section, panel):
    return panel.oriented(np.rint(255 * coverage(section, panel)).astype(np.uint8))


def noise(machine, masks, layers, seed=0, power=1.0):
    """A job of random masks; layer k shows mask k, or the first again."""
    panel, random = machine.panel, np.random.default_rng(seed)
    drawn = random.integers(0, 256, (masks, panel.height_px, panel.width_px), dtype=np.uint8)
    many = [Mask(panel, lambda picture=picture: picture) for picture in drawn]
    stack = []
    for k in range(layers):
        shown = Exposure(many[k % masks], 1.0 + k % 3, power), Exposure(many[0], 2.0, power)
        stack.append(Layer(k, 50_000, 50_000 * (k + 1), shown, MOTION))
    return Job("noise", machine, RESIN, stack)


@given(pictures, st.integers(1, 60), st.integers(1, 60))
@settings(deadline=None)
def test_a_resampled_picture_keeps_the_mean_grey(pixels, width, height):
    smaller = resampled(pixels, width, height)
    assert smaller.shape == (height, width)
    assert abs(smaller.mean() - pixels.mean()) <= 0.5
    assert pixels.min() <= smaller.min()
    assert smaller.max() <= pixels.max()


@given(pictures, st.integers(1, 4))
@settings(deadline=None)
def test_whole_number_enlargement_repeats_pixels(pixels, times):
    height, width = pixels.shape
    repeated = pixels.repeat(times, axis=0).repeat(times, axis=1)
    assert np.array_equal(resampled(pixels, width * times, height * times), repeated)


def test_a_reduced_lattice_of_dots_is_an_even_grey():
    pixels = np.zeros((500, 500), dtype=np.uint8)
    pixels[::5, ::5] = 255
    assert np.ptp(resampled(pixels, 50, 100)) == 0
    assert resampled(pixels, 100, 100).max() == round(255 / 25)


@given(pictures)
@settings(deadline=None)
def test_a_mask_is_shown_between_its_two_colours_by_its_grey(pixels):
    shown = np.asarray(mask_picture(pixels, (pixels.shape[1], pixels.shape[0])), dtype=float)
    level = (shown[..., 0] - DARK[0]) / (LIGHT[0] - DARK[0]) * 255
    assert np.abs(level - pixels).max() <= 255 / (LIGHT[0] - DARK[0])


@given(pictures)
@settings(deadline=None)
def test_the_lit_box_is_the_least_that_holds_all_light(pixels):
    box, (height, width) = lit_box(pixels), pixels.shape
    assert (box is None) == (pixels.max() == 0)
    inner = united([box], width, height).of(pixels)
    assert inner.sum(dtype=int) == pixels.sum(dtype=int)
    if box:
        assert all(side.any() for side in (inner[0], inner[-1], inner[:, 0], inner[:, -1]))


@given(pictures)
@settings(deadline=None)
def test_the_corner_window_lies_on_the_panel_and_holds_light(pixels):
    box, (height, width) = corner_box(pixels), pixels.shape
    assert box.left >= 0 <= box.top
    assert (box.width, box.height) == (min(24, width), min(16, height))
    assert box.right <= width
    assert box.bottom <= height
    assert box.of(pixels).any() == pixels.any()


@pytest.mark.parametrize("solid", FILMS.values(), ids=FILMS)
def test_chords_of_every_section_add_up_to_its_area(solid):
    for z_um in (10.0, 100.0):
        section = solid.section(z_um)
        lines = np.arange(-1499.5, 1500, 1.0)
        area = sum(np.diff(chords(section, float(y_um), 0.1)).sum() for y_um in lines)
        assert area == pytest.approx(section.area_um2, rel=2e-3)


@given(st.lists(st.floats(-100, 100), min_size=0, max_size=12).map(sorted), st.integers(1, 50))
def test_covered_columns_keep_the_length_of_the_spans(ends, columns):
    spans = np.array(ends[: len(ends) // 2 * 2]).reshape(-1, 2)
    fraction = covered(spans, np.linspace(-100, 100, columns + 1))
    assert fraction.sum() * 200 / columns == pytest.approx((spans[:, 1] - spans[:, 0]).sum(), abs=1e-9)
    assert fraction.min() >= -1e-12
    assert fraction.max() <= 1 + 1e-12


@pytest.mark.parametrize("solid", FILMS.values(), ids=FILMS)
def test_the_side_view_is_the_film_at_every_height(solid):
    x0, _, _, x1, _, top_um = solid.bounds_um
    view = window(x0, x1, top_um, (1200, 400))
    picture = np.asarray(side_picture(view, solid_fill(solid)))
    for row in range(view.height_px):
        spans = chords(solid.section(view.row_z_um(row)), cut_y_um(solid), 1.0)
        middles, px_um = view.column_edges_um[:-1, None] + 0.5 / view.px_per_um, 1 / view.px_per_um
        within = ((spans[:, 0] + px_um < middles) & (middles < spans[:, 1] - px_um)).any(axis=1)
        near = ((spans[:, 0] - px_um < middles) & (middles < spans[:, 1] + px_um)).any(axis=1)
        assert within.any()
        assert (picture[row][within] == SOLID).all()
        assert (picture[row][~near] == PAPER).all()
    assert abs(view.height_px - top_um * view.px_per_um) <= 0.5


def test_the_side_view_of_masks_changes_at_the_layers_heights():
    job = job_of(PILLARS)
    view = window(-1500.0, 1500.0, 225.0, (1200, 450))
    row = int(np.argmax(job.layers[-1].exposures[0].mask.pixels().sum(axis=1, dtype=int)))
    fill, edges = mask_fill(job, row), np.linspace(-32 * 62.0, 32 * 62.0, 65)
    for layer in job.layers:
        expected = job.panel.oriented(layer.exposures[0].mask.pixels())[row] / 255
        for z_um in (layer.z_um - layer.thickness_um + 0.01, layer.z_um - 0.01):
            assert fill(z_um, edges) == pytest.approx(expected, abs=1e-9)
    assert np.asarray(side_picture(view, fill)).min() < 255


@pytest.mark.parametrize("known", [True, False], ids=["solid", "archive"])
@pytest.mark.parametrize("name", FILMS)
def test_every_film_has_a_picture_on_white(name, known):
    image = preview(job_of(FILMS[name]), FILMS[name] if known else None)
    pixels = np.asarray(image)
    assert image.width == WIDTH
    assert image.mode == "RGB"
    assert all((side == PAPER).all() for side in (pixels[:40], pixels[-40:], pixels[:, :40], pixels[:, -40:]))
    assert (pixels == SOLID).all(axis=2).sum() > 1000
    assert (pixels == DARK).all(axis=2).sum() > 1000


def test_mirrored_panels_show_the_same_picture():
    turned = printer(64, 64, mirror_x=True, mirror_y=True)
    assert preview(job_of(SPIRAL), SPIRAL).tobytes() == preview(job_of(SPIRAL, turned), SPIRAL).tobytes()


@pytest.mark.parametrize(
    ("size", "pitch_um", "masks", "layers"),
    [
        ((1, 1), (62.0, 62.0), 1, 1),
        ((1, 50), (19.0, 24.0), 2, 2),
        ((700, 2), (62.0, 62.0), 3, 3),
        ((30, 20), (34.4, 62.0), 37, 37),
        ((5, 5), (1.0, 900.0), 4, 300),
    ],
)
def test_odd_jobs_stay_within_the_page(size, pitch_um, masks, layers):
    job = noise(printer(*size, pitch_um), masks, layers, power=0.5)
    pixels = np.asarray(preview(job))
    assert (pixels[:, :40] == 255).all()
    assert (pixels[:, -40:] == 255).all()
    assert (pixels[-40:] == 255).all()
    assert 300 < len(pixels) < 2600


def test_no_layers_and_dark_masks_have_a_picture_too():
    machine = printer(64, 40)
    dark = Mask(machine.panel, lambda: np.zeros((40, 64), dtype=np.uint8))
    layers = [Layer(0, 1, 1, (Exposure(dark, 1.0),), MOTION), Layer(1, 1, 2, (), MOTION)]
    assert preview(Job("dark", machine, RESIN, layers)).width == WIDTH
    assert preview(Job("none", machine, RESIN, [])).width == WIDTH


def test_a_whole_plate_is_reduced_to_the_page():
    machine = printer(1920, 1080)
    plate = PillarFilm(outline=PLATE, diameter_um=100.0, **SIZES)
    assert preview(job_of(plate, machine), plate).width == WIDTH


def test_equal_jobs_make_equal_bytes_and_leave_no_other_file(tmp_path):
    for name in "ab":
        write_preview(job_of(PILLARS), tmp_path / f"{name}.png", PILLARS)
    first, second = (tmp_path / f"{name}.png" for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]
    with Image.open(first) as image:
        assert image.format == "PNG"
        assert image.info == {}


def test_a_mask_that_cannot_be_painted_leaves_no_file(tmp_path):
    machine = printer(4, 4)
    broken = Exposure(Mask(machine.panel, lambda: 1 // 0), 1.0)
    job = Job("x", machine, RESIN, [Layer(0, 1, 1, (broken,), MOTION)])
    with pytest.raises(ZeroDivisionError):
        write_preview(job, tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=80), st.integers(8, 40), st.floats(0, 500))
@settings(deadline=None)
def test_text_never_leaves_its_room(text, size, room):
    shown = fitted(text, size, room)
    assert text_width(shown, size) <= max(room, text_width("…", size))
    assert all(" " <= c <= "~" or c in "µ²³°±·…" for c in shown)


@given(st.floats(1e-3, 1e9))
def test_scale_bars_have_round_lengths(most_um):
    length = round_length(most_um)
    assert most_um / 2.5 * (1 - 1e-6) <= length <= most_um * (1 + 1e-6)
    assert f"{length:.0e}"[0] in "125"


@given(st.integers(1, 200), st.integers(2, 8))
def test_chosen_masks_include_the_first_and_the_last(number, most):
    kept = chosen(list(range(number)), most)
    assert kept[0] == 0
    assert kept[-1] == number - 1
    assert len(set(kept)) == len(kept) == min(number, most)


def test_distinct_masks_know_all_their_layers():
    job = noise(printer(3, 3), 2, 5)
    first, second = distinct(job)
    assert ranges(first.layers) == "1-5"
    assert ranges(second.layers) == "2, 4"
    assert first.exposures_s == (1.0, 2.0, 3.0)


def test_boxes_unite():
    assert united([Box(1, 2, 3, 4), None, Box(0, 3, 2, 9)], 10, 10) == Box(0, 2, 3, 9)


@pytest.mark.parametrize("module", ["voxelyte.mesh", "voxelyte.preview"])
def test_importing_pulls_in_no_heavy_library(module):
    heavy = "{'PIL', 'shapely', 'trimesh', 'serial', 'rich'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
