"""How what a machine says is read: values of known kinds, and harmless words.

Unknown keys are ignored, as the document asks of a host. A missing key or a wrong kind is PrinterConfused, by name.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from voxelyte.errors import PrinterConfused
from voxelyte.values import explain


def _harmless(text: str) -> str:
    # A machine's words reach a terminal: no control characters, no escape sequences, no endless lines.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:500])


Words = Annotated[str, AfterValidator(_harmless)]
Number = Annotated[int, Field(ge=0, lt=2**32)]
Length = Annotated[int, Field(ge=1, lt=2**53)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Hex32 = Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")]
"""32 bytes in hex."""


class Said(BaseModel):
    """Anything that came over the wire."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


_Kind = TypeVar("_Kind", bound=Said)


def read(model: type[_Kind], name: str, said: dict[str, Any]) -> _Kind:
    """What a payload says, as a `model`."""
    try:
        return model.model_validate(said)
    except ValidationError as fault:
        raise confused(name, fault) from None


def confused(name: str, fault: ValidationError) -> PrinterConfused:
    """What is wrong in a payload, key by key."""
    lines = [_harmless(line) for line in explain(fault, Said)]
    more = f"; and {len(lines) - 5} more" if len(lines) > 5 else ""
    return PrinterConfused(f"{name} cannot be read: {'; '.join(lines[:5])}{more}")
