"""A virtual machine behind an address: TCP, a serial port or a pseudo-terminal."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from ipaddress import ip_address
from threading import Event, Thread
from urllib.parse import SplitResult, parse_qs, urlsplit

from voxelyte.errors import PrinterUnreachable, VoxelyteError, unknown
from voxelyte.machine import _frames as frames
from voxelyte.machine._signals import ended_by_signals
from voxelyte.machine.links import Link, PtyLink, SerialLink, SlowLink, SocketLink
from voxelyte.machine.machine import Machine
from voxelyte.machine.refusals import LinkLost
from voxelyte.machine.session import serve_link

ACCEPT_S = 0.1
GIVE_WAY_S = 0.2
"""A host that hangs up and calls again at once shall not find its own last session in the way."""
DEFAULT_BAUD = 115200
Announce = Callable[[str], None]
BUSY = {"to": 0, "code": "busy", "message": "this machine has a session already"}


def serve(
    machine: Machine,
    address: str,
    announce: Announce,
    *,
    anywhere: bool = False,
    stop: Event | None = None,
) -> None:
    """Serve a machine until `stop` is set, or SIGINT or SIGTERM comes; then switch it off.

    `socket://HOST:PORT` (port 0: any free one), `serial:///dev/ttyX?baud=115200`, or `pty:` for
    a pseudo-terminal. `announce` is called once with the address at which a host finds it. Hosts other than this computer's own
    are refused unless `anywhere`.
    """
    stop = stop or Event()
    with ExitStack() as undo:
        undo.callback(machine.close)
        undo.enter_context(ended_by_signals(stop))
        parts = urlsplit(address)
        if parts.scheme not in _SERVERS:
            raise VoxelyteError(unknown("listener", parts.scheme or address, _SERVERS))
        if parts.scheme == "socket" and not anywhere:
            _check_own(parts)
        _SERVERS[parts.scheme](machine, parts, announce, stop)


def _serve_socket(machine: Machine, parts: SplitResult, announce: Announce, stop: Event) -> None:
    with _listener(parts) as listener:
        host, port = listener.getsockname()[:2]
        announce(f"socket://[{host}]:{port}" if ":" in host else f"socket://{host}:{port}")
        session: _Running | None = None
        try:
            while not stop.is_set():
                if connection := _accepted(listener):
                    link = SocketLink(connection)
                    if session and not session.ends_within(GIVE_WAY_S):
                        _refuse_busy(link)
                    else:
                        session = _Running(machine, link)
        finally:
            if session:
                session.end()


def _serve_serial(machine: Machine, parts: SplitResult, announce: Announce, stop: Event) -> None:
    import serial

    baud = _baud(parts)
    try:
        link = SerialLink(parts.path, baud)
    except (serial.SerialException, ValueError, OSError) as fault:
        raise PrinterUnreachable(f"{parts.geturl()} cannot be opened: {fault}") from None
    announce(f"serial://{parts.path}?baud={baud}")
    _serve_line(machine, link, stop)


def _serve_pty(machine: Machine, parts: SplitResult, announce: Announce, stop: Event) -> None:
    if parts.path or parts.netloc:
        raise VoxelyteError(f"address={parts.geturl()!r} must be pty: alone; the path is announced")
    link = PtyLink()
    announce(link.path)
    _serve_line(machine, link, stop)


def _serve_line(machine: Machine, link: Link, stop: Event) -> None:
    running = _Running(machine, link)
    try:
        while running.alive and not stop.wait(ACCEPT_S):
            continue
    finally:
        running.end()


_SERVERS = {"socket": _serve_socket, "serial": _serve_serial, "pty": _serve_pty}


class _Running:
    """A link that is served in a thread of its own."""

    def __init__(self, machine: Machine, link: Link) -> None:
        baud = machine.faults.baud
        self._machine, self._link = machine, SlowLink(link, baud) if baud else link
        self._thread = Thread(target=serve_link, args=(machine, self._link), name="voxelyte-sim-session", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def ends_within(self, patience_s: float) -> bool:
        self._thread.join(patience_s)
        return not self.alive

    def end(self) -> None:
        self._machine.stop("the machine is being switched off")
        self._link.shut()
        self._thread.join()


def _check_own(parts: SplitResult) -> None:
    host = parts.hostname or ""
    if host and not _is_own(host):
        law = "must be 127.0.0.1, ::1 or localhost, unless anybody is meant to reach this machine"
        raise VoxelyteError(f"host={host} {law}")


def _listener(parts: SplitResult) -> socket.socket:
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise VoxelyteError(f"address={parts.geturl()!r}: {fault}") from None
    if not host or port is None or parts.path.strip("/") or parts.query:
        raise VoxelyteError(f"address={parts.geturl()!r} must be socket://HOST:PORT")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as fault:
        raise PrinterUnreachable(f"{parts.geturl()} cannot be listened on: {fault}") from None
    listener.settimeout(ACCEPT_S)
    return listener


def _is_own(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _accepted(listener: socket.socket) -> socket.socket | None:
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        return None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small frames, answered one by one
    return connection


def _refuse_busy(link: SocketLink) -> None:
    with suppress(LinkLost):  # it may leave before it is told
        link.write(frames.packed(frames.REFUSED, 0, frames.as_json(BUSY)), ACCEPT_S)
    link.close()


def _baud(parts: SplitResult) -> int:
    asked = parse_qs(parts.query, keep_blank_values=True)
    if strange := set(asked) - {"baud"}:
        raise VoxelyteError(unknown("key", min(strange), ("baud",)))
    text = asked.get("baud", [str(DEFAULT_BAUD)])[-1]
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**8):
        raise VoxelyteError(f"baud={text} must be a whole number above 0")
    return int(text)
