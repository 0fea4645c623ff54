"""The one registry: a member is a file, and the file's name is the member's name.

`members("formats")` lists the files of a folder without importing any; `member("formats", "sl1")` imports
that one file and gives the constant it ends in.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from voxelyte.errors import VoxelyteError, unknown

_CONSTANTS = {
    "solids": "SOLID",
    "formats": "FORMAT",
    "drivers": "DRIVER",
    "sim": "MACHINE",
    "stages": "STAGE",
    "lights": "LIGHT",
    "boards": "BOARD",
}


@cache
def members(folder: str) -> tuple[str, ...]:
    """Names of the members of `folder`, sorted; private files (`_x.py`) and pyserial's hooks are none."""
    place = Path(__file__).parent / folder
    return tuple(sorted(_name(f) for f in place.glob("*.py") if not f.stem.startswith(("_", "protocol_"))))


def member(folder: str, name: str) -> Any:
    """The constant that `folder`'s file `name` ends in; an unknown name is an error with the nearest one."""
    if name not in members(folder):
        raise VoxelyteError(unknown(folder.rstrip("s"), name, members(folder)))
    module = import_module(f"voxelyte.{folder}.{name.replace('-', '_')}")
    return getattr(module, _CONSTANTS[folder])


def _name(file: Path) -> str:
    return file.stem.replace("_", "-")
