"""Hosts that call over TCP: each in a thread of its own, and few at a time that have not proved to belong here."""

from __future__ import annotations

from threading import Lock, Thread

from voxelyte.machine.links import Link, SlowLink
from voxelyte.machine.machine import Machine
from voxelyte.machine.session import serve_link

MOST_WAITING = 8
"""Most connections that have no session yet."""


class Caller:
    """A link that is served in a thread of its own. `waiting` until it has a session."""

    def __init__(self, machine: Machine, link: Link, key: bytes | None) -> None:
        baud = machine.faults.baud
        self._link = SlowLink(link, baud) if baud else link
        self.waiting = True
        served = (machine, self._link, key, self._entered)
        self._thread = Thread(target=serve_link, args=served, name="voxelyte-sim-session", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it is still served."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Hang up; its thread has ended when this returns."""
        self._link.shut()
        self._thread.join()

    def _entered(self) -> None:
        self.waiting = False


class Callers:
    """All that call one machine."""

    def __init__(self, machine: Machine, key: bytes | None) -> None:
        self._machine, self._key = machine, key
        self._callers: list[Caller] = []
        self._lock = Lock()

    def take(self, link: Link) -> bool:
        """Serve it; False when too many wait already, and it must be closed."""
        with self._lock:
            self._callers = [one for one in self._callers if one.alive]
            if sum(one.waiting for one in self._callers) >= MOST_WAITING:
                return False
            self._callers.append(Caller(self._machine, link, self._key))
        return True

    def end(self) -> None:
        """Hang up on all."""
        with self._lock:
            for one in self._callers:
                one.end()
