"""Errors of every model that there is, on whatever a file or a program can hold: field, value and law in our own words."""

from __future__ import annotations

import re
from importlib import import_module
from math import inf, nan
from pkgutil import walk_packages

import pytest
from pydantic import ValidationError, create_model

import voxelyte
from voxelyte.laws import law_of
from voxelyte.values import Value, explain

WRONG = (
    None, True, 0, 1, -1, 1.5, -5.5, nan, inf, 1e300, 10**400, "", "x", "x" * 200_000, b"x", "2020-01-01",
    [], [1], ["a"], ["a"] * 3, [None], [[1]], [[1, 2, 3]], (1, 2), {}, {"a": 1}, {"kind": "x"}, {"shape": "x"}, {1: 2}, object(), len,
)  # fmt: skip
RAW = re.compile(r"\b(Input|String|Bytes|List|Tuple|Dictionary|Set|Keys|Value|Unable|instance|dictionary|integer|boolean|tuple)\b")


def models():
    for module in walk_packages(voxelyte.__path__, "voxelyte."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found, rest = set(), [Value]
    while rest:
        rest += (new := set(rest.pop().__subclasses__()) - found)
        found |= new
    return sorted((model for model in found if model.__module__.startswith("voxelyte")), key=lambda model: model.__qualname__)


def faults(model, fields):
    """What pydantic says of them."""
    try:
        model.model_validate(fields)
    except ValidationError as fault:
        return [*fault.errors(include_url=False), *([] if explain(fault, model) else [{"type": "nothing said"}])]
    return []


def test_no_error_of_any_model_speaks_of_pythons_types():
    kinds = set()
    for model in models():
        for field in model.model_fields:
            for value in WRONG:
                for error in faults(model, {field: value}):
                    kinds.add(error["type"])
                    if error["type"] not in ("missing", "extra_forbidden") and not error["type"].startswith("union_tag"):
                        assert not RAW.search(law_of(error)), (model, field, error)
    assert {"float_type", "string_type", "tuple_type", "too_short", "model_type", "literal_error", "value_error"} <= kinds


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (float, "a", "size='a' must be a number"),
        (int, 1.5, "size=1.5 must be a whole number"),
        (bool, "maybe", "size='maybe' must be true or false"),
        (str, 3, "size=3 must be text"),
        (tuple[float, float], 3.0, "size=3.0 must be a list"),
        (tuple[float, float], (1.0, 2.0, 3.0), "size=(1.0, 2.0, 3.0) must have at most 2 items"),
        (dict[str, int], 3, "size=3 must be a table"),
    ],
)
def test_laws(kind, value, said):
    model = create_model("Model", __base__=Value, size=(kind, ...))
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"size": value})
    assert explain(caught.value, model) == [said]
