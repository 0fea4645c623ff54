"""The works of a rig: one stage and one light engine behind the machine's `Hardware`.

An exposure is: show the mask; wait `lamp.settle_s`, while it comes to stand on the panel; light; dark; black. Only then does
the stage move. Where the projector is always lit, showing is lighting, and the engine does both and ends both.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import inf
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from voxelyte.lights import Light
from voxelyte.machine.clock import Clock
from voxelyte.machine.hardware import Shot
from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.rigs._either import Either
from voxelyte.rigs.rig import Rig
from voxelyte.stages import Stage

if TYPE_CHECKING:
    from voxelyte.lights import Pixels


class RigWorks:
    """As Hardware. `open` first; then `stage`, `light` and `clock` are there to be read."""

    def __init__(self, rig: Rig, stage: Stage, light: Light, clock: Clock | None = None) -> None:
        self.rig, self.stage, self.light, self.clock = rig, stage, light, clock or Clock()
        self._lock = Lock()
        self._allowed, self._job = False, ""
        self._lit_once: set[tuple[int, int]] = set()
        self._ending: Either | None = None
        """Set to end the exposure that is under way; None when none is, and no light can be on the film."""
        self._lit_s: float | None = None
        self._dark_s: float | None = None
        self._on_time_s: float | None = 0.0
        self._lost = ""

    def open(self) -> None:
        """Open both, first the one that lights; neither stays open alone."""
        by_stage = self.rig.lamp.by == "stage"
        steps = [(self.stage.open, self.stage.close), (lambda: self.light.open(self._picture_lost), self.light.close)]
        opened: list[Callable[[], None]] = []
        try:
            for open_one, close_one in steps if by_stage else reversed(steps):
                open_one()
                opened.append(close_one)
        except BaseException:
            for close_one in opened:
                close_one()
            raise

    @property
    def lit(self) -> bool:
        """As Hardware."""
        return self._ending is not None

    @property
    def knows_place(self) -> bool:
        """As Hardware."""
        return self.stage.knows_place

    @property
    def may_home_with_film(self) -> bool:
        """As Hardware."""
        return self.stage.may_home_with_film

    @property
    def park_mm(self) -> float:
        """As Hardware."""
        return self.rig.stage.park_mm

    def allow(self, job: str) -> None:
        """As Hardware."""
        with self._lock:
            if job != self._job:
                self._job, self._lit_once = job, set()
            self._allowed = True
            self.light.allow()

    def home(self, cut: Event) -> None:
        """As Hardware; from where the stage homes to, down to the vat's floor."""
        self.stage.home(cut)
        self.stage.move(0.0, self.rig.approach_mm_s, cut)

    def home_away(self, cut: Event) -> None:
        """As Hardware."""
        self.stage.home(cut)

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """As Hardware."""
        self.stage.move(height_mm, speed_mm_s, cut)

    def expose(self, shot: Shot, cut: Event) -> None:
        """As Hardware."""
        key = (shot.layer.layer, shot.exposure.exposure)
        if key in self._lit_once and not shot.again:
            raise MachineTrouble(f"layer={key[0]} exposure={key[1]} was lit before and must be lit once")

        def lit() -> None:
            self._lit_once.add(key)
            shot.lit()
            shot.midway()

        self.flash(shot.exposure.mask.pixels(), shot.exposure.exposure_s, shot.exposure.power, cut, lit)

    def flash(
        self, pixels: Pixels, exposure_s: float, power: float, cut: Event, lit: Callable[[], None] = lambda: None
    ) -> None:
        """One exposure, from the picture to black. `off` then says how long it was lit."""
        self._on_time_s, self._lit_s, self._dark_s = 0.0, None, None
        if not self.rig.light.gates:
            self.light.show(pixels)
            self.clock.wait_until(self.clock.now_s + self.rig.lamp.settle_s, cut)
        ending = self._begin(cut)
        try:
            on_time_s = self._give(pixels, exposure_s, power, ending, lit)
        except BaseException as fault:
            self._on_time_s = None
            self._put_out()
            self._on_time_s = self._lit_for(fault)
            if self._lost and isinstance(fault, Cut):
                raise MachineTrouble(self._lost) from None
            raise
        self._on_time_s, self._ending = on_time_s, None
        self.light.black()

    def off(self) -> float | None:
        """As Hardware."""
        if self._ending:
            self._put_out()
        return self._on_time_s

    def darken(self) -> None:
        """As Hardware."""
        with self._lock:
            self._allowed = False
            if ending := self._ending:
                ending.set()
        with suppress(MachineTrouble):  # the print meets the same trouble, and tells of it
            self._dark(ending is not None)

    def layer_cured(self, layer: int) -> None:
        """As Hardware; nobody looks at it."""

    def clear(self, job: str) -> None:
        """As Hardware."""

    def report(self, from_layer: int, count: int) -> dict[str, Any] | None:
        """As Hardware: a rig sees nothing of its film."""
        return None

    def close(self) -> None:
        """As Hardware."""
        self.darken()
        for close_one in (self.stage.close, self.light.close):
            with suppress(MachineTrouble):
                close_one()

    def _begin(self, cut: Event) -> Either:
        """From here on light may be on the film. Cut after `darken`."""
        with self._lock:
            if not self._allowed or cut.is_set():
                raise Cut
            self._ending = Either(cut)
            return self._ending

    def _give(self, pixels: Pixels, exposure_s: float, power: float, ending: Either, lit: Callable[[], None]) -> float:
        """The light itself; how long it was lit, in s, as whoever timed it measured."""

        def lit_now() -> None:
            self._lit_s = self.clock.now_s
            lit()
            if ending.is_set():
                raise Cut

        if self.rig.lamp.by == "stage":
            on_time_s = self.stage.expose(exposure_s, power, ending, lit_now)
        else:
            on_time_s = self.light.expose(pixels, exposure_s, power, ending, lit_now)
        if ending.is_set() and self._dark_s is not None:
            raise Cut  # the picture went black meanwhile, whatever the lamp did
        return on_time_s

    def _put_out(self) -> None:
        """Dark, after an exposure that did not end by itself; then nothing is under way any more."""
        if self._ending:
            self._ending.set()
        self._dark(self._ending is not None and self.stage.lit)
        self._ending = None

    def _dark(self, lamp: bool) -> None:
        """Lamp and picture off. A stage's lamp is not touched without need: that may stop all that the board does."""
        try:
            if lamp and self.rig.lamp.by == "stage":
                self.stage.lamp_off()
        finally:
            self.light.dark()
        if self._dark_s is None:
            self._dark_s = self.clock.now_s

    def _lit_for(self, fault: BaseException) -> float | None:
        """How long an exposure that did not end by itself was on the film: the lamp, and the picture before it."""
        # In trouble with an engine that timed it nobody knows; of a stage's lamp the stage does.
        timed_s = inf if isinstance(fault, Cut) else None
        lamp_s = self.stage.lit_s() if self.rig.lamp.by == "stage" else timed_s
        if self._lit_s is None or self._dark_s is None:
            return lamp_s if lamp_s != inf else 0.0
        return None if lamp_s is None else min(lamp_s, self._dark_s - self._lit_s)

    def _picture_lost(self, why: str) -> None:
        """From the light engine's own thread: what is shown now is not the mask."""
        self._lost = why
        self.darken()
