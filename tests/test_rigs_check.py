"""`rig check`: every step is made and said, without light unless it is asked for, and it ends dark and parked."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from rig_fakes import FakeLight, FakeStage, Notes, rig_file

from voxelyte.cli import main
from voxelyte.errors import PrinterError, PrinterUnreachable
from voxelyte.printer import Panel
from voxelyte.rigs import check as module
from voxelyte.rigs.check import check
from voxelyte.rigs.rig import load_rig
from voxelyte.rigs.target import target
from voxelyte.rigs.works import RigWorks

LIT = ("stage lamp on", "light lit")


def checked(folder, lamp=False, by="stage", light="folder", **faults):
    """What it said, and what was done."""
    notes = Notes()
    rig = load_rig(rig_file(folder, by, light))
    works = RigWorks(rig, FakeStage(notes, **faults), FakeLight(notes), notes.clock)
    return list(check(rig, lamp, works)), notes


class TestCheck:
    def test_says_what_it_found_homes_moves_shows_and_parks(self, tmp_path):
        said, notes = checked(tmp_path)
        assert said[:2] == ["board: fake board 1", "light: fake light"]
        assert said[2] == "homing, then 4 mm down in 2 s, at approach_mm_s=2 …"
        assert said[-1] == "dark"
        assert notes.words == [
            "stage open", "light open",
            "stage home", "stage move 0 at 2",
            "stage move 5 at 2", "stage move 2.5 at 2", "stage move 5 at 2", "stage move 40 at 10",
            "light show 255", "light black",
            "light dark", "stage close", "light close",
        ]  # fmt: skip

    @pytest.mark.parametrize(("by", "light"), [("stage", "folder"), ("light", "visitech"), ("light", "gating")])
    def test_never_lights_unless_it_is_told(self, tmp_path, by, light):
        _, notes = checked(tmp_path, by=by, light=light)
        assert not [word for word in notes.words if word.startswith(LIT)]
        assert ("light show 255" in notes.words) == (light != "gating")  # an always lit projector would expose it

    @pytest.mark.parametrize(("by", "light"), [("stage", "folder"), ("light", "visitech"), ("light", "gating")])
    def test_with_lamp_once_and_for_half_a_second(self, tmp_path, by, light):
        said, notes = checked(tmp_path, True, by, light)
        lit = [(at, word) for (at, _, _), word in zip(notes, notes.words, strict=True) if word.startswith(LIT)]
        dark = [at for (at, _, _), word in zip(notes, notes.words, strict=True) if word in ("stage lamp off", "light unlit")]
        assert len(lit) == len(dark) == 1
        assert dark[0] - lit[0][0] == pytest.approx(0.5)
        assert "lamp lit for 0.500 s, 0.5 asked" in said

    def test_trouble_ends_it_dark_and_says_why(self, tmp_path):
        with pytest.raises(PrinterError, match="test-rig: the board was reset"):
            checked(tmp_path, True, trouble="expose")
        with pytest.raises(PrinterUnreachable, match="test-rig: no board answers"):
            checked(tmp_path, trouble="open")


class TestTarget:
    @pytest.mark.parametrize(("mirror_x", "mirror_y"), [(False, False), (True, False), (False, True), (True, True)])
    def test_reads_right_on_the_plate(self, mirror_x, mirror_y):
        panel = Panel(width_px=200, height_px=120, pitch_x_um=50, pitch_y_um=50, mirror_x=mirror_x, mirror_y=mirror_y)
        plain = Panel(width_px=200, height_px=120, pitch_x_um=50, pitch_y_um=50)
        assert np.array_equal(panel.oriented(target(panel)), target(plain))

    def test_has_a_frame_at_the_very_edge_an_upright_f_and_single_pixels(self):
        picture = target(Panel(width_px=1920, height_px=1080, pitch_x_um=50, pitch_y_um=50))
        assert picture.shape == (1080, 1920)
        for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
            assert (edge == 255).all()
        middle = picture[300:780, 700:1220] > 0
        columns = np.nonzero(middle)[1]
        upper, lower = middle[: len(middle) // 2], middle[len(middle) // 2 :]
        assert upper.sum() > lower.sum()  # an F has its arms above
        assert columns.mean() < (columns.min() + columns.max()) / 2  # and its stem on the left
        field = picture[1080 // 8 - 20 : 1080 // 8 + 20, 1920 // 8 - 100 : 1920 // 8 - 60]
        assert (field != np.roll(field, 1, axis=1))[:, 1:].all()

    @pytest.mark.parametrize("size", [(1, 1), (3, 200), (16, 16)])
    def test_a_small_panel_has_one_too(self, size):
        width, height = size
        assert target(Panel(width_px=width, height_px=height, pitch_x_um=50, pitch_y_um=50)).shape == (height, width)


class TestCommand:
    def test_a_wrong_file_is_wrong_input(self, tmp_path):
        path = tmp_path / "rig.toml"
        path.write_text("nmae = 'x'\n", encoding="utf-8")
        done = CliRunner().invoke(main, ["rig", "check", str(path)])
        assert done.exit_code == 2
        assert "nmae is not a known key; did you mean name?" in done.output

    def test_a_board_that_is_not_there_is_the_machines_fault(self, tmp_path):
        done = CliRunner().invoke(main, ["rig", "check", str(rig_file(tmp_path, address="/dev/no-such-board"))])
        assert done.exit_code == 1
        assert "no-such-board" in done.output

    def test_lamp_is_passed_on(self, tmp_path, monkeypatch):
        asked = []
        monkeypatch.setattr(module, "check", lambda rig, lamp: asked.append(lamp) or iter(()))
        for words in ([], ["--lamp"]):
            assert CliRunner().invoke(main, ["rig", "check", str(rig_file(tmp_path)), *words]).exit_code == 0
        assert asked == [False, True]

    def test_the_example_is_a_rig(self, tmp_path):
        done = CliRunner().invoke(main, ["rig", "example"])
        path = tmp_path / "rig.toml"
        path.write_text(done.output, encoding="utf-8")
        assert load_rig(path).name == "example-rig"
