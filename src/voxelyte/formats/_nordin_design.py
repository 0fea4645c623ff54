"""`Design` in a print file: remarks for people, and in its `Comment` what the format has no field for, as JSON.

    {"voxelyte": 1, "name": …, "pitch_x_um": …, "pitch_y_um": …, "mirror_x": …, "mirror_y": …,
     "recipe": …, "parameters": …, "software": …, "notes": […]}

The specification lets any object have a Comment and ignores it. A file of another program gets a pixel pitch when a
person writes `{"pitch_x_um": 7.6, "pitch_y_um": 7.6}` there. Without, the pitch is that of a printer and light engine
which the group's design program knows (PyPI pymfcad 0.5.0, printer_library/printers.py). `$` is written as an escape,
because the group's program looks for `${…}` in every text.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from voxelyte.errors import FormatError
from voxelyte.formats._json import Table
from voxelyte.formats._nordin_rules import MEMBER
from voxelyte.job import Job, Provenance

PITCHES_UM = {
    ("HR3v3", "visitech"): 7.6,
    ("OS1v0", "visitech"): 7.6,
    ("HR5", "visitech"): 7.6,
    ("MR1v1", "visitech"): 15.2,
    ("MR1v1", "wintech"): 0.75,
}
VERSION = 1
_PANEL = ("pitch_x_um", "pitch_y_um", "mirror_x", "mirror_y")
_HELD = ("Resin", "3D printer", "Slicer")
_PLACE = f"{MEMBER}: Design.Comment"


@dataclass(frozen=True)
class Known:
    """What a Design says: fields of the panel, and of this package's own files the job's name and provenance."""

    panel: dict[str, object]
    name: str
    provenance: Provenance | None
    notes: tuple[str, ...]


def told(job: Job) -> dict[str, str]:
    """The Design of a job."""
    panel = {key: value for key, value in job.panel.model_dump().items() if key in _PANEL}
    said = {"voxelyte": VERSION, "name": job.name, **panel, **asdict(job.provenance)}
    try:
        comment = json.dumps(said, allow_nan=False, sort_keys=True)
    except (ValueError, TypeError, RecursionError) as fault:
        raise FormatError(f"the job cannot be put into {_PLACE}: {fault}") from None
    texts = {
        "Purpose": job.name,
        "Description": f"{job.printer.title}; {job.resin.title}",
        "Resin": job.resin.name,
        "3D printer": job.printer.name,
        "Slicer": job.provenance.software or "voxelyte",
    }
    plain = {key: text.replace("${", "$ {") for key, text in texts.items()}
    return plain | {"Comment": comment.replace("$", "\\u0024")}


def heard(design: Table, light_engine: str) -> Known:
    """What is known of a job besides its layers; FormatError when that is no pixel pitch."""
    said = _comment(design.text("Comment", "", most=10**7))
    if said.get("voxelyte") == VERSION:
        return Known(_panel(said), _text(said, "name"), _provenance(said), ())
    remarks = tuple(
        f"{key}: {design.text(key, most=10**7)}" for key in design if key not in _HELD and design.values[key]
    )
    if "pitch_x_um" in said:
        return Known(_panel(said), "", None, remarks)
    return _of_printer((design.text("3D printer", ""), light_engine), remarks)


def _of_printer(machine: tuple[str, str], remarks: tuple[str, ...]) -> Known:
    if machine not in PITCHES_UM:
        raise FormatError(
            f"{MEMBER}: the pixel pitch is not in the file, and {machine[0]!r} with {machine[1]!r} is not known: "
            'write "Comment": "{\\"pitch_x_um\\": …, \\"pitch_y_um\\": …}" into its Design'
        )
    pitch_um = PITCHES_UM[machine]
    note = f"the pixel pitch of {pitch_um} µm is that of {machine[0]} with {machine[1]} (pymfcad 0.5.0)"
    return Known({"pitch_x_um": pitch_um, "pitch_y_um": pitch_um}, "", None, (*remarks, note))


def _comment(text: str) -> dict[str, Any]:
    """The JSON object that a comment is; empty for any other text."""
    try:
        said = json.loads(text) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _panel(said: dict[str, Any]) -> dict[str, object]:
    return {key: said[key] for key in _PANEL if key in said}


def _provenance(said: dict[str, Any]) -> Provenance:
    parameters, notes = said.get("parameters"), said.get("notes")
    if not isinstance(parameters, dict) or not isinstance(notes, list) or not all(isinstance(n, str) for n in notes):
        raise FormatError(f"{_PLACE}: parameters must be an object, and notes an array of texts")
    return Provenance(_text(said, "recipe"), parameters, _text(said, "software"), tuple(notes))


def _text(said: dict[str, Any], key: str) -> str:
    if not isinstance(said.get(key), str):
        raise FormatError(f"{_PLACE}: {key} must be a text")
    return str(said[key])
