"""Whatever a board does, one `expose` lights its lamp at most once, for no more than was asked, and it ends dark.

Both simulated boards, with each known trap switched on.
"""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from stage_boards import (
    LAMPS,
    QUICK_HOME,
    SLOWER,
    SPEED,
    TRAVEL_MM,
    board_and_stage,
    film,
    never,
    served,
    settings,
    stage_at,
    wait_until,
)

from voxelyte.boards import serve_board
from voxelyte.errors import VoxelyteError
from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.members import member

BOARDS = ("grbl", "nanodlp")
TCP = "socket://127.0.0.1:0"
HARMLESS = {
    "none": {},
    "late": {"late_s": 2.0},
    "late and noisy": {"late_s": 1.0, "noise": b"\xff\x00\x80 ??\r\n"},
    "ok to garbage": {"ok_to_garbage": True},
    "no answer to moves": {"silent_moves": True},
}
HARMFUL = {
    "every third ok is lost": {"lose_ok": 3},
    "every second ok is lost": {"lose_ok": 2},
    "it cannot time": {"no_dwell": True},
    **{f"line {n} is lost": {"lose_line": n} for n in range(1, 22)},
    **{f"reset at line {n}": {"reset_at": n} for n in range(1, 22)},
    **{f"alarm at line {n}": {"alarm_at": n} for n in range(1, 22)},
}
QUICK = {
    "every third ok is lost", "it cannot time", "line 11 is lost", "line 13 is lost", "line 14 is lost",
    "reset at line 14", "alarm at line 13",
}
HARMFUL_ONES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in HARMFUL]


def assert_once_each(log, returned, asked_s=1.0, raised=0):
    """The law of exposures, by the board's own log."""
    assert wait_until(lambda: not log.lit)
    flashes = log.flashes
    assert returned <= len(flashes) <= returned + raised
    assert all(flash.on_time_s <= asked_s + 0.001 for flash in flashes)
    assert all(abs(flash.on_time_s - asked_s) <= 0.001 for flash in flashes[:returned])


@pytest.mark.parametrize("trap", HARMLESS)
@pytest.mark.parametrize(
    ("dialect", "link"),
    [*((name, "pty:") for name in BOARDS), *(pytest.param(name, TCP, marks=pytest.mark.long) for name in BOARDS)],
)
def test_a_print_comes_through_what_can_be_borne(dialect, link, trap):
    # A GRBL that says nothing to its moves is asked for its state, each time after the longest wait.
    answer_s = 8.0 if trap == "no answer to moves" else 60.0
    with board_and_stage(dialect, link, board=HARMLESS[trap], answer_s=answer_s) as (board, stage):
        returned, trouble = film(stage)
        assert (returned, trouble) == (4, None)
        assert_once_each(board.log, 4)
        floor_mm = board.log.of("home")[0].value
        heights_mm = [round(entry.value - floor_mm, 6) for entry in board.log.of("move")[1:]]
        assert heights_mm == [0.05, 2.05, 0.1, 2.1, 0.15, 2.15, 0.2, 2.2]


@pytest.mark.parametrize("trap", HARMFUL_ONES)
@pytest.mark.parametrize("dialect", BOARDS)
def test_what_cannot_be_borne_ends_in_trouble_and_dark(dialect, trap):
    speed = 1.0 if trap == "it cannot time" else SPEED  # a dwell that takes no time must be told from what the line takes
    with board_and_stage(dialect, speed=speed, board=HARMFUL[trap], opened=False, answer_s=20.0) as (board, stage):
        returned, trouble = 0, None
        try:
            stage.open()
            returned, trouble = film(stage)
        except MachineTrouble as first:
            trouble = first
        assert_once_each(board.log, returned, raised=int(trouble is not None))
        if trouble is not None:
            assert "\n" not in str(trouble)
            assert len(str(trouble)) < 600
        else:
            assert returned == 4


@pytest.mark.parametrize("dialect", BOARDS)
def test_a_board_that_cannot_time_is_never_given_the_lamp(dialect):
    with board_and_stage(dialect, speed=1.0, board={"no_dwell": True}, opened=False) as (board, stage):

        def begin():
            stage.open()
            stage.home(never())

        with pytest.raises(MachineTrouble, match="cannot time an exposure"):
            begin()
        assert board.log.flashes == []


def test_a_board_that_counts_in_seconds_is_never_given_the_lamp():
    with board_and_stage("nanodlp", board={"dwell_unit_s": 1.0}, opened=False) as (board, stage):
        with pytest.raises(MachineTrouble, match="ok to 'G4 P100'"):
            stage.open()
        assert board.log.flashes == []


@pytest.mark.parametrize("dialect", BOARDS)
@pytest.mark.parametrize("link", [TCP, "pty:"])
def test_cut_raises_at_once_and_the_light_ends_when_it_can(dialect, link):
    with board_and_stage(dialect, link, speed=SLOWER) as (board, stage):
        stage.home(never())
        stage.move(5.0, 20.0, never())
        cut, lit = never(), threading.Event()

        def end():
            lit.wait(30)
            cut.set()

        thread = threading.Thread(target=end)
        thread.start()
        with pytest.raises(Cut):
            stage.expose(10.0, 1.0, cut, lit.set)
        thread.join()
        assert stage.stops_at_once or board.log.lit  # it has not waited for the light's own end
        on_s = stage.lit_s()
        assert wait_until(lambda: not board.log.lit)
        (flash,) = board.log.flashes
        assert not stage.lit
        if stage.stops_at_once:
            assert flash.on_time_s < 10.0
            assert flash.on_time_s <= on_s + 0.001
        else:
            assert flash.on_time_s == pytest.approx(10.0, abs=0.001)
            assert 10.0 - 0.001 <= on_s <= 10.0 + 0.5 * SLOWER
        assert stage.knows_place
        stage.move(7.0, 20.0, never())


@pytest.mark.parametrize("dialect", BOARDS)
def test_a_move_that_is_cut_leaves_the_place_known(dialect):
    with board_and_stage(dialect, speed=SLOWER) as (board, stage):
        stage.home(never())
        stage.move(1.0, 20.0, never())
        cut = never()
        threading.Timer(0.1, cut.set).start()
        with pytest.raises(Cut):
            stage.move(TRAVEL_MM, 10.0, cut)
        stage.move(2.0, 20.0, never())
        floor_mm = board.log.of("home")[0].value
        assert round(board.log.of("move")[-1].value - floor_mm, 6) == 2.0
        assert stage.knows_place
        stage.expose(0.5, 1.0, never(), lambda: None)


@pytest.mark.parametrize("dialect", BOARDS)
def test_nothing_goes_out_once_cut_is_set(dialect):
    with board_and_stage(dialect) as (board, stage):
        stage.home(never())
        stage.move(1.0, 20.0, never())
        before, cut = len(board.log.entries), never()
        cut.set()
        for call in (
            lambda: stage.move(2.0, 20.0, cut),
            lambda: stage.expose(1.0, 1.0, cut, lambda: None),
            lambda: stage.home(cut),
        ):
            with pytest.raises(Cut):
                call()
        assert [entry for entry in board.log.entries[before:] if entry.what != "reset"] == []


@pytest.mark.parametrize("dialect", BOARDS)
def test_a_board_that_was_reset_does_not_know_its_place(dialect):
    with board_and_stage(dialect) as (board, stage):
        stage.home(never())
        board.power_cycle()
        with pytest.raises(MachineTrouble, match="reset"):
            stage.move(1.0, 20.0, never())
        assert not stage.knows_place
        with pytest.raises(MachineTrouble, match="home it first"):
            stage.move(1.0, 20.0, never())
        stage.home(never())
        stage.move(1.0, 20.0, never())
        assert stage.knows_place


@pytest.mark.parametrize("dialect", BOARDS)
def test_a_link_that_breaks_in_the_light_leaves_the_board_to_end_it(dialect):
    made = member("boards", dialect)(speed=SPEED, **QUICK_HOME)
    try:
        with served(made) as address:
            stage = stage_at(dialect, address)
            stage.open()
            stage.home(never())

            def break_off():
                stage._wire.close()

            with pytest.raises(MachineTrouble, match=r"link|written"):
                stage.expose(4.0, 1.0, never(), break_off)
            assert wait_until(lambda: not made.log.lit)
            assert stage.lit_s() is None
            stage.close()
        (flash,) = made.log.flashes
        assert flash.on_time_s == pytest.approx(4.0, abs=0.001)
    finally:
        made.close()


KILLED = """
import sys, threading
from voxelyte.stages import StageSettings, stage_of
stage = stage_of(StageSettings(**{keys!r}))
stage.open()
stage.home(threading.Event())
stage.expose(1.0, 1.0, threading.Event(), lambda: print("lit", flush=True))
"""


@pytest.mark.parametrize("dialect", BOARDS)
def test_a_host_that_is_killed_leaves_the_lamp_dark(dialect):
    made = member("boards", dialect)(speed=0.99, home_mm_s=400.0)  # a simulated clock: what this computer takes is not counted
    try:
        with served(made, TCP) as address:
            keys = settings(dialect, address).model_dump()
            host = subprocess.Popen([sys.executable, "-c", KILLED.format(keys=keys)], stdout=subprocess.PIPE, text=True)
            assert host.stdout.readline() == "lit\n"
            host.kill()
            host.wait(5)
            host.stdout.close()
            assert made.log.lit
            assert wait_until(lambda: not made.log.lit, within_s=30.0)
        (flash,) = made.log.flashes
        assert flash.on_time_s == pytest.approx(1.0, abs=0.001)
    finally:
        made.close()


@pytest.mark.parametrize("dialect", BOARDS)
@pytest.mark.parametrize(
    ("exposure_s", "power", "law"),
    [
        (0.0, 1.0, "must be above 0"),
        (-1.0, 1.0, "must be above 0"),
        (float("nan"), 1.0, "must be above 0"),
        (1e9, 1.0, "at most"),
        (1.0, 1.5, "power=1.5 must be from 0 to 1"),
        (1.0, float("nan"), "power=nan must be from 0 to 1"),
        (1.0, 1e-4, "half a step"),
    ],
)
def test_what_a_board_cannot_time_or_say_is_refused_in_the_dark(dialect, exposure_s, power, law):
    with board_and_stage(dialect) as (board, stage):
        with pytest.raises(MachineTrouble, match=law):
            stage.expose(exposure_s, power, never(), lambda: None)
        assert board.log.flashes == []


@pytest.mark.parametrize("dialect", BOARDS)
@pytest.mark.parametrize(
    ("height_mm", "speed_mm_s", "law"),
    [
        (-0.001, 5.0, "from 0 to travel_mm=80"),
        (80.001, 5.0, "from 0 to travel_mm=80"),
        (float("nan"), 5.0, "from 0 to travel_mm=80"),
        (1.0, 0.0, "above 0"),
        (1.0, 51.0, "at most max_speed_mm_s=50"),
        (1.0, float("inf"), "at most max_speed_mm_s=50"),
    ],
)
def test_a_move_beyond_its_limits_is_refused(dialect, height_mm, speed_mm_s, law):
    with board_and_stage(dialect) as (_, stage):
        with pytest.raises(MachineTrouble, match="home it first"):
            stage.move(1.0, 5.0, never())
        stage.home(never())
        with pytest.raises(MachineTrouble, match=law):
            stage.move(height_mm, speed_mm_s, never())
        assert stage.knows_place


@pytest.mark.parametrize("dialect", ["grbl", "nanodlp", "marlin"])
@pytest.mark.parametrize("other", BOARDS)
def test_another_dialect_is_found_out_on_opening(dialect, other):
    if dialect == other:
        return
    made = member("boards", other)(speed=SPEED)
    try:
        with served(made) as address:
            stage = stage_at(dialect, address, answer_s=20.0)
            with pytest.raises(MachineTrouble, match="board"):
                stage.open()
            stage.close()
        assert made.log.flashes == []
    finally:
        made.close()


def test_nobody_there_is_trouble():
    for dialect in LAMPS:
        with pytest.raises(MachineTrouble, match=r"address=socket://127.0.0.1:1: "):
            stage_at(dialect, "socket://127.0.0.1:1").open()


def test_boards_are_served_by_name():
    stop, found = threading.Event(), []

    def announce(address):
        found.append(address)
        stop.set()

    serve_board("grbl", "pty:", announce, stop, late_s=0.1)
    assert found[0].startswith("/dev/")
    with pytest.raises(VoxelyteError, match="no trap 'late'; did you mean 'late_s'"):
        serve_board("nanodlp", "pty:", announce, stop, late=1.0)
    with pytest.raises(VoxelyteError, match="must be socket://HOST:PORT or pty:"):
        serve_board("nanodlp", "serial:///dev/x", announce, stop)
