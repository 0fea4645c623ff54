"""A machine behind an address: TCP, a serial port or a pseudo-terminal."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import ip_address
from threading import Event
from urllib.parse import SplitResult, parse_qs, urlsplit

from voxelyte.errors import PrinterUnreachable, VoxelyteError, unknown
from voxelyte.machine._callers import Caller, Callers
from voxelyte.machine._signals import ended_by_signals
from voxelyte.machine.links import Link, PtyLink, SerialLink, SocketLink
from voxelyte.machine.machine import Machine

ACCEPT_S = 0.1
DEFAULT_BAUD = 115200
Announce = Callable[[str], None]


def serve(
    machine: Machine,
    address: str,
    announce: Announce,
    *,
    key: bytes | None = None,
    stop: Event | None = None,
) -> None:
    """Serve a machine until `stop` is set, or SIGINT or SIGTERM comes; then switch it off.

    `socket://HOST:PORT` (port 0: any free one), `serial:///dev/ttyX?baud=115200`, or `pty:` for
    a pseudo-terminal. `announce` is called once with the address at which a host finds it. With a `key` (keys.py) only hosts
    that hold it get in; without one, hosts other than this computer's own cannot reach it.
    """
    stop = stop or Event()
    with ExitStack() as undo:
        undo.callback(machine.close)
        undo.enter_context(ended_by_signals(stop))
        check_listener(address, key)
        parts = urlsplit(address)
        _SERVERS[parts.scheme](machine, parts, announce, key, stop)


def check_listener(address: str, key: bytes | None) -> None:
    """VoxelyteError for an address that is none, or where others than this computer's own hosts would need no key."""
    parts = urlsplit(address)
    if parts.scheme not in _SERVERS:
        raise VoxelyteError(unknown("listener", parts.scheme or address, _SERVERS))
    if parts.scheme == "socket" and key is None:
        _check_own(parts)


def _serve_socket(machine: Machine, parts: SplitResult, announce: Announce, key: bytes | None, stop: Event) -> None:
    with _listener(parts) as listener:
        host, port = listener.getsockname()[:2]
        announce(f"socket://[{host}]:{port}" if ":" in host else f"socket://{host}:{port}")
        callers = Callers(machine, key)
        try:
            while not stop.is_set():
                connection = _accepted(listener, stop)
                if connection and not callers.take(SocketLink(connection)):
                    connection.close()
        finally:
            machine.switch_off()
            callers.end()


def _serve_serial(machine: Machine, parts: SplitResult, announce: Announce, key: bytes | None, stop: Event) -> None:
    import serial

    baud = _baud(parts)
    try:
        link = SerialLink(parts.path, baud)
    except (serial.SerialException, ValueError, OSError) as fault:
        raise PrinterUnreachable(f"{parts.geturl()} cannot be opened: {fault}") from None
    announce(f"serial://{parts.path}?baud={baud}")
    _serve_line(machine, link, key, stop)


def _serve_pty(machine: Machine, parts: SplitResult, announce: Announce, key: bytes | None, stop: Event) -> None:
    if parts.path or parts.netloc:
        raise VoxelyteError(f"address={parts.geturl()!r} must be pty: alone; the path is announced")
    link = PtyLink()
    announce(link.path)
    _serve_line(machine, link, key, stop)


def _serve_line(machine: Machine, link: Link, key: bytes | None, stop: Event) -> None:
    caller = Caller(machine, link, key)
    try:
        while caller.alive and not stop.wait(ACCEPT_S):
            continue
    finally:
        machine.switch_off()
        caller.end()


_SERVERS = {"socket": _serve_socket, "serial": _serve_serial, "pty": _serve_pty}


def _check_own(parts: SplitResult) -> None:
    host = parts.hostname or ""
    if host and not _is_own(host):
        law = "must be 127.0.0.1, ::1 or localhost: where others can reach the machine it must have a key"
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


def _accepted(listener: socket.socket, stop: Event) -> socket.socket | None:
    try:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small frames, answered one by one
    except TimeoutError:
        return None
    except OSError:
        stop.wait(ACCEPT_S)  # it left before it was served, or the system has no place for more just now
        return None
    return connection


def _baud(parts: SplitResult) -> int:
    asked = parse_qs(parts.query, keep_blank_values=True)
    if strange := set(asked) - {"baud"}:
        raise VoxelyteError(unknown("key", min(strange), ("baud",)))
    text = asked.get("baud", [str(DEFAULT_BAUD)])[-1]
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**8):
        raise VoxelyteError(f"baud={text} must be a whole number above 0")
    return int(text)
