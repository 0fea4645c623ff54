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
    """One exposure that is to be made. `lit` is called when the lamp has just been lit, `midway` half way through.

    `again`: it was begun before and cut, and the host wants the rest of it, or the whole of it once more;
    `exposure.exposure_s` is what is to be given now. Without `again` no exposure of a job may be lit twice.
    """

    layer: HeldLayer
    exposure: HeldExposure
    lit: Callable[[], None]
    midway: Callable[[], None]
    again: bool = False


class Hardware(Protocol):
    """One machine's works. Only the print's thread moves and exposes; `darken` may come from any thread at any time.

    Whatever waits takes an event `cut`, and raises Cut as soon as that is set. Trouble of its own is MachineTrouble.

    The calls of a print, in their order: `allow`; then `home`, or `home_away` for a film that goes on and whose place
    is not known, or neither; for each layer `move` to its height, `expose` and `off` for each exposure, `layer_cured`,
    `move` by its lift; at any end `darken`, `off`, and a `move` that lifts the film.
    """

    @property
    def clock(self) -> Clock:
        """The machine's time."""

    @property
    def lit(self) -> bool:
        """Whether light may be on the film now."""

    @property
    def knows_place(self) -> bool:
        """Whether it knows how high the plate stands: not when just switched on, unless its stage remembers.

        A stage that lost its place (a reset board, a move that failed) must say so from then on.
        """

    @property
    def may_home_with_film(self) -> bool:
        """Whether `home_away` can be asked: it homes away from the vat, where a film on the plate touches nothing."""

    @property
    def park_mm(self) -> float:
        """The height above the vat's floor at which a film is out of the resin."""

    def allow(self, job: str) -> None:
        """A print begins or goes on: until `darken` the lamp may be lit, once for each exposure of this job (but `again`)."""

    def home(self, cut: Event) -> None:
        """Find the vat's floor, with no film on the plate; then the plate stands on it, at height 0."""

    def home_away(self, cut: Event) -> None:
        """Find the plate's place with a film on it, without going near the vat's floor; only where `may_home_with_film`."""

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """Move the plate to a height above the vat's floor, and wait until it is there."""

    def expose(self, shot: Shot, cut: Event) -> None:
        """Show the mask, then light it for its time and power, then dark; Cut or MachineTrouble may leave that to `off`.

        It returns only when the whole time was given: the journal then says so.
        """

    def off(self) -> float | None:
        """Make it dark, and say how long the last exposure was lit, in s: measured, not asked.

        None when that cannot be known, as after a reset of the board that timed it. Once dark it may be asked again.
        """

    def darken(self) -> None:
        """Dark at once, and no light before the next `allow`. It must not wait for anything, and must raise only if the lamp may be on."""

    def layer_cured(self, layer: int) -> None:
        """All exposures of a layer are made; there is time now to look at it."""

    def clear(self, job: str) -> None:
        """A new job, or one that went on elsewhere: what was seen of the last film is forgotten."""

    def report(self, from_layer: int, count: int) -> dict[str, Any] | None:
        """What it sees of the film, the keys of REPORT but for `to`; None when it has seen none."""

    def close(self) -> None:
        """Dark, and let go of all that it holds."""
