"""The stage of GRBL boards: machine coordinates, resets that keep the place, its own words for errors; and its board's laws."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st
from stage_boards import SLOWER, SPEED, TRAVEL_MM, board_and_stage, film, never, served, wait_until

from voxelyte.boards.grbl import GrblBoard
from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.stages._grbl_words import ALARMS, ERRORS, in_words


class TestStage:
    def test_homing_away_sets_the_floor_below(self):
        with board_and_stage("grbl", home="away", home_mm=78.0) as (board, stage):
            stage.home(never())
            stage.move(0.05, 50.0, never())
            assert board.log.of("move")[-1].value == pytest.approx(-1.0 - 78.0 + 0.05)
            assert stage.may_home_with_film

    def test_g92_and_other_offsets_do_not_move_the_floor(self):
        with board_and_stage("grbl", start_lines=("G92 Z17",)) as (board, stage):
            stage.home(never())
            stage.move(1.0, 50.0, never())
            assert board.log.of("move")[-1].value == pytest.approx(0.0)

    @pytest.mark.parametrize("step_s", [None, 0.001])
    @pytest.mark.parametrize("exposure_s", [0.05, 0.15, 0.3, 0.7, 1.15, 3.3, 6.55, 60.0])
    def test_its_steps_of_50_ms_are_met_exactly(self, exposure_s, step_s):
        keys = {"dwell_step_s": step_s} if step_s else {}
        with board_and_stage("grbl", board=keys, dwell_step_s=step_s) as (board, stage):
            stage.home(never())
            stage.expose(exposure_s, 1.0, never(), lambda: None)
            assert [flash.on_time_s for flash in board.log.flashes] == [pytest.approx(exposure_s, abs=0.0006)]

    def test_what_its_steps_cannot_make_is_refused(self):
        with board_and_stage("grbl") as (board, stage):
            stage.home(never())
            for exposure_s, law in ((6.53, "whole number of steps of 0.05 s"), (3276.8, "at most 3276.75")):
                with pytest.raises(MachineTrouble, match=law):
                    stage.expose(exposure_s, 1.0, never(), lambda: None)
            assert board.log.flashes == []

    def test_lamp_off_from_another_thread_ends_the_light_at_once_and_keeps_the_place(self):
        with board_and_stage("grbl", speed=SLOWER) as (board, stage):
            stage.home(never())
            stage.move(1.0, 20.0, never())
            lit = threading.Event()
            thread = threading.Thread(target=lambda: lit.wait(5) and stage.lamp_off())
            thread.start()
            with pytest.raises(Cut):
                stage.expose(30.0, 1.0, never(), lit.set)
            thread.join()
            assert board.log.flashes[0].on_time_s < 5.0
            assert stage.lit_s() == pytest.approx(board.log.flashes[0].on_time_s, abs=2.0)
            assert stage.knows_place
            stage.move(2.0, 20.0, never())
            stage.expose(1.0, 1.0, never(), lambda: None)

    def test_lamp_off_does_nothing_to_a_lamp_that_is_dark(self):
        with board_and_stage("grbl") as (board, stage):
            stage.home(never())
            before = board.log.of("reset")
            stage.lamp_off()
            stage.move(1.0, 20.0, never())
            assert board.log.of("reset") == before

    def test_a_homing_cycle_that_is_cut_loses_the_place(self):
        with board_and_stage("grbl", speed=1.0, board={"home_mm_s": 5.0}) as (_, stage):
            cut = never()
            threading.Timer(0.2, cut.set).start()
            with pytest.raises(Cut):
                stage.home(cut)
            assert not stage.knows_place
            with pytest.raises(MachineTrouble, match="home it first"):
                stage.move(1.0, 1.0, never())

    def test_motion_that_is_cut_stops_where_it_is(self):
        with board_and_stage("grbl", speed=SLOWER) as (board, stage):
            stage.home(never())
            cut = never()
            threading.Timer(0.1, cut.set).start()
            with pytest.raises(Cut):
                stage.move(TRAVEL_MM, 2.0, cut)
            stage.move(0.0, 50.0, never())
            assert stage.knows_place
            *_, reset, back = board.log.of("move", "reset")
            assert (reset.what, back.what) == ("reset", "move")

    @pytest.mark.parametrize("greeting", ["Grbl 0.9j ['$' for help]", "Smoothie", "start"])
    def test_another_firmware_is_refused(self, greeting):
        with board_and_stage("grbl", board={"greeting": greeting}, opened=False) as (_, stage):
            with pytest.raises(MachineTrouble, match=r"GRBL 1.1|Grbl 1.1"):
                stage.open()

    def test_grblhal_greets_otherwise(self):
        with board_and_stage("grbl", board={"greeting": "GrblHAL 1.1f ['$' or '$HELP' for help]"}) as (_, stage):
            assert film(stage, layers=1) == (1, None)

    @given(st.sampled_from(["error", "ALARM"]), st.integers(0, 99))
    def test_numbers_are_told_in_words(self, kind, code):
        text = in_words(f"{kind}:{code}")
        assert text.startswith(f"{kind}:{code}")
        assert (code in (ERRORS if kind == "error" else ALARMS)) == text.endswith(")")

    def test_an_error_is_told_in_words(self):
        with board_and_stage("grbl", opened=False, start_lines=("G5",)) as (_, stage):
            stage.open()
            with pytest.raises(MachineTrouble, match="error:20 .a g-code that it does not know"):
                stage.home(never())


@contextmanager
def raw(**keys):
    """A board, and a port to it."""
    board = GrblBoard(speed=SPEED, **{"home_mm_s": 400.0} | keys)
    try:
        with served(board) as address, serial.Serial(address, timeout=1.0) as port:
            yield board, port
    finally:
        board.close()


def answers(port, text, count):
    port.write(text.encode())
    return [port.readline().decode().strip() for _ in range(count)]


class TestBoard:
    """Against gnea/grbl's documents."""

    def test_is_locked_until_homed_or_unlocked(self):
        with raw() as (_, port):
            assert answers(port, "G1 Z1 F10\n", 1) == ["error:9"]
            assert answers(port, "$X\nG4 P0\n", 3) == ["[MSG:Caution: Unlocked]", "ok", "ok"]

    def test_a_move_is_ok_when_queued_and_a_dwell_when_it_is_over(self):
        with raw() as (board, port):
            answers(port, "$H\n", 1)
            assert answers(port, "G1 Z-81 F60\n", 1) == ["ok"]
            port.write(b"?")
            assert port.readline().startswith(b"<Run|MPos:0.000,0.000,-")
            assert answers(port, "G4 P0\n", 1) == ["ok"]
            port.write(b"?")
            assert port.readline().startswith(b"<Idle|MPos:0.000,0.000,-81.000|")

    def test_a_dwell_is_rounded_up_to_50_ms(self):
        with raw() as (board, port):
            answers(port, "$X\n", 2)
            answers(port, "M3 S1000\nG4 P0.101\nM5\n", 3)
            assert board.log.flashes[0].on_time_s == pytest.approx(0.15)

    def test_what_its_buffer_does_not_hold_is_lost(self):
        with raw() as (board, port):
            answers(port, "$X\n", 2)
            port.write(b"G4 P5\n")
            assert wait_until(lambda: board._lines == 2)
            port.write(b"G4 P0\n" * 22)
            answers(port, "", 22)
            assert board._received.lost_bytes == 22 * 6 - 128

    def test_a_reset_in_motion_is_an_alarm_and_in_a_hold_is_not(self):
        with raw() as (_, port):
            answers(port, "$H\n", 1)
            answers(port, "G1 Z-81 F60\n", 1)
            assert answers(port, "!?", 1)[0].startswith("<Hold:0|")
            assert answers(port, "\x18", 2) == ["", "Grbl 1.1h ['$' for help]"]
            assert answers(port, "?", 1)[0].startswith("<Idle|")
            answers(port, "G1 Z-81 F60\n", 1)
            assert answers(port, "\x18", 1) == ["ALARM:3"]

    @pytest.mark.parametrize(
        ("line", "answer"),
        [("G5", "error:20"), ("hello", "error:2"), ("$Q", "error:3"), ("G4", "error:28"), ("G1 Z5", "error:22"), ("G1 Z", "error:2")],
    )
    def test_errors(self, line, answer):
        with raw() as (_, port):
            answers(port, "$X\n", 2)
            assert answers(port, f"{line}\n", 1) == [answer]
