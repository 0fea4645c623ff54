"""The line to a board: whole lines of text out of what may come, and what was said last, for the error message.

A board may say anything: a line is bounded, what is no ASCII is shown as `?`, and a port that fails is MachineTrouble.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Lock
from typing import Any

from voxelyte.machine.refusals import Cut, MachineTrouble

LONGEST_ANSWER = 4096
POLL_S = 0.01
WRITE_S = 1.0
REMEMBERED = 6
LEFT_OVER_S = 1.0
MOST_OVERTIME = 200
"""Lines that are still read after the time for them is over."""


class Wire:
    """One port, written by any thread and read by one. `now` is the clock that its waits are measured by."""

    def __init__(self, address: str, baud: int, now: Callable[[], float]) -> None:
        self.address, self.now = address, now
        self._baud = baud
        self._port: Any = None
        self._lost: tuple[type[Exception], ...] = (OSError, AttributeError)
        self._bytes = bytearray()
        self._lines: deque[str] = deque()
        self._said: deque[str] = deque(maxlen=REMEMBERED)
        self._overtime = 0
        self._lock = Lock()

    def open(self) -> None:
        """Open the port, for nobody else meanwhile."""
        import serial

        # pyserial: a TypeError when the port is closed while it is read, a ValueError for a wrong address
        self._lost = (serial.SerialException, OSError, TypeError, ValueError, AttributeError)
        try:
            port = serial.serial_for_url(self.address, do_not_open=True, timeout=POLL_S, write_timeout=WRITE_S)
            port.baudrate, port.exclusive = self._baud, True
            port.open()
        except self._lost as fault:
            raise MachineTrouble(f"address={self.address}: {fault}") from None
        self._port = port

    def write(self, *lines: str) -> None:
        """Send these lines in one write."""
        self.write_bytes("".join(f"{line}\n" for line in lines).encode("ascii"))

    def write_bytes(self, data: bytes) -> None:
        """Send bytes as they are, all or MachineTrouble."""
        with self._lock:
            try:
                self._port.write(data)
            except self._lost as fault:
                raise MachineTrouble(f"the board at {self.address} cannot be written to: {fault}") from None

    def line(self, until_s: float, cut: Event | None = None) -> str | None:
        """The next line that is not empty; None when none has come by `until_s`; Cut as soon as that is set.

        Lines that waited to be read count, but not for ever: a board that talks on and on has said nothing.
        """
        self._overtime = self._overtime + 1 if self.now() > until_s else 0
        if self._overtime > MOST_OVERTIME:
            self._overtime = 0
            return None
        while not self._lines:
            if cut is not None and cut.is_set():
                raise Cut
            if not self._take() and self.now() >= until_s:
                return None
        self._said.append(self._lines[0])
        return self._lines.popleft()

    def left_over(self, quiet_s: float = 0.0) -> Iterator[str]:
        """The lines that have come, and that still come until nothing does for `quiet_s`; not for ever, though."""
        end_s = self.now() + 10 * quiet_s + LEFT_OVER_S
        while self.now() <= end_s and (line := self.line(self.now() + quiet_s)) is not None:
            yield line

    def last_words(self) -> str:
        """What the board said last, to be read by the user."""
        return "; ".join(repr(line) for line in self._said) or "nothing"

    def close(self) -> None:
        """Close the port, whatever state it is in."""
        port, self._port = self._port, None
        if port is not None:
            with suppress(*self._lost):
                port.close()

    def _take(self) -> bool:
        """Read what is there, or for a moment; whether anything came."""
        try:
            data = self._port.read(max(1, self._port.in_waiting))
        except self._lost as fault:
            raise MachineTrouble(f"the link to the board at {self.address} is lost: {fault}") from None
        self._bytes += data
        *whole, rest = bytes(self._bytes).replace(b"\r", b"\n").split(b"\n")
        self._bytes = bytearray(rest)
        self._lines.extend(text for text in map(_text, whole) if text)
        if len(self._bytes) > LONGEST_ANSWER:
            raise MachineTrouble(
                f"the board sent {len(self._bytes)} bytes without a line's end, and at most {LONGEST_ANSWER} are read"
            )
        return bool(data)


def _text(line: bytes) -> str:
    letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in line[: LONGEST_ANSWER + 1]).strip()
    return letters if len(letters) <= 200 else letters[:197] + "..."
