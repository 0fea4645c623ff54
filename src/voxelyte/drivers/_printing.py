"""One print, from JOB or RESUME to its end, over as many links as it takes.

Nothing is sent a second time without asking: after a lost link, RESUME and HISTORY say what was made meanwhile, and the print
goes on where the machine is. The iterator that is closed, or that fails, leaves the machine dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import tee
from threading import Event as Flag
from time import monotonic
from typing import NoReturn

from voxelyte.drivers import Cut, Progress, When
from voxelyte.drivers._hearing import Hearing
from voxelyte.drivers._link import Link, is_loss
from voxelyte.drivers._masks import Encoded, Feed
from voxelyte.drivers._plan import Step, plan
from voxelyte.drivers._record import Record
from voxelyte.drivers._requests import Numbered, job_request, layer_request
from voxelyte.drivers._resuming import Resuming
from voxelyte.drivers._way import Way
from voxelyte.errors import PrinterError, PrinterRefused, PrinterUnreachable
from voxelyte.job import Job

FIRST_PAUSE_S, MOST_PAUSE_S = 0.25, 10.0
"""Pauses between two tries to find a lost machine: each is twice as long as the one before."""
TRY_AGAIN = ("busy", "corrupt-frame", "sequence", "watchdog")
"""Refusals of a new session that pass: the machine may not know yet that the old one is over."""


class Printing:
    """A print that goes on. `events` is iterated by one thread; `stop` may come from any."""

    def __init__(self, way: Way, job: Job, name: str, numbered: Numbered, encoded: Encoded, reconnect_s: float) -> None:
        self._way, self._job, self._name, self._numbered = way, job, name, numbered
        self._encoded, self._reconnect_s = encoded, reconnect_s
        self.record = Record(job)
        self._hearing = Hearing(way, self.record)
        self._resuming = Resuming(way, name, self.record)
        self._untouched = True  # neither START nor RESUME was ever sent: nothing of this print can have moved
        self._wished = False  # the user wants a job that was stopped to be started again
        self._cut: Cut = "stop"  # and so an exposure that was cut
        self._hurry = Flag()
        self._loss = ""  # why the link was lost, until the print goes on

    # What the driver calls.

    @property
    def live(self) -> bool:
        """The machine may have something to stop."""
        return self._hearing.live

    def begun(self) -> Iterator[Progress]:
        """Print from the start."""
        return self._events(self._announce)

    def resumed(self, cut: Cut) -> Iterator[Progress]:
        """Go on where the machine is."""
        self._untouched, self._wished, self._cut, self._hearing.in_step = False, True, cut, False
        return self._events(self._resume)

    def stop(self, reason: str, when: When) -> None:
        """Send STOP; should the link be lost, it is sent again over the next one."""
        self._hearing.wish = {"reason": reason} if when == "now" else {"reason": reason, "when": when}
        self._hurry.set()
        self._link.ask("STOP", self._hearing.wish)

    def darken(self, reason: str) -> None:
        """STOP, and wait until the machine has said that it stopped."""
        self._hearing.live = False
        if self._link.fault is not None:
            if not self._keeps_jobs:
                return  # the session is over, and with it the job
            self._way.open()  # one try; else the machine prints what it holds, and waits in the dark
        self._link.ask("STOP", {"reason": reason})
        self._hearing.await_stopped()

    def close(self) -> None:
        """End what this print holds on the host."""
        self._encoded.close()

    # The course of a print.

    @property
    def _link(self) -> Link:
        return self._way.link

    @property
    def _keeps_jobs(self) -> bool:
        return self._reconnect_s > 0 and self._way.machine.resumes

    def _events(self, first: Callable[[], Iterator[Progress]]) -> Iterator[Progress]:
        step = first
        while True:
            try:
                self._link.stops_at = "confusion" if self._keeps_jobs else "any fault"
                yield from step()
                yield from self._print()
                return
            except PrinterError as fault:
                lost = self._link.fault
                if lost is None or not is_loss(lost) or not self._keeps_jobs:
                    yield from self._failed(fault)
                    return
            yield from self._found_again(lost)
            if self.record.over:
                return
            step = self._resume

    def _found_again(self, lost: PrinterError) -> Iterator[Progress]:
        self._loss = self._loss or str(lost)
        try:
            yield from self._hearing.left_over()
            if self.record.stopped and self._hearing.wish is None:
                raise PrinterRefused("stopped", "the machine ended the job by itself")
            if not self.record.over:
                yield from self._look_for_machine(lost)
        except PrinterError as fault:
            self._give_up(fault)

    def _announce(self) -> Iterator[Progress]:
        self._hearing.live = self._hearing.in_step = True
        self.record.layers_held, self._resuming.masks = 0, ()
        try:
            self._link.ask("JOB", job_request(self._job, self._name))
        except PrinterRefused:
            self._hearing.live = (
                self._link.fault is not None
            )  # a refused request changes nothing: there is no job to stop
            raise
        yield from ()

    def _resume(self) -> Iterator[Progress]:
        """Ask the machine what it has done, and go on from there."""
        past = self._way.machine.job
        if self._hearing.wish is not None:
            yield from self._stop_unresumed(self._hearing.wish)
        elif self._untouched and (past is None or past.job != self._name):
            yield from self._announce()  # nothing has moved, and the machine knows nothing of it
        else:
            yield from self._ask_and_recall()

    def _ask_and_recall(self) -> Iterator[Progress]:
        request = job_request(self._job, self._name) | {"cut": self._cut}
        self._hearing.live = (
            self._hearing.live and not self._wished
        )  # a job that is not resumed yet is not ours to stop
        try:
            for progress in self._resuming.events(request, wished=self._wished):
                self._hearing.live = self._resuming.is_ours and not self.record.over
                yield self._hearing.heard(progress)
        except PrinterRefused:
            self._hearing.live = self._hearing.live and self._link.fault is not None
            raise
        self._hearing.live, self._hearing.in_step, self._untouched = not self.record.over, True, False
        self._wished, self._loss = not self.record.begun, ""
        self._cut = "stop" if self.record.begun else self._cut

    def _print(self) -> Iterator[Progress]:
        record, holds = self.record, self._way.machine.holds
        if record.over:
            return
        feed = Feed(self._link, self._way.machine.watchdog_s, self._way.machine.max_payload_bytes)
        held = self._resuming.masks
        steps, later = tee(plan(self._numbered.uses, holds.masks, holds.layers, record.layers_held, held))
        masks_to_come = (step.number for step in later if step.kind == "mask")
        self._paint_ahead(masks_to_come)
        for step in steps:
            if step.after > record.layers_done and not record.begun:
                self._start()
            yield from self._hearing.until(partial(_has_done, step.after))
            yield from self._hearing.news()
            if record.over:
                return
            if step.kind == "mask":
                self._paint_ahead(masks_to_come)
            yield from self._take(step, feed)
        yield from self._hearing.news()
        if not record.begun and not record.over:
            self._start()
        yield from self._hearing.until(lambda record: record.finished)

    def _paint_ahead(self, masks_to_come: Iterator[int]) -> None:
        if (number := next(masks_to_come, None)) is not None:
            self._encoded.ahead(self._numbered.masks[number])

    def _start(self) -> None:
        self.record.begun, self._untouched, self._cut = True, False, "stop"
        self._link.ask("START")
        self._wished = False

    def _take(self, step: Step, feed: Feed) -> Iterator[Progress]:
        if step.kind == "forget":
            self._link.ask("FORGET", {"mask": step.number})
        elif step.kind == "mask":
            for _ in feed.send(step.number, self._encoded.png(self._numbered.masks[step.number]), self._job.panel):
                yield from self._hearing.news()
                if self.record.over:
                    return
        else:
            self._link.ask("LAYER", layer_request(self._job.layers[step.number], self._numbered.uses[step.number]))
            yield self._hearing.heard(self.record.held(step.number))

    # When something goes wrong.

    def _look_for_machine(self, lost: PrinterError) -> Iterator[Progress]:
        """Open a new link. The time for it counts from the last news of the film, however many links there were since."""
        self._hearing.lost_s = monotonic() if self._hearing.lost_s is None else self._hearing.lost_s
        pause_s, why = FIRST_PAUSE_S, lost
        while True:
            yield self.record.host_says("reconnecting", str(why))
            if monotonic() - self._hearing.lost_s > self._reconnect_s:
                raise PrinterUnreachable(f"the machine was not found again in {self._reconnect_s:g} s: {why}")
            self._hurry.wait(pause_s)
            self._hurry.clear()
            pause_s = min(2 * pause_s, MOST_PAUSE_S)
            try:
                self._way.open()
                self._hearing.in_step = False
                return
            except PrinterRefused as no:
                if no.code not in TRY_AGAIN:
                    raise
                why = no
            except PrinterError as again:
                why = again

    def _stop_unresumed(self, wish: dict[str, str]) -> Iterator[Progress]:
        """Stop a job that goes on without us; then say what was made of it."""
        self._link.ask("STOP", wish)
        stopped = self._hearing.await_stopped()
        with suppress(PrinterRefused):  # a job that was never begun has no history
            yield from self._resuming.recalled(alive=False)
        if self.record.layers_done == self.record.layers:
            yield self.record.recalled_done()
        else:
            yield from self._hearing.tell(stopped or self.record.stop_unheard(wish["reason"]))

    def _failed(self, fault: PrinterError) -> Iterator[Progress]:
        """Tell what came before the fault; then raise it, or the machine's own stop that explains it."""
        if isinstance(fault, PrinterRefused) and self._link.fault is None:
            if self._hearing.live:
                yield from self._hearing.news()
            if self.record.stopped and self._hearing.wish is not None:
                return
            if self._hearing.live:
                with suppress(PrinterError):
                    self.darken("the machine refused a request")
        else:
            self._hearing.live = False
            fault = self._link.end(fault, stop=True)
            with suppress(PrinterError):
                yield from self._hearing.left_over()
            self._link.close()
        self._give_up(fault)

    def _give_up(self, fault: PrinterError) -> NoReturn:
        self._hearing.live = False
        lost = f"the link was lost ({self._loss}), and then: " if self._loss and self._loss != str(fault) else ""
        fault.args = (f"{lost}{fault}; {self.record.so_far()}{self._what_now()}",)
        fault.trace = fault.trace or self._link.trace.lines()
        raise fault

    def _what_now(self) -> str:
        fault = self._link.fault
        if fault is None:
            return ""
        if self._way.machine.resumes and is_loss(fault) and not self._link.stop_was_sent:
            return f"; it prints the layers that it holds, then waits in the dark for {self._way.machine.resume_s:g} s"
        return "; it turns the lamp off by itself"


def _has_done(layers: int, record: Record) -> bool:
    return record.layers_done >= layers
