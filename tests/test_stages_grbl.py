"""The stage of GRBL boards: machine coordinates, resets that keep the place, its own words for errors."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage_boards import SLOWER, TRAVEL_MM, board_and_stage, film, never

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
            thread = threading.Thread(target=lambda: lit.wait(30) and stage.lamp_off())
            thread.start()
            with pytest.raises(Cut):
                stage.expose(30.0, 1.0, never(), lit.set)
            thread.join()
            assert board.log.flashes[0].on_time_s < 30.0
            assert board.log.flashes[0].on_time_s <= stage.lit_s() + 0.001
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
        made = board_and_stage("grbl", board={"greeting": greeting}, opened=False)
        with made as (_, stage), pytest.raises(MachineTrouble, match=r"GRBL 1.1|Grbl 1.1"):
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
            with pytest.raises(MachineTrouble, match=r"error:20 .a g-code that it does not know"):
                stage.home(never())
