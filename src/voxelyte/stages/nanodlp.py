"""Boards as NanoDLP drives them: `ok` for a line, and `Z_move_comp` when a move has ended; dwells in milliseconds.

Facts, from Marlin's NANODLP_Z_SYNC (Configuration_adv.h, G0_G1.cpp), docs.nanodlp.com/manual/code and boards that were met:
`Z_move_comp` ends a move and nothing else, for it is printed before a dwell that follows; some boards say no `ok` to a move,
and some say `ok` to anything. So a move ends by `Z_move_comp`; an exposure by the `ok`s to its lines, the last after its time.
Nothing is numbered here: a line that is lost is trouble. Nothing ends a dwell early.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock
from time import monotonic

from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.stages import StageSettings
from voxelyte.stages._laws import (
    PROOF_S,
    check_move,
    dwell_steps,
    earliest_s,
    lamp_line,
    number,
    travel_s,
)
from voxelyte.stages._ok_exposure import ExposureOks, exposure_lines
from voxelyte.stages._silence import Silence
from voxelyte.stages._wire import Wire

DWELL_STEP_S = 0.001
LONGEST_S = 2**31 / 1000
WHOSE = "the board counts a dwell in milliseconds of 31 bits"
MOVED = "Z_move_comp"
QUIET_S, NEAR_MM = 0.3, 0.02
OK_AFTER_MOVE_S = 0.3
"""How long the first move's `ok` may be waited for; a board that says none then never does."""
_PLACE = re.compile(r"X:\s*-?\d.*?\bZ:\s*(-?\d+(?:\.\d+)?)")


class NanodlpStage:
    """Such a board; see `Stage`. `now` is the clock that its board goes by, in s."""

    stops_at_once = False

    def __init__(self, address: str, settings: StageSettings, now: Callable[[], float] = monotonic) -> None:
        self._settings, self._now = settings, now
        self._wire = Wire(address, settings.baud, now)
        self._lock = Lock()
        self.may_home_with_film = settings.home == "away"
        self.greeting = ""
        self.lit = self.knows_place = self._noisy = False
        self._height_mm, self._homing_s = 0.0, 0.0
        self._moves_say_ok: bool | None = None
        self._left: Callable[[Event | None], None] | None = None
        """Waits for the end of what was cut, and the board still does."""
        self._exposure_s = 0.0
        self._on_s: float | None = 0.0

    def open(self) -> None:
        """As Stage."""
        self._wire.open()
        try:
            self._greet()
            self._say(None, "G21", "G90", *self._settings.start_lines, self._settings.lamp_off)
            if self._settings.lamp_on:
                self._prove_dwell()
        except BaseException:
            self._wire.close()
            raise

    def home(self, cut: Event) -> None:
        """As Stage. A homing cycle that is cut goes on to its end."""
        self.knows_place, home_s = False, self._settings.home_s
        with suppress(MachineTrouble):  # what it has to say of its last trouble
            self._settle(cut)
        self._write(cut, self._settings.home_line or "G28 Z")
        self._wait(lambda cut: self._await_ok("the end of homing", home_s, cut), cut)
        self._say(cut, "G21", "G90", f"G92 Z{number(self._settings.homed_mm)}")
        # Where `ok` means no more than "heard", the first move still waits for the homing.
        self._homing_s, self._height_mm, self.knows_place = home_s, self._settings.homed_mm, True

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """As Stage. Motion that is cut goes on to its end."""
        check_move(self._settings, self.knows_place, height_mm, speed_mm_s)
        try:
            self._settle(cut)
            if height_mm != self._height_mm:  # some boards say nothing of a move that has no length
                self._write(cut, f"G1 Z{number(height_mm)} F{number(60 * speed_mm_s)}")
                within_s = travel_s(height_mm - self._height_mm, speed_mm_s) + self._homing_s
                self._height_mm, self._homing_s = height_mm, 0.0
                self._wait(lambda cut: self._await_moved(height_mm, within_s, cut), cut)
        except MachineTrouble:
            self.knows_place = False
            raise

    def expose(self, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Stage."""
        lines = exposure_lines(lamp_line(self._settings, power), self._dwell(exposure_s), self._settings.lamp_off)
        self._settle(cut)

        def tell() -> None:
            if not cut.is_set():
                lit()

        try:
            with self._lock:
                if cut.is_set():
                    raise Cut
                self.lit, self._on_s, self._exposure_s = True, None, exposure_s
                oks = ExposureOks(self._now(), exposure_s)
                self._wire.write(*lines)
            self._wait(lambda cut: self._await_dark(oks, cut, tell), cut)
        except BaseException:
            with suppress(MachineTrouble):
                self.lamp_off()
            raise
        return self._on_s or 0.0

    def lit_s(self) -> float | None:
        """As Stage; after a cut it waits until the board has timed the exposure to its end."""
        with suppress(MachineTrouble):
            self._settle(None)
        return self._on_s

    def lamp_off(self) -> None:
        """As Stage: one more lamp-off behind what the board does."""
        with self._lock:
            if self.lit:
                self._noisy = True
                self._wire.write("", self._settings.lamp_off)

    def close(self) -> None:
        """As Stage."""
        with suppress(MachineTrouble):
            self.lamp_off()
            self._settle(None)
            self._say(None, self._settings.lamp_off, *self._settings.end_lines)
        self._wire.close()

    def _wait(self, end: Callable[[Event | None], None], cut: Event | None) -> None:
        """Wait for an end; whatever comes between but the board's trouble, the next call waits for it."""
        self._left = None
        try:
            end(cut)
        except MachineTrouble:
            raise
        except BaseException:
            self._left = end
            raise

    def _await_dark(self, oks: ExposureOks, cut: Event | None, lit: Callable[[], None]) -> None:
        self._on_s = oks.listen(self._wire, self._is_ok, self._settings.answer_s, cut, lit)
        self.lit = False

    def _await_moved(self, height_mm: float, within_s: float, cut: Event | None) -> None:
        """`Z_move_comp`, and this move's `ok`, before it or after, if this board says one."""
        until_s, said_ok = self._now() + within_s + self._settings.answer_s, False
        while (line := self._wire.line(until_s, cut)) != MOVED:
            if line is None:
                self._ask_place(height_mm, cut)
                break
            said_ok = self._is_ok(line) or said_ok
        if self._moves_say_ok is not False and not said_ok:
            said_ok = self._heard_ok(self._settings.answer_s if self._moves_say_ok else OK_AFTER_MOVE_S, cut)
        if self._moves_say_ok is None:
            self._moves_say_ok = said_ok

    def _ask_place(self, height_mm: float, cut: Event | None) -> None:
        """It did not say that the move has ended; where does it say that it is? A board that never says so is another one."""
        if self._moves_say_ok is None:
            raise Silence(f"{MOVED} to its first move", self._settings.answer_s, self._wire.last_words())
        self._noisy = True
        self._write(cut, "M114")
        until_s = self._now() + self._settings.answer_s
        while (line := self._wire.line(until_s, cut)) is not None:
            if (found := _PLACE.search(line)) and abs(float(found[1]) - height_mm) <= NEAR_MM:
                return
            self._is_ok(line)
        raise Silence(f"{MOVED} to a move to {height_mm:g} mm", self._settings.answer_s, self._wire.last_words())

    def _greet(self) -> None:
        """Lamp off first of all, again and again while it boots, until it says `ok`."""
        until_s = self._now() + 2 * self._settings.answer_s
        while self._now() < until_s:
            self._wire.write("", self._settings.lamp_off or "G21")
            try:
                self._await_ok("ok", -self._settings.answer_s / 2, None)
            except Silence:
                continue
            said = [line for line in self._wire.left_over(QUIET_S) if line != "ok"]
            self.greeting = self.greeting or (said or ["a board that says ok"])[0]
            return
        raise Silence("ok", 2 * self._settings.answer_s, self._wire.last_words())

    def _prove_dwell(self) -> None:
        """In the dark: a board that does not take its time, or counts in seconds, must not time a lamp."""
        from_s = self._now()
        self._say(None, self._dwell(PROOF_S))
        if (took_s := self._now() - from_s) < earliest_s(PROOF_S):
            raise MachineTrouble(f"a dwell of {PROOF_S:g} s took {took_s:.3f} s: this board cannot time an exposure")

    def _dwell(self, length_s: float) -> str:
        step_s = self._settings.dwell_step_s or DWELL_STEP_S
        return f"G4 P{round(1000 * dwell_steps(length_s, step_s, LONGEST_S, WHOSE) * step_s)}"

    def _settle(self, cut: Event | None) -> None:
        """Until the board has done what was cut, its lamp is off, and it has said what it had to say."""
        if left := self._left:
            self._wait(left, cut)
        if self.lit:  # there was trouble in the middle of it
            self._write(cut, self._settings.lamp_off)
            self._wait(lambda cut: self._await_ok("ok to lamp off", self._exposure_s, cut), cut)
            self.lit, self._noisy = False, True
        for line in self._wire.left_over(QUIET_S if self._noisy else 0.0):
            self._is_ok(line)
        self._noisy = False

    def _say(self, cut: Event | None, *lines: str) -> None:
        for line in filter(None, lines):
            self._write(cut, line)
            self._await_ok(f"ok to {line!r}", 0.0, cut)

    def _write(self, cut: Event | None, line: str) -> None:
        if cut is not None and cut.is_set():
            raise Cut
        self._wire.write(line)

    def _await_ok(self, wanted: str, within_s: float, cut: Event | None) -> None:
        if not self._heard_ok(within_s + self._settings.answer_s, cut):
            self._noisy = True
            raise Silence(wanted, within_s + self._settings.answer_s, self._wire.last_words())

    def _heard_ok(self, within_s: float, cut: Event | None) -> bool:
        until_s = self._now() + within_s
        while (line := self._wire.line(until_s, cut)) is not None:
            if self._is_ok(line):
                return True
        return False

    def _is_ok(self, line: str) -> bool:
        """Whether it is `ok`; errors, and a reset that nobody asked for, are MachineTrouble."""
        low = line.lower()
        if low.startswith(("error", "alarm", "!!", "grbl")):
            self.knows_place = False
            raise MachineTrouble(f"the board says {line!r}, and must say ok or {MOVED}")
        if "unknown command" in low:
            raise MachineTrouble(f"the board refused a line: {line}")
        if low == "start" and self.greeting:
            self.knows_place = False
            raise MachineTrouble("the board was reset; its place is lost")
        if not self.greeting and not low.startswith("ok"):
            self.greeting = line
        return low.startswith("ok")


STAGE = NanodlpStage
