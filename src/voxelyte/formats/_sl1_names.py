"""Names within an SL1 archive."""

from __future__ import annotations

import re

from voxelyte.errors import FormatError

CONFIG, SLICER, CONFIG_JSON = "config.ini", "prusaslicer.ini", "config.json"
THUMBNAILS = {"thumbnail/thumbnail400x400.png": (400, 400), "thumbnail/thumbnail800x480.png": (800, 480)}
MODELS = {"prusa-sl1": "SL1", "prusa-sl1s": "SL1S"}
"""The machines' own names by those of their profiles."""

MAX_LAYERS = 100_000  # five digits


def job_dir(name: str) -> str:
    """A job's name as the machine takes it: the start of every picture's name, and of no thumbnail's."""
    plain_name = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:100]
    taken = any(thumbnail.startswith(plain_name) for thumbnail in THUMBNAILS)
    return plain_name if plain_name[:1].isalpha() and not taken else f"job-{plain_name}"


def picture_name(folder: str, index: int) -> str:
    """The member that holds the picture of layer `index`, counted from 0."""
    return f"{folder}{index:05}.png"


def picture_names(names: list[str], folder: str) -> list[str]:
    """The firmware's rule: all PNGs whose names start with jobDir, in the names' order."""
    found = [name for name in names if name.lower().endswith(".png") and name.startswith(folder)]
    if not folder or not 0 < len(found) <= MAX_LAYERS:
        raise FormatError(f"{CONFIG}: jobDir={folder!r} names {len(found)} PNGs, must be 1 to {MAX_LAYERS}")
    return found
