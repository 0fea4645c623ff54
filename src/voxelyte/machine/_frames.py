"""Frames of the stream protocol, the machine's side: docs/stream-protocol.md, section 2."""

from __future__ import annotations

import json
from dataclasses import dataclass
from secrets import compare_digest
from struct import Struct
from typing import Any
from zlib import crc32

from voxelyte.machine.auth import FROM_HOST, FROM_MACHINE, MAC_BYTES, mac
from voxelyte.machine.refusals import Damaged, Refused

MAGIC = b"VXL1"
HEADER = Struct("<4sBBHII")
WORD = Struct("<I")
HEADER_BYTES = HEADER.size + WORD.size
FIRST_PAYLOAD_BYTES = 4096
"""Longest payload before WELCOME."""
AUTHENTICATED = 1
"""Flag: a MAC follows the payload's CRC."""

HELLO, JOB, MASK, DATA, LAYER, START, STOP, PING, FORGET, REPORT, BYE = range(0x01, 0x0C)
AUTH, RESUME, PAUSE, CONTINUE, HISTORY = 0x10, 0x20, 0x21, 0x22, 0x23
WELCOME, OK, REFUSED, EVENT, PONG, REPORTED, FAULT = range(0x81, 0x88)
CHALLENGE, RESUMED, HISTORY_TOLD = 0x90, 0xA0, 0xA3


@dataclass(frozen=True)
class Frame:
    """One frame as it came; `restart` marks a HELLO that begins a new session within an old one."""

    type: int
    sequence: int
    payload: bytes
    restart: bool = False


def packed(type_: int, sequence: int, payload: bytes, key: bytes | None = None) -> bytes:
    """The bytes of one frame of the machine's, with a MAC if there is a session key."""
    head = HEADER.pack(MAGIC, type_, AUTHENTICATED if key else 0, 0, sequence, len(payload))
    head += WORD.pack(crc32(head))
    body = head + payload + WORD.pack(crc32(payload))
    return body + mac(key, FROM_MACHINE, head + payload) if key else body


def as_json(keys: dict[str, Any]) -> bytes:
    """The payload that says `keys`."""
    return json.dumps(keys, allow_nan=False, separators=(",", ":")).encode()


def from_json(payload: bytes) -> dict[str, Any]:
    """The keys of a payload; what is not one JSON object, without NaN or a key said twice, is refused."""
    text = payload or b"{}"
    try:
        keys = json.loads(text.decode(), parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as fault:
        raise Refused("field", f"payload is not JSON as RFC 8259 has it: {str(fault)[:200]}") from None
    if not isinstance(keys, dict):
        raise Refused("field", f"payload is a {type(keys).__name__} and must be a JSON object")
    return keys


class FrameReader:
    """Frames out of a stream of bytes. Bytes leave the buffer only as a whole, sound frame."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.begin()

    def begin(self) -> None:
        """A new session: sequence from 0, and the first bound on payloads."""
        self._next, self.max_payload_bytes = 0, FIRST_PAYLOAD_BYTES
        self.key: bytes | None = None
        """The session key, once the host has proved that it belongs here: from then on every frame has its MAC."""

    def feed(self, data: bytes) -> None:
        """Take what the link gave."""
        self._bytes += data

    def take(self) -> Frame | None:
        """The next frame, or None while it is not all there; raises Damaged."""
        if len(self._bytes) < HEADER_BYTES:
            return None
        type_, flags, sequence, length = self._header()
        restart = (type_, flags, sequence) == (HELLO, 0, 0) and self._next > 0
        if flags != (AUTHENTICATED if self.key else 0) and not restart:
            raise Damaged("corrupt-frame", f"flags={flags} must be {AUTHENTICATED if self.key else 0} in this session")
        if sequence != self._next and not restart:
            raise Damaged("sequence", f"sequence={sequence} must be {self._next}")
        end = HEADER_BYTES + length
        whole = end + WORD.size + (MAC_BYTES if flags else 0)
        if len(self._bytes) < whole:
            return None
        self._check(end, sequence, bool(flags))
        return self._cut(Frame(type_, sequence, bytes(self._bytes[HEADER_BYTES:end]), restart), whole)

    def seek_hello(self) -> bool:
        """Drop bytes up to the next valid HELLO header with sequence 0; True when one stands first."""
        self.begin()
        while (start := self._bytes.find(MAGIC)) >= 0:
            del self._bytes[:start]
            if len(self._bytes) < HEADER_BYTES:
                return False
            if self._is_hello():
                return True
            del self._bytes[:1]
        del self._bytes[: max(0, len(self._bytes) - len(MAGIC) + 1)]
        return False

    def pass_over(self) -> None:
        """Give up the damaged frame that stands first, but not the bytes behind its magic."""
        del self._bytes[:1]

    def _header(self) -> tuple[int, int, int, int]:
        head = bytes(self._bytes[: HEADER.size])
        magic, type_, flags, reserved, sequence, length = HEADER.unpack(head)
        if magic != MAGIC or WORD.unpack_from(self._bytes, HEADER.size)[0] != crc32(head):
            raise Damaged("corrupt-frame", f"header {head.hex()} has no sound magic and CRC-32")
        if flags & ~AUTHENTICATED or reserved:
            raise Damaged("corrupt-frame", f"flags={flags} must be 0 or 1, and reserved={reserved} must be 0")
        if length > self.max_payload_bytes:
            raise Damaged("corrupt-frame", f"length={length} must be at most {self.max_payload_bytes}")
        return type_, flags, sequence, length

    def _is_hello(self) -> bool:
        try:
            type_, flags, sequence, _ = self._header()
        except Damaged:
            return False
        return (type_, flags, sequence) == (HELLO, 0, 0)

    def _check(self, end: int, sequence: int, authenticated: bool) -> None:
        """CRC and MAC of the frame that stands first; its payload ends at `end`."""
        payload = self._bytes[HEADER_BYTES:end]
        if WORD.unpack_from(self._bytes, end)[0] != crc32(payload):
            raise Damaged("corrupt-frame", f"payload of frame {sequence} has not its CRC-32")
        if authenticated and self.key:
            came = bytes(self._bytes[end + WORD.size : end + WORD.size + MAC_BYTES])
            if not compare_digest(came, mac(self.key, FROM_HOST, bytes(self._bytes[:end]))):
                raise Damaged("corrupt-frame", f"frame {sequence} has not its MAC")

    def _cut(self, frame: Frame, whole: int) -> Frame:
        del self._bytes[:whole]
        self._next = frame.sequence + 1
        if frame.restart:
            self.max_payload_bytes, self.key = FIRST_PAYLOAD_BYTES, None
        return frame


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        raise ValueError(f"a key is said twice among {sorted(keys)}")
    return keys
