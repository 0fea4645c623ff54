"""The control file of a print: one word in its run folder, left by another terminal and taken by the print itself.

The word is in place whole or not at all, and the print removes the file when it takes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from voxelyte.files import written_whole

Word = Literal["pause", "continue", "stop", "stop-now"]
WORDS: tuple[Word, ...] = get_args(Word)
FILE = "control"
MOST_BYTES = 64


def left(folder: Path, word: Word) -> Path:
    """Leave a word for the print of this folder; the file in which it lies."""
    path = folder / FILE
    with written_whole(path) as file:
        file.write(f"{word}\n".encode())
    return path


def taken(folder: Path) -> str | None:
    """The word that was left, if one was; it may be none of ours, for anybody can write a file."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("ascii", "replace").strip()
        path.unlink()
    except OSError:
        return None  # there is none, or its writer is not ready
    return text
