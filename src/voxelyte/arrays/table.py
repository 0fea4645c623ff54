"""Points of an array from a CSV file, with a size for each where the file has one.

The first line names the columns: x_um and y_um, then diameter_um and height_um where each pillar has its own. Numbers are
written with a point; lines of nothing are passed over.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from itertools import islice
from math import isfinite
from pathlib import Path

import numpy as np

from voxelyte.arrays.room import Floats
from voxelyte.arrays.sizes import MOST_EACH
from voxelyte.errors import RecipeError

MAX_BYTES = 64_000_000
"""Longest file that is read: a million lines of 64 bytes."""
NEEDED = ("x_um", "y_um")
SIZES = ("diameter_um", "height_um")


@dataclass(frozen=True)
class Table:
    """Columns of a file, float64[n] each; `digest` is the SHA-256 of its bytes."""

    name: str
    columns: dict[str, Floats]
    digest: str

    @property
    def at_um(self) -> Floats:
        """float64[n, 2]: the points."""
        return np.column_stack((self.columns["x_um"], self.columns["y_um"]))


def read_table(path: str | os.PathLike[str], name: str | None = None) -> Table:
    """The table in a CSV file, which errors call `name`. RecipeError names the line, the column and the law."""
    file, name = Path(path), name or os.fspath(path)
    try:
        data = _bytes(file)
        lines = csv.reader(StringIO(data.decode("utf-8-sig"), newline=None), strict=True)
        return Table(file.name, _columns(lines), sha256(data).hexdigest())
    except UnicodeDecodeError as fault:
        raise RecipeError(f"{name}: byte {fault.start} is not UTF-8 text") from None
    except OSError as fault:
        raise RecipeError(f"{name}: cannot be read: {fault.strerror or fault}") from None
    except (csv.Error, ValueError) as fault:
        raise RecipeError(f"{name}: {fault}") from None


def _bytes(file: Path) -> bytes:
    if not file.is_file():
        raise ValueError("is not a file" if file.exists() else "no such file")
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"longer than {MAX_BYTES} bytes")
    return data


def _columns(lines: Iterator[list[str]]) -> dict[str, Floats]:
    head = [cell.strip() for cell in next(lines, [])]
    _check_head(head)
    said = ((number, cells) for number, cells in enumerate(lines, start=2) if any(map(str.strip, cells)))
    rows = [_numbers(cells, head, number) for number, cells in islice(said, MOST_EACH + 1)]
    if not rows:
        raise ValueError("no points below the line of names")
    if len(rows) > MOST_EACH:
        raise ValueError(f"more than {MOST_EACH} points")
    return dict(zip(head, np.array(rows).T.copy(), strict=True))


def _check_head(head: list[str]) -> None:
    hint = "; columns are parted by commas" if any(";" in cell or "\t" in cell for cell in head) else ""
    missing = [name for name in NEEDED if name not in head]
    if missing:
        raise ValueError(f"line 1 must name the columns x_um, y_um; {' and '.join(missing)} missing{hint}")
    wrong = [name for name in head if name not in NEEDED + SIZES]
    if wrong:
        raise ValueError(f"line 1: {wrong[0][:40]!r} is no known column; known: {', '.join(NEEDED + SIZES)}{hint}")
    if len(set(head)) < len(head):
        raise ValueError("line 1 names a column twice")


def _numbers(cells: list[str], head: list[str], line: int) -> list[float]:
    if len(cells) != len(head):
        raise ValueError(f"line {line} has {len(cells)} cells; must have {len(head)}")
    return [_number(cell, name, line) for cell, name in zip(cells, head, strict=True)]


def _number(cell: str, name: str, line: int) -> float:
    try:
        if "_" in cell:  # which Python would read over
            raise ValueError
        value = float(cell)
    except ValueError:
        raise ValueError(f"line {line}: {name}={cell[:40]!r} must be a number") from None
    least = 0.001 if name in SIZES else -1e9
    if not (isfinite(value) and least <= value <= 1e9):
        raise ValueError(f"line {line}: {name}={cell.strip()} must be at least {least:g} and at most 1e9")
    return value
