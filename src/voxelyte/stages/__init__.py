"""Stages: what carries the plate, and often switches the lamp; a motion board that understands g-code over a serial line.

A dialect is one file here, and the file ends in `STAGE = Class`. A timed exposure is made by the board: lamp on, dwell and
lamp off go out in one write, so that a host that dies leaves the lamp dark. A stage never repeats a move or an exposure
by itself. Whatever goes wrong on the board or on the way to it is MachineTrouble; a wait that is cut short is Cut.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from threading import Event
from typing import Annotated, Literal, Protocol, get_args

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from voxelyte.errors import unknown
from voxelyte.members import member, members
from voxelyte.values import NotNegative, Positive, Text, Value

LONGEST_LINE = 70
"""Characters of one line of g-code; GRBL 1.1 takes 80 with its end (config.h, LINE_BUFFER_SIZE)."""

Homing = Literal["away", "vat"]
Placeholder = Literal["power", "level"]


def _dialect(name: str) -> str:
    if name not in members("stages"):
        raise PydanticCustomError("dialect", "{law}", {"law": unknown("stage", name, members("stages"))})
    return name


def _line(text: str) -> str:
    if not text.isascii() or not text.isprintable() or len(text) > LONGEST_LINE:
        raise PydanticCustomError("line", f"must be one line of printable ASCII, at most {LONGEST_LINE} characters")
    return text


def _lamp_line(text: str) -> str:
    try:
        parts = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        parts = [("", "", "")]
    if any(name not in get_args(Placeholder) or spec or conversion for name, spec, conversion in parts):
        raise PydanticCustomError("lamp", "must hold no braces but {known}", {"known": "{power} and {level}"})
    return text


Line = Annotated[Text, AfterValidator(_line)]


class StageSettings(Value):
    """The table `[stage]` of a rig's file: which board it is, how far it may go, and its lamp's words.

    Heights are above the vat's floor. `home_mm` is where homing ends: 0 for home = "vat", `travel_mm` for home = "away",
    unless it is said. `lamp_on` may hold {power} (0 to 1) and {level} (0 to `lamp_full`, whole); without `lamp_on` the
    board has no lamp. `home_line` homes it where the dialect's own word does not. `answer_s` is the longest wait for an
    answer beyond the time that a thing takes, `home_s` that for homing, and `dwell_step_s` the step in which the board
    counts a dwell where it is not that of its dialect.
    """

    dialect: Annotated[Text, AfterValidator(_dialect)]
    address: Annotated[Text, Field(min_length=1)]
    baud: Annotated[int, Field(ge=300, le=10_000_000, strict=True)] = 115200
    travel_mm: Positive
    max_speed_mm_s: Positive
    home: Homing
    home_mm: NotNegative | None = None
    park_mm: NotNegative
    lamp_on: Annotated[Line, AfterValidator(_lamp_line)] = ""
    lamp_off: Line = ""
    lamp_full: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None
    home_line: Line = ""
    start_lines: tuple[Line, ...] = ()
    end_lines: tuple[Line, ...] = ()
    answer_s: Annotated[float, Field(gt=0, le=60, strict=True)] = 5.0
    home_s: Annotated[float, Field(gt=0, le=3600, strict=True)] = 120.0
    dwell_step_s: Annotated[float, Field(ge=0.001, le=1, strict=True)] | None = None

    @model_validator(mode="after")
    def _within_travel(self) -> StageSettings:
        for name, height_mm in (("park_mm", self.park_mm), ("home_mm", self.homed_mm)):
            if height_mm > self.travel_mm:
                raise ValueError(f"{name}={height_mm:g} must not exceed travel_mm={self.travel_mm:g}")
        return self

    @model_validator(mode="after")
    def _lamp_is_whole(self) -> StageSettings:
        if bool(self.lamp_on) != bool(self.lamp_off) or (self.lamp_on and self.lamp_on == self.lamp_off):
            raise ValueError(
                f"lamp_off={self.lamp_off!r} must be said with lamp_on={self.lamp_on!r}, and differ from it"
            )
        if "{level" in self.lamp_on and self.lamp_full is None:
            raise ValueError("lamp_full is missing: lamp_on holds {level}, so the level of full power must be said")
        return self

    @property
    def homed_mm(self) -> float:
        """Height at which homing ends."""
        if self.home_mm is not None:
            return self.home_mm
        return 0.0 if self.home == "vat" else self.travel_mm


class Stage(Protocol):
    """One motion board, named by a pyserial address. Only one thread moves and exposes; `lamp_off` may come from any.

    Where a call takes `cut`, it raises Cut within 50 ms of its being set, and writes nothing that moves or lights once it
    is set. After Cut or MachineTrouble the next call first waits until the board has done what it still holds.
    """

    stops_at_once: bool
    """Whether `lamp_off` ends an exposure at once; otherwise the board finishes it, and is dark then."""

    def __init__(self, address: str, settings: StageSettings) -> None: ...

    @property
    def greeting(self) -> str:
        """What the board said of itself on `open`: its firmware and version, in one line."""

    @property
    def knows_place(self) -> bool:
        """It was homed, and nothing has happened since that may have lost its place."""

    @property
    def may_home_with_film(self) -> bool:
        """It homes away from the vat."""

    @property
    def lit(self) -> bool:
        """Whether its lamp may be lit now."""

    def open(self) -> None:
        """Open the port, lamp off first of all, and see that the board is of this dialect; MachineTrouble says what came."""

    def home(self, cut: Event) -> None:
        """Find its place; the plate then stands at `homed_mm`, not on the vat's floor."""

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """Go to a height above the vat's floor; returns when the motion has ended, not when it is queued."""

    def expose(self, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """Lamp on, timed by the board, lamp off; `lit` is called once it is lit. The time it was lit, measured, in s.

        Whatever it raises, the lamp is off, or the board's own timing turns it off: `lit_s` waits for that.
        """

    def lit_s(self) -> float | None:
        """Wait until the lamp is off, and say how long the last exposure was lit; None when that is not known."""

    def lamp_off(self) -> None:
        """Dark at once, from any thread, without waiting; see `stops_at_once`."""

    def close(self) -> None:
        """Lamp off, `end_lines`, port closed; never raises for a board that is gone."""


def stage_of(settings: StageSettings) -> Stage:
    """The stage that the settings name, not yet open."""
    made: Stage = member("stages", settings.dialect)(settings.address, settings)
    return made
