"""Marlin's numbered lines: `N<n> <line>*<xor>`, and what goes out again when the board asks for a line.

A number and a checksum make that safe: the board takes a line once, and refuses it when its number was had already. What is
asked for again although an answer proved that it was done goes out as M400, which does nothing but wait.
"""

from __future__ import annotations

from collections.abc import Callable

from voxelyte.machine.refusals import MachineTrouble

NOTHING = "M400"
FAR_BACK = 50
AT_ONCE_S = 0.03
"""The same line goes out again no more often than this; a copy too many would be one that the board must refuse."""

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
        """When to probe whether the board still wants what it asked for meanwhile; None when it asked for nothing."""
        self.again = 0
        """How often anything went out again."""

    def send(self, *lines: str) -> None:
        """The next lines, with their numbers."""
        first = self._next
        self._sent += lines
        self._next += len(lines)
        self._send(*(_numbered(first + n, line) for n, line in enumerate(lines)))

    def asked_for(self, number: int) -> None:
        """The board wants this line and all behind it; so it says for each line, too, that was under way behind a bad one."""
        if number == self._next:
            self.due_s = None
            return
        if not self._first - FAR_BACK <= number < self._next:
            raise MachineTrouble(f"the board asks for line {number}, and the last was {self._next - 1}")
        if number <= self._asked and self._now() - self._at_s < AT_ONCE_S:
            self.due_s = self._at_s + AT_ONCE_S
        else:
            self._send_from(number)

    def probe(self) -> None:
        """The last line once more. A board that had it asks for the next; one that still wants another asks for that."""
        self.due_s = None
        self._send(_numbered(self._next - 1, self._sent[-1]))

    def _send_from(self, number: int) -> None:
        self.due_s, self._asked, self._at_s, self.again = None, number, self._now(), self.again + 1
        index = max(0, number - self._first)
        lines = [NOTHING] * max(0, self._first - number) + self._revise(index, self._sent[index:])
        self._send(*(_numbered(number + n, line) for n, line in enumerate(lines)))


def _numbered(number: int, line: str) -> str:
    text = f"N{number} {line}"
    checksum = 0
    for byte in text.encode("ascii"):
        checksum ^= byte
    return f"{text}*{checksum}"
