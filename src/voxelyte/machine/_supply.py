"""Layers for the print: the next one, or the dark in which it is waited for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from voxelyte.machine._job import HeldJob, HeldLayer
from voxelyte.machine._status import Status
from voxelyte.machine.clock import LONGEST_SLEEP_S, Clock
from voxelyte.machine.refusals import Abandoned, Cut


class Supply:
    """What one print takes its layers from. `pausing`: none is given until it is unset; change it under the lock."""

    def __init__(self, job: HeldJob, status: Status, clock: Clock, resume_s: float) -> None:
        self._job, self._status, self._clock, self._resume_s = job, status, clock, resume_s
        self.pausing = False

    def next(self, number: int, cut: Event) -> HeldLayer:
        """The layer to print now. Cut, or Abandoned when it takes too long without a host."""
        with self._status.changed:
            since_s: float | None = None
            while not cut.is_set():
                if self.pausing:
                    self._rest("paused", cut, lambda: not self.pausing)
                elif self._has(number):
                    return self._given(number, since_s)
                else:
                    since_s = self._wait(number, cut, since_s)
            raise Cut

    def _wait(self, number: int, cut: Event, since_s: float | None) -> float:
        """Wait for a layer, or for a pause; gives the time since when."""
        self._status.set_state("waiting")
        if since_s is None:
            self._status.emit("waiting", layer=number)
            since_s = self._clock.now_s
        self._rest("waiting", cut, lambda: self.pausing or self._has(number))
        return since_s

    def _given(self, number: int, since_s: float | None) -> HeldLayer:
        if since_s is not None:
            self._status.emit("waited", layer=number, waited_s=round(self._clock.now_s - since_s, 6))
        if self._status.state != "printing":
            self._status.set_state("printing")
        return self._job.queue[0]

    def _rest(self, state: str, cut: Event, ended: Callable[[], bool]) -> None:
        """Dark, until it has ended or is cut; without a host no longer than `resume_s`."""
        if self._status.state != state:
            self._status.set_state(state)
        self._clock.run_on()
        until_s: float | None = None
        while not (ended() or cut.is_set()):
            until_s = None if self._status.followed else until_s or self._clock.now_s + self._resume_s
            self._status.changed.wait(None if until_s is None else self._left_s(until_s, cut))

    def _left_s(self, until_s: float, cut: Event) -> float:
        """How long the computer may wait, in s of its own clock."""
        if (left_s := until_s - self._clock.now_s) <= 0:
            cut.set()  # under the lock: nobody can resume it any more
            raise Abandoned
        return min(self._clock.real_s(left_s), LONGEST_SLEEP_S)

    def _has(self, number: int) -> bool:
        return bool(self._job.queue) and self._job.queue[0].layer == number
