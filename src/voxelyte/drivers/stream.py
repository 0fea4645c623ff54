"""The stream driver: a job over any pyserial address, in the protocol of docs/stream-protocol.md.

No start, move or exposure is ever sent a second time without asking the machine first: no exposure is made twice and none is left
out. A link that is lost is looked for, where the machine keeps its job meanwhile. Whatever else goes wrong, the machine is
told to stop if it can still be told, the link is closed, and the machine turns its lamp off by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from types import TracebackType
from typing import Any

from voxelyte.drivers import RECONNECT_S, Cut, Past, PastLayer, Progress, Status, When
from voxelyte.drivers._answers import Machine, Pong, ReportPage
from voxelyte.drivers._check import differences
from voxelyte.drivers._link import Link
from voxelyte.drivers._masks import Encoded
from voxelyte.drivers._port import Address
from voxelyte.drivers._printing import Printing
from voxelyte.drivers._requests import Numbered, job_id
from voxelyte.drivers._said import read
from voxelyte.drivers._way import PAGE, Way, past_layer
from voxelyte.errors import PrinterConfused, PrinterError, PrinterRefused
from voxelyte.job import Job
from voxelyte.keys import read_key


class StreamDriver:
    """A machine that speaks the stream protocol. `with` opens the link and greets; leaving it hangs up."""

    def __init__(self, address: str, key: bytes | None = None, reconnect_s: float = RECONNECT_S) -> None:
        self.address = Address.of(address)
        if key is None and self.address.key_file is not None:
            key = read_key(self.address.key_file)
        self._way, self._reconnect_s = Way(self.address, key), reconnect_s
        self._printing: Printing | None = None

    def __enter__(self) -> StreamDriver:
        self._way.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(PrinterError):
                if self._printing is not None:
                    self._end(self._printing, "the host left")
        finally:
            self.link.leave()

    @property
    def link(self) -> Link:
        """The open session."""
        return self._way.link

    @property
    def machine(self) -> Machine:
        """What the machine said of itself."""
        return self._way.machine

    @property
    def identity(self) -> dict[str, str]:
        """Who the machine says it is: name, maker, firmware, serial."""
        return dict(self.machine.identity)

    def check(self, job: Job) -> None:
        """Raise PrinterRefused, naming every difference, unless this machine can print the job."""
        with closing(Encoded()) as encoded:
            self._check(job, Numbered.of(job), encoded)

    def job_id(self, job: Job, run_id: str | None = None) -> str:
        """The name under which the machine knows this print of the job."""
        return job_id(job, Numbered.of(job), run_id)

    def run(self, job: Job, run_id: str | None = None) -> Iterator[Progress]:
        """Print the job. Closing the iterator sends STOP and waits until the machine is dark."""
        with self._print_of(job, run_id) as printing:
            yield from printing.begun()

    def resume(
        self, job: Job, run_id: str | None = None, cut: Cut = "stop", known: Collection[tuple[int, int]] = ()
    ) -> Iterator[Progress]:
        """Go on with the machine's last job. What its journal tells comes first, as `recalled`."""
        with self._print_of(job, run_id) as printing:
            for progress in printing.resumed(cut):
                if not (progress.recalled and (progress.layer, progress.exposure) in known):
                    yield progress

    def past(self) -> Past | None:
        """The machine's last job that is not done, as it was on connecting."""
        job = self.machine.job
        return None if job is None else Past(job.job, job.state, job.layers_done, job.exposures_done)

    def history(self, job_id: str) -> tuple[PastLayer, ...]:
        """Every layer of its last job that the machine has begun."""
        return tuple(past_layer(made) for made in self._way.history(job_id))

    def pause(self) -> None:
        """Let the machine wait in the dark after the layer that it prints."""
        self.link.ask("PAUSE")

    def proceed(self) -> None:
        """End a pause."""
        self.link.ask("CONTINUE")

    def stop(self, reason: str, when: When = "now") -> None:
        """End the job. A run that is going on ends with `stopped`, over another link if this one is lost."""
        if self._printing is not None:
            self._printing.stop(reason, when)
        else:
            self.link.ask("STOP", {"reason": reason} if when == "now" else {"reason": reason, "when": when})

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

    # What follows begins and ends a print.

    @contextmanager
    def _print_of(self, job: Job, run_id: str | None) -> Iterator[Printing]:
        """The one print that goes on; leaving it ends it, dark."""
        if self._printing is not None:
            raise PrinterRefused("state", f"{self.machine.name} is printing already")
        if self.link.fault is not None:
            raise self.link.fault
        numbered = Numbered.of(job)
        with closing(Encoded()) as encoded:
            self._check(job, numbered, encoded)
            name = job_id(job, numbered, run_id)
            printing = Printing(self._way, job, name, numbered, encoded, self._reconnect_s)
            self._printing = printing
            try:
                yield printing
            finally:
                self._end(printing, "the host ended the job")

    def _end(self, printing: Printing, reason: str) -> None:
        try:
            if printing.live:
                printing.darken(reason)
        finally:
            printing.close()
            self._printing = None
            self.link.stops_at = "nothing"

    def _check(self, job: Job, numbered: Numbered, encoded: Encoded) -> None:
        found = differences(job, numbered, self.machine, lambda mask: len(encoded.png(mask)))
        if found:
            text = "; ".join(one.text for one in found)
            raise PrinterRefused(found[0].code, f"{self.machine.name} cannot print {job.name}: {text}")


DRIVER = StreamDriver
