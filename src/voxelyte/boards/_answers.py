"""What a board sends: in its order, late if it is told to, and to nobody when there is no host."""

from __future__ import annotations

from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from time import monotonic

from voxelyte.boards._traps import Traps
from voxelyte.machine.links import Link
from voxelyte.machine.refusals import LinkLost

PATIENCE_S = 1.0


class Answers:
    """The sending half of a board's serial line. `late_s` is in the computer's time."""

    def __init__(self, traps: Traps, late_s: float) -> None:
        self._traps, self._late_s = traps, late_s
        self._link: Link | None = None
        self._oks = 0
        self._never = Event()
        self._waiting: SimpleQueue[tuple[float, bytes] | None] = SimpleQueue()
        self._thread = Thread(target=self._send_all, name="voxelyte-board-answers", daemon=True)
        self._thread.start()

    def attach(self, link: Link | None) -> None:
        """Whom it answers from now on."""
        self._link = link

    def say(self, text: str) -> None:
        """One line."""
        self._waiting.put((monotonic() + self._late_s, self._traps.noise + text.encode() + b"\r\n"))

    def ok(self) -> None:
        """`ok`, unless it is one of those that get lost."""
        self._oks += 1
        if not self._traps.lose_ok or self._oks % self._traps.lose_ok:
            self.say("ok")

    def close(self) -> None:
        """Say no more."""
        self._waiting.put(None)
        self._thread.join()

    def _send_all(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            due_s, data = waiting
            self._never.wait(max(0.0, due_s - monotonic()))
            if link := self._link:
                with suppress(LinkLost):
                    link.write(data, PATIENCE_S)
