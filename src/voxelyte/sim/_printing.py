"""The print itself: one thread that moves, lights, darkens and lifts, layer by layer (section 3.2)."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from voxelyte.sim._job import HeldExposure, HeldJob, HeldLayer
from voxelyte.sim._lamp import Flash
from voxelyte.sim._refusals import Cut, MachineTrouble

if TYPE_CHECKING:
    from voxelyte.sim._machine import Machine


class Print(Thread):
    """One print. `cut_short` from any thread ends it; whatever ends it, it ends dark with the film lifted."""

    def __init__(self, machine: Machine, job: HeldJob) -> None:
        super().__init__(name="voxelyte-sim-print", daemon=True)
        self._machine, self._job = machine, job
        self.cut, self._reason = Event(), ""
        self.layer: int | None = None
        self._held: HeldLayer | None = None
        self._lit: HeldExposure | None = None
        self._exposures = 0

    def cut_short(self, reason: str) -> None:
        """End it now; the first reason counts."""
        if not self.cut.is_set():
            self._reason = reason
            self.cut.set()

    def run(self) -> None:
        """Print every layer, and tell how it ended; dark before it tells, for then the next job may begin."""
        lamp = self._machine.lamp
        try:
            self._print()
        except Cut:
            lamp.darken()
            self._stopped(self._reason)
        except Exception as trouble:  # whatever it was
            lamp.darken()
            kind = "" if isinstance(trouble, MachineTrouble) else f"{type(trouble).__name__}: "
            text = f"{kind}{trouble}"
            self._machine.fault(text)
            self._stopped(text)
        else:
            lamp.darken()
            told = {"layers": self._job.layers, "exposures": self._exposures}
            self._machine.print_ended("done", "done", **told)

    def _print(self) -> None:
        machine = self._machine
        machine.stage.home(self.cut)
        machine.set_state("printing")
        for number in range(self._job.layers):
            self.layer = number
            self._held = machine.next_layer(number, self.cut)
            self._print_layer(self._held)
        self.layer = None

    def _print_layer(self, held: HeldLayer) -> None:
        machine, motion, top_mm = self._machine, held.motion, held.top_nm / 1e6
        machine.emit("layer-started", layer=held.layer)
        machine.stage.move(top_mm, motion["retract_mm_s"], self.cut)
        self._rest(motion["wait_before_exposure_s"])
        for one in held.exposures:
            self._expose(held, one)
        dark_s = machine.clock.now_s
        machine.vat.cured(held.layer)  # measured now, so that REPORT finds it; a real clock goes on meanwhile
        machine.clock.wait_until(dark_s + motion["wait_after_exposure_s"], self.cut)
        machine.stage.move(top_mm + motion["lift_mm"], motion["lift_mm_s"], self.cut)
        machine.layer_done(held)

    def _expose(self, held: HeldLayer, one: HeldExposure) -> None:
        machine = self._machine
        flash = machine.lamp.on(held.layer, one.exposure, one.power)
        self._lit = one
        try:
            machine.emit("lamp-on", layer=held.layer, exposure=one.exposure)
            self._hold(held.layer, flash, one)
        finally:
            self._darken(held, one)
        self._lit = None
        self._exposures += 1

    def _hold(self, layer: int, flash: Flash, one: HeldExposure) -> None:
        clock, end_s = self._machine.clock, flash.on_s + one.exposure_s
        if one.exposure == 0 and self._machine.faults.in_exposure(layer):
            clock.wait_until(flash.on_s + one.exposure_s / 2, self.cut)
            self._machine.misbehave(layer)
        clock.wait_until(end_s, self.cut)

    def _darken(self, held: HeldLayer, one: HeldExposure) -> None:
        machine = self._machine
        flash = machine.lamp.off()
        on_time_s = flash.on_time_s if flash else 0.0
        dose_mj_cm2 = machine.design.irradiance_mw_cm2 * one.power * on_time_s
        machine.vat.expose(held.layer, held.top_nm, held.thickness_nm, one.mask, dose_mj_cm2)
        machine.emit("lamp-off", layer=held.layer, exposure=one.exposure, on_time_s=on_time_s)

    def _rest(self, wait_s: float) -> None:
        clock = self._machine.clock
        clock.wait_until(clock.now_s + wait_s, self.cut)

    def _stopped(self, reason: str) -> None:
        flash = self._machine.lamp.off()
        cut = {
            "layer": self.layer,
            "exposure": self._lit.exposure if self._lit else None,
            "on_time_s": flash.on_time_s if flash and self._lit else 0.0,
        }
        self._lift()
        self._machine.print_ended("stopped", "stopped", reason=reason, **cut)

    def _lift(self) -> None:
        """Take the film out of the resin; only switching the machine off ends that early."""
        if not self._held:
            return
        machine, motion = self._machine, self._held.motion
        try:
            machine.stage.move(self._held.top_nm / 1e6 + motion["lift_mm"], motion["lift_mm_s"], machine.off)
        except Cut:
            return
