"""What places a shape in an SVG: its lengths, points and transforms, each of them read whole or refused by name."""

from __future__ import annotations

import re
from math import isfinite
from xml.etree.ElementTree import Element

from voxelyte.errors import RecipeError

MM_OF = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "q": 0.25}
"""Absolute units of CSS but px, which says nothing of a real size in most programs' files."""
PX_OF = {"": 1.0, "px": 1.0, **{unit: mm * 96 / 25.4 for unit, mm in MM_OF.items()}}
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LENGTH = re.compile(rf"\s*({NUMBER.pattern})\s*([a-zA-Z%]*)\s*")
_TRANSFORM = re.compile(r"\s*,?\s*(\w+)\s*\(([^()]*)\)\s*")
_APART = re.compile(r"[\s,]*")
_PATH_LETTERS = re.compile(r"[MmZzLlHhVvCcSsQqTtAa\s,]*")
_DECLARED = re.compile(r"([\w-]+)\s*:\s*([^;{}]*)")

POSITIVE = {"circle": ("r",), "ellipse": ("rx", "ry"), "rect": ("width", "height")}
"""Lengths without which a shape is none."""
LENGTHS = {"x", "y", "x1", "y1", "x2", "y2", "width", "height", "rx", "ry", "cx", "cy", "r"}
ARGUMENTS = {"matrix": {6}, "translate": {1, 2}, "scale": {1, 2}, "rotate": {1, 3}, "skewX": {1}, "skewY": {1}}
REFUSED = {*LENGTHS, "d", "transform", "transform-origin", "translate", "rotate", "scale", "zoom", "clip-path", "mask"}
"""Properties of CSS that would move, size or cut a shape."""
_NAMES = {"d": "path", "points": "list of points", "transform": "transform"}
_HIDING = {"display": ("none",), "visibility": ("hidden", "collapse")}


def length(text: str) -> tuple[float, str] | None:
    """A number and its unit in small letters, "" for none; None for what is no length."""
    found = _LENGTH.fullmatch(text)
    return (float(found[1]), found[2].lower()) if found else None


def placed(element: Element, tag: str) -> dict[str, str]:
    """The attributes that place a shape or group, lengths in user units. RecipeError for one that cannot be read."""
    for key in ("clip-path", "mask", "transform-origin"):
        if element.get(key, "none") != "none":
            raise RecipeError(f"has a {key} at <{tag}>, which is not read: apply it to the path itself")
    kept = {key: repr(_units(tag, key, text)) for key, text in element.attrib.items() if key in LENGTHS and tag != "g"}
    for key in POSITIVE.get(tag, ()):
        if not float(kept.get(key, 0)) > 0:
            raise RecipeError(f"has a <{tag}> whose {key}={element.get(key, '')[:40]!r} must be above 0")
    texts = {"d": _is_path, "points": _is_points, "transform": _is_transform}
    for key, is_whole in texts.items():
        text = element.get(key)
        if text is not None:
            if not is_whole(text):
                raise RecipeError(f"has a {_NAMES[key]} that is not one: {key}={text[:40]!r}")
            kept[key] = text
    return kept


def styled(element: Element, tag: str) -> dict[str, str]:
    """What the style of an element, or a style sheet, declares. RecipeError where that would place or cut a shape.

    A sheet's rules are not matched with elements, so one that hides anything is refused too.
    """
    text = element.text or "" if tag == "style" else element.get("style", "")
    said = [(key.lower(), value.replace("!important", "").strip()) for key, value in _DECLARED.findall(text)]
    for key, value in said:
        hides = tag == "style" and value in _HIDING.get(key, ())
        if hides or (key in REFUSED and value not in ("none", "auto")):
            where = "a style sheet" if tag == "style" else f"the style of <{tag}>"
            raise RecipeError(f"has {key}: {value[:40]} in {where}, which is not read: state it as an attribute")
    return dict(said)


def _units(tag: str, key: str, text: str) -> float:
    found = length(text)
    if text.strip() == "auto" and key in ("rx", "ry"):
        return 0.0
    if found is None or found[1] not in PX_OF or not isfinite(found[0]):
        known = "px, mm, cm, in, pt, pc or no unit"
        raise RecipeError(f"has a <{tag}> whose {key}={text[:40]!r} is no length that is read: {known}")
    return found[0] * PX_OF[found[1]]


def _is_path(text: str) -> bool:
    return bool(_PATH_LETTERS.fullmatch(NUMBER.sub("", text)))


def _is_points(text: str) -> bool:
    return bool(_APART.fullmatch(NUMBER.sub("", text))) and len(NUMBER.findall(text)) % 2 == 0


def _is_transform(text: str) -> bool:
    at, whole = 0, text.strip()
    while at < len(whole):
        found = _TRANSFORM.match(whole, at)
        if not found or len(NUMBER.findall(found[2])) not in ARGUMENTS.get(found[1], ()):
            return False
        if not _APART.fullmatch(NUMBER.sub("", found[2])):
            return False
        at = found.end()
    return True
