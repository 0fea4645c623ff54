"""The machine: what it holds, and what it does with each request (sections 3 and 4).

Requests come from the session's thread, the print runs in its own, and `stop` and `close` may come from any.
The works' `darken` takes no lock of the machine's, so that nothing can keep it waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, current_thread
from typing import Any

from voxelyte.machine import _misbehaving as misbehaving
from voxelyte.machine import _resuming as resuming
from voxelyte.machine._job import HeldJob, HeldLayer, check_job
from voxelyte.machine._printing import Print
from voxelyte.machine._receiving import received
from voxelyte.machine._status import Outlet, Status
from voxelyte.machine.design import Design
from voxelyte.machine.faults import Faults
from voxelyte.machine.hardware import Hardware
from voxelyte.machine.journal import Journal
from voxelyte.machine.refusals import MachineTrouble, Refused

PRINTS = ("homing", "printing", "waiting", "paused")
LOADS = ("loading", *PRINTS)
FREE = ("idle", "done", "stopped")
HISTORY_HEAD_BYTES = 600
"""At most what a HISTORY answer takes besides its layers: a job's id may be 64 characters of six bytes each in JSON."""
GIVE_WAY_S = 0.2
"""A host that hangs up and calls again at once shall not find its own last session in the way."""


class Machine:
    """A machine that is switched on: `works` move and light, `journal` remembers, this says when."""

    def __init__(
        self,
        design: Design,
        works: Hardware,
        faults: Faults | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.design, self.works, self.faults = design, works, faults or Faults()
        self.journal = journal or Journal()
        self.status, self.off = Status(works.clock, on_event), Event()
        self._changed = self.status.changed
        self._job: HeldJob | None = None
        self._print: Print | None = None
        self._seen = ""
        """The job of which the works have seen the film."""

    @property
    def state(self) -> str:
        """As section 4 has it."""
        return self.status.state

    # -- the session's side --------------------------------------------------------------------------------

    def open_session(self, outlet: Outlet) -> None:
        """A host is there; Refused `busy` while another is, or while the last film is still being lifted."""
        with self._changed:
            if self.off.is_set() or not self._changed.wait_for(lambda: not self.status.outlet, GIVE_WAY_S):
                raise Refused("busy", "this machine has a session already")
            if not self._changed.wait_for(lambda: not self._ending(), self.design.watchdog_s / 2):
                raise Refused("busy", "the film of the last job is still being lifted")
            self.status.outlet = outlet
            if not self._print:
                self.status.state = "idle"

    def close_session(self, outlet: Outlet, reason: str) -> None:
        """The host is gone. A print goes on with what it holds, if it is one that does; anything else ends dark."""
        with self._changed:
            if self.status.outlet is not outlet:
                return
            followed, self.status.followed, self.status.outlet = self.status.followed, False, None
            if self._job:
                self._job.transfers.clear()
            self._changed.notify_all()
            goes_on = self._print and self.design.on_link_loss == "finish"
        if followed and not goes_on:
            self.stop(reason)

    def welcome(self, session: str) -> dict[str, Any]:
        """The keys of WELCOME."""
        with self._changed:
            job = resuming.job_told(self.journal, self.state if self._print else "")
            return self.design.welcome(session, self.state, job)

    def load(self, keys: dict[str, Any]) -> None:
        """JOB."""
        with self._changed:
            self._need_state(FREE, "JOB")
            check_job(self.design, keys)
            if (last := self.journal.last) and last.id == keys["job"] and last.begun and not last.done:
                raise Refused("state", f"job={last.id} was begun already: RESUME it, or give the new one another id")
            job = HeldJob(self.design, self.journal.begin(keys))
            self._seen = ""
            self._hold(job)

    def resume(self, keys: dict[str, Any]) -> dict[str, Any]:
        """RESUME: the keys of RESUMED but for `to`."""
        with self._changed:
            last = resuming.same_job(self.design, keys, self.journal.last)
            if self._ending():
                raise Refused("state", f"job={last.id} is being stopped: ask again when its film is lifted")
            if self._print and self._job:
                self.status.followed = True
                self._changed.notify_all()
                return resuming.resumed(self.journal, self._job, alive=True)
            self._need_state(FREE, "RESUME")
            resuming.check_begun(self.works, last, keys["cut"])
            self.journal.will("resumed", cut=keys["cut"])
            job = HeldJob(self.design, last, keys["cut"])
            self._hold(job)
            return resuming.resumed(self.journal, job, alive=False)

    def held(self, request: str) -> HeldJob:
        """The job that masks and layers belong to."""
        self._need_state(LOADS, request)
        self._need_followed(request)
        if not self._job or self.off.is_set() or self._ending():
            raise Refused("state", f"{request} does not belong here: the job has ended")
        return self._job

    def mask(self, keys: dict[str, Any]) -> None:
        """MASK."""
        with self._changed:
            self.held("MASK").announce(keys)

    def data(self, payload: bytes) -> bool:
        """DATA; True when a mask is complete."""
        return received(self._changed, self.held, payload)

    def layer(self, keys: dict[str, Any]) -> None:
        """LAYER."""
        with self._changed:
            job = self.held("LAYER")
            if self.faults.at("refuse", number := keys["layer"]):
                raise Refused("unsupported", f"layer={number} is refused: refuse@{number} was asked for")
            job.add_layer(keys)
            self._changed.notify_all()

    def forget(self, keys: dict[str, Any]) -> None:
        """FORGET; after the job's end its masks are forgotten already, which the host may not know yet."""
        with self._changed:
            if self.state not in ("done", "stopped"):
                self.held("FORGET").forget(keys["mask"])

    def start(self) -> None:
        """START."""
        with self._changed:
            self._need_state(("loading",), "START")
            job = self.held("START")
            if not job.queue:
                raise Refused("state", "START needs at least one held layer")
            self.works.allow(job.id)
            self._print = Print(self, job)
            self.status.set_state("homing")
            self._print.start()

    def pause(self, pausing: bool) -> None:
        """PAUSE and CONTINUE; asking twice does no harm."""
        request = "PAUSE" if pausing else "CONTINUE"
        with self._changed:
            self._need_state(PRINTS, request)
            self._need_followed(request)
            if self._print:
                self._print.supply.pausing = pausing
            self._changed.notify_all()

    def stop_asked(self, keys: dict[str, Any]) -> None:
        """STOP, by any host that has a session."""
        with self._changed:
            self.status.followed = self.status.outlet is not None
            later = keys.get("when") == "exposure" and self._print
            if later and later.stop_after_exposure(keys["reason"]):
                return
        self.stop(keys["reason"])

    def stop(self, reason: str) -> None:
        """Every end of a job before it is done: dark when this returns; the film is lifted after that."""
        self.darken()
        with self._changed:
            self.darken()  # again: START may have come between
            if self._print:
                self._print.cut_short(reason)
                self._changed.notify_all()
            elif self.state == "loading":
                self.print_ended("stopped", reason=reason, layer=None, exposure=None, on_time_s=0.0)

    def darken(self) -> None:
        """Dark at once. Hardware that cannot even do that is told of; whatever else must be done goes on."""
        try:
            self.works.darken()
        except Exception as trouble:
            self.status.note("trouble", message=f"the lamp may be on: {trouble}")
            self.status.fault(f"the lamp may be on: {trouble}")

    def pong(self) -> dict[str, Any]:
        """The keys of PONG but for `to`."""
        with self._changed:
            layer = self._print.layer if self._print else None
            return {"state": self.state, "lamp": self.works.lit, "layer": layer, "clock_s": self.status.clock_s}

    def report(self, keys: dict[str, Any]) -> dict[str, Any]:
        """The keys of REPORT but for `to`."""
        seen = self.works.report(keys["from_layer"], keys["count"])
        if seen is None:
            raise Refused("state", "REPORT needs a job: this machine has had none")
        return seen

    def history(self, keys: dict[str, Any]) -> dict[str, Any]:
        """The keys of HISTORY but for `to`."""
        with self.journal.lock:
            last = self.journal.last
            if last is None or last.id != keys["job"]:
                raise Refused("state", f"job={keys['job']} is not this machine's last one: its history is not known")
            most_bytes = self.design.max_payload_bytes - HISTORY_HEAD_BYTES
            return {"job": last.id, "layers": last.told(keys["from_layer"], keys["count"], most_bytes)}

    def need_rest(self, request: str) -> None:
        """Refused `state` while this host's job is under way."""
        with self._changed:
            if self.status.followed:
                self._need_state(FREE, request)

    # -- the print's side ----------------------------------------------------------------------------------

    def write_lit(self, **keys: Any) -> None:
        """The journal says that the lamp will be lit; else it must not be."""
        misbehaving.before_lit(self, keys["layer"])
        self.journal.will("lit", **keys)

    def layer_done(self, held: HeldLayer) -> None:
        """A layer is lifted: its place is free."""
        self.journal.did("layer", layer=held.layer, top_nm=held.top_nm)
        with self._changed:
            if self._job:
                self._job.queue.popleft()
            self.status.emit("layer-done", layer=held.layer, top_nm=held.top_nm)

    def print_ended(self, event: str, **keys: Any) -> None:
        """Masks and queue are dropped; `done` and `stopped` are told before the state."""
        self.works.clock.run_on()
        with self._changed:
            self._write_end(event, keys)
            self._job = self._print = None
            self.status.emit(event, **keys)
            self.status.set_state(event)
            self._changed.notify_all()

    # -- power ---------------------------------------------------------------------------------------------

    def switch_off(self) -> None:
        """Dark at once, and no more sessions; a job that was under way is interrupted."""
        self.off.set()
        self.stop("the machine was switched off")

    def close(self) -> None:
        """Switch it off: dark at once, all its threads ended."""
        self.switch_off()
        running = self._print
        if running and running is not current_thread():
            running.join()
        try:
            self.works.close()
        finally:
            self.journal.close()
            self.status.close()

    def _hold(self, job: HeldJob) -> None:
        self._job, self.status.followed = job, True
        if self._seen != job.id:
            self.works.clear(job.id)
            self._seen = job.id
        self.status.set_state("loading")

    def _write_end(self, event: str, keys: dict[str, Any]) -> None:
        what = "interrupted" if event == "stopped" and self.off.is_set() else event
        try:
            self.journal.did(what, **keys)
        except MachineTrouble as trouble:
            self.status.note("journal", message=trouble.message)  # it is dark, and over: nothing more can be done

    def _ending(self) -> bool:
        return bool(self._print and self._print.cut.is_set())

    def _need_state(self, states: tuple[str, ...], request: str) -> None:
        if self.state not in states:
            law = f"state={self.state} must be {' or '.join(states)}"
            raise Refused("state", f"{request} does not belong here: {law}")

    def _need_followed(self, request: str) -> None:
        if not self.status.followed:
            raise Refused("state", f"{request} does not belong here: RESUME the job first")
