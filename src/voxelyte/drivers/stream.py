"""The stream driver: a job over any pyserial address, in the protocol of docs/stream-protocol.md.

Nothing is retried: no exposure is made twice and none is left out. Whatever goes wrong, the machine is told to stop
if it can still be told, the link is closed, and the machine turns its lamp off by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any

from voxelyte.drivers import Progress, Status
from voxelyte.drivers._answers import Event, Machine, Pong, ReportPage, Stopped, read
from voxelyte.drivers._check import differences
from voxelyte.drivers._link import Link
from voxelyte.drivers._masks import Encoded, Feed
from voxelyte.drivers._plan import Step, plan
from voxelyte.drivers._port import Address
from voxelyte.drivers._record import Record
from voxelyte.drivers._requests import Numbered, job_id, job_request, layer_request
from voxelyte.errors import PrinterConfused, PrinterError, PrinterRefused, PrinterTimeout, PrinterUnreachable
from voxelyte.job import Job

STOPPED_S = 60.0
"""Longest wait for the film to be lifted after a STOP; the lamp is off before."""
NOT_MOVING = ("idle", "stopped", "done")
PAGE = 100
"""Layers asked for in one REPORT."""


class StreamDriver:
    """A machine that speaks the stream protocol. `with` opens the link and greets; leaving it hangs up."""

    def __init__(self, address: str) -> None:
        self.address = Address.of(address)
        self._link: Link | None = None
        self._machine: Machine | None = None
        self._live = False  # a job was announced and has neither ended nor been stopped
        self._stopping = False

    def __enter__(self) -> StreamDriver:
        self._link = Link(self.address.open(), line=self.address.line)
        try:
            self._machine = self._link.greet("voxelyte")
        except BaseException:
            self._link.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(PrinterError):
                if self._live:
                    self._darken("the host left")
        finally:
            self.link.leave()

    @property
    def link(self) -> Link:
        """The open session."""
        if self._link is None:
            raise PrinterUnreachable(f"{self.address.text} is not open: use it in a with statement")
        return self._link

    @property
    def machine(self) -> Machine:
        """What the machine said of itself."""
        if self._machine is None:
            raise PrinterUnreachable(f"{self.address.text} is not open: use it in a with statement")
        return self._machine

    @property
    def identity(self) -> dict[str, str]:
        """Who the machine says it is: name, maker, firmware, serial."""
        return dict(self.machine.identity)

    def check(self, job: Job) -> None:
        """Raise PrinterRefused, naming every difference, unless this machine can print the job."""
        self._check(job, Numbered.of(job), Encoded())

    def run(self, job: Job, run_id: str | None = None) -> Iterator[Progress]:
        """Print the job. Closing the iterator sends STOP and waits until the machine is dark."""
        if self._live:
            raise PrinterRefused("state", f"{self.machine.name} is printing already")
        if self.link.fault is not None:
            raise self.link.fault
        numbered, encoded, record = Numbered.of(job), Encoded(), Record(job)
        self._check(job, numbered, encoded)
        name = job_id(job, numbered, run_id)
        self._stopping, self._live = False, True
        try:
            self._announce(job_request(job, name))
            yield from self._print(job, numbered, encoded, record)
        except PrinterError as fault:
            yield from self._failed(fault, record)
        finally:
            if self._live:
                self._darken("the host ended the job")

    def stop(self, reason: str) -> None:
        """End the job; returns when the lamp is off. A run that is going on ends with `stopped`."""
        self._stopping = True
        self.link.ask("STOP", {"reason": reason})

    def status(self) -> Status:
        """Ask the machine how it is."""
        pong = read(Pong, "PONG", self.link.ask("PING"))
        return Status(pong.state, pong.lamp, pong.layer, pong.clock_s)

    def report(self) -> dict[str, Any] | None:
        """What the machine measured of its last film (section 6), or None when it cannot see it."""
        if "report" not in self.machine.can:
            return None
        layers: list[dict[str, Any]] = []
        while True:
            try:
                said = self.link.ask("REPORT", {"from_layer": len(layers), "count": PAGE})
            except PrinterRefused as fault:
                if fault.code == "unsupported":
                    return None
                raise
            page = read(ReportPage, "REPORT", said)
            due = list(range(len(layers), min(len(layers) + PAGE, page.layers_total)))
            if [one.layer for one in page.layers] != due:
                raise PrinterConfused(f"REPORT from layer {len(layers)} must give the next of {page.layers_total}")
            layers += said["layers"]
            if len(layers) >= page.layers_total:
                return {**{key: said[key] for key in said if key != "to"}, "layers": layers}

    # What follows prints.

    def _check(self, job: Job, numbered: Numbered, encoded: Encoded) -> None:
        found = differences(job, numbered, self.machine, lambda mask: len(encoded.png(mask)))
        if found:
            text = "; ".join(one.text for one in found)
            raise PrinterRefused(found[0].code, f"{self.machine.name} cannot print {job.name}: {text}")

    def _print(self, job: Job, numbered: Numbered, encoded: Encoded, record: Record) -> Iterator[Progress]:
        feed = Feed(self.link, self.machine.watchdog_s, self.machine.max_payload_bytes)
        for step in plan(numbered.uses, self.machine.holds.masks, self.machine.holds.layers):
            if step.after and not record.begun:
                self._start(record)
            yield from self._until(record, partial(_has_done, step.after))
            yield from self._news(record)
            if record.over:
                return
            yield from self._take(step, job, numbered, encoded, feed, record)
        yield from self._news(record)
        if record.over:
            return
        if not record.begun:
            self._start(record)
        yield from self._until(record, lambda done: done.finished)

    def _announce(self, request: dict[str, Any]) -> None:
        try:
            self.link.ask("JOB", request)
        except PrinterRefused:
            self._live = False  # a refused request changes nothing: there is no job to stop
            raise

    def _start(self, record: Record) -> None:
        record.begun = True
        self.link.ask("START")

    def _take(
        self, step: Step, job: Job, numbered: Numbered, encoded: Encoded, feed: Feed, record: Record
    ) -> Iterator[Progress]:
        if step.kind == "forget":
            self.link.ask("FORGET", {"mask": step.number})
        elif step.kind == "mask":
            for _ in feed.send(step.number, encoded.png(numbered.masks[step.number]), job.panel):
                yield from self._news(record)
                if record.over:
                    return
        else:
            self.link.ask("LAYER", layer_request(job.layers[step.number], numbered.uses[step.number]))
            yield record.held(step.number)

    def _news(self, record: Record) -> Iterator[Progress]:
        """All that the machine has said by now; after our own STOP, all until it has stopped."""
        if self._stopping:
            yield from self._until(record, lambda _: False)
        while not record.over and (event := self.link.event(0)) is not None:
            yield from self._tell(event, record)

    def _until(self, record: Record, reached: Callable[[Record], bool]) -> Iterator[Progress]:
        """What the machine says until the record is there, or the job is over."""
        while not (record.over or reached(record)):
            patience_s = STOPPED_S if self._stopping else record.patience_s
            event = self.link.event(patience_s)
            if event is None:
                raise PrinterTimeout(f"no event from the machine for {patience_s:.0f} s")
            yield from self._tell(event, record)

    def _tell(self, event: Event, record: Record) -> Iterator[Progress]:
        progress = record.told(event)
        self._live = not record.over
        yield progress
        if isinstance(event, Stopped) and not self._stopping:
            raise PrinterRefused("stopped", f"the machine ended the job by itself: {event.reason}")

    def _failed(self, fault: PrinterError, record: Record) -> Iterator[Progress]:
        """Tell what came before the fault; then raise it, or the machine's own stop that explains it."""
        if isinstance(fault, PrinterRefused) and self.link.fault is None:
            yield from self._news(record)
            if record.stopped and self._stopping:
                return
            if self._live:
                with suppress(PrinterError):
                    self._darken("the machine refused a request")
        else:
            self._live = False
            fault = self.link.end(fault)
            with suppress(PrinterError):
                while (event := self.link.event(0)) is not None:
                    yield record.told(event)
            self.link.close()
        dark = "; it turns the lamp off by itself" if self.link.fault is not None else ""
        fault.args = (f"{fault}; {record.so_far()}{dark}",)
        fault.trace = fault.trace or self.link.trace.lines()
        raise fault

    def _darken(self, reason: str) -> None:
        """STOP, and wait until the machine has said that it stopped."""
        self._live = False
        if self.link.fault is not None:
            return  # the session is over, and with it the job
        self.link.ask("STOP", {"reason": reason})
        until_s = monotonic() + STOPPED_S
        while monotonic() < until_s:
            event = self.link.event(1.0)
            if isinstance(event, Stopped) or (event is None and self.status().state in NOT_MOVING):
                return
        raise PrinterTimeout(f"the lamp is off, but the machine has not stopped within {STOPPED_S:g} s")


def _has_done(layers: int, record: Record) -> bool:
    return record.layers_done >= layers


DRIVER = StreamDriver
