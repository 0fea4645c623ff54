"""The machine's own clock. At speed 1 it is the real one; at any other speed time is simulated.

Simulated: a wait takes its length divided by `speed`, and the clock then stands exactly at its end until
the next wait begins or `run_on` lets it run. What the computer takes between two waits is not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from threading import Event, Lock
from time import monotonic

from voxelyte.machine.refusals import Cut

SPIN_S = 0.002
"""Last part of a real wait, spent looking at the clock: a sleeping thread wakes up to a millisecond late."""
LONGEST_SLEEP_S = 60.0


class Clock:
    """Seconds since the machine was switched on."""

    def __init__(self, speed: float = 1.0, real: Callable[[], float] = monotonic) -> None:
        self.speed, self._real = speed, real
        self._rate = 1.0 if speed == inf else speed
        self._lock = Lock()
        self._from_s, self._from_real_s, self._until_s = 0.0, real(), inf

    @property
    def now_s(self) -> float:
        """The machine's time, in s."""
        with self._lock:
            return self._now_s()

    def wait_until(self, end_s: float, cut: Event) -> None:
        """Wait for a moment of the machine's time; Cut as soon as `cut` is set."""
        if cut.is_set():
            raise Cut
        if self.speed != 1.0:
            self._stand(until_s=end_s)
        try:
            self._sleep(end_s, cut)
        except Cut:
            self._stand()
            raise
        self._arrive(end_s)

    def real_s(self, length_s: float) -> float:
        """How long the computer's own clock takes for a length of the machine's time, while it runs."""
        return length_s / self._rate

    def run_on(self) -> None:
        """Let a simulated clock run: what is waited for comes from outside."""
        self._stand(until_s=inf)

    def _now_s(self) -> float:
        return min(self._from_s + (self._real() - self._from_real_s) * self._rate, self._until_s)

    def _stand(self, until_s: float | None = None) -> None:
        """Take the time as it is; a simulated clock then runs to `until_s` and not beyond."""
        if self.speed == 1.0:
            return
        with self._lock:
            now_s = self._now_s()
            self._from_s, self._from_real_s = now_s, self._real()
            self._until_s = now_s if until_s is None else until_s

    def _arrive(self, end_s: float) -> None:
        if self.speed == 1.0:
            return
        with self._lock:
            self._from_s, self._from_real_s, self._until_s = end_s, self._real(), end_s

    def _sleep(self, end_s: float, cut: Event) -> None:
        if self.speed == inf:
            return
        spin_s = SPIN_S if self.speed == 1.0 else 0.0
        while (left_s := (end_s - self.now_s) / self._rate) > 0:
            if cut.wait(min(max(left_s - spin_s, 0.0), LONGEST_SLEEP_S)):
                raise Cut
