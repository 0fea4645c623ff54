"""Byte links between a machine and its host. Reads give up after POLL_S, so that sessions can be ended."""

from __future__ import annotations

import os
import select
import socket
from threading import Event
from time import monotonic
from typing import Any, Protocol

from voxelyte.machine.refusals import LinkLost

POLL_S = 0.05
CHUNK_BYTES = 65536
GOODBYE_S = 0.5


class Link(Protocol):
    """A stream of bytes. `line`: it outlives its sessions, as a serial line does."""

    @property
    def line(self) -> bool:
        """Whether a session begins by its HELLO rather than by the link's opening."""

    def read(self, most: int = CHUNK_BYTES) -> bytes:
        """What has come; nothing after POLL_S; LinkLost at its end."""

    def write(self, data: bytes, patience_s: float) -> None:
        """Send it all; LinkLost if that cannot be done within `patience_s`."""

    def shut(self) -> None:
        """End it now, from any thread; reads then raise LinkLost."""

    def close(self) -> None:
        """Let the last bytes out, then close; for the thread that reads."""


class SocketLink:
    """A TCP connection, or one end of a socket pair."""

    line = False

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(POLL_S)

    def read(self, most: int = CHUNK_BYTES) -> bytes:
        """As Link."""
        try:
            data = self._socket.recv(most)
        except TimeoutError:
            return b""
        except OSError as fault:
            raise LinkLost(str(fault)) from None
        if not data:
            raise LinkLost("the other end closed")
        return data

    def write(self, data: bytes, patience_s: float) -> None:
        """As Link."""
        view, until = memoryview(data), monotonic() + patience_s
        while view:
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError:
                if monotonic() > until:
                    raise LinkLost("the other end takes nothing") from None
            except OSError as fault:
                raise LinkLost(str(fault)) from None

    def shut(self) -> None:
        """As Link."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was shut by the other end

    def close(self) -> None:
        """Say the end, and read until the other end says its own: closing with unread bytes would reset the
        connection and take the last frame with it (RFC 1122, 4.2.2.13).
        """
        try:
            self._socket.shutdown(socket.SHUT_WR)
            until = monotonic() + GOODBYE_S
            while monotonic() < until:
                self.read()
        except (LinkLost, OSError):
            pass
        self._socket.close()


class SerialLink:
    """A serial port, opened by pyserial."""

    line = True

    def __init__(self, path: str, baud: int) -> None:
        import serial

        self._lost: tuple[type[Exception], ...] = (serial.SerialException, OSError, TypeError)
        self._port: Any = serial.Serial(path, baud, timeout=POLL_S, write_timeout=1.0)
        self._shut = Event()

    def read(self, most: int = CHUNK_BYTES) -> bytes:
        """As Link."""
        if self._shut.is_set():
            raise LinkLost("the port was closed")
        try:
            return bytes(self._port.read(min(most, max(1, self._port.in_waiting))))
        except self._lost as fault:  # pyserial: a TypeError when the port is closed while it is read
            raise LinkLost(str(fault)) from None

    def write(self, data: bytes, patience_s: float) -> None:
        """As Link."""
        try:
            self._port.write_timeout = patience_s
            self._port.write(data)
        except self._lost as fault:
            raise LinkLost(str(fault)) from None

    def shut(self) -> None:
        """As Link."""
        self._shut.set()

    def close(self) -> None:
        """As Link."""
        self._port.close()


class PtyLink:
    """A pseudo-terminal in raw mode; `path` is the end for the host."""

    line = True

    def __init__(self) -> None:
        import tty

        self._own, self._hosts = os.openpty()  # the host's end stays open here too: the line outlives a host
        tty.setraw(self._hosts)
        os.set_blocking(self._own, False)
        self.path = os.ttyname(self._hosts)
        self._shut = Event()

    def read(self, most: int = CHUNK_BYTES) -> bytes:
        """As Link."""
        if self._shut.is_set():
            raise LinkLost("the pseudo-terminal was closed")
        try:
            ready, _, _ = select.select([self._own], [], [], POLL_S)
            return os.read(self._own, most) if ready else b""
        except (OSError, ValueError) as fault:
            raise LinkLost(str(fault)) from None

    def write(self, data: bytes, patience_s: float) -> None:
        """As Link."""
        view, until = memoryview(data), monotonic() + patience_s
        while view:
            try:
                view = view[os.write(self._own, view) :]
            except BlockingIOError:
                select.select([], [self._own], [], POLL_S)
                if monotonic() > until:
                    raise LinkLost("nobody reads the pseudo-terminal") from None
            except OSError as fault:
                raise LinkLost(str(fault)) from None

    def shut(self) -> None:
        """As Link."""
        self._shut.set()

    def close(self) -> None:
        """As Link."""
        self._shut.set()
        os.close(self._own)
        os.close(self._hosts)


class SlowLink:
    """A link whose bytes come no faster than a serial line (8N1: ten bits a byte) of `baud` carries them."""

    def __init__(self, link: Link, baud: int) -> None:
        self._link, self._bytes_s, self._shut = link, baud / 10, Event()
        self.write, self.close = link.write, link.close

    @property
    def line(self) -> bool:
        """As the link."""
        return self._link.line

    def read(self, most: int = CHUNK_BYTES) -> bytes:
        """As Link, and as slowly."""
        data = self._link.read(min(most, max(1, int(self._bytes_s * POLL_S))))
        self._shut.wait(len(data) / self._bytes_s)
        return data

    def shut(self) -> None:
        """As Link."""
        self._shut.set()
        self._link.shut()
