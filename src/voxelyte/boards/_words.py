"""The words of one line of g-code: a letter and a number each."""

from __future__ import annotations

import re

_WORD = re.compile(r"([A-Z])([-+]?(?:\d+\.?\d*|\.\d+)|)")


def words(line: str, bare: bool = False) -> dict[str, list[float]] | None:
    """Each letter with its numbers, without comments and blanks; None for what is no g-code.

    `bare`: a letter may stand without a number, and is 0.
    """
    text = re.sub(r"\([^)]*\)|;.*|\s", "", line).upper()
    found = _WORD.findall(text)
    if "".join(letter + number for letter, number in found) != text or not (bare or all(number for _, number in found)):
        return None
    said: dict[str, list[float]] = {}
    for letter, number in found:
        said.setdefault(letter, []).append(float(number or 0.0))
    return said
