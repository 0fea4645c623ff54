"""What the machine says of one print, as progress: now, until something is reached, or what was left when the link ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

from voxelyte.drivers import Progress
from voxelyte.drivers._answers import Pong
from voxelyte.drivers._events import Event, Stopped
from voxelyte.drivers._link import Link
from voxelyte.drivers._record import Record
from voxelyte.drivers._said import read
from voxelyte.drivers._way import Way
from voxelyte.errors import PrinterError, PrinterRefused, PrinterTimeout

STOPPED_S = 60.0
"""Longest wait for the film to be lifted after a STOP; the lamp is off before."""
LOOK_S = 30.0
"""Longest single wait for an event; patience is counted in such looks."""
NOT_MOVING = ("idle", "stopped", "done", "interrupted")


class Hearing:
    """The events of one print, over whatever link is open, kept in its record."""

    def __init__(self, way: Way, record: Record) -> None:
        self._way, self.record = way, record
        self.live = False
        """The machine may have something to stop."""
        self.in_step = True
        """The record knows all that was before this session, so that the session's events follow from it."""
        self.wish: dict[str, str] | None = None
        """The STOP that was asked for."""
        self.lost_s: float | None = None
        """When the link was lost, if nothing was heard of the film since."""

    @property
    def _link(self) -> Link:
        return self._way.link

    def news(self) -> Iterator[Progress]:
        """All that the machine has said by now; after our own STOP, all until it has stopped."""
        if self.wish is not None:
            yield from self.until(lambda _: False)
        while not self.record.over and (event := self._link.event(0)) is not None:
            yield from self.tell(event)

    def until(self, reached: Callable[[Record], bool]) -> Iterator[Progress]:
        """What the machine says until the record is there, or the job is over."""
        since_s = monotonic()
        while not (self.record.over or reached(self.record)):
            patience_s = self.record.patience_s if self.wish is None else STOPPED_S + self.record.patience_s
            event = self._link.event(min(patience_s, LOOK_S))
            if event is not None:
                yield from self.tell(event)
                since_s = monotonic()
            elif monotonic() - since_s >= patience_s:
                raise PrinterTimeout(f"no event from the machine for {patience_s:.0f} s")

    def tell(self, event: Event) -> Iterator[Progress]:
        """Take one event."""
        for progress in self.record.told(event):
            self.live = not self.record.over
            yield self.heard(progress)
        if isinstance(event, Stopped) and self.wish is None:
            raise PrinterRefused("stopped", f"the machine ended the job by itself: {event.reason}")

    def heard(self, progress: Progress) -> Progress:
        """Note that there is news of the film."""
        self.lost_s = None
        return progress

    def left_over(self) -> Iterator[Progress]:
        """What the machine said before the link ended; what the record cannot place yet, HISTORY will tell."""
        while (event := self._last_event()) is not None:
            for progress in self.record.told(event) if self.in_step else ():
                yield self.heard(progress)
        self._link.close()

    def _last_event(self) -> Event | None:
        try:
            return self._link.event(0)
        except PrinterError:
            return None

    def await_stopped(self) -> Stopped | None:
        """After a STOP: wait until the machine says that it stopped, or does not move any more."""
        until_s = monotonic() + STOPPED_S + min(self.record.patience_s, 2 * STOPPED_S)
        while monotonic() < until_s:
            event = self._link.event(1.0)
            if isinstance(event, Stopped):
                return event
            if event is None and read(Pong, "PONG", self._link.ask("PING")).state in NOT_MOVING:
                return None
        raise PrinterTimeout(f"the lamp is off, but the machine has not stopped within {STOPPED_S:g} s")
