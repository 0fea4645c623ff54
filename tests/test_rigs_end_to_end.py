"""A whole rig: a simulated board on a real wire, pictures in a folder, and the same job by either way to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from formats_jobs import job_of, mask_of
from PIL import Image
from rig_fakes import HEIGHT_PX, WIDTH_PX, rig_file
from stage_boards import QUICK_HOME

from voxelyte.boards import serve
from voxelyte.drivers import connect
from voxelyte.errors import PrinterError, PrinterUnreachable, RecipeError
from voxelyte.formats import write_job
from voxelyte.job import Exposure
from voxelyte.members import member
from voxelyte.printer import LayerLimits, Motion, Panel, Printer

PATIENCE_S = 60
PANEL = Panel(width_px=WIDTH_PX, height_px=HEIGHT_PX, pitch_x_um=50, pitch_y_um=50)
MOTION = Motion(lift_mm=0.5, lift_mm_s=10, retract_mm_s=10)
LAYERS = [[(0, 0.1)], [(1, 0.15), (2, 0.05)], [(0, 0.1)], [(3, 0.2)]]
"""(seed of the mask, exposure_s) of each exposure of each layer."""
ALL = [one for layer in LAYERS for one in layer]
LONG_S = 1.5
SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
VOXELYTE = [sys.executable, "-m", "voxelyte"]


def picture(seed):
    return np.random.default_rng(seed).integers(1, 256, (HEIGHT_PX, WIDTH_PX), dtype=np.uint8)


def small_job(second_s=0.15):
    limits = LayerLimits(min_um=10, max_um=200, step_um=1)
    printer = Printer(
        name="test-rig", title="t", panel=PANEL, build_height_mm=50, layer=limits, motion=MOTION, wavelength_nm=405, format=".voxelyte"
    )  # fmt: skip
    masks = {seed: mask_of(picture(seed), PANEL) for seed, _ in ALL}
    times_s = {1: second_s}
    rows = [(50_000, [Exposure(masks[seed], times_s.get(seed, s)) for seed, s in layer], MOTION) for layer in LAYERS]
    return job_of(rows, PANEL, printer=printer)


@pytest.fixture
def board():
    """A GRBL board that is switched on, and the address at which it is found."""
    # A little slower than the stage's clock: then it is simulated, and exact whatever this computer takes.
    made = member("boards", "grbl")(speed=0.99, rapid_mm_s=200.0, **QUICK_HOME)
    stop, found = threading.Event(), threading.Event()
    made.address = ""

    def announce(address):
        made.address = address
        found.set()

    thread = threading.Thread(target=serve, args=(made, "socket://127.0.0.1:0", announce, stop))
    thread.start()
    found.wait(PATIENCE_S)
    yield made
    stop.set()
    thread.join()
    made.close()


@pytest.fixture
def rig(tmp_path, board):
    path = rig_file(tmp_path, address=board.address)
    quick = path.read_text("utf-8").replace("approach_mm_s = 2", "approach_mm_s = 10").replace("settle_s = 0.25", "settle_s = 0.02")
    quick = quick.replace("park_mm = 40", "park_mm = 5")
    path.write_text(quick, encoding="utf-8")
    return path


def shown(folder):
    pictures = []
    for file in sorted((folder / "shown").glob("*.png")):
        with Image.open(file) as image:
            pictures.append(np.asarray(image))
    return pictures


def each_shown_in_order_and_made_once(folder, board):
    assert len(shown(folder)) == len(ALL)
    assert all((ours == picture(seed)).all() for ours, (seed, _) in zip(shown(folder), ALL, strict=True))
    assert [flash.on_time_s for flash in board.log.flashes] == pytest.approx([length_s for _, length_s in ALL], abs=0.001)
    assert not board.log.lit


def what_was_said(folder):
    lines = [json.loads(line) for line in (folder / "shown" / "log.jsonl").read_text("utf-8").splitlines()]
    return [line["what"] for line in lines]


class TestInProcess:
    def test_every_mask_is_shown_in_order_and_every_exposure_made_once(self, tmp_path, rig, board):
        with connect(f"rig://{rig}") as driver:
            assert driver.identity["maker"] == "voxelyte (rig)"
            assert "Grbl 1.1" in driver.identity["firmware"]
            said = list(driver.run(small_job()))
            assert driver.report() is None
        assert said[-1].what in ("done", "state")
        each_shown_in_order_and_made_once(tmp_path, board)
        assert what_was_said(tmp_path)[:2] == ["open", "black"]
        assert what_was_said(tmp_path)[2:10] == ["show", "black"] * 4

    def test_a_picture_stands_before_the_lamp_and_goes_before_the_stage_moves(self, tmp_path, rig, board):
        with connect(f"rig://{rig}") as driver:
            list(driver.run(small_job()))
        lamp_or_move = [entry.what for entry in board.log.of("lamp", "move")]
        lit = [at for at, what in enumerate(lamp_or_move) if what == "lamp"]
        assert all(off == on + 1 for on, off in zip(lit[-2 * len(ALL) :: 2], lit[1 - 2 * len(ALL) :: 2], strict=True))

    def test_a_relative_address_and_a_journal(self, tmp_path, rig, board, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with connect("rig://rig.toml") as driver:
            assert driver.past() is None
        assert (tmp_path / "rig-journal").is_dir()
        with connect("rig://rig.toml?journal=kept"):
            assert (tmp_path / "kept").is_dir()

    def test_a_stopped_print_is_dark_and_its_film_lifted(self, tmp_path, rig, board):
        with connect(f"rig://{rig}") as driver:
            for progress in driver.run(small_job()):
                if progress.what == "lamp-on" and progress.layer == 1:
                    driver.stop("enough")
        assert progress.what == "stopped"
        assert not board.log.lit
        assert len(board.log.flashes) == 2
        assert board.log.of("move")[-1].value > board.log.of("move")[-2].value
        assert what_was_said(tmp_path)[-1] == "close"

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
    def test_it_goes_on_where_a_killed_process_ended(self, tmp_path, rig, board):
        """The journal lies beside the rig file, and the stage homes away from the vat: nothing is made twice but what is asked for."""
        write_job(small_job(LONG_S), tmp_path / "film.voxelyte")
        with subprocess.Popen(printing(tmp_path, f"rig://{rig}"), **SILENT) as host:
            until(lambda: len(board.log.flashes) == 2 and board.log.lit)
            host.kill()
        assert board.log.lit
        until(lambda: not board.log.lit)  # the board times it, without a host too
        assert board.log.flashes[-1].on_time_s == pytest.approx(LONG_S, abs=0.001)
        (run,) = (tmp_path / "runs").iterdir()
        stopped = voxelyte("resume", str(run))
        assert stopped.returncode == 1
        assert "[cut]" in stopped.stderr
        assert "--cut redo" in stopped.stderr
        assert len(board.log.flashes) == 2
        gone_on = voxelyte("resume", str(run), "--cut", "redo")
        assert gone_on.returncode == 0, gone_on.stderr
        seeds = [seed for seed, _ in ALL]
        once_more = [*seeds[:2], *seeds[1:]]
        assert all((ours == picture(seed)).all() for ours, seed in zip(shown(tmp_path), once_more, strict=True))
        assert len(board.log.flashes) == len(ALL) + 1

    @pytest.mark.parametrize(
        ("address", "fault", "said"),
        [
            ("rig://no-such.toml", RecipeError, "no such file"),
            ("rig://", RecipeError, "must be rig://FILE.toml"),
            ("rig://RIG?jurnal=x", RecipeError, "no key 'jurnal'; did you mean 'journal'?"),
            ("rig://GONE", PrinterUnreachable, "test-rig: .*no-such-board"),
        ],
    )
    def test_what_is_wrong_is_said(self, tmp_path, rig, address, fault, said):
        other = tmp_path / "other"
        other.mkdir()
        gone = rig_file(other, address="/dev/no-such-board")
        with pytest.raises(fault, match=said), connect(address.replace("RIG", str(rig)).replace("GONE", str(gone))):
            pass

    def test_a_board_of_another_dialect_is_told_and_the_folder_is_closed(self, tmp_path, rig, board):
        text = rig.read_text("utf-8").replace('"grbl"', '"marlin"')
        rig.write_text(text.replace("park_mm = 5", "park_mm = 5\nanswer_s = 0.5"), encoding="utf-8")
        with pytest.raises(PrinterUnreachable, match="test-rig"), connect(f"rig://{rig}"):
            pass
        assert not board.log.lit


def printing(folder, address):
    return [*VOXELYTE, "print", str(folder / "film.voxelyte"), "--to", address, "--runs", str(folder / "runs")]


def voxelyte(*words):
    return subprocess.run([*VOXELYTE, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def until(condition):
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.01)


@contextmanager
def serving(rig, *words):
    command = [*VOXELYTE, "serve", "--rig", str(rig), "--listen", "socket://127.0.0.1:0", "--json", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.stderr.read())
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()
        try:
            told = json.loads(line)
            assert told["rig"] == "test-rig: Rig of the tests"
            assert "Grbl 1.1" in told["board"]
            assert "no light" in told["light"]
            assert told["priority"]
            yield told["listening"], process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
            reader.join()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
class TestServed:
    def test_every_mask_is_shown_in_order_and_every_exposure_made_once(self, tmp_path, rig, board):
        write_job(small_job(), tmp_path / "film.voxelyte")
        with serving(rig) as (address, _):
            done = voxelyte(*printing(tmp_path, address)[len(VOXELYTE) :])
        assert done.returncode == 0, done.stderr
        each_shown_in_order_and_made_once(tmp_path, board)

    def test_a_key_keeps_others_out(self, tmp_path, rig, board):
        key = tmp_path / "rig.key"
        assert voxelyte("key", "new", str(key)).returncode == 0
        with serving(rig, "--key", str(key)) as (address, _):
            with pytest.raises(PrinterError, match="key"), connect(address):
                pass
            with connect(f"{address}?key={key}") as driver:
                assert driver.identity["name"] == "test-rig"

    def test_others_cannot_reach_it_without_a_key(self, rig, board):
        done = voxelyte("serve", "--rig", str(rig), "--listen", "socket://0.0.0.0:0")
        assert done.returncode == 2
        assert "key" in done.stderr
        assert not board.log.lit

    def test_a_killed_bridge_leaves_the_lamp_to_the_board(self, tmp_path, rig, board):
        write_job(small_job(), tmp_path / "film.voxelyte")
        with serving(rig) as (address, process), subprocess.Popen([*printing(tmp_path, address), "--reconnect-s", "0"], **SILENT) as host:
            until(lambda: board.log.lit)
            os.kill(process.pid, signal.SIGKILL)
            until(lambda: not board.log.lit)
            host.wait(PATIENCE_S)
        assert board.log.flashes[-1].on_time_s <= max(length_s for _, length_s in ALL) + 0.001

    @pytest.mark.parametrize("word", [["--fault", "mute@1"], ["--speed", "2"], ["--real-time"]])
    def test_what_is_for_virtual_machines_is_refused(self, rig, word):
        done = voxelyte("serve", "--rig", str(rig), *word)
        assert done.returncode == 2
        assert "for virtual machines" in done.stderr
