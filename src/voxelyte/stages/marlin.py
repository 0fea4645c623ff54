"""Marlin: numbered lines with checksums that it asks for again, dwells in milliseconds, a lamp on its fan output.

Facts, from MarlinFirmware/Marlin (queue.cpp, G4.cpp, MarlinCore.cpp) and marlinfw.org: commands are done in their order, M114
is answered when those before it are done, M400 waits for the motion; `echo:busy: processing` says that a command takes long.
Nothing ends a dwell early: of what the emergency parser (M115, Cap:EMERGENCY_PARSER) takes at once, M108 and M410 end no dwell,
and M112 halts the board with its fan outputs as they are, so that a lamp there would stay lit. It is never sent.
"""

from __future__ import annotations

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
    lit_for,
    number,
    travel_s,
)
from voxelyte.stages._marlin_talk import MARK, Batch, MarlinTalk
from voxelyte.stages._wire import Wire

DWELL_STEP_S = 0.001
LONGEST_S = 2**31 / 1000
WHOSE = "Marlin counts a dwell in milliseconds of 31 bits"
DWELL_INDEX = 2
PROOFS_S = (PROOF_S, 2 * PROOF_S, 4 * PROOF_S, 8 * PROOF_S)


class MarlinStage:
    """A Marlin board; see `Stage`. `now` is the clock that its board goes by, in s."""

    stops_at_once = False

    def __init__(self, address: str, settings: StageSettings, now: Callable[[], float] = monotonic) -> None:
        self._settings, self._now = settings, now
        self._wire = Wire(address, settings.baud, now)
        self._talk = MarlinTalk(self._wire, settings.answer_s)
        self._lock = Lock()
        self.may_home_with_film = settings.home == "away"
        self.lit = self._homed = False
        self._left: Batch | None = None
        """What was cut, and the board still does."""
        self._exposure_s = self._height_mm = 0.0
        self._on_s: float | None = 0.0

    @property
    def greeting(self) -> str:
        """As Stage."""
        return self._talk.greeting

    @property
    def knows_place(self) -> bool:
        """As Stage."""
        return self._homed and not self._talk.lost

    def open(self) -> None:
        """As Stage."""
        self._wire.open()
        try:
            self._begin(None)
        except BaseException:
            self._wire.close()
            raise

    def home(self, cut: Event) -> None:
        """As Stage. A homing cycle that is cut goes on to its end."""
        self._homed = False
        if self._talk.lost:
            self._begin(cut)
        self._settle(cut)
        home_line = self._settings.home_line or "G28 Z"
        self._do(Batch((home_line, "M400", MARK), self._settings.home_s), cut)
        homed_mm = self._settings.homed_mm
        self._do(Batch((f"G92 Z{number(homed_mm)}", MARK), at_mm=homed_mm), cut)
        self._homed, self._height_mm = True, homed_mm

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """As Stage. Motion that is cut goes on to its end."""
        check_move(self._settings, self.knows_place, height_mm, speed_mm_s)
        line = f"G1 Z{number(height_mm)} F{number(60 * speed_mm_s)}"
        within_s = travel_s(height_mm - self._height_mm, speed_mm_s)
        try:
            self._settle(cut)
            self._height_mm = height_mm
            self._do(Batch((line, "M400", MARK), within_s, at_mm=height_mm), cut)
        except MachineTrouble:
            self._homed = False
            raise

    def expose(self, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Stage."""
        batch = self._shot(exposure_s, power, lit)
        self._settle(cut)
        self._talk.listen_first()
        try:
            with self._lock:
                if cut.is_set():
                    raise Cut
                self.lit, self._on_s, self._exposure_s = True, None, exposure_s
                self._talk.send(batch)
            self._finish(batch, cut)
            return self._was_lit(batch)
        except BaseException:
            with suppress(MachineTrouble):
                self.lamp_off()
            raise

    def lit_s(self) -> float | None:
        """As Stage; after a cut it waits until the board has timed the exposure to its end."""
        with suppress(MachineTrouble):
            self._settle(None)
        return self._on_s

    def lamp_off(self) -> None:
        """As Stage: one more lamp-off behind what the board does, without a number, for it must not be asked for again."""
        with self._lock:
            if self.lit:
                self._wire.write("", self._settings.lamp_off)

    def close(self) -> None:
        """As Stage."""
        with suppress(MachineTrouble):
            self.lamp_off()
            self._settle(None)
            self._do_each(None, self._settings.lamp_off, *self._settings.end_lines)
        self._wire.close()

    def _begin(self, cut: Event | None) -> None:
        self._left = None
        self._talk.greet(self._settings.lamp_off)
        self._do_each(cut, "G21", "G90", *self._settings.start_lines, self._settings.lamp_off)
        self.lit = False
        if self._settings.lamp_on:
            self._prove_dwell(cut)

    def _do_each(self, cut: Event | None, *lines: str) -> None:
        for line in filter(None, lines):
            self._do(Batch((line, MARK)), cut)

    def _do(self, batch: Batch, cut: Event | None) -> None:
        if cut is not None and cut.is_set():
            raise Cut
        self._talk.listen_first()
        self._talk.send(batch)
        self._finish(batch, cut)

    def _finish(self, batch: Batch, cut: Event | None) -> None:
        """Wait for its end; whatever comes between but the board's trouble, the next call waits for it."""
        self._left = None
        try:
            self._talk.finish(batch, cut)
        except MachineTrouble:
            raise
        except BaseException:
            self._left, batch.marked = batch, lambda: None
            raise

    def _shot(self, exposure_s: float, power: float, lit: Callable[[], None]) -> Batch:
        """A mark, lamp on, dwell, lamp off, a mark; when the board asks for the dwell again, the lamp is lit meanwhile."""
        lamp_on, dwell = lamp_line(self._settings, power), self._dwell(exposure_s)
        since_s = 0.0

        def revised(index: int, lines: list[str]) -> list[str]:
            nonlocal since_s
            now_s = self._now()
            if index < DWELL_INDEX:
                since_s = now_s  # it was not lit before
            if index != DWELL_INDEX:
                return lines
            left_s = exposure_s - (now_s - max(since_s, batch.from_s, *batch.marks_s[:1]))
            return [f"G4 P{max(0, round(1000 * left_s))}", *lines[1:]]

        lines = (MARK, lamp_on, dwell, self._settings.lamp_off, MARK)
        batch = Batch(lines, exposure_s, least_s=earliest_s(exposure_s), marked=lit, revise=revised)
        return batch

    def _was_lit(self, batch: Batch) -> float:
        """How long: a mark that had to be asked for once more came too late to say, but the board has timed it."""
        self.lit, exposure_s = False, self._exposure_s
        least_s = exposure_s if batch.asked else batch.marks_s[-1] - batch.marks_s[0]
        self._on_s = on_s = lit_for(exposure_s, least_s, batch.marks_s[-1] - batch.from_s)
        return on_s

    def _dwell(self, length_s: float) -> str:
        step_s = self._settings.dwell_step_s or DWELL_STEP_S
        return f"G4 P{round(1000 * dwell_steps(length_s, step_s, LONGEST_S, WHOSE) * step_s)}"

    def _prove_dwell(self, cut: Event | None) -> None:
        """In the dark: a board that does not take its time must not time a lamp."""
        for proof_s in PROOFS_S:
            batch = Batch((MARK, self._dwell(proof_s), MARK), proof_s)
            self._do(batch, cut)
            took_s = batch.marks_s[-1] - batch.marks_s[0]
            if took_s >= earliest_s(proof_s):
                return
        raise MachineTrouble(f"a dwell of {proof_s:g} s took {took_s:.3f} s: this board cannot time an exposure")

    def _settle(self, cut: Event | None) -> None:
        """Until the board has done what was cut, and its lamp is off."""
        if left := self._left:
            self._finish(left, cut)
            if self.lit:
                self._was_lit(left)
        if self.lit:  # there was trouble in the middle of it
            self._do(Batch((self._settings.lamp_off, MARK), self._exposure_s), cut)
            self.lit = False


STAGE = MarlinStage
