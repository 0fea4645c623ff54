"""What the machine is doing, who may hear of it, and the lock under which both change."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition
from typing import Any, Protocol

from voxelyte.machine._notices import Notices
from voxelyte.machine.clock import Clock


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


class Status:
    """The machine's state, and the ways out of it: to the host that has the job, and to who watches."""

    def __init__(self, clock: Clock, on_event: Callable[[dict[str, Any]], None] | None) -> None:
        self.state, self.changed = "idle", Condition()
        self.outlet: Outlet | None = None
        self.followed = False
        """Whether the session that is open began, resumed or stopped the job: only then it hears its events."""
        self._clock, self._notices = clock, Notices(on_event)

    @property
    def clock_s(self) -> float:
        """The machine's time as it is told, in s."""
        return round(self._clock.now_s, 6)

    def set_state(self, state: str) -> None:
        """Change the state, and tell."""
        with self.changed:
            self.state = state
            self.emit("state", state=state)

    def emit(self, event: str, **keys: Any) -> None:
        """An EVENT for the host that follows the job, and for who watches."""
        told = {"event": event, "clock_s": self.clock_s, **keys}
        outlet = self.outlet
        if outlet and self.followed:
            outlet.event(told)
        self._notices.put(told)

    def note(self, event: str, **keys: Any) -> None:
        """Tell who watches, but not the host."""
        self._notices.put({"event": event, "clock_s": self.clock_s, **keys})

    def fault(self, message: str) -> None:
        """The machine's own trouble: told as FAULT, which ends the session."""
        if outlet := self.outlet:
            outlet.fault("machine", message)

    def close(self) -> None:
        """All that was told has been told."""
        self._notices.close()
