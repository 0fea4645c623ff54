"""Runs as files for other programs: CSV as tables, JSON with all that is known. Whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path

from voxelyte.files import written_whole
from voxelyte.runs.index import Index, Row


def export_json(database: Index, path: Path) -> int:
    """A list of runs, oldest first, each with its notes, exposures and interruptions. How many they are."""
    count = 0
    with database.at_one_moment(), written_whole(path) as file:
        for row in reversed(database.runs()):
            file.write(b",\n" if count else b"[\n")
            file.write(json.dumps(database.whole(row), ensure_ascii=False).encode())
            count += 1
        file.write(b"\n]\n" if count else b"[]\n")
    return count


def export_csv(database: Index, path: Path, *, exposures: bool = False) -> int:
    """One line for each run, or for each exposure of each run, oldest first. How many lines they are.

    UTF-8, with commas and a head line (RFC 4180); what is not known is empty.
    """
    with database.at_one_moment():
        return _write_rows(path, database.exposures() if exposures else _with_notes(database))


def _with_notes(database: Index) -> Iterator[Row]:
    for row in reversed(database.runs()):
        yield row | {"notes": " | ".join(note.text for note in database.notes(str(row["id"])))}


def _write_rows(path: Path, rows: Iterable[Row]) -> int:
    count = 0
    with written_whole(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        for row in rows:
            if not count:
                writer.writerow(row)
            writer.writerow(row.values())
            count += 1
        text.detach()
    return count
