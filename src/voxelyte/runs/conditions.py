"""What the operator says of a print."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from voxelyte.values import Value

MOST_NOTE, MOST_LABEL = 2000, 100


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("one_line", "must be one line of printable characters")
    return text


NoteText = Annotated[str, Field(strict=True, min_length=1, max_length=MOST_NOTE), AfterValidator(_one_line)]
Label = Annotated[str, Field(strict=True, min_length=1, max_length=MOST_LABEL), AfterValidator(_one_line)]


class Conditions(Value):
    """The room and the labels. What was not said is None."""

    note: NoteText | None = None
    temperature_c: Annotated[float, Field(ge=-50, le=150, strict=True, allow_inf_nan=False)] | None = None
    humidity_percent: Annotated[float, Field(ge=0, le=100, strict=True, allow_inf_nan=False)] | None = None
    film: Label | None = None
    batch: Label | None = None


class Note(Value):
    """One more note, of any time."""

    note: NoteText
