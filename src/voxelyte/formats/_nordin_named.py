"""Settings that a print file gives a name, for layers and exposures to start from."""

from __future__ import annotations

from typing import Any

from voxelyte.errors import FormatError, unknown
from voxelyte.formats._json import Table
from voxelyte.formats._nordin_rules import MEMBER, Rules, check

Fields = dict[str, Any]

_DEEPEST = 50


def table(path: str, values: Fields) -> Table:
    """An object of the print file, and where it stands there."""
    return Table(f"{MEMBER}: ", path, values)


class Named:
    """All that stands under one key of a print file; each may start from another one, which it names as `using`."""

    def __init__(self, key: str, values: Fields, rules: Rules, using: str) -> None:
        self._key, self._using = key, using
        self._own = {name: one for name, one in values.items() if name != "Comment"}
        part = table(key, self._own)
        for name in self._own:
            check(part.table(name), rules)
        self._whole: dict[str, Fields] = {}
        for name in self._own:
            self._filled(name, 0)

    def of(self, user: Table, key: str) -> Fields:
        """The settings that `user` names under `key`, with all that they start from; none when it names none."""
        name = user.text(key, "")
        if name and name not in self._own:
            raise user.fault(key, unknown("settings", name, self._own))
        return self._filled(name, 0) if name else {}

    def _filled(self, name: str, depth: int) -> Fields:
        if depth > _DEEPEST:
            raise FormatError(f"{MEMBER}: {self._key}.{name}: starts from itself, or from more than {_DEEPEST} others")
        if name not in self._own:
            raise FormatError(f"{MEMBER}: {self._key}: {unknown('settings', name, self._own)}")
        if name not in self._whole:
            parent = self._own[name].get(self._using)
            start = self._filled(parent, depth + 1) if parent else {}
            own = {key: one for key, one in self._own[name].items() if key != self._using}
            self._whole[name] = {**start, **own}
        return self._whole[name]
