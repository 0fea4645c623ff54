"""A simulated board behind a real line, and the stage that drives it: for the tests of stages."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from types import SimpleNamespace

from serial.urlhandler import protocol_socket

from voxelyte.boards import serve
from voxelyte.machine.refusals import MachineTrouble
from voxelyte.members import member
from voxelyte.stages import StageSettings

protocol_socket.time = SimpleNamespace(sleep=lambda _: None)  # pyserial lets 0.3 s go by when it closes a socket
SPEED = 100.0
SLOWER = 20.0
QUICK_HOME = {"home_mm_s": 400.0}
LAMPS = {
    "grbl": {"lamp_on": "M3 S{level}", "lamp_off": "M5", "lamp_full": 1000},
    "nanodlp": {"lamp_on": "M106 S{level}", "lamp_off": "M107", "lamp_full": 255},
    "marlin": {"lamp_on": "M106 S{level}", "lamp_off": "M107", "lamp_full": 255},
}
TRAVEL_MM = 80.0


def settings(board, address="socket://127.0.0.1:1", **changed):
    keys = {
        "dialect": board, "address": address, "travel_mm": TRAVEL_MM, "max_speed_mm_s": 50.0, "home": "vat", "park_mm": 60.0,
        "answer_s": 40.0, "home_s": 60.0, **LAMPS[board],
    }
    return StageSettings(**(keys | changed))


@contextmanager
def served(board, address="pty:"):
    """The address at which a board is found."""
    stop, told, found = threading.Event(), threading.Event(), []

    def announce(at):
        found.append(at)
        told.set()

    thread = threading.Thread(target=serve, args=(board, address, announce, stop))
    thread.start()
    try:
        assert told.wait(5)
        yield found[0]
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


@contextmanager
def board_and_stage(dialect, link="pty:", speed=SPEED, board=(), opened=True, **changed):
    """Both, the stage open, its clock as fast as the board's. `board` holds the board's traps and other keys.
    """
    made = member("boards", dialect)(speed=speed, **QUICK_HOME | dict(board))
    try:
        with served(made, link) as address:
            stage = stage_at(dialect, address, speed, **changed)
            if opened:
                stage.open()
            try:
                yield made, stage
            finally:
                stage.close()
    finally:
        made.close()


def stage_at(dialect, address, speed=SPEED, **changed):
    return member("stages", dialect)(address, settings(dialect, address, **changed), lambda: speed * monotonic())


def never():
    return threading.Event()


def film(stage, layers=4, exposure_s=1.0, lift_mm=2.0):
    """A small print. How many exposures returned, and the trouble that ended it, if any did."""
    returned = 0
    try:
        stage.home(never())
        for layer in range(layers):
            stage.move(0.05 * (layer + 1), 20.0, never())
            stage.expose(exposure_s, 1.0, never(), lambda: None)
            returned += 1
            stage.move(0.05 * (layer + 1) + lift_mm, 20.0, never())
    except MachineTrouble as trouble:
        return returned, trouble
    return returned, None


def wait_until(law, within_s=5.0):
    """Whether it comes true."""
    end_s = monotonic() + within_s
    while not law() and monotonic() < end_s:
        threading.Event().wait(0.005)
    return law()
