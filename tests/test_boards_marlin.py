"""The simulated boards of Marlin's kind against marlinfw.org and the sources of Marlin."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import serial
from stage_boards import QUICK_HOME, SPEED, served

from voxelyte.members import member


@contextmanager
def raw(name, **keys):
    """A board, and a port to it."""
    board = member("boards", name)(speed=SPEED, **QUICK_HOME | keys)
    try:
        with served(board) as address, serial.Serial(address, timeout=1.0) as port:
            yield board, port
    finally:
        board.close()


def answers(port, text, count):
    port.write(text.encode())
    return [port.readline().decode().strip() for _ in range(count)]


def numbered(number, line):
    text, checksum = f"N{number} {line}", 0
    for byte in text.encode():
        checksum ^= byte
    return f"{text}*{checksum}\n"


def test_z_move_comp_comes_before_the_dwell_that_follows():
    with raw("nanodlp") as (board, port):
        assert answers(port, "G28 Z\nM106 S255\nG1 Z5 F600\nG4 P2000\nM107\n", 3) == ["ok", "ok", "Z_move_comp"]
        assert board.log.lit
        assert answers(port, "", 3) == ["ok", "ok", "ok"]
        assert not board.log.lit
        assert board.log.flashes[0].on_time_s == pytest.approx(0.5 + 2.0)


def test_garbage_is_an_error_and_ok():
    with raw("nanodlp") as (_, port):
        assert answers(port, "hello\n", 2) == ['echo:Unknown command: "hello"', "ok"]


def test_a_fork_says_ok_to_garbage_and_nothing_to_moves():
    with raw("nanodlp", ok_to_garbage=True, silent_moves=True) as (_, port):
        assert answers(port, "hello\nG1 Z1 F600\nM400\n", 3) == ["ok", "Z_move_comp", "ok"]


def test_a_line_is_taken_by_its_number_and_checksum_or_asked_for():
    with raw("marlin") as (board, port):
        assert answers(port, numbered(0, "M110 N0") + numbered(1, "M106 S9"), 2) == ["ok", "ok"]
        wrong = numbered(2, "M107").replace("M107", "M106")
        said = answers(port, wrong, 3)
        assert said == ["Error:checksum mismatch, Last Line: 1", "Resend: 2", "ok"]
        assert answers(port, numbered(3, "M107"), 3)[1] == "Resend: 2"
        assert answers(port, numbered(1, "M107"), 3)[1] == "Resend: 2"
        assert board.log.lit
        assert answers(port, numbered(2, "M107"), 1) == ["ok"]
        assert not board.log.lit


def test_what_came_behind_a_bad_line_is_thrown_away():
    with raw("marlin") as (board, port):
        answers(port, numbered(0, "M110 N0"), 1)
        port.write((numbered(7, "M106 S9") + numbered(1, "M106 S9") + "M106 S9\n").encode())
        assert [port.readline() for _ in range(3)][2] == b"ok\r\n"
        assert port.readline() == b""
        assert board.log.flashes == []


def test_a_dwell_is_in_milliseconds_and_m400_waits_for_the_motion():
    with raw("marlin") as (board, port):
        answers(port, "G28 Z\nM106 S255\nG4 P250\nM107\n", 4)
        assert board.log.flashes[0].on_time_s == pytest.approx(0.25)
        assert answers(port, "G1 Z10 F600\nM400\nM106 S255\n", 3) == ["ok"] * 3
        move = board.log.of("move")[-1]
        assert board.log.of("lamp")[-1].at_s >= move.at_s + 1.0


def test_a_killed_board_is_dark_and_dead():
    with raw("marlin", alarm_at=3) as (board, port):
        answers(port, "M106 S255\n", 1)
        assert answers(port, "G4 P0\nM105\n", 2)[1] == "Error:Printer halted. kill() called!"
        assert not board.log.lit
        assert answers(port, "M107\n", 1) == [""]
        board.power_cycle()
        assert answers(port, "", 1) == ["start"]
