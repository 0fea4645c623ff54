"""The receiving half of a board's serial line: a small buffer whose overflow is lost, and lines out of it."""

from __future__ import annotations

from threading import Condition


class Receiver:
    """Bytes until the board comes to them. `closed` ends its waiting."""

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes
        self._bytes = bytearray()
        self._changed = Condition()
        self._closed = self._woken = False
        self.lost_bytes = 0

    def put(self, data: bytes) -> None:
        """What came; what there is no room for is lost, and nobody is told."""
        with self._changed:
            kept = data[: max(0, self._room_bytes - len(self._bytes))]
            self.lost_bytes += len(data) - len(kept)
            self._bytes += kept
            self._changed.notify_all()

    def has_line(self) -> bool:
        """Whether a whole line is there."""
        with self._changed:
            return b"\n" in self._bytes

    def line(self) -> str | None:
        """The next line, once it is whole; None when woken by something else. A line longer than the room ends as it is."""
        with self._changed:
            self._changed.wait_for(lambda: b"\n" in self._bytes or len(self._bytes) >= self._room_bytes or self._woken)
            if self._woken:
                self._woken = self._closed
                return None
            whole, _, rest = bytes(self._bytes).partition(b"\n")
            self._bytes = bytearray(rest)
            return whole.decode("latin-1").strip()

    def forget(self) -> None:
        """Lose all that has come."""
        with self._changed:
            self._bytes.clear()

    def wake(self, closed: bool = False) -> None:
        """Let whoever waits for a line look around."""
        with self._changed:
            self._woken, self._closed = True, self._closed or closed
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether there will be no more."""
        return self._closed
