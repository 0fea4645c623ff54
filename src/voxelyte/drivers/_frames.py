"""Frames: the bytes on the wire, as docs/stream-protocol.md section 2 lays them out.

`frame` builds one, `read_header` and `read_payload` take one apart. Nothing here reads or writes a port.
"""

from __future__ import annotations

import json
from struct import Struct
from typing import Any, Literal, get_args
from zlib import crc32

from voxelyte.drivers._auth import OURS, THEIRS, same, seal
from voxelyte.errors import PrinterConfused

MAGIC = b"VXL1"
HEADER_BYTES = 20
CRC_BYTES = 4
FIRST_LIMIT_BYTES = 4096
"""Longest payload up to WELCOME."""
SEALED = 1
"""The flag of a frame that ends in a seal."""
MOST_BYTES = 1 << 20
"""Longest payload that this host ever takes, whatever the machine announces."""
REQUESTS = {
    "HELLO": 0x01, "JOB": 0x02, "MASK": 0x03, "DATA": 0x04, "LAYER": 0x05, "START": 0x06, "STOP": 0x07,
    "PING": 0x08, "FORGET": 0x09, "REPORT": 0x0A, "BYE": 0x0B, "AUTH": 0x10,
    "RESUME": 0x20, "PAUSE": 0x21, "CONTINUE": 0x22, "HISTORY": 0x23,
}  # fmt: skip
ANSWERS = {
    "WELCOME": 0x81, "OK": 0x82, "REFUSED": 0x83, "EVENT": 0x84, "PONG": 0x85, "REPORT": 0x86, "FAULT": 0x87,
    "CHALLENGE": 0x90, "RESUMED": 0xA0, "HISTORY": 0xA3,
}  # fmt: skip
Code = Literal[
    "version", "busy", "state", "field", "panel", "wavelength", "volume", "thickness", "order", "exposure",
    "motion", "mask-size", "mask-hash", "mask-format", "mask-slots", "layer-slots", "mask-unknown", "mask-in-use",
    "unsupported", "corrupt-frame", "sequence", "watchdog", "machine", "key", "position", "cut",
]  # fmt: skip
CODES: tuple[str, ...] = get_args(Code)

_FIELDS = Struct("<4sBBHII")
_U32 = Struct("<I")
_NAMES = {number: name for name, number in ANSWERS.items()}


class DamagedError(PrinterConfused):
    """The bytes of a frame are not those that were sent, or not in their place: the fault of the link."""


def frame(name: str, sequence: int, payload: bytes = b"", session_key: bytes | None = None) -> bytes:
    """The frame of a request, sealed where the session has a key."""
    sealed = session_key is not None
    fields = _FIELDS.pack(MAGIC, REQUESTS[name], SEALED if sealed else 0, 0, sequence, len(payload))
    header = fields + _U32.pack(crc32(fields))
    end = b"" if session_key is None else seal(session_key, OURS, header, payload)
    return header + payload + _U32.pack(crc32(payload)) + end


def read_header(header: bytes, sequence: int, limit_bytes: int) -> tuple[str, int, bool]:
    """Name and payload length of the answer or event that these 20 bytes announce, and whether it is sealed."""
    magic, number, flags, reserved, got, length = _FIELDS.unpack(header[:-CRC_BYTES])
    if magic != MAGIC:
        raise DamagedError(f"damaged frame: it begins with {magic.hex(' ')}, not {MAGIC.hex(' ')}")
    if _U32.unpack(header[-CRC_BYTES:])[0] != crc32(header[:-CRC_BYTES]):
        raise DamagedError("damaged frame: its header does not have the CRC-32 it states")
    if flags & ~SEALED or reserved:
        raise DamagedError(f"damaged frame: flags={flags} must be 0 or {SEALED}, and reserved={reserved} must be 0")
    if got != sequence:
        raise DamagedError(f"sequence={got} must be {sequence}: frames were lost or doubled")
    if length > limit_bytes:
        raise DamagedError(f"length={length} must be at most {limit_bytes} bytes")
    if number not in _NAMES:
        raise PrinterConfused(f"type={number:02X} is no answer or event of version 2")
    return _NAMES[number], length, bool(flags)


def check_seal(session_key: bytes | None, header: bytes, payload: bytes, came: bytes) -> None:
    """The machine's seal on a frame, which nobody else can make."""
    if session_key is None or not same(came, seal(session_key, THEIRS, header, payload)):
        raise DamagedError("damaged frame: it does not carry the seal of this session")


def read_payload(body: bytes) -> dict[str, Any]:
    """The JSON object in a payload that is followed by its CRC-32."""
    payload = body[:-CRC_BYTES]
    if _U32.unpack(body[-CRC_BYTES:])[0] != crc32(payload):
        raise DamagedError("damaged frame: its payload does not have the CRC-32 it states")
    try:
        said = json.loads(payload.decode(), parse_constant=_no_constant) if payload else {}
    except (ValueError, RecursionError) as fault:
        raise PrinterConfused(f"the payload is not JSON: {str(fault)[:100]}") from None
    if not isinstance(said, dict):
        raise PrinterConfused(f"the payload is a JSON {type(said).__name__}, not an object")
    return said


def to_json(value: dict[str, Any]) -> bytes:
    """A request's payload: equal values make equal bytes."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def data_payload(mask: int, offset: int, piece: bytes) -> bytes:
    """The payload of DATA."""
    return _U32.pack(mask) + _U32.pack(offset) + piece


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not allowed")
