"""The lamp's on-time, by the board's own clock, over 500 exposures on a busy computer."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import contextmanager

import pytest
from stage_boards import QUICK_HOME, board_and_stage, never

EXPOSURES = 500
GRAIN_S = {"grbl": 0.05, "nanodlp": 0.001, "marlin": 0.001}


@contextmanager
def load(processes=3):
    """Others that want the processor, all the time."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait(10)


@pytest.mark.long
@pytest.mark.parametrize("dialect", GRAIN_S)
def test_what_the_board_times_is_within_a_millisecond_of_what_was_asked(dialect):
    chance = random.Random(7)
    asked_s = [GRAIN_S[dialect] * chance.randint(1, round(2.0 / GRAIN_S[dialect])) for _ in range(EXPOSURES)]
    with load(), board_and_stage(dialect, speed=50.0, board=QUICK_HOME, answer_s=60.0) as (board, stage):
        stage.home(never())
        measured_s = [stage.expose(one_s, 1.0, never(), lambda: None) for one_s in asked_s]
        lit_s = [flash.on_time_s for flash in board.log.flashes]
    assert len(lit_s) == len(measured_s) == EXPOSURES
    worst_s = max(abs(lit - asked) for lit, asked in zip(lit_s, asked_s, strict=True))
    assert worst_s <= 0.001, f"{worst_s:.6f} s off"
    assert all(measured >= asked - 1e-6 for measured, asked in zip(measured_s, asked_s, strict=True))
