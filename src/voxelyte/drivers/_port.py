"""From an address to an open pyserial port, with what is wrong in plain words."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from select import select
from time import monotonic
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from voxelyte.errors import PrinterUnreachable, RecipeError, unknown

SCHEMES = ("socket", "serial", "sim", "rfc2217", "spy", "hwgrep", "alt", "cp2110", "loop")
"""`serial://` is ours, `sim://` the package's virtual machines; the rest are pyserial's."""
DEFAULT_BAUD = 115200
READ_S = 0.05
"""How long one read may take: the longest that closing a link waits for its reader."""
WRITE_S = 10.0
GOODBYE_S = 0.5
"""Longest wait for the other side to hang up too."""

_CAUSES = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.ECONNRESET: "the other side hung up",
    errno.ETIMEDOUT: "no answer from that host",
    errno.EHOSTUNREACH: "no way to that host",
    errno.ENETUNREACH: "no way to that network",
    errno.ENOENT: "there is no such device",
    errno.ENODEV: "there is no such device",
    errno.ENXIO: "there is no such device",
    errno.ENOTTY: "that is not a serial device",
    errno.EACCES: "no permission to open it (a serial device often needs the group dialout)",
    errno.EBUSY: "another program has it open",
    errno.EAGAIN: "another program has it open",
}


class Port(Protocol):
    """What is used of a pyserial port."""

    def read(self, size: int = 1) -> bytes:
        """At most `size` bytes, after a short while fewer or none."""

    def write(self, data: bytes) -> object:
        """Send all of it."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True)
class Address:
    """Where a machine is: what pyserial opens, and whether it is a line on which old bytes may be waiting."""

    text: str
    url: str
    baud: int = DEFAULT_BAUD
    line: bool = True

    @classmethod
    def of(cls, text: str) -> Address:
        """Read an address; a wrong one is a RecipeError that names it."""
        if not text.strip():
            raise RecipeError("the address is empty; for example socket://HOST:PORT")
        scheme = text.partition("://")[0].lower() if "://" in text else ""
        if scheme and scheme not in SCHEMES:
            raise RecipeError(f"address {text!r}: {unknown('scheme', scheme, SCHEMES)}")
        if scheme == "socket":
            return cls(text, _socket_url(text), line=False)
        if scheme == "serial":
            return _serial(text)
        return cls(text, text, line=scheme != "sim")

    def open(self) -> Port:
        """The open port; nobody there is PrinterUnreachable."""
        try:
            return self._open()
        except OSError as fault:  # pyserial's SerialException is one
            if self.url.startswith("sim://"):
                raise self._wrong(fault) from None
            raise PrinterUnreachable(f"{self.text}: {_cause(fault)}") from None
        except (ValueError, TypeError, KeyError) as fault:
            raise self._wrong(fault) from None

    def _wrong(self, fault: Exception) -> RecipeError:
        return RecipeError(f"address {self.text!r}: {str(fault).removeprefix(f'{self.text}: ')}")

    def _open(self) -> Port:
        if self.url.startswith("socket://"):
            parts = urlsplit(self.url)
            return TcpPort(parts.hostname or "", parts.port or 0)
        import serial

        if "voxelyte.sim" not in serial.protocol_handler_packages:
            serial.protocol_handler_packages.append("voxelyte.sim")
        how = {"baudrate": self.baud, "timeout": READ_S, "write_timeout": WRITE_S}
        port: Port = serial.serial_for_url(self.url, **how, exclusive=True if self.line else None)
        return port


class TcpPort:
    """`socket://` as pyserial writes it, over a socket of our own.

    That of pyserial 3.5 throws away what came while it opened (a machine's `busy`), holds short frames back
    (Nagle), sleeps after closing, and does not close a connection that the other side has reset.
    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=WRITE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, size: int = 1) -> bytes:
        """What has come, at most `size` bytes; nothing after `READ_S`."""
        if not select([self._socket], [], [], READ_S)[0]:
            return b""
        data = self._socket.recv(size)
        if not data:
            raise ConnectionResetError("the other side hung up")
        return data

    def write(self, data: bytes) -> None:
        """Send all of it."""
        self._socket.sendall(data)

    def close(self) -> None:
        """Hang up, once the other side has read all: closing over unread bytes would take a last STOP with it (RFC 1122, 4.2.2.13)."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            until_s = monotonic() + GOODBYE_S
            while (left_s := until_s - monotonic()) > 0 and select([self._socket], [], [], left_s)[0]:
                if not self._socket.recv(1 << 16):
                    break
        self._socket.close()


def _socket_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        number = parts.port
    except ValueError as fault:
        raise RecipeError(f"address {text!r}: {fault}") from None
    if not parts.hostname or not number or parts.path.strip("/") or parts.query:
        raise RecipeError(f"address {text!r} must be socket://HOST:PORT with a port of 1 to 65535")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"socket://{host}:{number}"


def _serial(text: str) -> Address:
    rest, _, query = text.partition("://")[2].partition("?")
    keys = dict(parse_qsl(query, keep_blank_values=True))
    for key in keys.keys() - {"baud"}:
        raise RecipeError(f"address {text!r}: {unknown('key', key, ['baud'])}")
    baud = keys.get("baud", str(DEFAULT_BAUD))
    if not (baud.isascii() and baud.isdigit() and len(baud) < 9 and int(baud) > 0):
        raise RecipeError(f"address {text!r}: baud={baud!r} must be a whole number greater than 0")
    if not rest:
        raise RecipeError(f"address {text!r} must name a device: serial:///dev/ttyACM0?baud={baud}")
    return Address(text, rest, int(baud))


def _cause(fault: OSError) -> str:
    # pyserial keeps the system's own error as the context; that of termios is no OSError, but has the number.
    inner = fault.__context__ or fault
    if isinstance(inner, TimeoutError):
        return "no answer from that host"
    if isinstance(inner, socket.gaierror):
        return "no host of that name is known"
    number = inner.args[0] if inner.args else None
    return _CAUSES.get(number, str(fault)) if isinstance(number, int) else str(fault)
