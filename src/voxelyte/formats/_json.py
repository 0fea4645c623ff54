"""JSON of other programs, read strictly: bounded, every key once, and numbers as the exact decimals they are written as.

`fields` gives the object of a member as a `Table`, `rows` an array of objects. A table's getters check type and
bounds; a fault names member and path, value and law: `config.json: Layers.3.Z=-1 must be 0 to 1000`.
`written` is the way back: it keeps every digit of a Decimal, which the standard library's encoder does not take.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from voxelyte.errors import FormatError, unknown
from voxelyte.formats._numbers import plain

MAX_VALUES = 4_000_000
"""Most values in a text, so that 32 MB of `[],[],[]` cannot become some gigabytes of lists."""

MAX_DIGITS = 100
"""Longest number: no program writes one that needs more."""


def parsed(name: str, text: str, real: Callable[[str], object] = Decimal) -> Any:
    """Any JSON value of the member `name`; its numbers are int, or what `real` makes of them."""
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        raise FormatError(f"{name}: must not hold more than {MAX_VALUES} values")
    try:
        return json.loads(
            text,
            object_pairs_hook=_each_once,
            parse_float=lambda said: real(_sized(said)),
            parse_int=lambda said: int(_sized(said)),
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as fault:
        raise FormatError(f"{name}: {fault}") from None


def fields(name: str, text: str) -> Table:
    """The object that the member `name` is."""
    return _table(f"{name}: ", "", parsed(name, text))


def rows(name: str, text: str, most: int) -> list[Table]:
    """The array of at most `most` objects that the member `name` is."""
    return _tables(f"{name}: ", "", parsed(name, text), most)


def written(value: object) -> bytes:
    """UTF-8 JSON of objects, arrays, texts, numbers and Decimals; an object or array of plain values is one line."""
    return f"{_told(value, chr(10))}\n".encode()


class Table:
    """A JSON object and where it stands. Each getter takes a default for a key that may be absent."""

    def __init__(self, member: str, path: str, values: dict[str, Any]) -> None:
        self._member, self._path, self.values = member, path, values

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def number(self, key: str, least: float, most: float, default: float | None = None) -> Decimal:
        """An exact number from `least` to `most`."""
        return self._number(key, self._value(key, default), least, most)

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """An integer from `least` to `most`; 5.0 is one."""
        value = self.number(key, least, most, default)
        if value != int(value):
            raise self.fault(key, "must be a whole number")
        return int(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false; 1 and 0, which some programs write, are that too."""
        value = self._value(key, default)
        if isinstance(value, str | list | dict) or value not in (False, True):
            raise self.fault(key, "must be true or false")
        return bool(value)

    def text(self, key: str, default: str | None = None, most: int = 100_000) -> str:
        """A text of at most `most` characters."""
        value = self._value(key, default)
        if not isinstance(value, str) or len(value) > most:
            raise self.fault(key, f"must be a text of at most {most} characters")
        return value

    def table(self, key: str) -> Table:
        """The object under `key`."""
        return _table(self._member, self._under(key), self._value(key, None))

    def tables(self, key: str, most: int) -> list[Table]:
        """The array of at most `most` objects under `key`."""
        return _tables(self._member, self._under(key), self._value(key, None), most)

    def numbers(self, key: str, least: float, most: float, count: int) -> list[Decimal]:
        """The array of at most `count` numbers under `key`."""
        values = _array(self._member, self._under(key), self._value(key, None), count)
        return [self._number(f"{key}.{index}", value, least, most) for index, value in enumerate(values)]

    def over(self, other: Table) -> Table:
        """These fields, with the values of another one for the keys that it lacks."""
        return Table(self._member, self._path, other.values | self.values)

    def fault(self, key: str, law: str) -> FormatError:
        """The error that `law` is broken by the value under `key`."""
        said = f"={_short(self.values[key])}" if key in self.values else ""
        return FormatError(f"{self._member}{self._under(key)}{said} {law}")

    def _value(self, key: str, default: object) -> Any:
        value = self.values.get(key, default)
        if value is None:
            if key in self.values:
                raise FormatError(f"{self._member}{self._under(key)} is null")
            known = [one for one in list(self.values)[:40] if one.isprintable() and len(one) < 40]
            hint = unknown("key", key, known).partition("; ")[2]
            raise FormatError(f"{self._member}{self._under(key)} is missing; {hint}")
        return value

    def _number(self, key: str, value: Any, least: float, most: float) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise FormatError(f"{self._member}{self._under(key)}={_short(value)} must be a number")
        if not Decimal(repr(least)) <= value <= Decimal(repr(most)):  # 0.01 as float is not 0.01
            raise FormatError(f"{self._member}{self._under(key)}={_short(value)} must be {least:g} to {most:g}")
        return value if isinstance(value, Decimal) else Decimal(repr(value))

    def _under(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _table(member: str, path: str, value: Any) -> Table:
    if not isinstance(value, dict):
        raise FormatError(f"{member}{path or 'it'}={_short(value)} must be an object")
    return Table(member, path, value)


def _tables(member: str, path: str, value: Any, most: int) -> list[Table]:
    dot = f"{path}." if path else ""
    return [_table(member, f"{dot}{index}", one) for index, one in enumerate(_array(member, path, value, most))]


def _array(member: str, path: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise FormatError(f"{member}{path or 'it'}={_short(value)} must be an array")
    if len(value) > most:
        raise FormatError(f"{member}{path or 'it'} holds {len(value)} values, must be at most {most}")
    return value


def _told(value: object, newline: str) -> str:
    deeper = f"{newline}  "
    if isinstance(value, Mapping):
        pairs = [f"{json.dumps(key)}: {_told(one, deeper)}" for key, one in value.items()]
        return _joined("{", pairs, "}", newline, wide=any(isinstance(one, Mapping | list) for one in value.values()))
    if isinstance(value, list | tuple):
        elements = [_told(one, deeper) for one in value]
        return _joined("[", elements, "]", newline, wide=any(isinstance(one, Mapping | str) for one in value))
    if isinstance(value, Decimal):
        return plain(value) if abs(value.adjusted()) < 20 else str(value)
    return json.dumps(value, allow_nan=False)


def _joined(start: str, parts: list[str], end: str, newline: str, wide: bool) -> str:
    if not wide:
        return start + ", ".join(parts) + end
    return start + ",".join(f"{newline}  {part}" for part in parts) + newline + end


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} is there twice")
        found[key] = value
    return found


def _sized(text: str) -> str:
    exponent = text.lower().partition("e")[2]
    if len(text) > MAX_DIGITS or len(exponent) > 5:
        raise ValueError(f"{text[:40]}… is too long a number")
    return text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
