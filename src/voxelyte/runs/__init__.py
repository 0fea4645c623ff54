"""The host's memory of prints: each in a folder beside the work, and all of them in one database of this user.

`begun` and `taken_up` give the `Recording` that a print tells its events to. The folder holds `run.json` and the job itself;
the database is for `voxelyte runs`, and for going on after a host was killed (docs/runs.md).
"""

from __future__ import annotations

from voxelyte.runs.conditions import Conditions
from voxelyte.runs.course import Course, Outcome
from voxelyte.runs.index import Index, index
from voxelyte.runs.memory import Remembered, from_database, from_folder
from voxelyte.runs.recording import Recording, begun, taken_up

__all__ = [
    "Conditions",
    "Course",
    "Index",
    "Outcome",
    "Recording",
    "Remembered",
    "begun",
    "from_database",
    "from_folder",
    "index",
    "taken_up",
]
