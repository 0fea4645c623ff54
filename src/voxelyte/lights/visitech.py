"""Visitech LRS light engines: the mask comes as video from a window, the LED is timed by the engine, told over TCP.

UNVERIFIED: written from the commands that others have published, and tried only against an imitation of our own. A warning
says so whenever one is opened. Measure the light before you trust it.

Requests end in CR LF CR LF, answers begin with `+OK` CR LF, with a value after that. Used here, in this order:

    SET LIGHT OFF, SET SEQ OFF                  dark, first of all
    GET VERSION                                 its firmware
    SET OPERATION MODE VIDEO_PATTERN_MODE       patterns come from the video input
    per exposure: SET AMPLITUDE n               power, 0 to amplitude_full
      SET LUT DEFINITION CR LF us,0,1,8,0,0,0   exposure in µs, dark time, clear, bits, trigger, pattern, bit
      SET LUT CONFIG 1 repeats                  after the definition, whatever the controller's own manual says
      SET LIGHT ON, SET SEQ ON                  lit; the sequence ends by itself, also without a host
      SET SEQ OFF, SET LIGHT OFF                dark

One pattern lasts 4.046 to 10000 ms; longer exposures are several patterns one after the other, without dark time.
"""

from __future__ import annotations

import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import ceil
from select import select
from threading import Event, RLock
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from voxelyte.lights import LightSettings
from voxelyte.lights._screen import DisplayNumber, Screen
from voxelyte.machine.clock import Clock
from voxelyte.machine.refusals import Cut, MachineTrouble

if TYPE_CHECKING:
    from voxelyte.lights import Pixels

END = b"\r\n\r\n"
OK = b"+OK"
MIN_PATTERN_US, MAX_PATTERN_US = 4_046, 10_000_000
MAX_ANSWER_BYTES = 4096
ANSWER_S = 5.0
TURN_S = 0.1
QUIET_S = 0.05
"""A value has no end mark: it is whole when nothing more comes for so long."""
MARGIN_S = 0.05
"""How much later than due the engine is told to stop what ends by itself, so that its clock counts and not ours."""


class VisitechSettings(LightSettings):
    """`address` as socket://HOST:5000; `amplitude_full` is SET AMPLITUDE's number for full power."""

    engine: Literal["visitech"]
    address: Annotated[str, Field(strict=True, pattern=r"^socket://[^/:?#\s]+:[0-9]{1,5}$")]
    display: DisplayNumber
    amplitude_full: Annotated[int, Field(ge=1, le=100_000, strict=True)]

    @property
    def exposes(self) -> bool:
        """As LightSettings."""
        return True


class VisitechLight:
    """As Light."""

    Settings = VisitechSettings

    def __init__(self, settings: VisitechSettings, width_px: int, height_px: int) -> None:
        self._settings = settings
        self._screen = Screen(settings.display, width_px, height_px)
        self._wire: socket.socket | None = None
        self._clock, self._asking = Clock(), RLock()
        self._allowed, self._version = False, ""

    @property
    def identity(self) -> str:
        """As Light."""
        return f"Visitech {self._version} at {self._settings.address} (unverified); {self._screen.identity}"

    def open(self, lost: Callable[[str], None]) -> None:
        """As Light; it must have a picture to show before it is told to take one."""
        warnings.warn("the Visitech light engine is UNVERIFIED: nobody has run this driver on one", stacklevel=2)
        try:
            self._screen.open(lost)
            self._connect()
            self._ask("SET LIGHT OFF")
            self._ask("SET SEQ OFF")
            self._version = self._ask("GET VERSION", valued=True)
            self._ask("SET OPERATION MODE VIDEO_PATTERN_MODE")
        except BaseException:
            self.close()
            raise

    def allow(self) -> None:
        """As Light."""
        self._allowed = True

    def show(self, pixels: Pixels) -> None:
        """As Light."""
        self._screen.show(pixels)

    def black(self) -> None:
        """As Light."""
        self._screen.black()

    def expose(self, pixels: Pixels, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Light; the time is the engine's own."""
        on_time_s = self._prepare(exposure_s, power)
        self._light(cut)
        try:
            lit()
            self._clock.wait_until(self._clock.now_s + on_time_s + MARGIN_S, cut)
        finally:
            self._ask("SET SEQ OFF")
            self._ask("SET LIGHT OFF")
        return on_time_s

    def dark(self) -> None:
        """As Light. A request that is being answered is waited for, but not long."""
        self._allowed = False
        its_turn = self._asking.acquire(timeout=TURN_S)
        try:
            self._send("SET LIGHT OFF")
            self._send("SET SEQ OFF")
        finally:
            if its_turn:
                self._asking.release()

    def close(self) -> None:
        """As Light."""
        with suppress(MachineTrouble):
            self.dark()
        if self._wire:
            self._wire.close()
            self._wire = None
        self._screen.close(stay_black=False)

    def _prepare(self, exposure_s: float, power: float) -> float:
        """Say how long and how bright; the time as the engine will give it, in whole microseconds."""
        whole_us = round(exposure_s * 1e6)
        if whole_us < MIN_PATTERN_US:
            raise MachineTrouble(f"exposure_s={exposure_s:g} must be at least {MIN_PATTERN_US / 1e6:g} on this engine")
        repeats = ceil(whole_us / MAX_PATTERN_US)
        pattern_us = round(whole_us / repeats)
        self._ask(f"SET AMPLITUDE {round(power * self._settings.amplitude_full)}")
        self._ask(f"SET LUT DEFINITION\r\n{pattern_us},0,1,8,0,0,0")
        self._ask(f"SET LUT CONFIG 1 {repeats}")
        return pattern_us * repeats / 1e6

    def _light(self, cut: Event) -> None:
        """Light it, unless somebody said `dark` meanwhile."""
        with self._asking:
            if not self._allowed or cut.is_set():
                raise Cut
            self._ask("SET LIGHT ON")
            self._ask("SET SEQ ON")

    def _connect(self) -> None:
        parts = urlsplit(self._settings.address)
        try:
            self._wire = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=ANSWER_S)
        except (OSError, ValueError) as fault:
            raise MachineTrouble(f"{self._settings.address} cannot be reached: {fault}") from None
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _ask(self, words: str, valued: bool = False) -> str:
        """One request and its answer, without the +OK."""
        with self._asking:
            self._heard(0.0)  # what was answered to `dark`
            self._send(words)
            said = self._heard(ANSWER_S, until=OK)
            said += self._heard(QUIET_S) if valued else b""
        if not said.startswith(OK):
            raise MachineTrouble(
                f"{words.splitlines()[0]}: the light engine answers {said[:100]!r} and must {OK.decode()}"
            )
        return said.removeprefix(OK).decode("ascii", "replace").strip()

    def _send(self, words: str) -> None:
        if self._wire:
            with self._lost():
                self._wire.settimeout(ANSWER_S)
                self._wire.sendall(words.encode("ascii") + END)

    def _heard(self, wait_s: float, until: bytes | None = None) -> bytes:
        """What comes: within `wait_s` of the last bytes, or of as many as `until` has."""
        said = b""
        while self._wire and len(said) < (len(until) if until else MAX_ANSWER_BYTES):
            with self._lost():
                if not select([self._wire], [], [], wait_s)[0]:
                    break
                if not (data := self._wire.recv(MAX_ANSWER_BYTES)):
                    raise ConnectionResetError("it hung up")
                said += data
        return said

    @contextmanager
    def _lost(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise MachineTrouble(f"{self._settings.address}: the light engine is gone: {fault}") from None


LIGHT = VisitechLight
