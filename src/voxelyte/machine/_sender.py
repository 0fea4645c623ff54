"""What a session sends: queued by any thread, written by one, so that no print ever waits for the link."""

from __future__ import annotations

from collections import deque
from threading import Condition, Event, Thread
from typing import Any

from voxelyte.machine import _frames as frames
from voxelyte.machine.faults import Faults
from voxelyte.machine.links import Link
from voxelyte.machine.refusals import LinkLost

MAX_QUEUED_BYTES = 2**23
"""A host that reads so little that more waits for it is taken for gone."""


class Sender:
    """The machine's frames of one session, in order. `over` is set when the session is to end."""

    def __init__(self, link: Link, faults: Faults, patience_s: float) -> None:
        self._link, self._faults, self._patience_s = link, faults, patience_s
        self._changed, self._queue, self._bytes = Condition(), deque[bytes](), 0
        self._sequence, self._muted, self._last = 0, False, False
        self.over = Event()
        self.key: bytes | None = None
        """The session key: with one, every frame from then on has its MAC."""
        self._thread = Thread(target=self._run, name="voxelyte-sim-sender", daemon=True)
        self._thread.start()

    def send(self, type_: int, keys: dict[str, Any], last: bool = False) -> None:
        """Queue a frame; nothing follows the `last` one, and the session is over."""
        with self._changed:
            if not (self._last or self._muted):
                self._put(frames.packed(type_, self._sequence, frames.as_json(keys), self.key))
                self._sequence += 1
            self._last = self._last or last
        if last:
            self.over.set()

    def event(self, keys: dict[str, Any]) -> None:
        """An EVENT, damaged if that was asked for."""
        wrong = keys["event"] == "lamp-on" and self._faults.at("corrupt", keys["layer"])
        with self._changed:
            self.send(frames.EVENT, keys)
            if wrong and self._queue:
                self._queue[-1] = _one_bit_flipped(self._queue[-1])

    def fault(self, code: str, message: str) -> None:
        """A FAULT, and the session is over."""
        self.send(frames.FAULT, {"code": code, "message": message}, last=True)

    def mute(self) -> None:
        """Take nothing more to send."""
        with self._changed:
            self._muted = True

    def discard(self) -> None:
        """Send nothing any more, not even what waits."""
        with self._changed:
            self._muted = True
            self._queue.clear()

    def drop(self) -> None:
        """Close the link at once."""
        self.discard()
        self.over.set()
        self._link.shut()

    def finish(self) -> None:
        """Write what is queued, then end."""
        self.over.set()
        with self._changed:
            self._last = True
            self._changed.notify()
        self._thread.join()

    def _put(self, data: bytes) -> None:
        self._queue.append(data)
        self._bytes += len(data)
        if self._bytes > MAX_QUEUED_BYTES:
            self.discard()
            self.over.set()
        self._changed.notify()

    def _run(self) -> None:
        try:
            while (data := self._next()) is not None:
                self._link.write(data, self._patience_s)
        except LinkLost:
            self.discard()
        finally:
            self.over.set()

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._last)
            if not self._queue:
                return None
            data = self._queue.popleft()
            self._bytes -= len(data)
            return data


def _one_bit_flipped(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
