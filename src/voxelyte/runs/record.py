"""`run.json`: what was asked, what the machine said and measured, and how it ended. It lies beside the work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voxelyte.files import written_whole
from voxelyte.job import Job
from voxelyte.runs.conditions import Conditions
from voxelyte.runs.course import Course
from voxelyte.runs.folder import KeptJob

if TYPE_CHECKING:
    from voxelyte.comparing import Comparison

RECORD = "run.json"


@dataclass(frozen=True)
class Run:
    """One print, as it was begun."""

    id: str
    kept: KeptJob
    folder: Path
    address: str
    machine: Mapping[str, str]
    """Name, maker, firmware and serial, as the machine says."""
    started: datetime
    conditions: Conditions = field(default_factory=Conditions)

    @property
    def job(self) -> Job:
        """What is printed."""
        return self.kept.job

    @property
    def path(self) -> Path:
        """The record."""
        return self.folder / RECORD


@dataclass(frozen=True)
class RunNote:
    """What the operator said of a run, and when."""

    at: datetime
    text: str


def write_record(
    run: Run,
    course: Course,
    notes: Sequence[RunNote],
    trace: Sequence[str] = (),
    comparison: Comparison | None = None,
) -> Path:
    """Write the record, whole or not at all, and give its path. `trace` are the last frames before a machine's trouble."""
    with written_whole(run.path) as file:
        fields = _begun(run) | _ended(course) | {"notes": [told_note(note) for note in notes]}
        cured = None if comparison is None else asdict(comparison) | {"agrees": comparison.agrees}
        fields |= {"cured": cured, "trace": list(trace)}
        file.write((json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode())
    return run.path


def add_note(folder: Path, note: RunNote) -> None:
    """Put one more note into a record that is there. OSError or ValueError when that cannot be read."""
    fields = json.loads((folder / RECORD).read_bytes())
    if not isinstance(fields, dict) or not isinstance(fields.get("notes"), list):
        raise ValueError(f"{folder / RECORD} has no notes")
    fields["notes"].append(told_note(note))
    with written_whole(folder / RECORD) as file:
        file.write((json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode())


def told_note(note: RunNote) -> dict[str, str]:
    """A note as JSON."""
    return {"at": note.at.isoformat(), "text": note.text}


def _begun(run: Run) -> dict[str, Any]:
    job = run.job
    return {
        "id": run.id,
        "job": {
            "name": job.name,
            "layers": len(job.layers),
            "height_nm": job.height_nm,
            "exposure_s": job.exposure_s,
            "sha256": run.kept.sha256,
        },
        "started": run.started.isoformat(),
        "address": run.address,
        "machine": dict(run.machine),
        "conditions": run.conditions.model_dump(mode="json", exclude={"note"}),
        "provenance": asdict(job.provenance),
        "printer": job.printer.model_dump(mode="json", exclude_none=True),
        "resin": job.resin.model_dump(mode="json", exclude_none=True),
        "mask_sha256": run.kept.mask_sha256,
        "asked": _asked(job),
    }


def _asked(job: Job) -> list[dict[str, Any]]:
    numbers = {mask: number for number, mask in enumerate(job.masks())}
    return [
        {
            "layer": layer.index,
            "thickness_nm": layer.thickness_nm,
            "top_nm": layer.top_nm,
            "exposures": [
                {"mask": numbers[one.mask], "exposure_s": one.exposure_s, "power": one.power} for one in layer.exposures
            ],
        }
        for layer in job.layers
    ]


def _ended(course: Course) -> dict[str, Any]:
    return {
        "outcome": course.outcome,
        "reason": course.reason,
        "ended": course.ended and course.ended.isoformat(),
        "last_at": course.last_at and course.last_at.isoformat(),
        "layers_done": course.layers_done,
        "exposures_done": course.exposures_done,
        "waited_s": course.waited_s,
        "exposures": [
            asdict(one) | {"at": one.at.isoformat(), "cut_short": one.state == "cut"}
            for _, one in sorted(course.made.items())
        ],
        "interruptions": [
            asdict(one) | {"at": one.at.isoformat(), "resumed_at": one.resumed_at and one.resumed_at.isoformat()}
            for one in course.interruptions
        ],
    }
