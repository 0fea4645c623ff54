"""The dose on another machine: kept to the ms, said with its numbers, or asked for. Times restated, not computed by the code."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelyte import load_printer, load_recipe, load_resin, read_job, slice_solid, write_job
from voxelyte.dosing import resin_for
from voxelyte.errors import SliceError
from voxelyte.printer import Printer
from voxelyte.resin import Resin
from voxelyte.source import Source

SLURRY = load_resin("pegda-litfsi-llzto")
MARS = load_printer("elegoo-mars-4-ultra")
FILM = load_recipe("p-3dse").with_outline("disc:3000").solid()
TIMES, LIGHTS = st.floats(2, 500), st.floats(1, 1000)
UNLIT = ("asiga-max-x35", "asiga-max-x43", "athena-12k", "elegoo-saturn-4-ultra-16k", "generic-50um", "prusa-sl1s")


def printer(**changes) -> Printer:
    return MARS.model_copy(update=changes)


def resin(**changes) -> Resin:
    return SLURRY.model_copy(update=changes)


class TestConversion:
    """54 mJ/cm² / 2.78 mW/cm² = 19.4245 s; 54 / 2.5 = 21.6 s exactly."""

    @pytest.mark.parametrize(
        ("name", "time_s", "dose_mj_cm2"), [("elegoo-mars-4-ultra", 19.424, 53.99872), ("anycubic-photon-d2", 21.6, 54)]
    )
    def test_keeps_the_papers_dose(self, name, time_s, dose_mj_cm2):
        made, _ = resin_for(load_printer(name), SLURRY)
        assert made.exposure_s == time_s
        assert made.dose_mj_cm2 == pytest.approx(dose_mj_cm2, rel=1e-12)

    def test_says_its_numbers_and_what_they_rest_on(self):
        keeps, rests = resin_for(MARS, SLURRY)[1]
        for words in ("6 s x 9 mW/cm² = 54 mJ/cm²", "asiga-max", "19.424 s x 2.78 mW/cm² = 53.9987 mJ/cm²", MARS.name):
            assert words in keeps
        for words in ("irradiance_mw_cm2=9", "inferred", "published as 9 W cm⁻², read as 9 mW cm⁻²"):
            assert words in rests

    def test_a_measured_irradiance_needs_no_remark(self):
        sources = {**SLURRY.sources, "irradiance_mw_cm2": Source(sure="measured", where="a radiometer at the vat")}
        assert len(resin_for(MARS, resin(sources=sources))[1]) == 1

    def test_bottom_layers_are_converted_alike(self):
        bottom = resin(bottom_layers=2, bottom_exposure_s=30.0, fade_layers=1)
        made, notes = resin_for(MARS, bottom)
        assert (made.bottom_layers, made.fade_layers) == (2, 1)
        assert made.bottom_exposure_s == 97.122  # 270 mJ/cm² / 2.78 mW/cm²
        assert "30 s x 9 mW/cm² = 270 mJ/cm²" in notes[1]
        assert "97.122 s x 2.78 mW/cm² = 269.999 mJ/cm²" in notes[1]
        times = [layer.exposure_s for layer in slice_solid(FILM, MARS, bottom).layers]
        assert times == pytest.approx([97.122, 97.122, (97.122 + 19.424) / 2, 19.424, 19.424])

    def test_nobody_has_printed_it_and_its_numbers_have_sources(self):
        made, _ = resin_for(MARS, SLURRY)
        assert made.printed_on is None
        assert made.sources["exposure_s"].sure == "inferred"
        assert made.sources["irradiance_mw_cm2"] == MARS.sources["irradiance_mw_cm2"]
        assert made.sources["layer_um"] == SLURRY.sources["layer_um"]

    @given(TIMES, LIGHTS, LIGHTS, st.none() | TIMES)
    def test_each_dose_is_kept_to_half_a_ms_of_light(self, time_s, read, light, bottom_s):
        asked = resin(exposure_s=time_s, irradiance_mw_cm2=read, bottom_exposure_s=bottom_s)
        made, _ = resin_for(printer(irradiance_mw_cm2=light), asked)
        for old_s, new_s in ((asked.exposure_s, made.exposure_s), (asked.bottom_exposure_s, made.bottom_exposure_s)):
            assert (old_s is None) == (new_s is None)
            if old_s is not None:
                assert new_s * light == pytest.approx(old_s * read, abs=0.0005001 * light, rel=1e-9)
                assert Decimal(repr(new_s)) == Decimal(repr(new_s)).quantize(Decimal("0.001"), ROUND_HALF_EVEN)

    @given(TIMES, LIGHTS, LIGHTS)
    def test_doing_it_again_changes_nothing(self, time_s, read, light):
        machine = printer(irradiance_mw_cm2=light)
        once, _ = resin_for(machine, resin(exposure_s=time_s, irradiance_mw_cm2=read))
        assert resin_for(machine, once)[0] == once

    @pytest.mark.parametrize("read", [1e-9, 1e9])
    def test_a_time_that_no_machine_has_is_refused(self, read):
        with pytest.raises(SliceError, match=r"^exposure_s=\S+ on elegoo-mars-4-ultra must be 0\.001 to"):
            resin_for(MARS, resin(irradiance_mw_cm2=read, exposure_s=1e3))

    @pytest.mark.parametrize("who", [{"printer": None}, {"resin": None}], ids=str)
    def test_an_unknown_wavelength_is_said(self, who):
        machine = printer(wavelength_nm=who.get("printer", 405.0))
        notes = resin_for(machine, resin(wavelength_nm=who.get("resin", 405.0)))[1]
        assert sum("wavelength_nm of" in note and "is not known" in note for note in notes) == 1


class TestTheUsersOwn:
    def test_the_resins_own_printer_changes_nothing(self):
        assert resin_for(load_printer("asiga-max"), SLURRY) == (SLURRY, ())
        assert resin_for(printer(irradiance_mw_cm2=9.0), resin(printed_on=MARS.name)) == (
            resin(printed_on=MARS.name),
            (),
        )

    def test_its_own_printer_measured_otherwise_is_said(self):
        own = resin(printed_on=MARS.name)
        made, (note,) = resin_for(MARS, own)
        assert made == own
        assert "irradiance_mw_cm2=2.78" in note
        assert "6 s x 2.78 mW/cm² = 16.68 mJ/cm²" in note

    @pytest.mark.parametrize("name", UNLIT)
    def test_an_exposure_of_no_printer_is_taken_as_it_is(self, name):
        own = resin(printed_on=None)
        assert resin_for(load_printer(name), own) == (own, ())

    def test_and_its_dose_is_said_where_the_light_is_known(self):
        made, (note,) = resin_for(MARS, resin(printed_on=None, irradiance_mw_cm2=None, exposure_s=20.0))
        assert (made.exposure_s, made.irradiance_mw_cm2) == (20, 2.78)
        assert note == "exposure_s is taken as it is: 20 s x 2.78 mW/cm² = 55.6 mJ/cm² on elegoo-mars-4-ultra"

    def test_and_a_dose_that_it_does_not_reach(self):
        _, (note,) = resin_for(MARS, resin(printed_on=None))
        assert "16.68 mJ/cm²" in note
        assert "54 mJ/cm²" in note


class TestAsking:
    @pytest.mark.parametrize("name", UNLIT)
    def test_names_the_dose_what_is_missing_and_the_cure(self, name):
        with pytest.raises(SliceError) as caught:
            slice_solid(FILM, load_printer(name), SLURRY, layering="even")
        for words in ("54 mJ/cm²", "6 s", "asiga-max", f"irradiance_mw_cm2 in the profile of {name}", "--exposure-s"):
            assert words in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_also_where_the_resin_does_not_know(self):
        with pytest.raises(SliceError, match="irradiance_mw_cm2 in the profile of pegda-litfsi-llzto: ") as caught:
            resin_for(MARS, resin(irradiance_mw_cm2=None))
        assert "mJ/cm²" not in str(caught.value)

    def test_both_are_named_where_both_are_missing(self):
        with pytest.raises(SliceError, match="profile of pegda-litfsi-llzto and of elegoo-mars-4-ultra: "):
            resin_for(printer(irradiance_mw_cm2=None), resin(irradiance_mw_cm2=None))

    @pytest.mark.parametrize("origin", ["asiga-max", "asiga-max-x27", None])
    def test_another_wavelength_is_refused_before_anything_else(self, origin):
        with pytest.raises(SliceError, match="wavelength_nm=405 of pegda-litfsi-llzto must equal wavelength_nm=385"):
            resin_for(load_printer("asiga-max-x27"), resin(printed_on=origin))


class TestJobs:
    def test_the_longest_exposure_is_that_of_the_converted_time(self):
        with pytest.raises(SliceError, match=r"exposure_s=19\.424 must not exceed max_exposure_s=19"):
            slice_solid(FILM, printer(max_exposure_s=19.0), SLURRY)
        with pytest.raises(SliceError, match=r"exposure_s=129\.496 must not exceed max_exposure_s=120"):
            slice_solid(FILM, MARS, resin(bottom_layers=1, bottom_exposure_s=40.0))

    def test_a_strong_lamp_may_make_a_long_exposure_short_enough(self):
        job = slice_solid(FILM, printer(irradiance_mw_cm2=90.0, max_exposure_s=7.0), resin(exposure_s=60.0))
        assert {layer.exposure_s for layer in job.layers} == {6.0}

    def test_archives_carry_the_converted_resin_and_the_remarks(self, tmp_path):
        job = slice_solid(FILM, MARS, SLURRY)
        write_job(job, tmp_path / "film.voxelyte")
        back = read_job(tmp_path / "film.voxelyte")
        assert back.resin == job.resin
        assert back.provenance.notes == job.provenance.notes
        assert back.resin.dose_mj_cm2 == pytest.approx(53.99872)
        assert resin_for(MARS, back.resin)[0] == back.resin
