"""An event that is set when another one is, too."""

from __future__ import annotations

from threading import Event
from time import monotonic

POLL_S = 0.01


class Either(Event):
    """Set when it was set itself, or `other` is. A wait notices the other within 10 ms."""

    def __init__(self, other: Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        """Whether one of the two is."""
        return super().is_set() or self._other.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """As Event."""
        until_s = None if timeout is None else monotonic() + timeout
        while not self.is_set():
            left_s = POLL_S if until_s is None else min(POLL_S, until_s - monotonic())
            if left_s <= 0:
                break
            super().wait(left_s)
        return self.is_set()
