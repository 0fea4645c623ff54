"""The machine: its state, what it holds, and what it does with each request (sections 3 and 4).

Requests come from the session's thread, the print runs in its own, and `stop` and `close` may come from any.
The works' `darken` takes no lock of the machine's, so that nothing can keep it waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Event, current_thread
from typing import Any, Protocol

from voxelyte.machine._job import HeldJob, HeldLayer
from voxelyte.machine._notices import Notices
from voxelyte.machine._printing import Print
from voxelyte.machine.design import Design
from voxelyte.machine.faults import Faults
from voxelyte.machine.hardware import Hardware
from voxelyte.machine.refusals import Cut, MachineTrouble, Refused

LOADS = ("loading", "homing", "printing", "waiting")
FREE = ("idle", "done", "stopped")


class Outlet(Protocol):
    """Where a session's events go; none of these may block."""

    def event(self, keys: dict[str, Any]) -> None:
        """Send an EVENT."""

    def fault(self, code: str, message: str) -> None:
        """Send a FAULT and end the session."""

    def drop(self) -> None:
        """Close the link at once."""

    def mute(self) -> None:
        """Send nothing any more."""


class Machine:
    """A machine that is switched on: `works` move and light, this says when."""

    def __init__(
        self,
        design: Design,
        works: Hardware,
        faults: Faults | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.design, self.works, self.faults = design, works, faults or Faults()
        self.state, self.off = "idle", Event()
        self._changed = Condition()
        self._notices = Notices(on_event)
        self._job: HeldJob | None = None
        self._print: Print | None = None
        self._outlet: Outlet | None = None

    # -- the session's side --------------------------------------------------------------------------------

    def open_session(self, outlet: Outlet) -> None:
        """A host is there; Refused `busy` while another is, or while the last film is still being lifted."""
        with self._changed:
            if self.off.is_set() or self._outlet:
                raise Refused("busy", "this machine has a session already")
            if not self._changed.wait_for(lambda: not self._print, timeout=self.design.watchdog_s / 2):
                raise Refused("busy", "the film of the last job is still being lifted")
            self._outlet, self.state = outlet, "idle"

    def close_session(self, outlet: Outlet, reason: str) -> None:
        """The host is gone: dark, and the job dropped."""
        with self._changed:
            if self._outlet is not outlet:
                return
            self._outlet = None
        self.stop(reason)

    def note(self, event: str, **keys: Any) -> None:
        """Tell who watches, but not the host."""
        self._notices.put({"event": event, "clock_s": self._clock_s(), **keys})

    def load(self, keys: dict[str, Any]) -> None:
        """JOB."""
        with self._changed:
            self._need_state(FREE, "JOB")
            self._job = HeldJob(self.design, keys)
            self.works.clear(self._job.id)
            self.set_state("loading")

    def held(self, request: str) -> HeldJob:
        """The job that masks and layers belong to."""
        self._need_state(LOADS, request)
        if not self._job or self.off.is_set() or (self._print and self._print.cut.is_set()):
            raise Refused("state", f"{request} does not belong here: the job has ended")
        return self._job

    def mask(self, keys: dict[str, Any]) -> None:
        """MASK."""
        with self._changed:
            self.held("MASK").announce(keys)

    def data(self, payload: bytes) -> bool:
        """DATA; True when a mask is complete."""
        with self._changed:
            return self.held("DATA").take_data(payload)

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
            self.set_state("homing")
            self._print.start()

    def stop(self, reason: str) -> None:
        """STOP, and every other end of a job: dark when this returns; the film is lifted after that."""
        self.works.darken()
        with self._changed:
            self.works.darken()  # again: START may have come between
            if self._print:
                self._print.cut_short(reason)
                self._changed.notify_all()
            elif self.state in LOADS:
                nothing = {"layer": None, "exposure": None, "on_time_s": 0.0}
                self.print_ended("stopped", "stopped", reason=reason, **nothing)

    def pong(self) -> dict[str, Any]:
        """The keys of PONG but for `to`."""
        with self._changed:
            layer = self._print.layer if self._print else None
            return {"state": self.state, "lamp": self.works.lit, "layer": layer, "clock_s": self._clock_s()}

    def report(self, keys: dict[str, Any]) -> dict[str, Any]:
        """The keys of REPORT but for `to`."""
        seen = self.works.report(keys["from_layer"], keys["count"])
        if seen is None:
            raise Refused("state", "REPORT needs a job: this machine has had none")
        return seen

    def need_rest(self, request: str) -> None:
        """Refused `state` unless no job is under way."""
        with self._changed:
            self._need_state(FREE, request)

    # -- the print's side ----------------------------------------------------------------------------------

    def next_layer(self, number: int, cut: Event) -> HeldLayer:
        """The layer to print now; waits for it in the dark."""
        with self._changed:
            if not self._queued(number):
                self._wait_for(number, cut)
            if cut.is_set() or not self._job:
                raise Cut
            return self._job.queue[0]

    def layer_done(self, held: HeldLayer) -> None:
        """A layer is lifted: its place is free."""
        with self._changed:
            if self._job:
                self._job.queue.popleft()
            self.emit("layer-done", layer=held.layer, top_nm=held.top_nm)

    def print_ended(self, state: str, event: str, **keys: Any) -> None:
        """Masks and queue are dropped; `done` and `stopped` are told before the state."""
        self.works.clock.run_on()
        with self._changed:
            self._job = self._print = None
            self.emit(event, **keys)
            self.set_state(state)
            self._changed.notify_all()

    def set_state(self, state: str) -> None:
        """Change the state, and tell."""
        with self._changed:
            self.state = state
            self.emit("state", state=state)

    def emit(self, event: str, **keys: Any) -> None:
        """An EVENT for the host, and for who watches."""
        told = {"event": event, "clock_s": self._clock_s(), **keys}
        if outlet := self._outlet:
            outlet.event(told)
        self._notices.put(told)

    def fault(self, message: str) -> None:
        """The machine's own trouble: told as FAULT, which ends the session."""
        if outlet := self._outlet:
            outlet.fault("machine", message)

    def misbehave(self, layer: int) -> None:
        """What `faults.py` asks for in the middle of this layer's first exposure."""
        if self.faults.at("fault", layer):
            raise MachineTrouble(f"layer={layer}: the lamp is too hot (fault@{layer} was asked for)")
        outlet = self._outlet
        if outlet and self.faults.at("mute", layer):
            outlet.mute()
        if outlet and self.faults.at("drop-link", layer):
            outlet.drop()
            self.stop("the link was lost")

    # -- power ---------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Switch it off: dark at once, all its threads ended."""
        self.off.set()
        self.stop("the machine was switched off")
        running = self._print
        if running and running is not current_thread():
            running.join()
        self.works.close()
        self._notices.close()

    def _wait_for(self, number: int, cut: Event) -> None:
        self.set_state("waiting")
        self.emit("waiting", layer=number)
        since_s = self.works.clock.now_s
        self.works.clock.run_on()
        self._changed.wait_for(lambda: self._queued(number) or cut.is_set())
        if not cut.is_set():
            self.emit("waited", layer=number, waited_s=round(self.works.clock.now_s - since_s, 6))
            self.set_state("printing")

    def _queued(self, number: int) -> bool:
        return bool(self._job and self._job.queue and self._job.queue[0].layer == number)

    def _need_state(self, states: tuple[str, ...], request: str) -> None:
        if self.state not in states:
            law = f"state={self.state} must be {' or '.join(states)}"
            raise Refused("state", f"{request} does not belong here: {law}")

    def _clock_s(self) -> float:
        return round(self.works.clock.now_s, 6)
