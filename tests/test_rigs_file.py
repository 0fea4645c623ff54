"""rig.toml: what it may say, and how everything wrong is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig_fakes import LIGHTS, rig_file, rig_text

from voxelyte.datafiles import shipped
from voxelyte.errors import RecipeError
from voxelyte.rigs.rig import load_rig


def faults(tmp_path, text):
    path = tmp_path / "rig.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_rig(path)
    return [line.removeprefix(f"{path}: ") for line in str(caught.value).splitlines()]


class TestSound:
    @pytest.mark.parametrize("light", LIGHTS)
    def test_every_engine_has_its_keys(self, tmp_path, light):
        rig = load_rig(rig_file(tmp_path, "stage" if light in ("folder", "window") else "light", light))
        assert rig.light.engine == ("window" if light == "gating" else light)
        assert rig.panel.width_px == 12

    def test_files_begin_at_the_rig_file(self, tmp_path):
        rig = load_rig(rig_file(tmp_path))
        assert rig.light.folder == str(tmp_path / "shown")
        assert rig.journal == str(tmp_path / "rig-journal")

    def test_a_printer_brings_what_the_rig_does_not_say(self, tmp_path):
        text = rig_text().replace("panel = {", 'printer = "asiga-max-x27"\npanel = { mirror_x = true, ')
        text = text.replace("wavelength_nm = 405\n", "")
        path = tmp_path / "rig.toml"
        path.write_text(text, encoding="utf-8")
        rig = load_rig(path)
        assert (rig.wavelength_nm, rig.irradiance_mw_cm2) == (385, 20.5)
        assert (rig.panel.width_px, rig.panel.mirror_x, rig.panel.grey_levels) == (12, True, 256)

    def test_the_example_that_ships_is_sound(self):
        rig = load_rig(shipped("profiles/rigs/example.toml"))
        assert (rig.name, rig.light.engine) == ("example-rig", "window")

    def test_it_can_be_changed_and_is_checked_again(self, tmp_path):
        rig = load_rig(rig_file(tmp_path))
        assert rig.changed(on_link_loss="dark", resume_s=None).on_link_loss == "dark"
        assert rig.changed(on_link_loss="dark").light == rig.light
        with pytest.raises(RecipeError, match="resume_s=-1"):
            rig.changed(resume_s=-1.0)


class TestWrong:
    def test_everything_is_said_at_once_with_the_nearest_key(self, tmp_path):
        text = rig_text().replace("travel_mm", "travle_mm").replace("folder =", "foldr =").replace("pitch_x_um = 50", "pitch_x_um = 0")
        said = faults(tmp_path, text.replace('title = "Rig of the tests"\n', "colour = 3\n"))
        for part in (
            "title is missing",
            "colour is not a known key",
            "panel.pitch_x_um=0 must",
            "stage.travel_mm is missing",
            "stage.travle_mm is not a known key; did you mean travel_mm?",
            "light.folder is missing",
            "light.foldr is not a known key; did you mean folder?",
        ):
            assert any(line.startswith(part) for line in said), (part, said)
        assert len(said) == 7

    def test_an_unknown_engine_names_the_nearest_and_hides_nothing_else(self, tmp_path):
        said = faults(tmp_path, rig_text().replace('engine = "folder"', 'engine = "windw"').replace("wavelength_nm = 405", ""))
        assert said == ["no light engine 'windw'; did you mean 'window'?", "wavelength_nm is missing"]

    @pytest.mark.parametrize("light", ["", "[light]\n", '[light]\nengine = 5\n'])
    def test_without_an_engine_it_is_missing(self, tmp_path, light):
        said = faults(tmp_path, rig_text().partition("[light]")[0] + light)
        assert any(line.startswith(("light is missing", "light.engine")) for line in said)

    def test_an_unknown_printer_is_said_with_the_rest(self, tmp_path):
        said = faults(tmp_path, 'printer = "asiga-mx"\n' + rig_text().replace("wavelength_nm = 405", ""))
        assert said == ["printer: no printer 'asiga-mx'; did you mean 'asiga-max'?", "wavelength_nm is missing"]

    @pytest.mark.parametrize(
        ("lamp", "light", "said"),
        [
            ("light", "window", "lamp.by='light' must be 'stage': light.engine='window' as set here lights nothing by itself"),
            ("stage", "gating", "lamp.by='stage' must be 'light': what an always lit projector shows is exposed"),
        ],
    )
    def test_lamp_and_light_must_fit(self, tmp_path, lamp, light, said):
        assert faults(tmp_path, rig_text(lamp, light)) == [said]

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("approach_mm_s = 2", "approach_mm_s = 11", "approach_mm_s=11 must not exceed limits.max_speed_mm_s=10"),
            ("build_height_mm = 50", "build_height_mm = 61", "build_height_mm=61 with max_lift_mm (81) must not exceed stage.travel_mm=80"),
            ("20, max_speed_mm_s = 10", "20, max_speed_mm_s = 12", "limits.max_speed_mm_s=12 must not exceed stage.max_speed_mm_s=10"),
            ('lamp_on = "M3 S{level}"\nlamp_off = "M5"\n', "", "lamp.by='stage' must be 'light': the stage has no lamp_on"),
        ],
    )
    def test_laws_between_tables(self, tmp_path, old, new, said):
        assert faults(tmp_path, rig_text().replace(old, new)) == [said]

    def test_no_such_file(self, tmp_path):
        with pytest.raises(RecipeError, match="no such file"):
            load_rig(Path(tmp_path) / "no.toml")
