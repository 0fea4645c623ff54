"""The words of one line of g-code: a letter and a number each."""

from __future__ import annotations

import re

_WORD = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+))")


def words(line: str) -> dict[str, list[float]] | None:
    """Each letter with its numbers, without comments and blanks; None for what is no g-code."""
    text = re.sub(r"\([^)]*\)|;.*|\s", "", line).upper()
    found = _WORD.findall(text)
    if "".join(letter + number for letter, number in found) != text:
        return None
    said: dict[str, list[float]] = {}
    for letter, number in found:
        said.setdefault(letter, []).append(float(number))
    return said
