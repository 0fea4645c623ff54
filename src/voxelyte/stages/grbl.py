"""GRBL 1.1: `ok` when a line is taken, realtime bytes that wait for nothing, dwells in seconds.

Facts, from gnea/grbl's doc/markdown/interface.md and commands.md and its sources: a move's `ok` comes when it is queued, that
of `G4 P0` when it has ended; M3 and M5 wait for the motion and then act at once. 0x18 resets at once, lamp and all, and keeps
the place unless it moves; `!` holds the motion, and a reset then keeps the place too. A reset forgets G92, so moves are said
in machine coordinates (G53). A dwell is counted in 65535 steps of 50 ms at most, rounded up (nuts_bolts.c, delay_sec).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock
from time import monotonic

from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.stages import StageSettings
from voxelyte.stages._grbl_talk import HOLD, GrblTalk
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

DWELL_STEP_S = 0.05
LONGEST_S = 65535 * DWELL_STEP_S
WHOSE = "GRBL 1.1 counts a dwell in at most 65535 steps of 50 ms (dwell_step_s, for a finer board)"
NEAR_MM = 0.02
QUIET_S = 0.05


class GrblStage:
    """A GRBL board; see `Stage`. `now` is the clock that its board goes by, in s."""

    stops_at_once = True

    def __init__(self, address: str, settings: StageSettings, now: Callable[[], float] = monotonic) -> None:
        self._settings, self._now = settings, now
        self._wire = Wire(address, settings.baud, now)
        self._talk = GrblTalk(self._wire, settings.answer_s)
        self._lock = Lock()
        self.may_home_with_film = settings.home == "away"
        self.lit = self._holding = self._proved = False
        self._floor_mm: float | None = None
        """The vat's floor in machine coordinates; None while that is not known."""
        self._stood_mm: float | None = None
        self._lit_from_s = 0.0
        self._on_s: float | None = 0.0
        self._longest_s: float | None = None
        """What an exposure that was cut can have got at most; None after trouble, when nobody knows."""

    @property
    def greeting(self) -> str:
        """As Stage."""
        return self._talk.greeting

    @property
    def knows_place(self) -> bool:
        """As Stage."""
        return self._floor_mm is not None and not self._talk.lost

    def open(self) -> None:
        """As Stage. A reset is the lamp's end too."""
        self._wire.open()
        try:
            self._talk.reset()
            self._settle(None)
        except BaseException:
            self._wire.close()
            raise

    def home(self, cut: Event) -> None:
        """As Stage. A homing cycle that is cut is reset, for it knows no other end; the place is lost then."""
        self._floor_mm = None
        with suppress(MachineTrouble):  # what it has to say of its last trouble
            self._settle(cut)
        self._talk.say(cut, "$X")
        try:
            self._talk.say(cut, self._settings.home_line or "$H", within_s=self._settings.home_s)
        except Cut:
            self._talk.reset()
            raise
        self._prepare(cut)
        self._talk.await_state("Idle", within_s=self._settings.home_s, cut=cut)
        self._stood_mm = self._talk.place_mm()
        self._floor_mm, self._talk.lost = self._stood_mm - self._settings.homed_mm, False

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """As Stage. Motion that is cut is held; the next call lets go of what is left of it."""
        check_move(self._settings, self.knows_place, height_mm, speed_mm_s)
        try:
            self._settle(cut)
            check_move(self._settings, self.knows_place, height_mm, speed_mm_s)
            self._go(height_mm, speed_mm_s, cut)
        except MachineTrouble:
            self._floor_mm = None
            raise

    def expose(self, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Stage."""
        lines = exposure_lines(
            lamp_line(self._settings, power), f"G4 P{self._dwell(exposure_s)}", self._settings.lamp_off
        )
        self._settle(cut)
        try:
            with self._lock:
                if cut.is_set():
                    raise Cut
                self.lit, self._on_s, self._lit_from_s = True, None, self._now()
                self._wire.write(*lines)
            oks = ExposureOks(self._lit_from_s, exposure_s)
            on_s = oks.listen(self._wire, self._talk.is_ok, self._settings.answer_s, cut, lit)
        except BaseException as fault:
            self._longest_s = exposure_s if isinstance(fault, Cut) else None
            with suppress(MachineTrouble):
                self.lamp_off()
            raise
        self.lit, self._on_s = False, on_s
        return on_s

    def lit_s(self) -> float | None:
        """As Stage; after a reset it waits for the board to say so."""
        if self._talk.resetting:
            with suppress(MachineTrouble):
                self._settle(None)
        return self._on_s

    def lamp_off(self) -> None:
        """As Stage: a reset, while the lamp may be lit."""
        with self._lock:
            if self.lit:
                self._talk.reset()

    def close(self) -> None:
        """As Stage."""
        with suppress(MachineTrouble):
            self.lamp_off()
            self._settle(None)
            self._talk.say(None, *filter(None, (self._settings.lamp_off, *self._settings.end_lines)))
        self._wire.close()

    def _go(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        to_mm = (self._floor_mm or 0.0) + height_mm
        within_s = travel_s(to_mm - (self._stood_mm or 0.0), speed_mm_s)
        line = f"G53 G1 Z{number(to_mm)} F{number(60 * speed_mm_s)}"
        try:
            with suppress(Silence):  # then its state tells whether it took the lines
                self._talk.say(cut, line, "G4 P0", within_s=within_s)
            self._talk.await_state("Idle", within_s=0.0, cut=cut)
        except Cut:
            self._wire.write_bytes(HOLD)
            self._holding = True
            raise
        self._stood_mm = self._talk.place_mm()
        if abs(self._stood_mm - to_mm) > NEAR_MM:
            at_mm = self._stood_mm - (self._floor_mm or 0.0)
            raise MachineTrouble(f"the stage stands at {at_mm:.3f} mm and must be at {height_mm:.3f} mm")

    def _dwell(self, length_s: float) -> str:
        """Half a millisecond less than whole steps, which the board rounds up: its own numbers are coarse."""
        step_s = self._settings.dwell_step_s or DWELL_STEP_S
        steps = dwell_steps(length_s, step_s, LONGEST_S, WHOSE)
        return number(steps * step_s - (0.0005 if step_s > 0.001 else 0.0))

    def _prove_dwell(self, cut: Event | None) -> None:
        """In the dark: a board that does not take its time must not time a lamp."""
        from_s = self._now()
        self._talk.say(cut, f"G4 P{self._dwell(PROOF_S)}", within_s=PROOF_S)
        if (took_s := self._now() - from_s) < earliest_s(PROOF_S):
            raise MachineTrouble(f"a dwell of {PROOF_S:g} s took {took_s:.3f} s: this board cannot time an exposure")
        self._proved = True

    def _settle(self, cut: Event | None) -> None:
        """Until the board waits for us: what was held or reset has ended, what was left over is forgotten."""
        if cut is not None and cut.is_set():
            raise Cut
        if self._holding:
            self._talk.await_state("Hold:0", "Idle", "Alarm", within_s=self._settings.answer_s, cut=cut)
            self._stood_mm = self._talk.place_mm()
            self._talk.reset()
            self._holding = False
        if self._talk.resetting:
            self._talk.await_greeting(cut)
            self._was_darkened()
            self._come_back(cut)
        self._talk.hear_left_over()

    def _was_darkened(self) -> None:
        if self.lit and self._longest_s is not None:
            self._on_s = min(self._longest_s, self._now() - self._lit_from_s)
        self.lit = False

    def _come_back(self, cut: Event | None) -> None:
        """After a reset: its place is known as before if it stands where it stood, and is not in alarm."""
        list(self._wire.left_over(QUIET_S))
        if self._talk.ask_state(cut) == "Alarm":
            self._floor_mm = None
            return
        if self._stood_mm is None or abs(self._talk.place_mm() - self._stood_mm) > NEAR_MM:
            self._floor_mm = None
        self._prepare(cut)

    def _prepare(self, cut: Event | None) -> None:
        lines = ("G21", "G90", *self._settings.start_lines, self._settings.lamp_off)
        self._talk.say(cut, *filter(None, lines))
        if self._settings.lamp_on and not self._proved:
            self._prove_dwell(cut)


STAGE = GrblStage
