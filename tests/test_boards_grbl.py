"""The simulated GRBL board against gnea/grbl's documents."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import serial
from stage_boards import QUICK_HOME, SPEED, served, wait_until

from voxelyte.boards.grbl import GrblBoard


@contextmanager
def raw(**keys):
    """A board, and a port to it."""
    board = GrblBoard(speed=SPEED, **QUICK_HOME | keys)
    try:
        with served(board) as address, serial.Serial(address, timeout=1.0) as port:
            yield board, port
    finally:
        board.close()


def answers(port, text, count):
    port.write(text.encode())
    return [port.readline().decode().strip() for _ in range(count)]


def test_is_locked_until_homed_or_unlocked():
    with raw() as (_, port):
        assert answers(port, "G1 Z1 F10\n", 1) == ["error:9"]
        assert answers(port, "$X\nG4 P0\n", 3) == ["[MSG:Caution: Unlocked]", "ok", "ok"]


def test_a_move_is_ok_when_queued_and_a_dwell_when_it_is_over():
    with raw() as (_, port):
        answers(port, "$H\n", 1)
        assert answers(port, "G1 Z-81 F60\n", 1) == ["ok"]
        port.write(b"?")
        assert port.readline().startswith(b"<Run|MPos:0.000,0.000,-")
        assert answers(port, "G4 P0\n", 1) == ["ok"]
        port.write(b"?")
        assert port.readline().startswith(b"<Idle|MPos:0.000,0.000,-81.000|")


def test_a_dwell_is_rounded_up_to_50_ms():
    with raw() as (board, port):
        answers(port, "$X\n", 2)
        answers(port, "M3 S1000\nG4 P0.101\nM5\n", 3)
        assert board.log.flashes[0].on_time_s == pytest.approx(0.15)


def test_what_its_buffer_does_not_hold_is_lost():
    with raw() as (board, port):
        answers(port, "$X\n", 2)
        port.write(b"G4 P5\n")
        assert wait_until(lambda: board._lines == 2)
        port.write(b"G4 P0\n" * 22)
        answers(port, "", 22)
        assert board._received.lost_bytes == 22 * 6 - 128


def test_a_reset_in_motion_is_an_alarm_and_in_a_hold_is_not():
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
def test_errors(line, answer):
    with raw() as (_, port):
        answers(port, "$X\n", 2)
        assert answers(port, f"{line}\n", 1) == [answer]
