"""The print itself: one thread that moves, lights, darkens and lifts, layer by layer (section 3.2)."""

from __future__ import annotations

from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING

from voxelyte.machine._job import HeldExposure, HeldJob, HeldLayer
from voxelyte.machine.hardware import Shot
from voxelyte.machine.refusals import Cut, MachineTrouble

if TYPE_CHECKING:
    from voxelyte.machine.machine import Machine


class Print(Thread):
    """One print. `cut_short` from any thread ends it; whatever ends it, it ends dark with the film lifted."""

    def __init__(self, machine: Machine, job: HeldJob) -> None:
        super().__init__(name="voxelyte-sim-print", daemon=True)
        self._machine, self._job = machine, job
        self.cut, self._reason = Event(), ""
        self.layer: int | None = None
        self._held: HeldLayer | None = None
        self._lit: HeldExposure | None = None
        self._exposures, self._on_time_s = 0, 0.0

    def cut_short(self, reason: str) -> None:
        """End it now; the first reason counts."""
        if not self.cut.is_set():
            self._reason = reason
            self.cut.set()

    def run(self) -> None:
        """Print every layer, and tell how it ended; dark before it tells, for then the next job may begin."""
        works = self._machine.works
        try:
            self._print()
        except Cut:
            works.darken()
            self._stopped(self._reason)
        except Exception as trouble:  # whatever it was
            works.darken()
            kind = "" if isinstance(trouble, MachineTrouble) else f"{type(trouble).__name__}: "
            text = f"{kind}{trouble}"
            self._machine.fault(text)
            self._stopped(text)
        else:
            works.darken()
            told = {"layers": self._job.layers, "exposures": self._exposures}
            self._machine.print_ended("done", "done", **told)

    def _print(self) -> None:
        machine = self._machine
        machine.works.home(self.cut)
        machine.set_state("printing")
        for number in range(self._job.layers):
            self.layer = number
            self._held = machine.next_layer(number, self.cut)
            self._print_layer(self._held)
        self.layer = None

    def _print_layer(self, held: HeldLayer) -> None:
        machine, motion, top_mm = self._machine, held.motion, held.top_nm / 1e6
        machine.emit("layer-started", layer=held.layer)
        machine.works.move(top_mm, motion["retract_mm_s"], self.cut)
        self._rest(motion["wait_before_exposure_s"])
        for one in held.exposures:
            self._expose(held, one)
        dark_s = machine.works.clock.now_s
        machine.works.layer_cured(held.layer)
        machine.works.clock.wait_until(dark_s + motion["wait_after_exposure_s"], self.cut)
        machine.works.move(top_mm + motion["lift_mm"], motion["lift_mm_s"], self.cut)
        machine.layer_done(held)

    def _expose(self, held: HeldLayer, one: HeldExposure) -> None:
        self._lit = one
        try:
            self._machine.works.expose(self._shot(held, one), self.cut)
        finally:
            self._darken(held, one)
        self._lit = None
        self._exposures += 1

    def _shot(self, held: HeldLayer, one: HeldExposure) -> Shot:
        machine = self._machine
        lit = partial(machine.emit, "lamp-on", layer=held.layer, exposure=one.exposure)
        wrong = one.exposure == 0 and machine.faults.in_exposure(held.layer)
        return Shot(held, one, lit, partial(machine.misbehave, held.layer) if wrong else _nothing)

    def _darken(self, held: HeldLayer, one: HeldExposure) -> None:
        self._on_time_s = self._machine.works.off()
        self._machine.emit("lamp-off", layer=held.layer, exposure=one.exposure, on_time_s=self._on_time_s)

    def _rest(self, wait_s: float) -> None:
        clock = self._machine.works.clock
        clock.wait_until(clock.now_s + wait_s, self.cut)

    def _stopped(self, reason: str) -> None:
        self._machine.works.off()
        cut = {
            "layer": self.layer,
            "exposure": self._lit.exposure if self._lit else None,
            "on_time_s": self._on_time_s if self._lit else 0.0,
        }
        self._lift()
        self._machine.print_ended("stopped", "stopped", reason=reason, **cut)

    def _lift(self) -> None:
        """Take the film out of the resin; only switching the machine off ends that early."""
        if not self._held:
            return
        machine, motion = self._machine, self._held.motion
        try:
            machine.works.move(self._held.top_nm / 1e6 + motion["lift_mm"], motion["lift_mm_s"], machine.off)
        except Cut:
            return


def _nothing() -> None:
    return None
