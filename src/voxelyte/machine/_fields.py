"""What a request's keys may hold: small checks that together name every wrong key at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any, Protocol

from voxelyte.machine.refusals import Refused


class Kind(Protocol):
    """A kind of value: yields one line for each fault."""

    def faults(self, name: str, value: Any) -> Iterator[str]:
        """One line for each fault of `value`."""


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    low: int = 0
    high: int = 2**53

    def faults(self, name: str, value: Any) -> Iterator[str]:
        """One line if it is none, or out of range."""
        if type(value) is not int or not self.low <= value <= self.high:
            yield f"{name}={_short(value)} must be a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Number:
    """A finite number of at least `low`, or `above` it."""

    low: float = 0.0
    high: float = inf
    above: bool = False

    def faults(self, name: str, value: Any) -> Iterator[str]:
        """One line if it is none, or out of range."""
        law = f"must be a number {'above' if self.above else 'of at least'} {self.low:g}"
        if self.high < inf:
            law += f" and at most {self.high:g}"
        if type(value) not in (int, float) or not self._holds(value):
            yield f"{name}={_short(value)} {law}"

    def _holds(self, value: float) -> bool:
        try:
            number = float(value)
        except OverflowError:
            return False
        high_enough = number > self.low if self.above else number >= self.low
        return isfinite(number) and high_enough and number <= self.high


@dataclass(frozen=True)
class Words:
    """A text of `least` to `most` characters, of the given pattern if there is one."""

    least: int = 0
    most: int = 1000
    pattern: str = ""

    def faults(self, name: str, value: Any) -> Iterator[str]:
        """One line if it is none."""
        if not isinstance(value, str) or not self.least <= len(value) <= self.most:
            yield f"{name}={_short(value)} must be a text of {self.least} to {self.most} characters"
        elif self.pattern and not re.fullmatch(self.pattern, value):
            yield f"{name}={_short(value)} must match {self.pattern}"


@dataclass(frozen=True)
class Listing:
    """A list of at least one value of a kind."""

    of: Kind

    def faults(self, name: str, value: Any) -> Iterator[str]:
        """The faults of every entry."""
        if not isinstance(value, list) or not value:
            yield f"{name}={_short(value)} must be a list of at least 1"
            return
        for index, entry in enumerate(value):
            yield from self.of.faults(f"{name}[{index}]", entry)


@dataclass(frozen=True)
class Table:
    """An object with exactly these keys; those in `optional` may be left out."""

    keys: Mapping[str, Kind]
    optional: frozenset[str] = frozenset()

    def faults(self, name: str, value: Any) -> Iterator[str]:
        """The faults of every key: wrong, missing and unknown ones."""
        if not isinstance(value, dict):
            yield f"{name}={_short(value)} must be an object"
            return
        prefix = f"{name}." if name else ""
        for key in sorted(set(value) - set(self.keys)):
            yield f"{prefix}{key[:60]} is not a known key; {self._hint(key)}"
        for key, kind in self.keys.items():
            if key in value:
                yield from kind.faults(prefix + key, value[key])
            elif key not in self.optional:
                yield f"{prefix}{key} is missing"

    def check(self, keys: dict[str, Any]) -> dict[str, Any]:
        """`keys` themselves, or Refused with every fault (the first twenty in full)."""
        lines = list(self.faults("", keys))
        if lines:
            more = [f"and {len(lines) - 20} more"] if len(lines) > 20 else []
            raise Refused("field", "; ".join(lines[:20] + more))
        return keys

    def _hint(self, key: str) -> str:
        near = get_close_matches(key[:60], self.keys, n=1, cutoff=0.5)
        return f"did you mean {near[0]}?" if near else f"known: {', '.join(self.keys) or 'none'}"


def _short(value: Any) -> str:
    text = str(value)[:61] if isinstance(value, str) else repr(value)[:61]
    return text if len(text) <= 60 else text[:57] + "..."
