"""Asking a machine what became of a job: RESUME, then HISTORY, told as progress (docs/stream-protocol.md, version 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from voxelyte.drivers import Progress
from voxelyte.drivers._answers import CutExposure, LastJob, Resumed
from voxelyte.drivers._recalled import cut_in
from voxelyte.drivers._record import Record
from voxelyte.drivers._said import read
from voxelyte.drivers._way import Way
from voxelyte.errors import ExposureCut, PrinterConfused, PrinterRefused


class Resuming:
    """One job's way back. `masks` are those that the machine holds after it."""

    def __init__(self, way: Way, name: str, record: Record) -> None:
        self._way, self._name, self._record = way, name, record
        self.masks: tuple[int, ...] = ()
        self.is_ours = False
        """The machine has said that it goes on with this job."""

    def events(self, request: dict[str, Any], *, wished: bool) -> Iterator[Progress]:
        """All that was made meanwhile, each exposure once. What keeps the job from going on is PrinterRefused."""
        self.is_ours = False
        machine = self._way.machine
        try:
            if not (machine.resumes or (wished and "resume" in machine.can)):
                raise PrinterRefused("unsupported", f"{machine.name} keeps no job when its link is lost")
            self._check_wish(wished)
            resumed = self._ask(request)
        except PrinterRefused as no:
            yield from self._refused(no)
            return
        yield from self.recalled(alive=resumed.alive, cut=resumed.cut)
        self._record.caught_up(machine.state, alive=resumed.alive)
        if not resumed.alive and self._all_done:
            yield self._record.recalled_done()

    def recalled(self, *, alive: bool, cut: CutExposure | None = None) -> Iterator[Progress]:
        """What the journal says from the layer on that was heard of last."""
        made = self._way.history(self._name, self._record.layer, self._record.layers)
        cut = cut if alive or cut is not None else cut_in(made)
        for layer in made:
            yield from self._record.recall(layer, cut)

    @property
    def _all_done(self) -> bool:
        return self._record.layers_done == self._record.layers

    def _check_wish(self, wished: bool) -> None:
        past = self._way.machine.job
        begun = past is not None and (past.layers_done or past.exposures_done)
        if past is not None and past.job == self._name and past.state == "stopped" and begun and not wished:
            raise PrinterRefused("stopped", "the job was stopped while the link was lost")

    def _ask(self, request: dict[str, Any]) -> Resumed:
        resumed = read(Resumed, "RESUMED", self._way.link.ask("RESUME", request))
        if resumed.next_layer > self._record.layers:
            raise PrinterConfused(f"RESUMED has next_layer={resumed.next_layer} of {self._record.layers} layers")
        self.is_ours, self.masks, self._record.layers_held = True, resumed.masks, resumed.next_layer
        return resumed

    def _refused(self, no: PrinterRefused) -> Iterator[Progress]:
        """A job that is done meanwhile is no failure; else its journal says how far it came."""
        machine = self._way.machine
        try:
            made = self._way.history(self._name, self._record.layer, self._record.layers)
        except PrinterRefused:
            why = "" if no.code == "state" else f"{str(no).removesuffix(f' [{no.code}]')}; "
            text = f"the machine cannot go on with this job: {why}{_last_job(machine.job)}"
            raise PrinterRefused(no.code, text) from None
        cut = cut_in(made)
        for layer in made:
            yield from self._record.recall(layer, cut)
        if self._all_done:
            yield self._record.recalled_done()
            return
        if no.code == "cut" and cut is not None:
            raise ExposureCut(
                str(no), layer=cut.layer, exposure=cut.exposure, asked_s=cut.asked_s, on_time_s=cut.on_time_s
            )
        raise no


def _last_job(job: LastJob | None) -> str:
    if job is None:
        return "it has no job that is not done"
    return f"its last job is {job.job}, {job.state} after {job.layers_done} layers"
