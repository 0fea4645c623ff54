"""A rig that is not there: the same stage, print loop and machine, over a port that leads nowhere and a light that is only told of.

What comes out is what would go out: the bytes that the board is sent, in their order, and the pictures' names between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from secrets import token_bytes, token_hex
from threading import Event, Thread
from typing import TYPE_CHECKING, ClassVar

from voxelyte.lights import LightSettings
from voxelyte.machine.clock import Clock
from voxelyte.machine.journal import Journal
from voxelyte.machine.serve import serve
from voxelyte.members import member
from voxelyte.rigs import protocol_dry
from voxelyte.rigs._dry_board import DryBoard
from voxelyte.rigs.rig import Rig
from voxelyte.rigs.starting import machine_of
from voxelyte.rigs.works import RigWorks

if TYPE_CHECKING:
    from voxelyte.lights import Pixels

PATIENCE_S = 10.0
KEY_BYTES = 32
Say = Callable[[str], None]


class DryLight:
    """As Light. Pictures are named as the folder of a dry run would name them."""

    Settings: ClassVar = LightSettings
    identity = "a dry run: nothing is shown"

    def __init__(self, say: Say, clock: Clock, gates: bool) -> None:
        self._say, self._clock, self._gates, self._shown = say, clock, gates, 0

    def open(self, lost: Callable[[str], None]) -> None:
        """As Light."""
        self.black()

    def allow(self) -> None:
        """As Light."""

    def show(self, pixels: Pixels) -> None:
        """As Light."""
        self._shown += 1
        self._say(f"light  show {self._shown:06d}.png")

    def black(self) -> None:
        """As Light."""
        self._say("light  black")

    def expose(self, pixels: Pixels, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Light."""
        if self._gates:
            self.show(pixels)
        self._say(f"light  lit for {exposure_s:g} s at power {power:g}")
        lit()
        self._clock.wait_until(self._clock.now_s + exposure_s, cut)
        return exposure_s

    def dark(self) -> None:
        """As Light."""

    def close(self) -> None:
        """As Light."""


@contextmanager
def dry_rig(rig: Rig, say: Say) -> Iterator[tuple[str, bytes]]:
    """A machine as the rig would be, that does nothing but `say`, line by line, what it would do; its address and its key."""
    name, clock = token_hex(8), Clock(inf)
    board = DryBoard(rig.stage.dialect, lambda data: _tell(say, data))
    protocol_dry.boards[name] = board
    _let_pyserial_find_it()
    stage = member("stages", rig.stage.dialect)(protocol_dry.SCHEME + name, rig.stage, lambda: board.now_s)
    works = RigWorks(rig, stage, DryLight(say, clock, rig.light.gates), clock)
    try:
        works.open()
        with _served(works) as found:
            yield found
    finally:
        del protocol_dry.boards[name]


@contextmanager
def _served(works: RigWorks) -> Iterator[tuple[str, bytes]]:
    """On this computer alone, and for nobody else on it: the key is a fresh one."""
    key, stop, addresses, listening = token_bytes(KEY_BYTES), Event(), list[str](), Event()

    def announce(address: str) -> None:
        addresses.append(address)
        listening.set()

    how = {"key": key, "stop": stop}
    words = (machine_of(works, Journal()), "socket://127.0.0.1:0", announce)
    thread = Thread(target=serve, args=words, kwargs=how, name="voxelyte-dry-run", daemon=True)
    thread.start()
    try:
        listening.wait(PATIENCE_S)
        yield addresses[0], key
    finally:
        stop.set()
        thread.join()


def _let_pyserial_find_it() -> None:
    import serial

    if __package__ not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(__package__)


def _tell(say: Say, data: bytes) -> None:
    """Each line of what goes out, every byte that cannot be seen as an escape."""
    for line in data.splitlines(keepends=True):
        say(f"board  {line.decode('latin-1').encode('unicode_escape').decode('ascii')}")
