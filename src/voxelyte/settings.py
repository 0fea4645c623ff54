"""Changes to a recipe, as on a command line: `diameter_um=200`, `outline.shape=plate`, `disc:16000`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from voxelyte.errors import RecipeError

EITHER = ("gap_um", "pitch_um")
"""Two ways to say one thing: to set one drops the other."""
TAGS = {"outline": "shape", "lattice": "kind", "cross_section": "shape"}
"""Tables whose keys depend on one of them: to set that one anew drops the others."""

_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_LENGTH = r"(\d+(?:\.\d+)?)"
_OUTLINES = {
    re.compile("plate"): ("plate",),
    re.compile(f"disc:{_LENGTH}"): ("disc", "diameter_um"),
    re.compile(f"rectangle:{_LENGTH}x{_LENGTH}(?:,r={_LENGTH})?"): (
        "rectangle",
        "width_um",
        "depth_um",
        "corner_radius_um",
    ),
}
_COIN = re.compile(r"coin:([A-Za-z0-9]+)(?:,([a-z]+))?")
_DRAWING = re.compile(r"(.+\.(?:svg|dxf))(?:,unit=([a-z]+))?", re.IGNORECASE)
OUTLINES = (
    "plate, disc:DIAMETER_UM, coin:CR2032 (or coin:CR2032,separator), rectangle:WIDTH_UMxDEPTH_UM (and ,r=RADIUS_UM), "
    "or a drawing, FILE.svg or FILE.dxf (and ,unit=mm)"
)
"""What an outline can be on a command line."""


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Dotted key to value; all faults are reported together."""
    found: dict[str, Any] = {}
    faults = []
    for text in texts:
        try:
            key, value = parse_setting(text)
        except RecipeError as fault:
            faults.append(str(fault))
            continue
        if key in found:
            faults.append(f"{key} is set twice")
        found[key] = value
    if set(EITHER) <= set(found):
        both = " and ".join(f"{key}={found[key]}" for key in EITHER)
        faults.append(f"{both}: only one of the two can be set")
    if faults:
        raise RecipeError("\n".join(faults))
    return found


def parse_setting(text: str) -> tuple[str, Any]:
    """Key and value of `key=value`; the value is written as in TOML, and a bare word is a text."""
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not _KEY.fullmatch(key):
        raise RecipeError(f"setting {text!r} must read key=value")
    if _BARE_WORD.fullmatch(value) and value not in ("true", "false", "nan", "inf"):
        return key, value
    try:
        table = tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):
        table = {}
    if set(table) != {"value"}:
        raise RecipeError(f"setting {text!r}: {value!r} is neither a TOML value nor a bare word")
    return key, table["value"]


def parse_outline(text: str) -> dict[str, Any]:
    """The outline table of one of `OUTLINES`; what is left out has no key."""
    for pattern, (shape, *keys) in _OUTLINES.items():
        if found := pattern.fullmatch(text):
            lengths = zip(keys, found.groups(), strict=True)
            return {"shape": shape, **{key: float(length) for key, length in lengths if length is not None}}
    if found := _COIN.fullmatch(text):
        return _stated(shape="coin", preset=found[1].upper(), part=found[2])
    if found := _DRAWING.fullmatch(text):
        return _stated(shape="file", path=found[1], unit=found[2])
    raise RecipeError(f"outline {text!r} must be {OUTLINES}")


def _stated(**keys: str | None) -> dict[str, Any]:
    """Those that are stated."""
    return {key: value for key, value in keys.items() if value is not None}


def changed(design: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `design` with the settings in it; what a setting replaces in meaning is dropped."""
    result = deepcopy(without_rivals(design, settings))
    for name, tag in TAGS.items():
        table = result.get(name)
        if isinstance(table, dict) and settings.get(f"{name}.{tag}", table.get(tag)) != table.get(tag):
            table.clear()
    for path, value in settings.items():
        _put(result, path, value)
    return result


def without_rivals(table: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """`table` without gap or pitch where `keys` state one of them anew."""
    restated = any(key in EITHER for key in keys)
    return {key: value for key, value in table.items() if not (restated and key in EITHER)}


def _put(table: dict[str, Any], path: str, value: Any) -> None:
    *folders, last = path.split(".")
    for folder in folders:
        table = table.setdefault(folder, {})
        if not isinstance(table, dict):
            raise RecipeError(f"{path} cannot be set: {folder}={table!r} is not a table")
    table[last] = value
