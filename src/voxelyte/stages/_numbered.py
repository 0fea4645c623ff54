"""Marlin's numbered lines: `N<n> <line>*<xor>`, and what goes out again when the board asks for a line.

A number and a checksum make that safe: the board takes a line once, and refuses it when its number was had already. What is
asked for again although an answer proved that it was done goes out as M400, which does nothing but wait.
"""

from __future__ import annotations

from collections.abc import Callable

from voxelyte.machine.refusals import MachineTrouble

DONE = "M400"
FAR_BACK = 50
AT_ONCE_S = 0.1
"""A board may ask for a line once for each line that came behind it: it goes out once in this time."""

Revise = Callable[[int, list[str]], list[str]]
"""What goes out again, from this line of the batch on; a dwell of which a part was had already is shorter then."""


def as_it_was(index: int, lines: list[str]) -> list[str]:
    """The lines that go out again are the same."""
    return lines


class Numbered:
    """The lines of one board, counted from `M110 N0`. `send` puts ready lines on the wire, in one write."""

    def __init__(self, send: Callable[..., None], now: Callable[[], float]) -> None:
        self._send, self._now = send, now
        self._asked, self._at_s = 0, float("-inf")
        self.count_from_0()

    def count_from_0(self) -> None:
        """Make the board count from 0: the next line is 1."""
        self._next = 1
        self.begin()
        self._send(_numbered(0, "M110 N0"))

    def begin(self, revise: Revise = as_it_was) -> None:
        """All lines so far were done; another batch begins."""
        self._first, self._sent, self._revise = self._next, list[str](), revise
        self.due_s: float | None = None
        """When a line that was asked for twice has to go out again; None when none has to."""
        self.again = 0
        """How often anything went out again."""

    def send(self, *lines: str) -> None:
        """The next lines, with their numbers."""
        first = self._next
        self._sent += lines
        self._next += len(lines)
        self._send(*(_numbered(first + n, line) for n, line in enumerate(lines)))

    def asked_for(self, number: int) -> None:
        """The board wants this line and all behind it."""
        if number == self._next:
            return
        if not self._first - FAR_BACK <= number < self._next:
            raise MachineTrouble(f"the board asks for line {number}, and the last was {self._next - 1}")
        if number == self._asked and self._now() - self._at_s < AT_ONCE_S:
            self.due_s = self._at_s + AT_ONCE_S
            return
        self._asked = number
        self.send_again()

    def send_again(self) -> None:
        """The line that was asked for last, and all behind it."""
        self.due_s, self._at_s, self.again = None, self._now(), self.again + 1
        old = range(self._asked, self._first)
        index = max(0, self._asked - self._first)
        lines = [DONE] * len(old) + self._revise(index, self._sent[index:])
        self._send(*(_numbered(self._asked + n, line) for n, line in enumerate(lines)))


def _numbered(number: int, line: str) -> str:
    text = f"N{number} {line}"
    checksum = 0
    for byte in text.encode("ascii"):
        checksum ^= byte
    return f"{text}*{checksum}"
