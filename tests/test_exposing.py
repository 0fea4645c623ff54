"""Several exposures of one layer: exact in dose for every film, by the resin's law, in archives and on the virtual machine."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plates_made import PANEL, PITCH_UM, disc, pillars, planar, printer, resin, row_of
from test_comparing import report_of
from test_end_to_end import embedded

from voxelyte import (
    LossyExport,
    SliceError,
    Wish,
    connect,
    load_printer,
    load_recipe,
    load_resin,
    read_job,
    slice_solid,
    write_job,
)
from voxelyte.comparing import compare
from voxelyte.formats import all_formats
from voxelyte.job import pixel_hash
from voxelyte.preview import preview
from voxelyte.tables import csv_text, film_rows, rows_of

SMALL = pillars(outline=disc(1000.0))
times_ms = st.integers(1, 60_000)


def ladder(ms, film=SMALL, apart_px=20):
    return row_of([film] * len(ms), apart_px, [Wish(time / 1000) for time in ms])


def given_ms(job, layer, x_um):
    """What a fully lit pixel in the middle of a film gets in one layer."""
    column = round(x_um / PITCH_UM) + PANEL.width_px // 2
    lit = [one for one in layer.exposures if one.mask.pixels()[PANEL.height_px // 2, column] == 255]
    return sum(round(one.exposure_s * 1000) for one in lit)


class TestDose:
    @settings(max_examples=40)
    @given(st.lists(times_ms, min_size=1, max_size=8))
    def test_every_film_gets_its_own_time_to_the_ms(self, ms):
        """A common base, then the rest for those who need more; the sum is the longest time, exactly as it was written."""
        plate = ladder(ms, planar(outline=disc(1000.0)))
        job = slice_solid(plate, printer(), resin())
        for layer in job.layers:
            assert len(layer.exposures) == len(set(ms))
            assert layer.exposure_s == max(ms) / 1000
            for one in layer.exposures:
                assert one.exposure_s == round(one.exposure_s * 1000) / 1000 > 0
            assert [given_ms(job, layer, film.x_um) for film in plate.films] == ms

    def test_six_and_a_rest_are_seven_point_three(self):
        job = slice_solid(ladder([6000, 7300]), printer(), resin())
        assert [one.exposure_s for one in job.layers[0].exposures] == [6.0, 1.3]
        assert job.layers[0].exposure_s == 7.3

    @settings(max_examples=50)
    @given(st.lists(st.tuples(times_ms, st.sampled_from([50.0, 100.0, 150.0])), min_size=2, max_size=5))
    def test_films_that_end_below_drop_out(self, made):
        plate = row_of(
            [pillars(outline=disc(1000.0), height_um=height) for _, height in made], 20, [Wish(ms / 1000) for ms, _ in made]
        )
        for layer in slice_solid(plate, printer(), resin()).layers:
            there = [ms for ms, height in made if layer.z_um <= 75 + height + 1e-9]
            assert [round(one.exposure_s * 1000) for one in layer.exposures] == [b - a for a, b in pairwise([0, *sorted(set(there))])]

    @settings(max_examples=25)
    @given(st.lists(times_ms, min_size=2, max_size=6))
    def test_masks_shrink_and_equal_ones_are_one_object(self, ms):
        job = slice_solid(ladder(ms), printer(), resin())
        layers = list(job.layers)
        for layer in layers:
            pictures = [one.mask.pixels() for one in layer.exposures]
            assert all((later <= sooner).all() and later.any() for sooner, later in pairwise(pictures))
        assert [one.mask for one in layers[-1].exposures] == [one.mask for one in layers[-2].exposures]
        assert len(list(job.masks())) == 2 * len(set(ms))

    def test_plain_films_are_one_exposure_by_the_resins_law(self):
        slurry = resin(bottom_layers=1, bottom_exposure_s=10.0, fade_layers=2)
        plain, alone = (slice_solid(one, printer(), slurry) for one in (row_of([SMALL, SMALL]), SMALL))
        assert [layer.exposure_s for layer in plain.layers] == [layer.exposure_s for layer in alone.layers]
        assert {len(layer.exposures) for layer in plain.layers} == {1}

    def test_first_layers_fade_to_each_films_own_exposure(self):
        """An exposure of its own leaves the bottom as it is; a factor multiplies both. 8.666… s is told to be a whole ms."""
        slurry = resin(bottom_layers=1, bottom_exposure_s=10.0, fade_layers=2)
        job = slice_solid(row_of([SMALL] * 3, 20, [Wish(7.0), Wish(factor=0.5), Wish()]), printer(), slurry)
        got = [[sum(one.exposure_s for one in layer.exposures[:k]) for k in (1, 2, 3)] for layer in job.layers]
        wanted = [[5, 10, 10], [4.333, 8.667, 9.0], [3.667, 7.333, 8.0], [3, 6, 7], [3, 6, 7]]
        assert got == [pytest.approx(one) for one in wanted]
        assert any("whole milliseconds: exposures are up to 0.33 ms off" in note for note in job.provenance.notes)

    def test_a_factor_goes_with_the_dose_to_another_machine(self):
        other = printer(name="other", irradiance_mw_cm2=18.0)
        job = slice_solid(row_of([SMALL] * 2, 20, [Wish(), Wish(factor=1.5)]), other, resin())
        assert [one.exposure_s for one in job.layers[0].exposures] == [3.0, 1.5]

    def test_an_exposure_of_its_own_does_not_and_that_is_told(self):
        other = printer(name="other", irradiance_mw_cm2=18.0)
        job = slice_solid(row_of([SMALL] * 2, 20, [Wish(), Wish(7.0)]), other, resin())
        assert [one.exposure_s for one in job.layers[0].exposures] == [3.0, 4.0]
        assert "exposure_s of film 2 is taken as it is on other; an exposure_factor goes with the resin's dose" in job.provenance.notes
        assert not any("taken as it is" in note for note in slice_solid(ladder([7000]), printer(), resin()).provenance.notes)

    def test_the_longest_step_must_be_one_that_the_machine_times(self):
        machine = printer(max_exposure_s=10.0)
        assert slice_solid(ladder([8000, 16_000]), machine, resin())
        with pytest.raises(SliceError, match=r"exposure_s=11 of film '2' in layer 1 \(after 8 s shared with others\) must not exceed"):
            slice_solid(ladder([8000, 19_000]), machine, resin())

    def test_less_than_a_ms_is_refused(self):
        with pytest.raises(SliceError, match="less than 1 ms"):
            slice_solid(row_of([SMALL] * 2, 20, [Wish(), Wish(factor=1e-5)]), printer(), resin())


class TestNotes:
    def test_layers_cut_at_others_heights_are_told(self):
        plate = row_of([pillars(base_um=75.0), pillars(base_um=60.0), pillars(base_um=75.0)])
        notes = [note for note in slice_solid(plate, printer(), resin()).provenance.notes if "layers are cut" in note]
        assert len(notes) == 2
        assert "alone 1, 3 would have 5 layers, here 7, each with the whole exposure: 1.4 times the light" in notes[0]
        assert "alone 2 would have 5 layers, here 6" in notes[1]

    @pytest.mark.parametrize("layering", ["first", "last", "even"])
    def test_films_that_share_their_heights_are_as_alone(self, layering):
        plate = row_of([pillars(height_um=50.0), pillars(height_um=100.0), planar()])
        job = slice_solid(plate, printer(), resin(), layering=layering)
        assert not [note for note in job.provenance.notes if "layers are cut" in note]


class TestTable:
    @given(st.lists(times_ms, min_size=1, max_size=6, unique=True))
    def test_the_job_says_what_each_film_gets(self, ms):
        plate = ladder(ms)
        rows = rows_of(slice_solid(plate, printer(), resin()))
        assert rows == film_rows(plate, resin())
        assert [row["label"] for row in rows] == [film.label for film in plate.films]
        assert [(row["x_um"], row["y_um"]) for row in rows] == [(film.x_um, film.y_um) for film in plate.films]
        assert [row["exposure_s"] for row in rows] == [one / 1000 for one in ms]
        assert [row["dose_mj_cm2"] for row in rows] == [float(f"{9 * one / 1000:.12g}") for one in ms]

    def test_films_without_a_recipe_say_what_they_are(self):
        (row,) = film_rows(row_of([planar(base_um=60.0)]), resin())
        assert (row["base_um"], row["outline.shape"], row["outline.diameter_um"]) == (60.0, "disc", 2000.0)

    def test_without_irradiance_there_is_no_dose(self):
        rows = film_rows(ladder([1000]), resin(irradiance_mw_cm2=None))
        assert rows[0]["dose_mj_cm2"] is None
        assert csv_text(rows).splitlines()[1].endswith("1,")

    @pytest.mark.parametrize("wrong", [3, "x", [3], [{"a": 1}], {"label": 1}, [{"label": "a"}], [{"label": "a", "x_um": "0"}]])
    def test_what_another_program_wrote_there_is_no_table(self, wrong):
        job = slice_solid(ladder([1000]), printer(), resin())
        assert rows_of(replace(job, provenance=replace(job.provenance, parameters={"films": wrong}))) == []


@pytest.fixture(scope="module")
def two():
    return slice_solid(ladder([6000, 7300]), printer(), resin(), name="two")


class TestArchives:
    @pytest.mark.parametrize("fmt", all_formats(), ids=lambda fmt: fmt.name)
    def test_carry_several_exposures_or_refuse(self, fmt, two, tmp_path):
        path = tmp_path / f"two{fmt.suffixes[0]}"
        if "exposures" not in fmt.carries:
            with pytest.raises(LossyExport, match=r"exposures \(several in layer"):
                write_job(two, path)
            assert not path.exists()
            return
        others = {"thickness", "motion", "name", "pitch", "profiles", "provenance", "wavelength"} - fmt.carries
        write_job(two, path, others)
        back = read_job(path)
        assert [[one.exposure_s for one in layer.exposures] for layer in back.layers] == [[6.0, 1.3]] * len(two.layers)
        for here, there in zip(two.layers, back.layers, strict=True):
            hashes = [[pixel_hash(one.mask.pixels()) for one in layer.exposures] for layer in (here, there)]
            assert hashes[0] == hashes[1]

    def test_ours_keeps_the_table(self, two, tmp_path):
        write_job(two, tmp_path / "two.voxelyte")
        assert rows_of(read_job(tmp_path / "two.voxelyte")) == rows_of(two)

    def test_a_preview_of_an_archive_shows_the_plate_too(self, two, tmp_path):
        write_job(two, tmp_path / "two.voxelyte")
        with_solid, without = preview(two, two.layers.solid), preview(read_job(tmp_path / "two.voxelyte"))
        corner = (0, 160, 1600, 500)
        assert with_solid.crop(corner).tobytes() == without.crop(corner).tobytes()


class TestComparing:
    @settings(max_examples=20)
    @given(st.lists(times_ms, min_size=1, max_size=5))
    def test_an_exact_film_agrees_and_one_without_its_last_exposure_does_not(self, ms):
        plate = ladder(ms)
        job = slice_solid(plate, printer(), resin())
        report = report_of(job)
        for told, layer in zip(report["layers"], job.layers, strict=True):
            told["islands"] = plate.section(layer.z_um - 1).count
        assert compare(job, plate, report).agrees
        assert compare(job, None, report).agrees
        if len(set(ms)) > 1:
            wrong = [replace(layer, exposures=layer.exposures[:-1]) for layer in job.layers]
            told = report_of(replace(job, layers=wrong))
            result = compare(job, plate, told)
            assert not any(row.agrees for row in result.layers if row.cured_mm2 * 1.001 < row.wanted_mm2)

    def test_the_design_of_a_layer_is_the_area_of_each_film_by_its_dose(self):
        plate = ladder([2000, 3000, 8000])
        job = slice_solid(plate, printer(), resin())
        row = compare(job, plate, report_of(job)).layers[0]
        one_mm2 = SMALL.footprint_um2 / 1e6
        assert row.design_mm2 == pytest.approx(one_mm2 * (2 + 3 + 8) / 5)  # the longest exposure lasts 5 s
        assert row.design_pieces is None


def test_the_virtual_vat_cures_each_film_as_it_would_alone(monkeypatch):
    """Through driver, wire and lamp: the vat's dose image against that of a print of the film alone, pixel for pixel."""
    machine, slurry = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")
    film, pitch_um = load_recipe("p-3dse").with_outline("disc:3000").solid(), 62.0
    made = row_of([film] * 3, 62, [Wish(3.0), Wish(), Wish(7.3)])
    plate = replace(made, films=tuple(replace(one, x_um=one.x_um / PITCH_UM * pitch_um) for one in made.films))
    job = slice_solid(plate, machine, slurry)
    doses, result, flashes = printed(job, plate, monkeypatch)
    assert result.agrees, result
    assert flashes == [(layer.index, k) for layer in job.layers for k in range(3)]
    for placed in plate.films:
        own_s = placed.wish.exposure_s or 6.0
        lone = slice_solid(film, machine, slurry.model_copy(update={"exposure_s": own_s}))
        shift = round(placed.x_um / pitch_um)
        columns = slice(960 + shift - 30, 960 + shift + 30)
        for dose, layer in zip(doses, lone.layers, strict=True):
            wanted = np.roll(layer.exposures[0].mask.pixels(), shift, axis=1)[:, columns] / 255 * 9.0 * own_s
            assert np.allclose(dose[:, columns], wanted, rtol=1e-3, atol=1e-4)


def printed(job, solid, monkeypatch):
    """Dose image of every layer of a virtual machine that has printed the job, what it reports, and when its lamp was lit."""
    with embedded(monkeypatch) as (address, machine), connect(address) as driver:
        driver.check(job)
        assert list(driver.run(job))[-1].what == "done"
        doses = [machine.vat.dose(layer.index) for layer in job.layers]
        return doses, compare(job, solid, driver.report()), [(one.layer, one.exposure) for one in machine.lamp.history]


def test_as_many_exposures_as_the_ladder_has_go_to_the_virtual_machine(monkeypatch):
    machine = load_printer("asiga-max")
    plate = load_recipe("exposure-ladder").with_outline("disc:1500").solid(machine.panel)
    job = slice_solid(plate, machine, load_resin("pegda-litfsi-llzto"))
    doses, result, _ = printed(job, plate, monkeypatch)
    assert result.agrees
    rows = rows_of(job)
    peaks = [doses[0][540 - round(row["y_um"] / 62), 960 + round(row["x_um"] / 62)] for row in rows]
    assert peaks == pytest.approx([row["dose_mj_cm2"] for row in rows], rel=1e-3)
