"""What is said to a GRBL board and what it answers: lines and their `ok`, its status, resets and its greeting."""

from __future__ import annotations

import re
from threading import Event, Lock

from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.stages._grbl_words import in_words
from voxelyte.stages._silence import Silence
from voxelyte.stages._wire import Wire

RESET, HOLD, STATUS = b"\x18", b"!", b"?"
POLL_S = 0.05
ASKED_TIMES = 3
_GREETING = re.compile(r"Grbl\S* (\d+)\.(\d+)", re.IGNORECASE)


class GrblTalk:
    """One board's answers. `lost`: it was reset without being asked, or stopped itself, so that its place may be another."""

    def __init__(self, wire: Wire, answer_s: float) -> None:
        self.wire, self._answer_s = wire, answer_s
        self.greeting, self.state = "", ""
        self.resetting, self.lost = False, False
        self._lock = Lock()
        self._machine_mm: float | None = None
        self._work_mm: float | None = None
        self._offset_mm: float | None = None

    def reset(self) -> None:
        """Ask for a reset, from any thread; once, until the board has greeted."""
        with self._lock:
            if not self.resetting:
                self.wire.write_bytes(RESET)
                self.resetting = True

    def await_greeting(self, cut: Event | None) -> None:
        """Wait for the end of a reset; MachineTrouble for another dialect."""
        until_s = self.wire.now() + self._answer_s
        while (line := self.wire.line(until_s, cut)) is not None:
            if found := _GREETING.match(line):
                if (int(found[1]), int(found[2])) < (1, 1):
                    raise MachineTrouble(f"the board says {line!r} and must be GRBL 1.1 or later")
                self.greeting, self.resetting, self._offset_mm = line, False, None
                return
        raise Silence("`Grbl 1.1`, the greeting of its dialect", self._answer_s, self.wire.last_words())

    def say(self, cut: Event | None, *lines: str, within_s: float = 0.0) -> None:
        """Send lines one by one, each when the one before has its `ok`; each may take `within_s`."""
        for line in lines:
            if cut is not None and cut.is_set():
                raise Cut
            self.wire.write(line)
            until_s = self.wire.now() + within_s + self._answer_s
            while (said := self.wire.line(until_s, cut)) is None or not self.is_ok(said):
                if said is None:
                    raise Silence(f"ok to {line!r}", within_s + self._answer_s, self.wire.last_words())

    def is_ok(self, line: str) -> bool:
        """Whether it is `ok`; errors, alarms and a reset that nobody asked for are MachineTrouble."""
        if line.startswith("<"):
            self._take_status(line)
        if line.startswith("error:"):
            raise MachineTrouble(f"the board refused a line: {in_words(line)}")
        if line.startswith("ALARM:"):
            self.state, self.lost = "Alarm", True
            raise MachineTrouble(f"the board stopped: {in_words(line)}")
        if _GREETING.match(line):
            self._greeted()
        return line == "ok"

    def ask_state(self, cut: Event | None) -> str:
        """Its state now, as `?` tells: Idle, Run, Hold:0, Alarm and others."""
        for _ in range(ASKED_TIMES):
            self.state = ""
            self.wire.write_bytes(STATUS)
            until_s = self.wire.now() + self._answer_s / ASKED_TIMES
            while not self.state and (line := self.wire.line(until_s, cut)) is not None:
                self.is_ok(line)
            if self.state:
                return self.state
        raise Silence("its status", self._answer_s, self.wire.last_words())

    def await_state(self, *states: str, within_s: float, cut: Event | None) -> None:
        """Ask until it is in one of these."""
        until_s = self.wire.now() + within_s + self._answer_s
        while self.ask_state(cut) not in states:
            if self.wire.now() > until_s:
                raise MachineTrouble(f"the board says {self.state} and must be {' or '.join(states)}")
            pause(cut)

    def hear_left_over(self) -> None:
        """What it said since it was last listened to."""
        for line in self.wire.left_over():
            self.is_ok(line)

    def place_mm(self) -> float:
        """Z in machine coordinates, as its last status had it."""
        if self._machine_mm is not None:
            return self._machine_mm
        if self._work_mm is None or self._offset_mm is None:
            raise MachineTrouble("the board's status must hold MPos: set $10=1")
        return self._work_mm + self._offset_mm

    def _greeted(self) -> None:
        with self._lock:
            asked, self.resetting = self.resetting, False
        if asked:
            raise Cut  # somebody turned the lamp off
        self.lost = True
        raise MachineTrouble("the board was reset; its place is lost")

    def _take_status(self, line: str) -> None:
        state, *fields = line.strip("<>").split("|")
        told = {key: values.split(",") for key, _, values in (field.partition(":") for field in fields)}
        try:
            heights = {key: float(told[key][2]) for key in ("MPos", "WPos", "WCO") if key in told}
        except (ValueError, IndexError):
            return
        if "MPos" in heights or "WPos" in heights:
            self.state = state
            self._machine_mm, self._work_mm = heights.get("MPos"), heights.get("WPos")
            self._offset_mm = heights.get("WCO", self._offset_mm)


def pause(cut: Event | None) -> None:
    """Give the board a moment before it is asked again."""
    if (cut or Event()).wait(POLL_S):
        raise Cut
