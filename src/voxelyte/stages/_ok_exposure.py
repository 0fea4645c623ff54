"""An exposure where all that a board says is `ok`: its lines, and the answers to them.

Lamp off is said twice: without checksums a line may get lost, and that one must not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from voxelyte.machine.refusals import MachineTrouble
from voxelyte.stages._laws import check_fits, earliest_s, lit_for
from voxelyte.stages._wire import Wire

LINES, AFTER_DWELL = 4, 2


def exposure_lines(lamp_on: str, dwell: str, lamp_off: str) -> tuple[str, ...]:
    """What goes out in one write; MachineTrouble if the board could not take it whole."""
    lines = (lamp_on, dwell, lamp_off, lamp_off)
    check_fits(*lines)
    return lines


@dataclass
class ExposureOks:
    """One exposure's. An `ok` may be an old one that comes late; but that of the dwell cannot come before its time."""

    from_s: float
    exposure_s: float
    heard_s: list[float] = field(default_factory=list)

    def listen(
        self, wire: Wire, is_ok: Callable[[str], bool], answer_s: float, cut: Event | None, lit: Callable[[], None]
    ) -> float:
        """Wait for them; how long the lamp was lit, in s. A listening that was cut may be taken up again."""
        until_s = self.from_s + self.exposure_s + answer_s
        while len(self.heard_s) < LINES or self.heard_s[-1] - self.from_s < earliest_s(self.exposure_s):
            if (line := wire.line(until_s, cut)) is None:
                raise self._trouble()
            if is_ok(line):
                self.heard_s.append(wire.now())
                if len(self.heard_s) == 1:
                    lit()
        return lit_for(
            self.exposure_s, self.heard_s[-AFTER_DWELL - 1] - self.heard_s[0], self.heard_s[-1] - self.from_s
        )

    def _trouble(self) -> MachineTrouble:
        told = ", ".join(f"{at_s - self.from_s:.3f} s" for at_s in self.heard_s) or "never"
        return MachineTrouble(
            f"the board must say ok {LINES} times, the last after {self.exposure_s:g} s; it did after: {told}"
        )
