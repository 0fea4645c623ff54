"""The Visitech driver against an imitation of the engine, written from the published commands."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from threading import Event

import numpy as np
import pytest

from voxelyte.errors import RecipeError
from voxelyte.lights import light_of
from voxelyte.lights import visitech as module
from voxelyte.lights.visitech import VisitechSettings
from voxelyte.machine.refusals import Cut, MachineTrouble

NEVER = Event()
MASK = np.full((4, 6), 255, dtype=np.uint8)
KNOWN = re.compile(
    r"SET (LIGHT|SEQ) (ON|OFF)|GET VERSION|SET OPERATION MODE VIDEO_PATTERN_MODE|SET AMPLITUDE \d+"
    r"|SET LUT DEFINITION\r\n\d+(,\d+){6}|SET LUT CONFIG \d+ \d+"
)


class Engine:
    """A listener that keeps what it is told, and is lit while LIGHT and SEQ both are."""

    def __init__(self, refuses=""):
        self.heard, self.on, self._refuses = [], {"LIGHT": True, "SEQ": True}, refuses
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def lit(self):
        return all(self.on.values())

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection, suppress(ConnectionError):
            data = b""
            while more := connection.recv(1000):
                data += more
                while b"\r\n\r\n" in data:
                    words, _, data = data.partition(b"\r\n\r\n")
                    connection.sendall(self._answer(words.decode()))

    def _answer(self, words):
        assert KNOWN.fullmatch(words), words
        self.heard.append(words)
        if self._refuses and self._refuses in words:
            return b"-ERROR not now\r\n"
        match words.split():
            case ["SET", "LIGHT" | "SEQ" as what, state]:
                self.on[what] = state == "ON"
            case ["GET", "VERSION"]:
                return b"+OK\r\n1.2.3\r\n"
        return b"+OK\r\n"

    def close(self):
        self._listener.close()
        self._thread.join(5)


class NoScreen:
    """In the place of the window: what it was told."""

    identity = "no window"

    def __init__(self, *panel):
        self.told = []

    def open(self, lost):
        self.told.append("open")

    def show(self, pixels):
        self.told.append("show")

    def black(self):
        self.told.append("black")

    def close(self, stay_black):
        self.told.append("close")


@pytest.fixture
def engine():
    made = Engine()
    yield made
    made.close()


@pytest.fixture
def light(engine, monkeypatch):
    monkeypatch.setattr(module, "Screen", NoScreen)
    made = light_of(settings(engine), 6, 4)
    with pytest.warns(UserWarning, match="UNVERIFIED"):
        made.open(lambda why: None)
    made.allow()
    yield made
    made.close()


def settings(engine, **keys):
    fields = {"engine": "visitech", "address": engine.address, "display": 1, "amplitude_full": 1000, **keys}
    return VisitechSettings(**fields)


def test_opening_is_dark_first_of_all_and_says_what_is_there(engine, light):
    assert engine.heard[:2] == ["SET LIGHT OFF", "SET SEQ OFF"]
    assert not engine.lit
    assert "1.2.3" in light.identity
    assert "unverified" in light.identity


def test_an_exposure_is_timed_by_the_engine_and_ends_dark(engine, light):
    del engine.heard[:]
    assert light.expose(MASK, 0.0301234, 0.5, NEVER, lambda: None) == pytest.approx(0.030123)
    assert engine.heard == [
        "SET AMPLITUDE 500",
        "SET LUT DEFINITION\r\n30123,0,1,8,0,0,0",
        "SET LUT CONFIG 1 1",
        "SET LIGHT ON",
        "SET SEQ ON",
        "SET SEQ OFF",
        "SET LIGHT OFF",
    ]


def test_light_is_told_of_when_it_is_there(engine, light):
    seen = []
    light.expose(MASK, 0.01, 1.0, NEVER, lambda: seen.append(engine.lit))
    assert seen == [True]


def test_a_long_exposure_is_several_patterns_without_a_gap(engine, light):
    cut = Event()
    threading.Timer(0.1, cut.set).start()
    with pytest.raises(Cut):
        light.expose(MASK, 25.0, 1.0, cut, lambda: None)
    assert "SET LUT DEFINITION\r\n8333333,0,1,8,0,0,0" in engine.heard
    assert "SET LUT CONFIG 1 3" in engine.heard
    assert not engine.lit


def test_dark_from_another_thread_forbids_light_until_it_is_allowed(engine, light):
    cut = Event()
    threading.Timer(0.1, lambda: (light.dark(), cut.set())).start()
    with pytest.raises(Cut):
        light.expose(MASK, 5.0, 1.0, cut, lambda: None)
    assert not engine.lit
    del engine.heard[:]
    with pytest.raises(Cut):
        light.expose(MASK, 0.01, 1.0, NEVER, lambda: None)
    assert "SET LIGHT ON" not in engine.heard


def test_too_short_an_exposure_is_refused_before_any_light(engine, light):
    with pytest.raises(MachineTrouble, match=r"exposure_s=0.004 must be at least 0.004046"):
        light.expose(MASK, 0.004, 1.0, NEVER, lambda: None)
    assert "SET LIGHT ON" not in engine.heard


def test_a_refusal_is_trouble_in_the_engines_own_words(monkeypatch):
    engine = Engine(refuses="OPERATION MODE")
    monkeypatch.setattr(module, "Screen", NoScreen)
    light = light_of(settings(engine), 6, 4)
    with pytest.warns(UserWarning, match="UNVERIFIED"), pytest.raises(MachineTrouble, match="-ERROR not now"):
        light.open(lambda why: None)
    engine.close()
    assert not engine.lit


def test_nobody_there_is_trouble_and_the_window_is_closed(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"socket://127.0.0.1:{gone.getsockname()[1]}"
    monkeypatch.setattr(module, "Screen", NoScreen)
    light = light_of(VisitechSettings(engine="visitech", address=address, display=0, amplitude_full=1), 6, 4)
    with pytest.warns(UserWarning, match="UNVERIFIED"), pytest.raises(MachineTrouble, match="cannot be reached"):
        light.open(lambda why: None)
    assert light._screen.told == ["open", "close"]


@pytest.mark.parametrize("address", ["127.0.0.1:5000", "socket://:5000", "socket://host", "serial:///dev/ttyS0"])
def test_an_address_must_be_of_tcp(address):
    with pytest.raises(RecipeError, match="address="):
        VisitechSettings(engine="visitech", address=address, display=0, amplitude_full=1)
