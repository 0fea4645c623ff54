"""The answers to lamp on, dwell and lamp off, where all that a board says is `ok`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from voxelyte.machine.refusals import MachineTrouble
from voxelyte.stages._laws import earliest_s, lit_for
from voxelyte.stages._wire import Wire


@dataclass
class ThreeOks:
    """One exposure's. An `ok` may be an old one that comes late; but that of the dwell cannot come before its time."""

    from_s: float
    exposure_s: float
    heard_s: list[float] = field(default_factory=list)

    def listen(
        self, wire: Wire, is_ok: Callable[[str], bool], answer_s: float, cut: Event | None, lit: Callable[[], None]
    ) -> float:
        """Wait for them; how long the lamp was lit, in s. A listening that was cut may be taken up again."""
        until_s = self.from_s + self.exposure_s + answer_s
        while len(self.heard_s) < 3 or self.heard_s[-1] - self.from_s < earliest_s(self.exposure_s):
            if (line := wire.line(until_s, cut)) is None:
                raise self._trouble()
            if is_ok(line):
                self.heard_s.append(wire.now())
                if len(self.heard_s) == 1:
                    lit()
        return lit_for(self.exposure_s, self.heard_s[-2] - self.heard_s[0], self.heard_s[-1] - self.from_s)

    def _trouble(self) -> MachineTrouble:
        told = ", ".join(f"{at_s - self.from_s:.3f} s" for at_s in self.heard_s) or "never"
        return MachineTrouble(
            f"the board must say ok to lamp on, to {self.exposure_s:g} s and to lamp off; it did after: {told}"
        )
