"""What a bad link does to the frames of one direction (docs/stream-protocol.md, section 2): a stream in, what is left of it out."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAGIC = b"VXL1"
HEAD_BYTES, CRC_BYTES, MAC_BYTES = 20, 4, 32
PING, PONG = 0x08, 0x85
BYTES = ("dropped", "duplicated", "reordered", "flipped", "noise")
"""Kinds that change a few bytes within a frame."""
FRAMES = ("frame-lost", "frame-twice", "frames-swapped")
TIMES = ("delayed", "stalled")
"""A pause that the watchdog bears, and one that it does not."""
ENDS = ("truncated", "disconnected", "muted")
KINDS = BYTES + FRAMES + TIMES + ENDS


@dataclass(frozen=True)
class LinkFault:
    """Something that happens to the n-th frame of a direction, PING and PONG not counted, over all links of a print."""

    kind: str
    to_machine: bool
    frame: int
    at: float
    """Where in the frame, 0 to 1."""
    size: int
    pause_s: float


@dataclass(frozen=True)
class Pause:
    """Nothing goes on for a while; what comes meanwhile follows later."""

    for_s: float


@dataclass(frozen=True)
class Mute:
    """The direction is dead for a while; what comes meanwhile is lost."""

    for_s: float


@dataclass(frozen=True)
class HangUp:
    """The link ends."""


Action = bytes | Pause | Mute | HangUp


class Mangler:
    """One direction. `met` is called with each fault as it happens, `passed` with the number of each counted frame."""

    def __init__(
        self, faults: tuple[LinkFault, ...], met: Callable[[LinkFault], None], passed: Callable[[int], None]
    ) -> None:
        self._faults, self._met, self._passed = faults, met, passed
        self._count, self._bytes, self._held = 0, bytearray(), b""

    def begin(self) -> None:
        """A new link: what was under way on the old one is lost."""
        self._bytes, self._held = bytearray(), b""

    def calm(self) -> None:
        """From now on the link is good."""
        self._faults = ()

    def feed(self, data: bytes) -> Iterator[Action]:
        """What becomes of the bytes that came."""
        self._bytes += data
        while frame := self._next():
            held, self._held = self._held, b""
            yield from self._fate(frame)
            if held:
                yield held

    def rest(self) -> bytes:
        """What is left at the end: the part of a frame that a killed sender got out."""
        rest = bytes(self._bytes)
        self.begin()
        return rest

    def _next(self) -> bytes:
        """The next whole frame, or bytes that belong to none."""
        start = self._bytes.find(MAGIC)
        if start != 0:
            end = start if start > 0 else max(0, len(self._bytes) - len(MAGIC) + 1)
            return self._cut(end)
        if len(self._bytes) < HEAD_BYTES:
            return b""
        flags, length = self._bytes[5], struct.unpack_from("<I", self._bytes, 12)[0]
        whole = HEAD_BYTES + length + CRC_BYTES + MAC_BYTES * (flags & 1)
        return self._cut(whole) if len(self._bytes) >= whole else b""

    def _cut(self, count: int) -> bytes:
        frame = bytes(self._bytes[:count])
        del self._bytes[:count]
        return frame

    def _fate(self, frame: bytes) -> Iterator[Action]:
        if frame[:4] != MAGIC or frame[4] in (PING, PONG):
            yield frame
            return
        number, self._count = self._count, self._count + 1
        self._passed(number)
        fault = next((one for one in self._faults if one.frame == number), None)
        if fault is None:
            yield frame
            return
        self._met(fault)
        yield from self._befallen(frame, fault)

    def _befallen(self, frame: bytes, fault: LinkFault) -> Iterator[Action]:
        at = min(int(fault.at * len(frame)), len(frame) - 1)
        match fault.kind:
            case "frame-lost":
                pass
            case "frame-twice":
                yield frame + frame
            case "frames-swapped":
                self._held = frame
            case "delayed" | "stalled":
                yield Pause(fault.pause_s)
                yield frame
            case "truncated":
                yield frame[:at]
                yield HangUp()
            case "disconnected":
                yield from (HangUp(), frame) if fault.at < 0.5 else (frame, HangUp())
            case "muted":
                yield Mute(fault.pause_s)
            case _:
                yield changed(frame, fault.kind, at, fault.size)


def changed(frame: bytes, kind: str, at: int, size: int) -> bytes:
    """A frame of which a few bytes are not as they were."""
    before, these, after = frame[:at], frame[at : at + size], frame[at + size :]
    match kind:
        case "dropped":
            return before + after
        case "duplicated":
            return before + these + these + after
        case "reordered":
            return before + after[:size] + these + after[size:]
        case "flipped":
            return before + bytes([frame[at] ^ (1 << size % 8)]) + frame[at + 1 :]
        case _:
            return before + bytes((17 * size + n * 31) % 256 for n in range(size)) + these + after
