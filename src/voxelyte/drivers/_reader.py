"""Whole frames from a port, as docs/stream-protocol.md section 2 asks a receiver to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

from voxelyte.drivers._auth import SEAL_BYTES
from voxelyte.drivers._frames import (
    CRC_BYTES,
    FIRST_LIMIT_BYTES,
    HEADER_BYTES,
    DamagedError,
    check_seal,
    read_header,
    read_payload,
)
from voxelyte.drivers._port import Port
from voxelyte.errors import PrinterConfused


class HungUpError(Exception):
    """The link was closed on this side."""


class Frames:
    """The answers and events of one session: (name, payload, bytes on the wire), in order."""

    def __init__(self, port: Port, over: Event, heard: Callable[[], None], *, line: bool) -> None:
        self._port, self._over, self._heard, self._line = port, over, heard, line
        self.limit_bytes = FIRST_LIMIT_BYTES
        self.session_key: bytes | None = None
        """Set before the proof goes out: the machine seals every frame after that."""
        self.skipped_bytes = 0

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        sequence, sealing = 0, False
        while True:
            header = self._greeting() if self._line and sequence == 0 else self._exactly(HEADER_BYTES)
            name, length, sealed = read_header(header, sequence, self.limit_bytes)
            if sealed is not sealing and not (sequence == 1 and name == "REFUSED"):  # to a wrong proof: no session yet
                raise DamagedError(f"damaged frame: {name} is {'' if sealed else 'not '}sealed")
            body = self._exactly(length + CRC_BYTES)
            end = self._exactly(SEAL_BYTES) if sealed else b""
            if sealed:
                check_seal(self.session_key, header, body[:-CRC_BYTES], end)
            yield name, read_payload(body), HEADER_BYTES + len(body) + len(end)
            sealing = sealing or name == "CHALLENGE"
            sequence = (sequence + 1) % 2**32

    def _greeting(self) -> bytes:
        # On a line the end of an earlier session, or a board's own chatter, may come before the first frame.
        window = self._exactly(HEADER_BYTES)
        while not _may_be_first(window):
            window = window[1:] + self._exactly(1)
            self.skipped_bytes += 1
        return window

    def _exactly(self, size: int) -> bytes:
        got = bytearray()
        while len(got) < size:
            if self._over.is_set():
                raise HungUpError
            piece = self._port.read(size - len(got))
            if piece:
                self._heard()
                got += piece
        return bytes(got)


def _may_be_first(header: bytes) -> bool:
    try:
        name, _, sealed = read_header(header, 0, FIRST_LIMIT_BYTES)
    except PrinterConfused:
        return False
    return name in ("WELCOME", "CHALLENGE", "REFUSED", "FAULT") and not sealed
