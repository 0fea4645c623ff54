"""What a print moves and lights, real or virtual: a clock, a stage, a panel and a lamp behind one face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, Protocol

from voxelyte.machine._job import HeldExposure, HeldLayer
from voxelyte.machine.clock import Clock


@dataclass(frozen=True)
class Shot:
    """One exposure that is to be made. `lit` is called when the lamp has just been lit, `midway` half way through."""

    layer: HeldLayer
    exposure: HeldExposure
    lit: Callable[[], None]
    midway: Callable[[], None]


class Hardware(Protocol):
    """One machine's works. Only the print's thread moves and exposes; `darken` may come from any thread at any time.

    Whatever waits takes an event `cut`, and raises Cut as soon as that is set. Trouble of its own is MachineTrouble.
    """

    @property
    def clock(self) -> Clock:
        """The machine's time."""

    @property
    def lit(self) -> bool:
        """Whether light may be on the film now."""

    def allow(self, job: str) -> None:
        """A print begins: until `darken` the lamp may be lit, once for each exposure."""

    def home(self, cut: Event) -> None:
        """Find the vat's floor; then the plate stands on it, at height 0."""

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """Move the plate to a height above the vat's floor, and wait until it is there."""

    def expose(self, shot: Shot, cut: Event) -> None:
        """Show the mask, then light it for its time and power, then dark; Cut or MachineTrouble may leave that to `off`."""

    def off(self) -> float:
        """Make it dark, and say how long the last exposure was lit, in s: measured, not asked."""

    def darken(self) -> None:
        """Dark at once, and no light before the next `allow`."""

    def layer_cured(self, layer: int) -> None:
        """All exposures of a layer are made; there is time now to look at it."""

    def clear(self, job: str) -> None:
        """A new job: what was seen of the last film is forgotten."""

    def report(self, from_layer: int, count: int) -> dict[str, Any] | None:
        """What it sees of the film, the keys of REPORT but for `to`; None when it has seen none."""

    def close(self) -> None:
        """Dark, and let go of all that it holds."""
