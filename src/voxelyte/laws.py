"""The law that a value breaks, in plain words: pydantic's errors speak of Python's types, those of a TOML or JSON file have other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = {
    "a number": ("float_type", "float_parsing"),
    "a whole number": ("int_type", "int_parsing", "int_from_float"),
    "a whole number of fewer digits": ("int_parsing_size",),
    "true or false": ("bool_type", "bool_parsing"),
    "text": ("string_type", "string_sub_type", "string_unicode"),
    "a list": ("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"),
    "a table": ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"),
    "a function": ("callable_type",),
    "a finite number": ("finite_number",),
}
_PLAIN = {kind: f"must be {law}" for law, kinds in _KINDS.items() for kind in kinds} | {
    "invalid_key": "must have a name that is text",
    "recursion_loop": "must not hold itself",
}
_COUNTED = {
    "string_too_long": "must have at most {max_length:,} {characters}",
    "string_too_short": "must have at least {min_length:,} {characters}",
    "too_long": "must have at most {max_length:,} {items}",
    "too_short": "must have at least {min_length:,} {items}",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "literal_error": "must be {expected}",
}
_STARTS = ("Value error, ", "Assertion failed, ")


def law_of(error: Mapping[str, Any]) -> str:
    """The law of one of pydantic's errors. Messages of our own, which say theirs, stay as they are."""
    kind, said = str(error["type"]), error.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _COUNTED:
        number = said.get("max_length", said.get("min_length"))
        return _COUNTED[kind].format(**said, characters=_some("character", number), items=_some("item", number))
    law = str(error["msg"])
    for start in _STARTS:
        law = law.removeprefix(start)
    thing, should, rest = law.partition(" should ")
    return f"must {rest}" if should and " " not in thing else law


def _some(thing: str, number: int | None) -> str:
    return thing if number == 1 else f"{thing}s"
