"""Boards as NanoDLP drives them: `ok` for a line, and `Z_move_comp` when a move has ended; dwells in milliseconds.

Facts, from Marlin's NANODLP_Z_SYNC (Configuration_adv.h, G0_G1.cpp), docs.nanodlp.com/manual/code and boards that were met:
`Z_move_comp` ends a move and nothing else, for it is printed before a dwell that follows; some boards say no `ok` to a move,
and some say `ok` to anything. So a move ends by `Z_move_comp`; an exposure by the `ok`s to its three lines, the last after its time.
Nothing is numbered here: a line that is lost is trouble. Nothing ends a dwell early.
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
    check_fits,
    check_move,
    dwell_steps,
    earliest_s,
    lamp_line,
    lit_for,
    number,
    travel_s,
)
from voxelyte.stages._silence import Silence
from voxelyte.stages._wire import Wire

DWELL_STEP_S = 0.001
LONGEST_S = 2**31 / 1000
WHOSE = "the board counts a dwell in milliseconds of 31 bits"
MOVED = "Z_move_comp"
OK_AFTER_MOVE_S = 0.3
"""How long the first move's `ok` may be waited for; a board that says none then never does."""


class NanodlpStage:
    """Such a board; see `Stage`. `now` is the clock that its board goes by, in s."""

    stops_at_once = False

    def __init__(self, address: str, settings: StageSettings, now: Callable[[], float] = monotonic) -> None:
        self._settings, self._now = settings, now
        self._wire = Wire(address, settings.baud, now)
        self._lock = Lock()
        self.may_home_with_film = settings.home == "away"
        self.greeting, self.lit, self.knows_place = "", False, False
        self._height_mm = 0.0
        self._moves_say_ok: bool | None = None
        self._owes: tuple[str, float] | None = None
        """The word that ends what was cut, and until when it may take."""
        self._lit_from_s = self._exposure_s = 0.0
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
        self.knows_place = False
        with suppress(MachineTrouble):  # what it has to say of its last trouble
            self._settle(cut)
        self._cuttable("ok", self._settings.home_s, cut, self._settings.home_line or "G28 Z")
        self._say(cut, "G21", "G90", f"G92 Z{number(self._settings.homed_mm)}")
        self._height_mm, self.knows_place = self._settings.homed_mm, True

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """As Stage. Motion that is cut goes on to its end."""
        check_move(self._settings, self.knows_place, height_mm, speed_mm_s)
        try:
            self._settle(cut)
            if height_mm != self._height_mm:  # a move of no length may end without a word
                self._go(height_mm, speed_mm_s, cut)
        except MachineTrouble:
            self.knows_place = False
            raise

    def expose(self, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Stage."""
        lines = (lamp_line(self._settings, power), self._dwell(exposure_s), self._settings.lamp_off)
        check_fits(*lines)
        self._settle(cut)
        try:
            with self._lock:
                if cut.is_set():
                    raise Cut
                self.lit, self._on_s = True, None
                self._lit_from_s, self._exposure_s = self._now(), exposure_s
                self._wire.write(*lines)
            return self._timed(exposure_s, cut, lit)
        except BaseException as fault:
            self._after(fault)
            raise

    def lit_s(self) -> float | None:
        """As Stage; after a cut it waits until the board has timed the exposure to its end."""
        with suppress(MachineTrouble):
            self._settle(None)
        return self._on_s

    def lamp_off(self) -> None:
        """As Stage: one more lamp-off behind what the board does."""
        with self._lock:
            if self.lit:
                self._wire.write("", self._settings.lamp_off)

    def close(self) -> None:
        """As Stage."""
        with suppress(MachineTrouble):
            self.lamp_off()
            self._settle(None)
            self._say(None, self._settings.lamp_off, *self._settings.end_lines)
        self._wire.close()
