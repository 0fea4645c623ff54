"""What is remembered of a run, from the database or from a folder's `run.json`: checked, and enough to go on with it."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from voxelyte.errors import VoxelyteError
from voxelyte.runs.conditions import Conditions
from voxelyte.runs.course import MOST_REASON, Cause, Course, Interruption, Made, Outcome
from voxelyte.runs.database import in_words
from voxelyte.runs.index import Index, Row
from voxelyte.runs.record import RECORD, RunNote
from voxelyte.values import explain

MOST_BYTES = 2**28
"""Longest `run.json` that is read: a hundred thousand layers take 50 MB."""

Words = Annotated[str, Field(max_length=5000)]
Id = Annotated[str, Field(pattern="^[0-9a-z]{1,32}$")]
Number = Annotated[int, Field(ge=0, lt=2**32)]
Seconds = Annotated[float, Field(ge=0)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class MachineSaid(_Said):
    """Who printed it."""

    name: Words
    maker: Words = ""
    firmware: Words = ""
    serial: Words = ""


class MadeSaid(_Said):
    """An exposure."""

    layer: Number
    exposure: Number
    state: Literal["lit", "made", "cut"]
    on_time_s: Seconds | None
    at: AwareDatetime
    clock_s: Seconds | None
    recalled: bool
    before_s: Seconds | None


class InterruptionSaid(_Said):
    """An interruption."""

    number: Number
    at: AwareDatetime
    cause: Cause
    reason: Annotated[str, Field(max_length=MOST_REASON)]
    layers_done: Number
    exposures_done: Number
    layer: Number | None
    exposure: Number | None
    on_time_s: Seconds | None
    resumed_at: AwareDatetime | None
    resumed_by: Words


class NoteSaid(_Said):
    """A note."""

    at: AwareDatetime
    text: Words


def _numbered(said: tuple[InterruptionSaid, ...]) -> tuple[InterruptionSaid, ...]:
    if [one.number for one in said] != list(range(len(said))):
        raise PydanticCustomError("order", "must be numbered from 0")
    return said


class Remembered(_Said):
    """A run."""

    id: Id
    folder: Path
    address: Words
    machine: MachineSaid
    started: AwareDatetime
    job_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    conditions: Conditions
    outcome: Outcome
    reason: Annotated[str, Field(max_length=MOST_REASON)]
    ended: AwareDatetime | None
    last_at: AwareDatetime | None
    layers_done: Number
    waited_s: Seconds
    notes: tuple[NoteSaid, ...]
    exposures: tuple[MadeSaid, ...]
    interruptions: Annotated[tuple[InterruptionSaid, ...], AfterValidator(_numbered)]

    def course(self) -> Course:
        """How far it came."""
        return Course(
            made={(one.layer, one.exposure): Made(**dict(one)) for one in self.exposures},
            interruptions=[Interruption(**dict(one)) for one in self.interruptions],
            outcome=self.outcome,
            reason=self.reason,
            ended=self.ended,
            last_at=self.last_at,
            layers_done=self.layers_done,
            waited_s=self.waited_s,
        )

    def all_notes(self) -> list[RunNote]:
        """The operator's notes."""
        return [RunNote(one.at.astimezone(UTC), one.text) for one in self.notes]


def from_database(database: Index, row: Row) -> Remembered:
    """A run of the database, by its row there."""
    with in_words(database.path):
        return _checked(_fields(database.whole(row)), f"run {row['id']} in {database.path}")


def _fields(whole: Row) -> Row:
    said = {"note": None, "film": whole["film_label"], "batch": whole["batch_label"]}
    said |= {key: whole[key] for key in ("temperature_c", "humidity_percent")}
    return whole | {
        "machine": {key: whole[f"machine_{key}"] for key in ("name", "maker", "firmware", "serial")},
        "conditions": said,
        "exposures": [one for one in whole["exposures"] if one["state"] != "due"],
    }


def from_folder(folder: Path) -> Remembered:
    """A run by its folder alone."""
    path = folder / RECORD
    try:
        if path.stat().st_size > MOST_BYTES:
            raise VoxelyteError(f"{path} has more than {MOST_BYTES} bytes: it is no record of a run")
        fields = json.loads(path.read_bytes())
    except OSError as fault:
        raise VoxelyteError(f"{path} cannot be read: {fault.strerror or fault}") from None
    except (ValueError, RecursionError) as fault:
        raise VoxelyteError(f"{path} cannot be read: {fault}") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("job"), dict):
        raise VoxelyteError(f"{path} is no record of a run")
    return _checked(fields | {"folder": folder.absolute(), "job_sha256": fields["job"].get("sha256")}, str(path))


def _checked(fields: dict[str, Any], where: str) -> Remembered:
    try:
        return Remembered.model_validate(fields)
    except ValidationError as fault:
        lines = explain(fault, Remembered)
        raise VoxelyteError(f"{where} does not make sense: {'; '.join(lines[:3])}") from None
