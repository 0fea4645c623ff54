"""G-code of resin printers, one line at a time: `G0 Z5.05 F65;`, `M106 S255;light on`, `M6054 "1.png";show Image`.

A command is a letter with a whole number; after it stand values, each a letter with an exact decimal, or one text
in quotes. What follows a semicolon is a remark. Anything else is an error with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from voxelyte.errors import FormatError

MAX_LINE = 1000
"""Longest line: no program writes one that needs more."""

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_COMMAND = re.compile(rf'([A-Z][0-9]+)((?:\s*[A-Z]{_NUMBER})*)\s*(?:"([^"]*)")?\s*')
_VALUE = re.compile(rf"([A-Z])({_NUMBER})")


@dataclass(frozen=True)
class Command:
    """One command and where it stands, such as `run.gcode: line 7`."""

    where: str
    code: str
    values: dict[str, Decimal]
    text: str = ""

    def number(self, letter: str, least: float, most: float) -> Decimal:
        """The value after `letter`, from `least` to `most`."""
        if letter not in self.values:
            raise FormatError(f"{self.where}: {self.code} has no {letter}")
        value = self.values[letter]
        if not Decimal(repr(least)) <= value <= Decimal(repr(most)):
            raise FormatError(f"{self.where}: {letter}{value} must be {least:g} to {most:g}")
        return value

    def whole(self, letter: str, least: int, most: int) -> int:
        """The integer after `letter`, from `least` to `most`."""
        value = self.number(letter, least, most)
        if value != int(value):
            raise FormatError(f"{self.where}: {letter}{value} must be a whole number")
        return int(value)


def commands(member: str, text: str) -> Iterator[Command]:
    """The commands of a member, in order."""
    for number, line in enumerate(text.split("\n"), 1):
        found = command(f"{member}: line {number}", line)
        if found:
            yield found


def command(where: str, line: str) -> Command | None:
    """The command of one line; None for a blank line or a remark alone."""
    code = line.partition(";")[0].strip()
    if not code:
        return None
    match = _COMMAND.fullmatch(code) if len(code) <= MAX_LINE else None
    if match is None:
        raise FormatError(f"{where}: {code[:40]!r} is no command")
    pairs = _VALUE.findall(match[2])
    if len({letter for letter, _ in pairs}) < len(pairs):
        raise FormatError(f"{where}: {code[:40]!r} says a value twice")
    return Command(where, match[1], {letter: Decimal(value) for letter, value in pairs}, match[3] or "")
