"""A GRBL 1.1 board: one axis (Z) and a lamp on its spindle output.

Written from gnea/grbl's doc/markdown (interface.md, commands.md, settings.md) and what its sources say of buffers and dwells:
128 bytes of receive buffer; realtime bytes taken out of it as they come; a dwell is rounded up to steps of 50 ms; `ok` to a
move when it is queued; M3, M5 and G4 wait for the motion. Its position after homing is `homes_to_mm`, in machine coordinates.
"""

from __future__ import annotations

from math import ceil, floor
from struct import pack, unpack
from threading import Lock, Thread
from typing import Any

from voxelyte.boards._answers import Answers
from voxelyte.boards._log import Log
from voxelyte.boards._receiving import Receiver
from voxelyte.boards._traps import Traps
from voxelyte.boards._words import words
from voxelyte.boards._works import Works
from voxelyte.machine.links import Link
from voxelyte.machine.refusals import Cut

RECEIVE_BYTES = 128
DWELL_STEPS = 65535
GREETING = "Grbl 1.1h ['$' for help]"
UNLOCK = "[MSG:'$H'|'$X' to unlock]"
KNOWN = {"G": {0, 1, 4, 21, 53, 90, 91, 92, 94}, "M": {3, 4, 5, 9}}


class GrblBoard:
    """Switched on when it is made: locked, as with homing enabled, and lost. `greeting` is what another version would say."""

    def __init__(
        self,
        speed: float = 1.0,
        homes_to_mm: float = -1.0,
        home_mm_s: float = 5.0,
        rapid_mm_s: float = 20.0,
        dwell_step_s: float = 0.05,
        greeting: str = GREETING,
        **traps: Any,
    ) -> None:
        self._traps = Traps.of(**traps)
        self._works = Works(speed, stands_mm=homes_to_mm - 40.0)
        self.log: Log = self._works.log
        self._home, self._rapid_mm_s = (homes_to_mm, home_mm_s), rapid_mm_s
        self._dwell_step_s, self._greeting = dwell_step_s, greeting
        self._answers = Answers(self._traps, self._works.clock.real_s(self._traps.late_s))
        self._received = Receiver(RECEIVE_BYTES)
        self._lock = Lock()
        self._lines = 0
        self._state, self._dead, self._resetting = "Alarm", False, False
        self._absolute, self._motion, self._tell_offset = True, 0, True
        self._feed_mm_min = self._spindle = self._work_zero_mm = self._to_mm = 0.0
        self._begin_parser()
        self._thread = Thread(target=self._run, name="voxelyte-board-grbl", daemon=True)
        self._thread.start()

    def attach(self, link: Link | None) -> None:
        """As Board."""
        self._answers.attach(link)

    def take(self, data: bytes) -> None:
        """As Board; realtime bytes act at once."""
        for start in range(len(data)):
            byte = data[start : start + 1]
            if byte == b"\x18":
                self._soft_reset()
            elif byte == b"?":
                self._tell_status()
            elif byte == b"!":
                self._works.hold()
            elif byte == b"~":
                self._works.resume()
            elif byte < b"\x80":
                self._received.put(byte)

    def power_cycle(self) -> None:
        """Reset it by its button, or by a dip of its power: it knows nothing any more."""
        self._works.halt()
        self._restart("Alarm")

    def close(self) -> None:
        """As Board."""
        self._works.halt()
        self._received.wake(closed=True)
        self._thread.join()
        self._answers.close()
        if self._received.lost_bytes:
            self.log.note(self._works.clock.now_s, "lost", self._received.lost_bytes)

    def _run(self) -> None:
        while not self._received.closed:
            if not self._received.has_line():
                self._works.clock.run_on()
            line = self._received.line()
            try:
                if line is None:
                    raise Cut
                self._works.stand()
                self._take_line(line)
            except Cut:
                self._begin_again()

    def _take_line(self, line: str) -> None:
        self._lines += 1
        if self._lines == self._traps.lose_line or self._dead:
            return
        if self._lines == self._traps.reset_at:
            self.power_cycle()
        elif self._lines == self._traps.alarm_at:
            self._stop_with("ALARM:1", "[MSG:Reset to continue]")
        else:
            self._answer(line)

    def _answer(self, line: str) -> None:
        error = self._command(line) if line.startswith("$") else self._g_code(line)
        if error and not self._traps.ok_to_garbage:
            self._answers.say(f"error:{error}")
        elif not (self._traps.silent_moves and line.upper().startswith(("G0", "G1", "G53"))):
            self._answers.ok()

    def _command(self, line: str) -> int:
        if line == "$X":
            if self._state == "Alarm":
                self._state = "Idle"
                self._answers.say("[MSG:Caution: Unlocked]")
            return 0
        if line == "$H":
            to_mm, speed_mm_s = self._home
            self._state = "Home"
            self._works.travel(to_mm, speed_mm_s)
            self._works.await_motion()
            self._works.begin(to_mm)
            self.log.note(self._works.clock.now_s, "home", to_mm)
            self._state = "Idle"
            return 0
        return 3

    def _g_code(self, line: str) -> int:
        said = words(line)
        if said is None:
            return 2
        if self._state == "Alarm" and said:
            return 9
        codes = {(letter, number) for letter in "GM" for number in said.get(letter, [])}
        if any(number not in KNOWN[letter] for letter, number in codes) or set(said) - set("GMFSPZ"):
            return 20
        for number in (90, 91):
            self._absolute = number == 90 if ("G", number) in codes else self._absolute
        self._feed_mm_min = said.get("F", [self._feed_mm_min])[0]
        self._spindle = said.get("S", [self._spindle])[0]
        self._light(codes)
        return self._move(said, codes)

    def _light(self, codes: set[tuple[str, float]]) -> None:
        for number, level in ((3, self._spindle), (4, self._spindle), (5, 0.0)):
            if ("M", number) in codes:
                self._works.await_motion()
                self._works.light(level)

    def _move(self, said: dict[str, list[float]], codes: set[tuple[str, float]]) -> int:
        if ("G", 4) in codes:
            if "P" not in said:
                return 28
            self._works.await_motion()
            self._dwell(said["P"][0])
            return 0
        if ("G", 92) in codes:
            self._works.await_motion()
            self._work_zero_mm = self._works.at_mm - said.get("Z", [0.0])[0]
            return 0
        self._motion = next((n for n in (0, 1) if ("G", n) in codes), self._motion)
        if "Z" not in said:
            return 0
        return self._travel(said["Z"][0], machine=("G", 53) in codes)

    def _travel(self, to_mm: float, machine: bool) -> int:
        if self._motion and not self._feed_mm_min:
            return 22
        if not machine:
            to_mm += self._work_zero_mm if self._absolute else self._to_mm
        self._to_mm = to_mm
        self._works.travel(to_mm, self._feed_mm_min / 60 if self._motion else self._rapid_mm_s)
        return 0

    def _dwell(self, length_s: float) -> None:
        """In single precision, as its processor counts, and rounded up to whole steps."""
        steps = ceil(_single(_single(floor(1.0 / self._dwell_step_s + 0.5)) * _single(length_s)))
        if not self._traps.no_dwell:
            self._works.dwell((steps & DWELL_STEPS) * self._dwell_step_s)

    def _tell_status(self) -> None:
        if self._state == "Home":
            return  # not during a homing cycle
        with self._lock:
            state = "Hold:0" if self._works.held else "Run" if self._works.moving else self._state
            offset = f"|WCO:0.000,0.000,{self._work_zero_mm:.3f}" if self._tell_offset else ""
            self._tell_offset = False
        place = f"MPos:0.000,0.000,{self._works.at_mm:.3f}"
        self._answers.say(f"<{state}|{place}|FS:{self._feed_mm_min:.0f},{self._works.level:.0f}{offset}>")

    def _soft_reset(self) -> None:
        """Position is kept, but for a reset in motion (realtime_cmds.md); a hold that is complete is none."""
        lost = self._state == "Home" or (self._works.moving and not self._works.held)
        self._works.halt()
        if lost:
            self._answers.say("ALARM:6" if self._state == "Home" else "ALARM:3")
        self._restart("Alarm" if lost else self._state)

    def _restart(self, state: str) -> None:
        self.log.note(self._works.clock.now_s, "reset")
        with self._lock:
            self._state, self._dead, self._resetting = state, False, True
        self._received.forget()
        self._received.wake()

    def _stop_with(self, alarm: str, message: str) -> None:
        self._works.halt()
        self._works.begin()
        self.log.note(self._works.clock.now_s, "alarm", float(alarm.rpartition(":")[2]))
        self._state, self._dead = "Alarm", True
        self._answers.say(alarm)
        self._answers.say(message)

    def _begin_again(self) -> None:
        if self._resetting:
            self._resetting = False
            self._works.begin()
            self._begin_parser()
            self._answers.say("")
            self._answers.say(self._greeting)
            if self._state == "Alarm":
                self._answers.say(UNLOCK)

    def _begin_parser(self) -> None:
        self._absolute, self._motion = True, 0
        self._feed_mm_min = self._spindle = self._work_zero_mm = 0.0
        self._to_mm, self._tell_offset = self._works.at_mm, True


def _single(value: float) -> float:
    """The nearest number of single precision."""
    return float(unpack("f", pack("f", value))[0])


BOARD = GrblBoard
