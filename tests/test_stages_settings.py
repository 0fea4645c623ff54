"""The table [stage] of a rig's file: every wrong key at once; and the numbers that are made of it."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stage_boards import settings

from voxelyte.errors import RecipeError
from voxelyte.machine.refusals import MachineTrouble
from voxelyte.stages import StageSettings, stage_of
from voxelyte.stages._laws import dwell_steps, lamp_line, number


@pytest.mark.parametrize(
    ("changed", "law"),
    [
        ({"dialect": "gbrl"}, "no stage 'gbrl'; did you mean 'grbl'?"),
        ({"adress": "x"}, "adress is not a known key; did you mean address?"),
        ({"park_mm": 81.0}, "park_mm=81 must not exceed travel_mm=80"),
        ({"home_mm": 80.5}, "home_mm=80.5 must not exceed travel_mm=80"),
        ({"lamp_off": ""}, "lamp_off='' must be said with lamp_on='M3 S{level}'"),
        ({"lamp_off": "M3 S{level}"}, "differ from it"),
        ({"lamp_full": None}, "lamp_full is missing"),
        ({"lamp_on": "M3 S{levle}"}, "must hold no braces but {power} and {level}"),
        ({"lamp_on": "M3 S{level:f}"}, "must hold no braces but {power} and {level}"),
        ({"lamp_on": "M3 S{"}, "must hold no braces but {power} and {level}"),
        ({"lamp_off": "M5\nM3"}, "one line of printable ASCII"),
        ({"start_lines": ["G21", "G1 Z5 ; über"]}, "one line of printable ASCII"),
        ({"end_lines": ["M" * 71]}, "at most 70 characters"),
        ({"home": "top"}, "home='top' must be 'away' or 'vat'"),
        ({"answer_s": 0.0}, "answer_s=0.0 must be greater than 0"),
        ({"baud": 0}, "baud=0 must be greater than or equal to 300"),
        ({"address": ""}, "address=''"),
    ],
)
def test_a_wrong_key_is_named_with_its_law(changed, law):
    with pytest.raises(RecipeError) as caught:
        settings("grbl", **changed)
    assert law in str(caught.value)


def test_all_wrong_keys_are_named_at_once():
    with pytest.raises(RecipeError) as caught:
        StageSettings(dialect="x", home="y", baud=1)
    text = str(caught.value)
    missing = ("address", "travel_mm", "max_speed_mm_s", "park_mm")
    assert all(f"{key} is missing" in text for key in missing)
    assert "dialect" in text
    assert "home='y'" in text


@pytest.mark.parametrize(
    ("home", "home_mm", "homed_mm"), [("vat", None, 0.0), ("away", None, 80.0), ("away", 79.0, 79.0), ("vat", 2.0, 2.0)]
)
def test_where_homing_ends(home, home_mm, homed_mm):
    assert settings("grbl", home=home, home_mm=home_mm).homed_mm == homed_mm


@pytest.mark.parametrize("dialect", ["grbl", "marlin", "nanodlp"])
def test_a_stage_is_made_by_its_name_and_opens_nothing(dialect):
    stage = stage_of(settings(dialect, home="away"))
    assert not stage.knows_place
    assert not stage.lit
    assert stage.may_home_with_film
    stage.lamp_off()
    stage.close()


@given(st.floats(-1e4, 1e4))
def test_numbers_are_as_g_code_has_them(value):
    text = number(value)
    assert set(text) <= set("-0123456789.")
    assert isclose(float(text), value, abs_tol=5.1e-7)


@given(st.floats(0, 1), st.sampled_from([255, 1000, 65535]))
def test_the_lamp_gets_the_nearest_level_and_is_never_dark_by_rounding(power, full):
    asked = settings("marlin", lamp_full=full)
    assume(power == 0 or power * full > 1)
    level = int(lamp_line(asked, power).removeprefix("M106 S"))
    assert abs(level - power * full) <= 0.5
    assert 0 <= level <= full


def test_a_lamp_without_levels_is_full_or_refused():
    asked = settings("marlin", lamp_on="M42 P5 S1", lamp_off="M42 P5 S0", lamp_full=None)
    assert lamp_line(asked, 1.0) == "M42 P5 S1"
    with pytest.raises(MachineTrouble, match=r"power=0.5 must be 1: lamp_on='M42 P5 S1' has neither"):
        lamp_line(asked, 0.5)
    assert lamp_line(settings("grbl", lamp_on="SET_PIN PIN=led VALUE={power}"), 0.25).endswith("VALUE=0.25")


@given(st.integers(1, 65535))
def test_whole_steps_are_timed_and_others_refused(steps):
    step_s = 0.05
    assert dwell_steps(steps * step_s, step_s, 3276.75, "law") == steps
    with pytest.raises(MachineTrouble, match=r"whole number of steps of 0.05 s: law"):
        dwell_steps((steps - 0.5) * step_s, step_s, 3276.75, "law")


@given(st.floats(0.001, 1000))
def test_a_fine_board_is_never_more_than_half_a_millisecond_off(exposure_s):
    assert abs(0.001 * dwell_steps(exposure_s, 0.001, 2e6, "law") - exposure_s) <= 0.0005 + 1e-6
