"""The lamp: it times itself, keeps its history, and once darkened stays dark until it is allowed again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from math import nan
from threading import Lock

from voxelyte.machine.clock import Clock
from voxelyte.machine.refusals import Cut, MachineTrouble

HISTORY = 1_000_000


@dataclass(frozen=True)
class Flash:
    """One time the lamp was lit, in the machine's time; `off_s` is NaN while it is lit."""

    job: str
    layer: int
    exposure: int
    power: float
    on_s: float
    again: bool = False
    off_s: float = nan

    @property
    def on_time_s(self) -> float:
        """How long it was lit, in s, to the nanosecond."""
        return round(self.off_s - self.on_s, 9)


class Lamp:
    """On or off; switched by the print and darkened by anybody."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, Lock()
        self._lit: Flash | None = None
        self._last: Flash | None = None
        self._job, self._done = "", set[tuple[int, int]]()
        self._allowed = False
        self._history: deque[Flash] = deque(maxlen=HISTORY)

    @property
    def lit(self) -> bool:
        """Whether light is on the film now."""
        return self._lit is not None

    @property
    def history(self) -> tuple[Flash, ...]:
        """All that ended, oldest first; as many as a million are kept."""
        with self._lock:
            return tuple(self._history)

    def forget(self) -> None:
        """A new film: what was lit is history."""
        with self._lock:
            self._done = set()

    def allow(self, job: str) -> None:
        """A print begins or goes on: until `darken` the lamp may be lit, once for each exposure of the job."""
        with self._lock:
            if job != self._job:
                self._job, self._done = job, set()
            self._allowed = True

    def on(self, layer: int, exposure: int, power: float, again: bool = False) -> Flash:
        """Light it. Raises Cut after `darken`, and MachineTrouble for what was lit before, unless it is told `again`."""
        with self._lock:
            if not self._allowed:
                raise Cut
            if self._lit or ((layer, exposure) in self._done and not again):
                raise MachineTrouble(f"layer={layer} exposure={exposure} must be lit once, and alone")
            self._done.add((layer, exposure))
            self._lit = Flash(self._job, layer, exposure, power, self._clock.now_s, again)
            return self._lit

    def off(self) -> Flash | None:
        """Make it dark; the flash that ended last, also when somebody else ended it."""
        with self._lock:
            self._end()
            return self._last

    def darken(self) -> None:
        """Dark at once, and no light before the next `allow`."""
        with self._lock:
            self._allowed = False
            self._end()

    def _end(self) -> None:
        if self._lit:
            self._last = replace(self._lit, off_s=self._clock.now_s)
            self._lit = None
            self._history.append(self._last)
