"""The way between host and machine: TCP or a pseudo-terminal, with a bad link in each direction.

A gate outlives hosts and machines. `shut` is a host's death: nothing of it gets through any more, until `admit` lets the
next one in. `sever` is the machine's: nothing that it says afterwards reaches the host.
"""

from __future__ import annotations

import os
import select
import socket
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic

from chaos.wire import HangUp, Mangler, Mute, Pause

POLL_S = 0.02
WRITE_S = 1.0
CHUNK_BYTES = 65536


class End:
    """One open file that bytes go through; a write that nobody takes is lost."""

    def __init__(self, file: int, *more: int) -> None:
        self._file, self._more = file, more
        os.set_blocking(file, False)

    def read(self) -> bytes:
        """What has come, nothing after a short while; EOFError at the end."""
        try:
            if not select.select([self._file], [], [], POLL_S)[0]:
                return b""
            data = os.read(self._file, CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            raise EOFError from None
        if not data:
            raise EOFError
        return data

    def write(self, data: bytes) -> None:
        """Send it; EOFError if there is nobody."""
        view, until = memoryview(data), monotonic() + WRITE_S
        while view and monotonic() < until:
            try:
                view = view[os.write(self._file, view) :]
            except BlockingIOError:
                select.select([], [self._file], [], POLL_S)
            except OSError:
                raise EOFError from None

    def close(self) -> None:
        """Once, when nobody uses it any more."""
        for file in (self._file, *self._more):
            with suppress(OSError):
                os.close(file)


class Wire:
    """One link: two threads that pass bytes on until it is over."""

    def __init__(self, host: End, machine: End, up: Mangler, down: Mangler) -> None:
        self._ends, self.over = (host, machine), Event()
        self._muted_until_s = {id(up): 0.0, id(down): 0.0}
        self._threads = [
            Thread(target=self._pump, args=(host, machine, up), daemon=True, name="chaos-up"),
            Thread(target=self._pump, args=(machine, host, down), daemon=True, name="chaos-down"),
        ]
        up.begin()
        down.begin()
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Hang up on both sides; all is closed when this returns."""
        self.over.set()
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def _pump(self, source: End, sink: End, mangler: Mangler) -> None:
        try:
            while not self.over.is_set():
                if data := source.read():
                    self._pass(data, sink, mangler)
        except EOFError:
            with suppress(EOFError):
                if not self.over.is_set():
                    sink.write(mangler.rest())
        finally:
            self.over.set()

    def _pass(self, data: bytes, sink: End, mangler: Mangler) -> None:
        for action in mangler.feed(data):
            match action:
                case Pause():
                    self.over.wait(action.for_s)
                case Mute():
                    self._muted_until_s[id(mangler)] = monotonic() + action.for_s
                case HangUp():
                    self.over.set()
                    raise EOFError
                case _ if not self.over.is_set() and monotonic() >= self._muted_until_s[id(mangler)]:
                    sink.write(action)


class Gate:
    """Where hosts call. `machine_at` gives the machine's address, or None while there is none."""

    address: str

    def __init__(self, folder: Path, machine_at: Callable[[], str | None], up: Mangler, down: Mangler) -> None:
        self._folder, self._machine_at, self._up, self._down = folder, machine_at, up, down
        self._open, self._closing, self._lock = Event(), Event(), Lock()
        self._open.set()
        self._wire: Wire | None = None
        self._machines = ""
        self._begin()
        self._thread = Thread(target=self._run, daemon=True, name="chaos-gate")
        self._thread.start()

    @property
    def is_shut(self) -> bool:
        """Whether the present host is dead."""
        return not self._open.is_set()

    def shut(self) -> None:
        """The host is dead."""
        self._open.clear()
        self.sever()

    def admit(self) -> None:
        """The next host may call."""
        self._open.set()

    def sever(self) -> None:
        """The link ends; from now on nothing passes. Not joined: one of its own threads may call this."""
        if wire := self._wire:
            wire.over.set()

    def calm(self) -> None:
        """From now on the link is good."""
        self._up.calm()
        self._down.calm()

    def close(self) -> None:
        """End it all."""
        self._closing.set()
        self._thread.join()
        if self._wire:
            self._wire.end()
        self._end()

    def _begin(self) -> None:
        """Make the place where hosts call."""

    def _end(self) -> None:
        """Take it away."""

    def _run(self) -> None:
        """Serve hosts."""


class TcpGate(Gate):
    """A port on this computer."""

    def _begin(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_S)
        self.address = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"

    def _end(self) -> None:
        self._listener.close()

    def _run(self) -> None:
        wires: list[Wire] = []
        while not self._closing.is_set():
            with suppress(TimeoutError):
                wires += self._taken(self._listener.accept()[0])
            for wire in [one for one in wires if one.over.is_set()]:
                wires.remove(wire)
                wire.end()
        for wire in wires:
            wire.end()
        self._wire = None

    def _taken(self, host: socket.socket) -> list[Wire]:
        at = self._machine_at()
        try:
            if self.is_shut or at is None:
                raise OSError
            machine = socket.create_connection(("127.0.0.1", int(at.rpartition(":")[2])), timeout=1.0)
        except OSError:
            host.close()
            return []
        for each in (host, machine):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire = Wire(End(host.detach()), End(machine.detach()), self._up, self._down)
        if self._machine_at() != at:
            self.sever()  # it died meanwhile
        return [self._wire]


class PtyGate(Gate):
    """A pseudo-terminal under a name that stays; a disconnect unplugs it, and plugs another one in."""

    def _begin(self) -> None:
        self._name = self._folder / "line"
        self.address = f"serial://{self._name}?baud=115200"
        self._plug(self._machine_at() or "")

    def _end(self) -> None:
        self._name.unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._closing.wait(POLL_S):
            if self._wire and self._wire.over.is_set():
                self._name.unlink(missing_ok=True)
                self._wire.end()
                self._wire = None
            at = self._machine_at()
            if self._wire is None and at is not None and not self.is_shut:
                with suppress(OSError):
                    self._plug(at)

    def _plug(self, at: str) -> None:
        machine = os.open(at, os.O_RDWR | os.O_NOCTTY)
        own, hosts = os.openpty()
        try:
            for file in (machine, hosts):
                tty.setraw(file)
        except termios.error:  # the machine died meanwhile; the next one is plugged in
            for file in (machine, own, hosts):
                os.close(file)
            return
        self._wire = Wire(End(own, hosts), End(machine), self._up, self._down)
        fresh = self._name.with_suffix(".new")
        fresh.symlink_to(os.ttyname(hosts))
        fresh.replace(self._name)
