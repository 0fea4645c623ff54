"""A dry run says what a real one sends: held against a simulated board that is really sent it."""

from __future__ import annotations

import re
import threading
from contextlib import ExitStack

import pytest
from click.testing import CliRunner
from rig_fakes import rig_file
from test_rigs_end_to_end import ALL, LAYERS, small_job

from voxelyte.boards import serve
from voxelyte.cli import main
from voxelyte.drivers import connect
from voxelyte.formats import write_job
from voxelyte.members import member
from voxelyte.rigs.dry import dry_rig
from voxelyte.rigs.rig import load_rig


def rig_of(folder, dialect="grbl", lamp="stage", light="folder", address="/dev/no-such-board"):
    path = rig_file(folder, lamp, light, address)
    codes = {"grbl": ("M3 S{level}", "M5"), "marlin": ("M106 S{level}", "M107"), "nanodlp": ("M106 S{level}", "M107")}
    on, off = codes[dialect]
    text = path.read_text("utf-8").replace('"grbl"', f'"{dialect}"').replace("M3 S{level}", on).replace('"M5"', f'"{off}"')
    for slow, quick in (("settle_s = 0.25", "settle_s = 0"), ("park_mm = 40", "park_mm = 5"), ("approach_mm_s = 2", "approach_mm_s = 10")):
        text = text.replace(slow, quick)
    path.write_text(text, encoding="utf-8")
    return path


def dry(path, capsys=None):
    said = []
    with dry_rig(load_rig(path), said.append) as (address, key), connect(address, key) as driver:
        list(driver.run(small_job()))
    return said


def sent(said):
    return [line.removeprefix("board  ") for line in said if line.startswith("board  ")]


class TestWhatIsSaid:
    @pytest.mark.parametrize("dialect", ["grbl", "marlin", "nanodlp"])
    def test_every_picture_and_every_lamp_in_order(self, tmp_path, dialect):
        said = dry(rig_of(tmp_path, dialect))
        on = re.compile(r"board  (?:N\d+ )?M(?:3|106) S1000\b")
        story = [line if line.startswith("light  show") else "lamp" for line in said if line.startswith("light  show") or on.match(line)]
        assert story == [line for number in range(len(ALL)) for line in (f"light  show {number + 1:06d}.png", "lamp")]

    def test_the_board_times_each_exposure_and_its_end_goes_out_with_its_beginning(self, tmp_path):
        lines = sent(dry(rig_of(tmp_path)))
        lamps = [at for at, line in enumerate(lines) if line == r"M3 S1000\n"]
        assert len(lamps) == len(ALL)
        for at, (_, exposure_s) in zip(lamps, ALL, strict=True):
            assert float(lines[at + 1].removeprefix("G4 P").removesuffix(r"\n")) == pytest.approx(exposure_s, abs=0.001)
            assert lines[at + 2] == r"M5\n"

    def test_one_move_down_and_one_up_for_each_layer(self, tmp_path):
        heights = [float(line.split("Z")[1].split()[0]) for line in sent(dry(rig_of(tmp_path))) if "G1 Z" in line]
        down, up = heights[1::2], heights[2::2]
        assert len(down) == len(up) == len(LAYERS)
        floor_mm = heights[0]
        assert [mm - floor_mm for mm in down] == pytest.approx([0.05 * (layer + 1) for layer in range(len(LAYERS))])
        assert [mm - floor_mm for mm in up] == pytest.approx([0.05 * (layer + 1) + 0.5 for layer in range(len(LAYERS))])

    def test_an_engine_that_lights_is_told_of(self, tmp_path):
        said = dry(rig_of(tmp_path, lamp="light", light="gating"))
        assert [line for line in said if "lit" in line] == [f"light  lit for {exposure_s:g} s at power 1" for _, exposure_s in ALL]
        assert not [line for line in sent(said) if line.startswith("M3")]


@pytest.mark.parametrize("dialect", ["grbl", "nanodlp"])
def test_the_same_bytes_as_a_real_run(tmp_path, dialect, monkeypatch):
    """But for how often it asks for the status, which hangs on how long the board takes."""
    written = []
    with ExitStack() as stack:
        board = member("boards", dialect)(home_mm_s=500.0)
        stack.callback(board.close)
        stop, found, at = threading.Event(), threading.Event(), []
        thread = threading.Thread(target=serve, args=(board, "socket://127.0.0.1:0", lambda a: (at.append(a), found.set()), stop))
        thread.start()
        stack.callback(thread.join)
        stack.callback(stop.set)
        found.wait(30)
        take = board.take
        monkeypatch.setattr(board, "take", lambda data: (written.append(data), take(data)))
        with connect(f"rig://{rig_of(tmp_path, dialect, address=at[0])}") as driver:
            list(driver.run(small_job()))
    real = [line for line in b"".join(written).replace(b"?", b"").split(b"\n") if line]
    lines = [line.encode("ascii").decode("unicode_escape").encode("latin-1") for line in sent(dry(rig_of(tmp_path, dialect)))]
    said = [line for line in b"".join(lines).replace(b"?", b"").split(b"\n") if line]
    moves = re.compile(rb"(Z)-?[\d.]+")  # in machine coordinates: where this board's switch is
    assert [moves.sub(rb"\1", line) for line in said] == [moves.sub(rb"\1", line) for line in real]


class TestCommand:
    def test_says_it_and_opens_nothing(self, tmp_path):
        write_job(small_job(), tmp_path / "film.voxelyte")
        rig = rig_of(tmp_path)
        done = CliRunner().invoke(main, ["print", str(tmp_path / "film.voxelyte"), "--to", f"rig://{rig}", "--dry-run"])
        assert done.exit_code == 0, done.output
        lines = done.output.splitlines()
        assert lines.count(r"board  M3 S1000\n") == len(ALL)
        assert "light  show 000005.png" in lines
        assert not (tmp_path / "shown").exists()
        assert not (tmp_path / "rig-journal").exists()

    @pytest.mark.parametrize("to", [[], ["--to", "sim://asiga-max"]])
    def test_is_for_rigs(self, tmp_path, to):
        write_job(small_job(), tmp_path / "film.voxelyte")
        done = CliRunner().invoke(main, ["print", str(tmp_path / "film.voxelyte"), *to, "--dry-run"])
        assert done.exit_code == 2
        assert "name the rig with --to rig://FILE.toml" in done.output

    def test_a_job_that_does_not_fit_is_refused_as_by_the_rig(self, tmp_path):
        done = CliRunner().invoke(main, ["print", "p-3dse", "--to", f"rig://{rig_of(tmp_path)}", "--dry-run"])
        assert done.exit_code == 1
        assert "panel" in done.output
