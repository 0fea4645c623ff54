"""Lists of `key = value` as PrusaSlicer writes and its machines read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from voxelyte.errors import FormatError, unknown
from voxelyte.formats._numbers import plain


def written(fields: Mapping[str, object]) -> bytes:
    """One line a field, sorted; each value on its line and never empty, which other readers do not bear."""
    lines = [f"{key} = {' '.join(str(fields[key]).split()) or 'none'}\n" for key in sorted(fields)]
    return "".join(lines).encode(errors="replace")


def cut_text(whole: int, scale: int) -> str:
    """Decimal text of `whole / scale` for a reader that cuts `float(text) * scale` to an integer.

    1.001 * 1000 is cut to 1000, so that such a number gets a tenth of the last unit on top.
    """
    text = plain(Decimal(whole) / scale)
    return text if cut(float(text), scale) == whole else plain((whole + Decimal("0.1")) / scale)


def cut(value: float, scale: int) -> int:
    """The integer that the reader of `cut_text` gets."""
    return int(value * scale)


class Ini:
    """A parsed list. Faults name the file and the key, or the line."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.fields: dict[str, str] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and line.lstrip()[0] not in "#;[":
                self._add(number, line)

    def text(self, key: str, default: str | None = None) -> str:
        """A value as it stands; without a default it must be there."""
        value = self.fields.get(key, default)
        if value is None:
            raise FormatError(f"{self.name}: {unknown('key', key, self.fields)}")
        return value

    def decimal(self, key: str, least: float, most: float, default: str | None = None) -> Decimal:
        """An exact number from `least` to `most`."""
        text = self.text(key, default)
        try:
            value = Decimal(text if len(text) < 100 else "none")
        except ArithmeticError:
            raise FormatError(f"{self.name}: {key}={text[:40]!r} is no number") from None
        if not value.is_finite() or not Decimal(repr(least)) <= value <= Decimal(repr(most)):
            raise FormatError(f"{self.name}: {key}={text[:40]} must be {least:g} to {most:g}")
        return value

    def whole(self, key: str, least: int, most: int, default: str | None = None) -> int:
        """An integer from `least` to `most`."""
        value = self.decimal(key, least, most, default)
        if value != int(value):
            raise FormatError(f"{self.name}: {key}={value} must be a whole number")
        return int(value)

    def choice(self, key: str, *known: str) -> str:
        """One of these values."""
        value = self.text(key)
        if value not in known:
            raise FormatError(f"{self.name}: {key}={value[:40]!r} must be {' or '.join(known)}")
        return value

    def _add(self, number: int, line: str) -> None:
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            raise FormatError(f"{self.name}: line {number} is not `key = value`")
        if key in self.fields:
            raise FormatError(f"{self.name}: line {number}: {key} is there twice")
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        self.fields[key] = value[1:-1] if quoted else value
