"""The print itself: one thread that moves, lights, darkens and lifts, layer by layer (section 3.2).

Each step that the journal tells of is on the disk before the next one begins; before the lamp, that it will be lit.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from voxelyte.machine import _misbehaving as misbehaving
from voxelyte.machine._job import HeldExposure, HeldJob, HeldLayer
from voxelyte.machine._supply import Supply
from voxelyte.machine.hardware import Shot
from voxelyte.machine.refusals import Abandoned, Cut, MachineTrouble

if TYPE_CHECKING:
    from voxelyte.machine.machine import Machine


class Print(Thread):
    """One print. `cut_short` from any thread ends it; whatever ends it, it ends dark with the film lifted."""

    def __init__(self, machine: Machine, job: HeldJob) -> None:
        super().__init__(name="voxelyte-sim-print", daemon=True)
        self._machine, self._job, self._status = machine, job, machine.status
        self.supply = Supply(job, machine.status, machine.works.clock, machine.design.resume_s)
        self.cut, self._reason, self._last_words = Event(), "", ""
        self.layer: int | None = None
        self._held: HeldLayer | None = None
        self._making: HeldExposure | None = None
        self._lit, self._on_time_s = False, 0.0

    def cut_short(self, reason: str) -> None:
        """End it now; the first reason counts."""
        if not self.cut.is_set():
            self._reason = reason
            self.cut.set()

    def stop_after_exposure(self, reason: str) -> bool:
        """End it when the exposure that is being made is whole; False when none is. Under the machine's lock."""
        self._last_words = self._last_words or reason
        return self._making is not None

    def run(self) -> None:
        """Print every layer, and tell how it ended; dark before it tells, for then the next job may begin."""
        try:
            self._print()
        except Abandoned:
            self._machine.darken()
            self._stopped(f"no host for {self._machine.design.resume_s:g} s", park=True)
        except Cut:
            self._machine.darken()
            self._stopped(self._reason)
        except Exception as trouble:  # whatever it was
            self._machine.darken()
            kind = "" if isinstance(trouble, MachineTrouble) else f"{type(trouble).__name__}: "
            text = f"{kind}{trouble}"
            self._status.fault(text)
            self._stopped(text)
        else:
            self._machine.darken()
            told = {"layers": self._job.layers, "exposures": self._job.history.exposures_done}
            self._machine.print_ended("done", **told)

    def _print(self) -> None:
        self._find_place()
        self._status.set_state("printing")
        for number in range(self._job.history.layers_done, self._job.layers):
            self.layer = number
            self._held = self.supply.next(number, self.cut)
            self._print_layer(self._held)
        self.layer = None

    def _find_place(self) -> None:
        """A new film begins on the vat's floor. With one on the plate the stage must not go there blindly."""
        works = self._machine.works
        if not self._job.history.begun:
            works.home(self.cut)
        elif not works.knows_place:
            if not works.may_home_with_film:
                raise MachineTrouble("the stage lost its place, and must not home with a film on the plate")
            works.home_away(self.cut)

    def _print_layer(self, held: HeldLayer) -> None:
        works, motion, top_mm = self._machine.works, held.motion, held.top_nm / 1e6
        self._status.emit("layer-started", layer=held.layer)
        works.move(top_mm, motion["retract_mm_s"], self.cut)
        works.clock.wait_until(works.clock.now_s + motion["wait_before_exposure_s"], self.cut)
        for one in held.exposures:
            self._expose(held, one)
        dark_s = works.clock.now_s
        works.layer_cured(held.layer)
        works.clock.wait_until(dark_s + motion["wait_after_exposure_s"], self.cut)
        works.move(top_mm + motion["lift_mm"], motion["lift_mm_s"], self.cut)
        self._machine.layer_done(held)

    def _expose(self, held: HeldLayer, one: HeldExposure) -> None:
        if (due := self._job.due(held.layer, one)) is None:
            return  # made before the film went on here
        with self._status.changed:
            self._end_if_asked()
            self._making, self._lit, self._on_time_s = one, False, 0.0
        self._light(held, one, *due)
        with self._status.changed:
            self._making = None
            self._end_if_asked()

    def _light(self, held: HeldLayer, whole: HeldExposure, now: HeldExposure, again: bool) -> None:
        keys = {"layer": held.layer, "exposure": whole.exposure}
        times = {"asked_s": whole.exposure_s, "lit_s": now.exposure_s, "again": again}
        self._machine.write_lit(**keys, top_nm=held.top_nm, **times)
        made = False
        try:
            self._machine.works.expose(self._shot(held, now, again), self.cut)
            made = True
        finally:
            self._darken(keys, made)

    def _shot(self, held: HeldLayer, one: HeldExposure, again: bool) -> Shot:
        machine = self._machine

        def lit() -> None:
            self._lit = True
            self._status.emit("lamp-on", layer=held.layer, exposure=one.exposure)

        def midway() -> None:
            if one.exposure == 0:
                misbehaving.midway(machine, held.layer)

        return Shot(held, one, lit, midway, again)

    def _darken(self, keys: dict[str, int], made: bool) -> None:
        on_time_s = self._machine.works.off()
        if on_time_s is None:
            raise MachineTrouble(f"layer={keys['layer']} exposure={keys['exposure']}: how long it was lit is not known")
        self._on_time_s = on_time_s
        try:
            self._machine.journal.did("dark", **keys, on_time_s=on_time_s, whole=made)
        finally:
            if self._lit:
                self._status.emit("lamp-off", **keys, on_time_s=on_time_s)

    def _end_if_asked(self) -> None:
        if self._last_words:
            self.cut_short(self._last_words)
        if self.cut.is_set():
            raise Cut

    def _stopped(self, reason: str, park: bool = False) -> None:
        self.cut.set()
        cut = self._making if self._lit or self._on_time_s else None
        told = {
            "layer": self.layer,
            "exposure": cut.exposure if cut else None,
            "on_time_s": self._on_time_s if cut else 0.0,
        }
        try:
            self._lift(park)
        except Cut:
            pass  # it is being switched off
        except Exception as trouble:  # it ends all the same
            reason = f"{reason}; the film was not lifted: {trouble}"
        self._machine.print_ended("stopped", reason=reason, **told)

    def _lift(self, park: bool) -> None:
        """Take the film off the vat's floor, or all out of the resin; only switching the machine off ends that early."""
        works, queue = self._machine.works, self._job.queue
        unmoved = self._held is None  # in this print: then it stands lifted, or wherever a kill left it
        held = queue[0] if unmoved and queue and (park or self._job.history.begun) else self._held
        if not held or not works.knows_place:
            return
        lifted_mm, motion = held.top_nm / 1e6 + held.motion["lift_mm"], held.motion
        if not unmoved:
            works.move(lifted_mm, motion["lift_mm_s"], self._machine.off)
        if park or unmoved:
            works.move(max(works.park_mm, lifted_mm), motion["lift_mm_s"], self._machine.off)
