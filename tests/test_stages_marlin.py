"""Marlin's numbered lines: whatever is damaged, lost or asked for again, everything is done once and in its order.

Against our own board, whose rules of lines are Marlin's, and against OctoPrint's virtual printer, which was not written here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage_boards import SLOWER, board_and_stage, film, never, stage_at, wait_until

from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.stages._numbered import Numbered

SLOW = pytest.mark.slow
LATE_S = 0.05 * SLOWER
"""Board time that a line sent again may take, on a busy computer."""


def lit(entries):
    """How long the lamp was lit each time, from [seconds, what, value]; infinite if it still is."""
    times, on_s = [], None
    for at_s, what, value in entries:
        if what == "lamp" and value and on_s is None:
            on_s = at_s
        elif what == "lamp" and not value and on_s is not None:
            times.append(at_s - on_s)
            on_s = None
    return times + [float("inf")] * (on_s is not None)


class TestAgainstOurBoard:
    @pytest.mark.parametrize("link", ["socket://127.0.0.1:0", "pty:"])
    def test_a_print(self, link):
        with board_and_stage("marlin", link) as (board, stage):
            assert stage.greeting.startswith("Marlin 2.1.2")
            assert film(stage) == (4, None)
            assert [flash.on_time_s for flash in board.log.flashes] == [pytest.approx(1.0, abs=1e-6)] * 4

    @pytest.mark.parametrize("every", [3, *(pytest.param(n, marks=SLOW) for n in (2, 4, 5, 7))])
    def test_damaged_lines_are_sent_again_and_done_once(self, every):
        with board_and_stage("marlin", speed=SLOWER, board={"damage_every": every}) as (board, stage):
            assert film(stage) == (4, None)
            times = [flash.on_time_s for flash in board.log.flashes]
            assert len(times) == 4
            assert all(0.999 <= on_s <= 1.0 + LATE_S for on_s in times)
            assert [entry.value for entry in board.log.of("move")][1:] == [0.05, 2.05, 0.1, 2.1, 0.15, 2.15, 0.2, 2.2]

    @pytest.mark.parametrize("trap", [{"lose_ok": 2}, {"lose_ok": 1}, {"late_s": 1.0}, {"noise": b"\xff echo:busy??\r\n"}])
    def test_oks_are_not_needed(self, trap):
        with board_and_stage("marlin", board=trap) as (board, stage):
            assert film(stage) == (4, None)
            assert [flash.on_time_s for flash in board.log.flashes] == [pytest.approx(1.0, abs=1e-6)] * 4

    @pytest.mark.parametrize("number", [27, *(pytest.param(n, marks=SLOW) for n in range(12, 40) if n != 27)])
    def test_a_line_that_is_lost_is_asked_for(self, number):
        with board_and_stage("marlin", speed=SLOWER, board={"lose_line": number}, answer_s=10.0) as (board, stage):
            assert film(stage, layers=3) == (3, None)
            times = [flash.on_time_s for flash in board.log.flashes]
            assert len(times) == 3
            assert all(0.999 <= on_s <= 1.0 + LATE_S for on_s in times)

    @pytest.mark.parametrize("trap", [{"reset_at": 26}, {"alarm_at": 24}, {"no_dwell": True}])
    def test_what_cannot_be_borne_ends_dark(self, trap):
        with board_and_stage("marlin", speed=SLOWER, board=trap, opened=False, answer_s=10.0) as (board, stage):
            try:
                stage.open()
                _, trouble = film(stage)
            except MachineTrouble as first:
                trouble = first
            assert trouble
            assert not board.log.lit
            assert all(flash.on_time_s <= 1.0 + 1e-6 for flash in board.log.flashes)
            assert not stage.knows_place

    def test_after_a_cut_the_board_ends_its_exposure(self):
        with board_and_stage("marlin", speed=SLOWER) as (board, stage):
            stage.home(never())
            cut = never()
            with pytest.raises(Cut):
                stage.expose(6.0, 1.0, cut, cut.set)
            assert stage.lit
            assert stage.lit_s() == pytest.approx(6.0, abs=LATE_S)
            assert not stage.lit
            assert [flash.on_time_s for flash in board.log.flashes] == [pytest.approx(6.0, abs=1e-6)]
            stage.move(1.0, 20.0, never())


class TestNumbers:
    def test_checksums_are_those_of_the_protocol(self):
        """reprap.org/wiki/G-code: `N3 T0*57` and `N4 G92 E0*67`."""
        sent = []
        lines = Numbered(lambda *text: sent.extend(text), lambda: 0.0)
        lines.send("G21", "G90", "T0", "G92 E0")
        assert sent[3:] == ["N3 T0*57", "N4 G92 E0*67"]

    @given(st.lists(st.integers(-5, 20), max_size=30))
    def test_no_line_of_a_batch_that_is_done_goes_out_again(self, asked):
        sent, clock = [], iter(range(10**6))
        lines = Numbered(lambda *text: sent.extend(text), lambda: float(next(clock)))
        lines.send("G28 Z", "M106 S255", "G4 P1000", "M107")
        lines.begin()
        lines.send("G1 Z1", "M114")
        del sent[:]
        for number in asked:
            try:
                lines.asked_for(number)
            except MachineTrouble:
                assert number > 7 or number < -45
        texts = {line.partition(" ")[2].partition("*")[0] for line in sent}
        assert texts <= {"M400", "G1 Z1", "M114"}


def octoprint():
    """The Python of a virtual environment of its own that has OctoPrint 1.11, as .ci/run makes one."""
    python = os.environ.get("VOXELYTE_OCTOPRINT")
    if not python:
        pytest.skip("VOXELYTE_OCTOPRINT does not name the Python of a virtual environment with OctoPrint==1.11.*")
    return python


@contextmanager
def virtual_printer(**asked):
    """Its address, and what it did, which is complete once it has ended."""
    script = Path(__file__).with_name("octoprint_board.py")
    command = [octoprint(), "-W", "ignore", script, json.dumps(asked)]
    printer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    did = []

    def listen():
        did.extend(json.loads(line) for line in printer.stdout if line.startswith("["))

    try:
        address = f"socket://127.0.0.1:{int(printer.stdout.readline())}"
        thread = threading.Thread(target=listen)
        thread.start()
        yield address, did
    finally:
        printer.kill()
        printer.wait(10)
        thread.join(10)
        printer.stdout.close()


def printed(address, layers=6, exposure_s=0.2, **changed):
    stage = stage_at("marlin", address, speed=1.0, **{"answer_s": 1.0, "home_s": 5.0} | changed)
    try:
        stage.open()
        return film(stage, layers, exposure_s)
    finally:
        stage.close()


TROUBLES = {
    "damaged": {"damaged": 0.12},
    "no ok at all": {"mute_oks": 1.0},
    "missing oks, damaged": {"mute_oks": 0.5, "damaged": 0.05},
    "no line number": {"errors": {"trigger_missing_lineno": 0.1}},
    "no answer, missing oks": {"errors": {"dont_answer": 0.05}, "mute_oks": 0.3},
    "busy, damaged": {"settings": {"okBeforeCommandOutput": True, "sendBusy": True, "busyInterval": 0.05}, "damaged": 0.05},
}
STRANGE = {"trigger_resend_lineno": 0.05, "trigger_resend_checksum": 0.05, "trigger_missing_checksum": 0.02, "dont_answer": 0.02}
"""The first two ask for the line before, which was done already: no Marlin does."""


class TestAgainstOctoPrint:
    """OctoPrint 1.11's virtual printer, with its own debug commands for trouble on the line."""

    @SLOW
    def test_a_print(self):
        with virtual_printer() as (address, did):
            assert printed(address) == (6, None)
            assert wait_until(lambda: len([1 for _, what, _ in did if what == "move"]) == 12)
        assert_law(did, 6)
        assert [round(value, 6) for _, what, value in did if what == "move"] == pytest.approx(
            [z for n in range(6) for z in (0.05 * (n + 1), 0.05 * (n + 1) + 2.0)]
        )

    @SLOW
    def test_whatever_is_sent_again_every_exposure_is_made_once(self):
        """All troubles side by side: each print waits most of its time."""
        with ThreadPoolExecutor(len(TROUBLES)) as several:
            for told in [several.submit(through, trouble, seed=0) for trouble in TROUBLES.values()]:
                told.result()

    @pytest.mark.long
    @pytest.mark.parametrize("seed", range(1, 6))
    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_every_exposure_is_made_once(self, trouble, seed):
        through(TROUBLES[trouble], seed)

    @pytest.mark.parametrize("seed", [pytest.param(0, marks=SLOW), *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 8))])
    def test_a_board_that_asks_for_what_it_had_ends_in_trouble_or_well(self, seed):
        with virtual_printer(seed=seed, from_line=12, errors=STRANGE, damaged=0.05, mute_oks=0.4) as (address, did):
            returned, trouble = printed(address)
        assert_law(did, returned, raised=int(trouble is not None))

    @SLOW
    def test_a_host_that_is_killed_leaves_the_lamp_dark(self):
        code = (
            "import sys, threading\n"
            f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            "from stage_boards import never, stage_at\n"
            "stage = stage_at('marlin', sys.argv[1], speed=1.0)\n"
            "stage.open(); stage.home(never())\n"
            "stage.expose(2.0, 1.0, never(), lambda: print('lit', flush=True))\n"
        )
        with virtual_printer() as (address, did):
            host = subprocess.Popen([sys.executable, "-c", code, address], stdout=subprocess.PIPE, text=True)
            assert host.stdout.readline() == "lit\n"
            host.kill()
            host.wait(5)
            host.stdout.close()
            assert wait_until(lambda: lit(did) and lit(did)[-1] < 10, 30)
        (on_s,) = lit(did)
        assert 1.99 <= on_s <= 2.0 + LATE_S


def through(trouble, seed):
    """A print, and trouble on its line after the greeting."""
    with virtual_printer(seed=seed, from_line=6, **trouble) as (address, did):
        returned, failed = printed(address)
    assert (returned, failed) == (6, None), trouble
    assert_law(did, returned)
    assert trouble.get("mute_oks") == 1.0 or any(what == "trouble" for _, what, _ in did)


def assert_law(did, returned, raised=0):
    """Every exposure once, none too short, each after its move; one that failed may have been lit or not."""
    times = lit(did)
    assert returned <= len(times) <= returned + raised
    assert all(on_s >= 0.19 for on_s in times[:returned])
    assert all(on_s <= 0.2 + LATE_S for on_s in times)
    heights = [value for _, what, value in did if what == "move"]
    once = [value for n, value in enumerate(heights) if not n or value != heights[n - 1]]
    wanted = [z for n in range(6) for z in (0.05 * (n + 1), 0.05 * (n + 1) + 2.0)]
    assert once == pytest.approx(wanted[: len(once)])
