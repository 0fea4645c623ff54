"""A solid to a job: lazy, explicit, exact in z; one mask for equal sections; and what does not fit is refused."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from math import inf, nan
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelyte.comparing import compare, section_z_um
from voxelyte.errors import SliceError
from voxelyte.job import Exposure, Job, Layer, Mask, pixel_hash
from voxelyte.printer import LayerLimits, Motion, Panel, Printer
from voxelyte.raster import coverage
from voxelyte.region import EMPTY, Part, Region
from voxelyte.resin import Resin
from voxelyte.shapes import Disc
from voxelyte.slicing import slice_solid
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm
from voxelyte.solids.spiral import SpiralFilm

MOTION = Motion(lift_mm=3.0, lift_mm_s=1.0, retract_mm_s=3.0, wait_before_exposure_s=1.0)
FINE = LayerLimits(min_um=1.0, max_um=200.0, step_um=0.5)
DISC = {"shape": "disc", "diameter_um": 3000.0}


def printer(**changes):
    size = {"width_px": 64, "height_px": 52, "pitch_x_um": 62.0, "pitch_y_um": 62.0}
    panel = Panel(
        **{
            key: changes.pop(key, size.get(key))
            for key in (*size, "mirror_x", "grey_levels")
            if key in changes or key in size
        }
    )
    fields = {
        "name": "small",
        "title": "A small panel",
        "panel": panel,
        "build_height_mm": 75.0,
        "motion": MOTION,
        "layer": LayerLimits(min_um=10.0, max_um=200.0, step_um=1.0),
    }
    return Printer(**fields | changes)


def resin(**changes):
    return Resin(**{"name": "slurry", "title": "A slurry", "layer_um": 50.0, "exposure_s": 6.0} | changes)


def pillars(**changes):
    fields = {"outline": DISC, "base_um": 75.0, "diameter_um": 100.0, "height_um": 150.0, "gap_um": 200.0}
    return PillarFilm(**fields | changes)


FILMS = [
    pillars(),
    PlanarFilm(outline=DISC, base_um=75.0),
    SpiralFilm(outline=DISC, base_um=75.0, width_um=100.0, gap_um=200.0, height_um=150.0, inner_radius_um=300.0),
]
films = pytest.mark.parametrize("film", FILMS, ids=lambda film: type(film).__name__)


@dataclass
class Counting:
    """Two discs on each other; counts how often it is asked for a section."""

    feature: ClassVar[str] = "discs"
    levels_um: tuple[float, ...] = (0.0, 100.0, 200.0)
    bounds_um: tuple[float, ...] = (-1000.0, -1000.0, 0.0, 1000.0, 1000.0, 200.0)
    asked: list[float] = field(default_factory=list)
    sections: tuple[Region, ...] = (Region((Part(Disc(1000.0)),)), Region((Part(Disc(500.0)),)))
    notes: tuple[str, ...] = ()

    def steady(self, z_um):
        return True

    def section(self, z_um):
        self.asked.append(z_um)
        return self.sections[z_um >= 100]


class TestLayers:
    @films
    def test_masks_are_the_coverage_of_the_section_in_the_layers_middle(self, film):
        job = slice_solid(film, printer(), resin())
        for layer in job.layers:
            covered = coverage(film.section(layer.z_um - layer.thickness_um / 2), job.panel)
            assert abs(layer.exposures[0].mask.pixels() - covered * 255).max() <= 0.5 + 1e-6

    @films
    @pytest.mark.parametrize("layering", ["first", "last", "even"])
    def test_z_is_the_exact_sum(self, film, layering):
        job = slice_solid(film, printer(layer=FINE), resin(), layering=layering)
        total = 0
        for index, layer in enumerate(job.layers):
            total += layer.thickness_nm
            assert (layer.index, layer.top_nm) == (index, total)
            assert layer.z_um == total / 1000
        assert job.height_nm == total == round(film.levels_um[-1] * 1000)

    def test_layers_are_a_sequence(self):
        layers = slice_solid(pillars(), printer(), resin()).layers
        assert [layer.z_um for layer in layers] == [25, 75, 125, 175, 225]
        assert layers[-1] == layers[4]
        assert layers[1:4:2] == [layers[1], layers[3]]
        assert list(reversed(layers)) == list(layers)[::-1]
        for outside in (5, -6):
            with pytest.raises(IndexError):
                layers[outside]

    def test_nothing_is_asked_before_it_is_needed(self):
        solid = Counting()
        job = slice_solid(solid, printer(), resin())
        assert (len(job.layers), job.name, solid.asked) == (4, "film", [])
        layer = job.layers[2]
        assert solid.asked == [125.0]
        layer.exposures[0].mask.pixels()
        assert solid.asked == [125.0]
        assert [one.z_um for one in job.layers] == [50, 100, 150, 200]
        assert solid.asked[1:] == [25, 75, 125, 175]

    def test_each_layer_says_its_own_exposure(self):
        bottom = {"bottom_layers": 2, "bottom_exposure_s": 30.0, "fade_layers": 3}
        job = slice_solid(Counting(), printer(), resin(layer_um=20.0, **bottom))
        assert [layer.exposure_s for layer in job.layers] == [30, 30, 24, 18, 12, 6, 6, 6, 6, 6]
        assert job.exposure_s == 144
        # 3 mm up at 1 mm/s, down at 3 mm/s, and 1 s of rest.
        assert job.time_s == 144 + 10 * (3 + 1 + 1)

    @pytest.mark.parametrize("grey_levels", [256, 16, 2])
    def test_the_panel_mirrors_and_tones(self, grey_levels):
        film = pillars(outline={"shape": "rectangle", "width_um": 2000.0, "depth_um": 1000.0})
        plain, mirrored = (
            slice_solid(film, printer(mirror_x=turn, grey_levels=grey_levels), resin()) for turn in (False, True)
        )
        for one, other in zip(plain.layers, mirrored.layers, strict=True):
            shown = one.exposures[0].mask.pixels()
            assert np.array_equal(shown[:, ::-1], other.exposures[0].mask.pixels())
            assert len(np.unique(shown)) <= grey_levels

    def test_a_rounded_plan_shows_the_sections_of_its_own_slabs(self):
        job = slice_solid(pillars(), printer(), resin(), layering="round")
        sections = [pillars_or_base(job, layer) for layer in job.layers]
        assert sections == ["base", "base", "pillars", "pillars", "pillars"]
        assert "75 → 100 µm (+25)" in job.provenance.notes[0]


def pillars_or_base(job, layer):
    film = job.layers.solid
    return {id(film.base): "base", id(film.features): "pillars"}[id(film.section(section_z_um(job, layer)))]


class TestMasks:
    @films
    def test_equal_sections_are_one_mask_while_it_is_held(self, film):
        job = slice_solid(film, printer(), resin())
        held = [layer.exposures[0].mask for layer in job.layers]
        sections = [film.section(layer.z_um - layer.thickness_um / 2) for layer in job.layers]
        for mask, section in zip(held, sections, strict=True):
            assert [other is mask for other in held] == [other is section for other in sections]
        assert [layer.exposures[0].mask is mask for layer, mask in zip(job.layers, held, strict=True)] == [True] * len(
            held
        )

    def test_a_mask_nobody_holds_is_dropped(self):
        job = slice_solid(pillars(), printer(), resin())
        held = job.layers[0].exposures[0].mask
        assert len(job.layers._masks) == 1
        del held
        gc.collect()
        assert len(job.layers._masks) == 0

    @films
    def test_asked_twice_gives_equal_bytes_and_a_new_picture(self, film):
        for mask in slice_solid(film, printer(), resin()).masks():
            first, second = mask.pixels(), mask.pixels()
            assert first.tobytes() == second.tobytes()
            assert not np.shares_memory(first, second)
            assert pixel_hash(first) == pixel_hash(np.asfortranarray(second))

    @given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=3), min_size=1, max_size=8))
    def test_a_job_gives_each_mask_once_in_the_order_of_first_use(self, numbers):
        panel = printer().panel
        masks = [Mask(panel, lambda: np.zeros((52, 64), np.uint8)) for _ in range(5)]
        layers = [
            Layer(n, 1000, 1000 * (n + 1), tuple(Exposure(masks[k], 1.0) for k in used), MOTION)
            for n, used in enumerate(numbers)
        ]
        wanted = list(dict.fromkeys(masks[k] for used in numbers for k in used))
        assert list(Job("a", printer(), resin(), layers).masks()) == wanted

    def test_a_picture_of_another_size_is_refused(self):
        mask = Mask(printer().panel, lambda: np.zeros((52, 63), np.uint8))
        with pytest.raises(SliceError, match="mask is 63 x 52 pixels, panel 64 x 52"):
            mask.pixels()


class TestRefusals:
    @pytest.mark.parametrize(
        ("film", "machine", "slurry", "said"),
        [
            (pillars(), {"width_px": 48}, {}, "the film, 3 mm in x, must not exceed the plate of small, 2.976 mm"),
            (pillars(), {"height_px": 40}, {}, "the film, 3 mm in y, must not exceed the plate of small, 2.48 mm"),
            (
                pillars(),
                {"build_height_mm": 0.2},
                {},
                "height of the film, 0.225 mm, must not exceed build_height_mm=0.2",
            ),
            (
                pillars(),
                {"layer": LayerLimits(min_um=30.0, max_um=200.0, step_um=1.0)},
                {},
                "25 µm must be 30 to 200 µm",
            ),
            (pillars(), {}, {"layer_um": 60.0, "exposure_s": 61.0}, None),
            (
                pillars(),
                {"max_exposure_s": 60.0},
                {"exposure_s": 61.0},
                "exposure_s=61 must not exceed max_exposure_s=60 of small",
            ),
            (
                pillars(),
                {"max_exposure_s": 60.0},
                {"bottom_layers": 1, "bottom_exposure_s": 90.0},
                "exposure_s=90 must not exceed",
            ),
            (
                pillars(),
                {"wavelength_nm": 385.0},
                {"wavelength_nm": 405.0},
                "wavelength_nm=405 of slurry must equal .*=385 of small",
            ),
            (pillars(), {"wavelength_nm": 385.0}, {}, None),
            (pillars(), {}, {"wavelength_nm": 405.0}, None),
            (pillars(base_um=75.5), {}, {}, "25.5 µm must be 10 to 200 µm in steps of 1"),
        ],
    )
    def test_names_field_value_and_law(self, film, machine, slurry, said):
        if said is None:
            assert len(slice_solid(film, printer(**machine), resin(**slurry)).layers)
        else:
            with pytest.raises(SliceError, match=said):
                slice_solid(film, printer(**machine), resin(**slurry))

    def test_a_film_as_large_as_the_plate_fits(self):
        width_um, depth_um = printer().panel.size_um
        film = PlanarFilm(outline={"shape": "rectangle", "width_um": width_um, "depth_um": depth_um}, base_um=50.0)
        assert slice_solid(film, printer(), resin()).layers[0].exposures[0].mask.pixels().min() == 255

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("exposure_s", value) for value in (0.0, -1.0, nan, inf)),
            *(("power", value) for value in (0.0, -1.0, 1.01, nan)),
        ],
    )
    def test_exposures_have_light_and_an_end(self, name, value):
        with pytest.raises(SliceError, match=f"{name}={value}"):
            Exposure(**{"mask": Mask(printer().panel, lambda: None), "exposure_s": 1.0} | {name: value})

    @pytest.mark.parametrize(("thickness_nm", "top_nm"), [(0, 0), (-1, 5), (6, 5)])
    def test_layers_have_a_thickness(self, thickness_nm, top_nm):
        with pytest.raises(SliceError, match=f"layer 3: thickness_nm={thickness_nm} must be 1 to top_nm={top_nm}"):
            Layer(3, thickness_nm, top_nm, (), MOTION)


class TestNotes:
    def test_none_where_all_is_known(self):
        assert slice_solid(pillars(), printer(), resin(printed_on="small")).provenance.notes == ()

    def test_another_printers_exposure_is_asked_for_or_converted(self):
        theirs = resin(printed_on="asiga-max", irradiance_mw_cm2=9.0, wavelength_nm=405.0)
        with pytest.raises(SliceError, match="exposure_s on small is not known"):
            slice_solid(pillars(), printer(), theirs)
        lit = printer(irradiance_mw_cm2=4.5, wavelength_nm=405.0)
        job = slice_solid(pillars(), lit, theirs)
        assert [layer.exposure_s for layer in job.layers] == [12.0] * 5
        assert (job.resin.exposure_s, job.resin.dose_mj_cm2) == (12, 54)
        (note,) = job.provenance.notes
        assert note.startswith("exposure_s keeps the dose of slurry on asiga-max, 6 s x 9 mW/cm² = 54 mJ/cm²: 12 s")

    def test_a_layer_thicker_than_was_printed(self):
        (note,) = slice_solid(pillars(), printer(), resin(), layering=[75, 50, 50, 50]).provenance.notes
        assert note.startswith("a layer of 75 µm is thicker than the 50 µm that slurry was printed with")

    def test_a_binary_panel_that_lights_nothing(self):
        thin = pillars(diameter_um=30.0)
        notes = [slice_solid(thin, printer(grey_levels=levels), resin()).provenance.notes for levels in (2, 256)]
        assert [len(some) for some in notes] == [2, 1]
        assert all(some[0].startswith("diameter_um=30 is narrower than half a pixel") for some in notes)
        assert "no lit pixel" in notes[0][1]

    def test_provenance_says_what_it_was_told(self):
        made = slice_solid(pillars(), printer(), resin(), recipe="text", parameters={"gap_um": 200}).provenance
        assert (made.recipe, made.parameters) == ("text", {"gap_um": 200})
        assert made.software.startswith("voxelyte ")


def exact_report(job, film):
    """What a machine tells that cured the design itself, or the masks where there is none."""
    told = []
    for layer in job.layers:
        pixels = layer.exposures[0].mask.pixels()
        section = None if film is None else film.section(section_z_um(job, layer))
        area = pixels.sum() / 255 * job.panel.pixel_area_um2 if section is None else section.area_um2
        # Areas are told in units of the greatest dose of the layer.
        area = float(area) / (pixels.max() / 255)
        told.append({"layer": layer.index, "dose_area_um2": area, "islands": 1 if section is None else section.count})
    return {"kind": "virtual-vat", "height_nm": job.height_nm, "layers": told}


class TestComparing:
    @films
    @pytest.mark.parametrize("layering", ["first", "even", "round"])
    def test_an_exact_film_agrees(self, film, layering):
        job = slice_solid(film, printer(layer=FINE), resin(), layering=layering)
        result = compare(job, film, exact_report(job, film))
        assert result.agrees
        for row in result.layers:
            assert abs(row.mask_mm2 - row.design_mm2) <= row.rounding_mm2
            assert row.cured_mm2 == pytest.approx(row.design_mm2, rel=1e-12)

    @pytest.mark.parametrize("solid", [FILMS[0], None])
    @pytest.mark.parametrize("layer", range(5))
    @pytest.mark.parametrize("factor", [0.0, 0.98, 1.02])
    def test_a_wrong_area_is_flagged_in_its_layer(self, solid, layer, factor):
        job = slice_solid(FILMS[0], printer(), resin())
        report = exact_report(job, solid)
        report["layers"][layer]["dose_area_um2"] *= factor
        result = compare(job, solid, report)
        assert not result.agrees
        assert [row.agrees for row in result.layers] == [n != layer for n in range(5)]

    @pytest.mark.parametrize("islands", [0, 1, -1])
    def test_a_missing_or_merged_pillar_is_flagged(self, islands):
        job = slice_solid(FILMS[0], printer(), resin())
        report = exact_report(job, FILMS[0])
        told = report["layers"][-1]
        told["islands"] = told["islands"] - 1 if islands < 0 else islands
        result = compare(job, FILMS[0], report)
        assert [row.agrees for row in result.layers] == [True] * 4 + [False]
        assert not result.agrees

    @pytest.mark.parametrize("missing", [1, 4, 5])
    def test_layers_nobody_told_of_do_not_agree(self, missing):
        """Also when the height is told to be right."""
        job = slice_solid(FILMS[0], printer(), resin())
        report = exact_report(job, FILMS[0])
        del report["layers"][-missing:]
        assert not compare(job, FILMS[0], report).agrees

    @pytest.mark.parametrize("height_nm", [0, 175_000, 224_999, 275_000])
    def test_another_height_does_not_agree(self, height_nm):
        job = slice_solid(FILMS[0], printer(), resin())
        result = compare(job, FILMS[0], exact_report(job, FILMS[0]) | {"height_nm": height_nm})
        assert all(row.agrees for row in result.layers)
        assert not result.agrees

    def test_several_exposures_count_by_their_share_of_the_dose(self):
        panel = printer().panel
        full, half = np.full((52, 64), 255, np.uint8), np.zeros((52, 64), np.uint8)
        half[:26] = 255
        exposures = Exposure(Mask(panel, full.copy), 4.0), Exposure(Mask(panel, half.copy), 4.0, 0.5)
        job = Job("a", printer(), resin(), [Layer(0, 1000, 1000, exposures, MOTION)])
        plate_mm2 = 52 * 64 * panel.pixel_area_um2 / 1e6
        told = {"layer": 0, "dose_area_um2": 0.0, "islands": 1}
        (row,) = compare(job, None, {"kind": "x", "height_nm": 1000, "layers": [told]}).layers
        assert row.mask_mm2 == pytest.approx(plate_mm2 * (1 + 0.5 * 0.5))


def test_an_empty_region_has_no_extent():
    assert (EMPTY.area_um2, EMPTY.perimeter_um, EMPTY.count, EMPTY.bounds_um) == (0, 0, 0, (0, 0, 0, 0))
