"""Frozen, validated values: the pydantic model that every recipe, profile and solid is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from voxelyte.errors import RecipeError


def _resolved(length_um: float) -> float:
    if length_um < 0.001:
        raise PydanticCustomError("length", "must be at least 0.001 µm (1 nm)")
    return length_um


Positive = Annotated[float, Field(gt=0, le=1e9, strict=True, allow_inf_nan=False)]
Length = Annotated[Positive, AfterValidator(_resolved)]
"""A size in µm, of a film or of a pixel: no finer than the 1 nm grid of heights, so that quotients of sizes stay finite."""
NotNegative = Annotated[float, Field(ge=0, le=1e9, strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100_000, strict=True)]
Fraction = Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, max_length=100_000)]


class Value(BaseModel):
    """A frozen value. Wrong or unknown fields raise one RecipeError that names them all."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as fault:
            raise RecipeError("\n".join(explain(fault, type(self)))) from None

    # pydantic calls a model's own __init__ for nested values too, which would stop at the first fault; this
    # mark (as on its RootModel) keeps nested validation inside pydantic, so that all faults are reported.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """The value that a parsed TOML or JSON table describes."""
        return cls(**fields)


def explain(fault: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line for each fault: field, value and law; for an unknown key the nearest known one."""
    return [_line(error, model) for error in fault.errors(include_url=False)]


def _line(error: Any, model: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden":
        *under, key = error["loc"]
        return _unknown_key(".".join([*_keys(tuple(under), model), str(key)]), error["loc"], model)
    path = ".".join(_keys(error["loc"], model))
    if error["type"] in _UNION_FAULTS:
        return _wrong_tag(path, error)
    if error["type"] == "missing":
        return f"{path} is missing"
    law = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
    law = _HELD.sub(r"must hold at \1 \2, not \3", _TABLE.sub("table", law))
    return f"{path}={_short(error['input'])} {law}" if path and error["type"] != "value_error" else law


def _keys(loc: tuple[Any, ...], model: type[BaseModel]) -> list[str]:
    """The path as the file has it; pydantic's own also holds union tags: outline.disc.diameter_um.

    A tag in angle brackets is one that no file states: that of a union told apart by the types of TOML.
    """
    keys: list[str] = []
    found: Any = model
    for step in loc:
        if str(step).startswith("<"):
            continue
        under = _step(found, step)
        is_tag = under is not found and under in _models(found)
        keys += [] if is_tag else [str(step)]
        found = under
    return keys


_TABLE = re.compile(r"valid dictionary or (?:object to extract fields from|instance of \w+)")
_HELD = re.compile(r"\w+ should have at (least|most) (\d+) items? after validation, not (\w+)")
_UNION_FAULTS = ("union_tag_invalid", "union_tag_not_found")


def _wrong_tag(path: str, error: Any) -> str:
    tag = error["ctx"]["discriminator"].strip("'")
    if error["type"] == "union_tag_not_found":
        return f"{path}.{tag} is missing"
    return f"{path}.{tag}={_short(error['ctx']['tag'])} must be one of {error['ctx']['expected_tags']}"


def _unknown_key(path: str, loc: tuple[Any, ...], model: type[BaseModel]) -> str:
    from difflib import get_close_matches

    known = _known_keys(loc, model)
    near = get_close_matches(str(loc[-1]), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return f"{path} is not a known key; {hint}"


def _known_keys(loc: tuple[Any, ...], model: type[BaseModel]) -> list[str]:
    found: Any = model
    for step in loc[:-1]:
        found = _step(found, step)
    models = _models(found)
    return sorted({key for one in models for key in one.model_fields}) or sorted(model.model_fields)


def _step(annotation: Any, step: Any) -> Any:
    """What lies under `step`: a field's type, the model of a union's tag; the same for an index or a key."""
    models = _models(annotation)
    for one in models:
        if step in one.model_fields:
            return one.model_fields[step].annotation
    tagged = [one for one in models if step in (field.default for field in one.model_fields.values())]
    return tagged[0] if len(models) > 1 and tagged else annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    from typing import get_args

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "<a huge number>"
    return text if len(text) <= 60 else text[:57] + "..."
