"""What is asked of a stage, checked before a byte goes out; and numbers as g-code has them."""

from __future__ import annotations

from math import isfinite

from voxelyte.machine.refusals import MachineTrouble
from voxelyte.stages import StageSettings

RECEIVE_BYTES = 128
"""Receive buffer of GRBL 1.1 (serial.h, RX_BUFFER_SIZE) and of Marlin as it comes (Configuration_adv.h)."""
NEARLY_S = 0.0005
"""Rounding that a dwell may need: half a millisecond."""
PROOF_S = 0.1
"""Length of the dwell that every board has to make in the dark before its lamp is trusted to it."""


def number(value: float) -> str:
    """As g-code has it: no exponent, no more than a nanometre, nothing that says nothing."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def check_move(settings: StageSettings, knows_place: bool, height_mm: float, speed_mm_s: float) -> None:
    """MachineTrouble for a move that may not be made."""
    if not knows_place:
        raise MachineTrouble("the stage does not know its place: home it first")
    if not isfinite(height_mm) or not 0 <= height_mm <= settings.travel_mm:
        raise MachineTrouble(f"height_mm={height_mm:g} must be from 0 to travel_mm={settings.travel_mm:g}")
    if not isfinite(speed_mm_s) or not 0 < speed_mm_s <= settings.max_speed_mm_s:
        raise MachineTrouble(
            f"speed_mm_s={speed_mm_s:g} must be above 0 and at most max_speed_mm_s={settings.max_speed_mm_s:g}"
        )


def lamp_line(settings: StageSettings, power: float) -> str:
    """What lights the lamp at this power; MachineTrouble where its code cannot say it."""
    code, level = settings.lamp_on, round(power * (settings.lamp_full or 0)) if isfinite(power) else 0
    if not code:
        raise MachineTrouble("the stage has no lamp: lamp_on is not set")
    if not isfinite(power) or not 0 <= power <= 1:
        raise MachineTrouble(f"power={power:g} must be from 0 to 1")
    if "{" not in code and power != 1:
        raise MachineTrouble(f"power={power:g} must be 1: lamp_on={code!r} has neither {{power}} nor {{level}}")
    if "{level" in code and power and not level:
        raise MachineTrouble(
            f"power={power:g} is less than half a step of lamp_full={settings.lamp_full}: it would be dark"
        )
    return code.format(power=number(power), level=level)


def dwell_steps(exposure_s: float, step_s: float, longest_s: float, whose: str) -> int:
    """How many of the board's steps an exposure takes; MachineTrouble if they cannot make it, or not that long."""
    if not isfinite(exposure_s) or not 0 < exposure_s <= longest_s:
        raise MachineTrouble(f"exposure_s={exposure_s:g} must be above 0 and at most {longest_s:g}: {whose}")
    steps = round(exposure_s / step_s)
    if not steps or abs(steps * step_s - exposure_s) > NEARLY_S + 1e-9:
        raise MachineTrouble(f"exposure_s={exposure_s:g} must be a whole number of steps of {step_s:g} s: {whose}")
    return steps


def check_fits(*lines: str) -> None:
    """Only what the board's receive buffer takes may go out in one write: what is lost might be the lamp's end."""
    size = sum(len(line) + 1 for line in lines)
    if size >= RECEIVE_BYTES:
        raise MachineTrouble(f"{size} bytes must be fewer than the {RECEIVE_BYTES} of the board's receive buffer")


def earliest_s(length_s: float) -> float:
    """The least time that a board may take for a dwell: its clock may be 2 % off, as a ceramic resonator's with margin."""
    return max(0.0, 0.98 * length_s - 0.02)


def travel_s(distance_mm: float, speed_mm_s: float) -> float:
    """The time that a move may take, with room for acceleration."""
    return 1.0 + 2 * abs(distance_mm) / speed_mm_s


def lit_for(asked_s: float, least_s: float, most_s: float) -> float:
    """How long it was lit, by what was heard: what was asked if that agrees with it, or else what comes nearest."""
    return min(max(asked_s, least_s), max(most_s, least_s))
