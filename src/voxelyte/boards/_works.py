"""What a board moves and lights, on its own clock: one axis whose moves queue up, and a lamp."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from threading import Event, RLock

from voxelyte.boards._log import Log
from voxelyte.machine.clock import Clock
from voxelyte.machine.refusals import Cut

_NEVER = Event()


@dataclass(frozen=True)
class _Leg:
    from_mm: float
    to_mm: float
    from_s: float
    until_s: float

    def at_mm(self, now_s: float) -> float:
        share = (now_s - self.from_s) / (self.until_s - self.from_s) if self.until_s > self.from_s else 1.0
        return self.from_mm + (self.to_mm - self.from_mm) * min(1.0, max(0.0, share))


class Works:
    """An axis and a lamp. One thread waits on them; `hold`, `resume` and `halt` may come from another."""

    def __init__(self, speed: float, stands_mm: float) -> None:
        self.clock, self.log = Clock(speed), Log()
        self.clock.run_on()
        self._lock, self._woken = RLock(), Event()
        self._legs: list[_Leg] = []
        self._stands_mm, self._held, self._halted = stands_mm, False, False
        self._held_s = 0.0
        self.level = 0.0

    @property
    def at_mm(self) -> float:
        """Where the axis is now."""
        with self._lock:
            if self._held:
                return self._legs[0].from_mm
            now_s = self.clock.now_s
            for leg in self._legs:
                if now_s < leg.until_s:
                    return leg.at_mm(now_s)
            return self._legs[-1].to_mm if self._legs else self._stands_mm

    @property
    def to_mm(self) -> float:
        """Where it will be when all that is queued has been done."""
        with self._lock:
            return self._legs[-1].to_mm if self._legs else self._stands_mm

    @property
    def moving(self) -> bool:
        """Whether it moves, or would but for a hold."""
        with self._lock:
            return bool(self._legs) and (self._held or self.clock.now_s < self._legs[-1].until_s)

    @property
    def held(self) -> bool:
        """Whether its motion is held."""
        return self._held

    def stand(self) -> None:
        """Let a simulated clock stand: what this computer takes to work a line out is not the board's time."""
        self.clock.wait_until(self.clock.now_s, _NEVER)

    def light(self, level: float) -> None:
        """The lamp, at once; it is not lit between a halt and the next beginning."""
        with self._lock:
            if level != self.level and not (level and self._halted):
                self.level = level
                self.log.note(self.clock.now_s, "lamp", level)

    def travel(self, to_mm: float, speed_mm_s: float) -> None:
        """Queue a move behind those that are queued."""
        with self._lock:
            from_mm = self._legs[-1].to_mm if self._legs else self._stands_mm
            from_s = max(self.clock.now_s, self._legs[-1].until_s if self._legs else 0.0)
            self._legs = [leg for leg in self._legs if leg.until_s > self.clock.now_s]
            self._legs.append(_Leg(from_mm, to_mm, from_s, from_s + abs(to_mm - from_mm) / speed_mm_s))
            self._stands_mm = to_mm
            self.log.note(from_s, "move", to_mm)

    def await_motion(self) -> None:
        """Until all that is queued has been done; Cut by `halt`."""
        while self._due_s() > self.clock.now_s:
            self._wait_until(self._due_s())

    def dwell(self, length_s: float) -> None:
        """Wait, by its own clock; Cut by `halt`."""
        end_s = self.clock.now_s + length_s
        while self.clock.now_s < end_s:
            self._wait_until(end_s)

    def hold(self) -> None:
        """Stop the motion where it is, ready to go on."""
        with self._lock:
            if not self.moving or self._held:
                return
            now_s, at_mm = self.clock.now_s, self.at_mm
            first, *rest = [leg for leg in self._legs if leg.until_s > now_s]
            left = _Leg(at_mm, first.to_mm, now_s, now_s + first.until_s - max(now_s, first.from_s))
            self._legs, self._held = [left, *rest], True
            self._held_s = now_s
            self._woken.set()

    def resume(self) -> None:
        """Go on after a hold."""
        with self._lock:
            if self._held:
                late_s, self._held = self.clock.now_s - self._held_s, False
                self._legs = [
                    _Leg(one.from_mm, one.to_mm, one.from_s + late_s, one.until_s + late_s) for one in self._legs
                ]
                self._woken.set()

    def halt(self) -> float:
        """Stop everything at once, in the dark, and forget the rest of it; where it stands then."""
        with self._lock:
            at_mm = self.at_mm
            self.light(0.0)
            self._legs, self._stands_mm, self._held, self._halted = [], at_mm, False, True
            self._woken.set()
            return at_mm

    def begin(self, at_mm: float | None = None) -> None:
        """Ready again, after a halt, or where it was homed to."""
        with self._lock:
            self._halted = False
            self._woken.clear()
            if at_mm is not None:
                self._legs, self._stands_mm = [], at_mm

    def _due_s(self) -> float:
        with self._lock:
            return inf if self._held else self._legs[-1].until_s if self._legs else 0.0

    def _wait_until(self, end_s: float) -> None:
        if self._halted:
            raise Cut
        try:
            self.clock.wait_until(end_s, self._woken)
        except Cut:
            if self._halted:
                raise
            self._woken.clear()  # a hold, or its end
