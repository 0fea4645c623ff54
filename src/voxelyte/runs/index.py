"""Runs in the database: written while they go on, read by id, by time, or whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from voxelyte.errors import VoxelyteError
from voxelyte.runs.course import Course
from voxelyte.runs.database import in_words, opened, reading, writing
from voxelyte.runs.place import database_path
from voxelyte.runs.record import Run, RunNote, told_note

Row = dict[str, Any]
"""A row of a table, by column; the columns are those of docs/runs.md."""


class Index:
    """An open database. Every trouble with it is a VoxelyteError that names the file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._db = path, connection

    def wait(self, wait_s: float) -> None:
        """The longest wait for somebody else who writes, from now on."""
        with in_words(self.path):
            self._db.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")

    # What a print writes.

    def begin(self, run: Run, course: Course, notes: Sequence[RunNote]) -> None:
        """A new run, or one that only its folder knew; with all that is known of it."""
        with in_words(self.path), writing(self._db):
            self._insert("runs", _run_row(run, course))
            self._insert_all("exposures", _asked(run))
            self._save(run.id, course, course.made.keys())
            for note in notes:
                self._note(run.id, note)

    def save(self, run: str, course: Course) -> None:
        """All news of a run; none is lost when this fails."""
        with in_words(self.path), writing(self._db):
            self._save(run, course, course.news)

    def note(self, run: str, note: RunNote) -> None:
        """One more note."""
        with in_words(self.path), writing(self._db):
            self._note(run, note)

    def notes(self, run: str) -> list[RunNote]:
        """The notes of a run, in their order."""
        with in_words(self.path):
            rows = self._rows("SELECT at, text FROM notes WHERE run = ? ORDER BY number", run)
        return [RunNote(_time(row["at"]), str(row["text"])) for row in rows]

    # What is asked.

    def has(self, run: str) -> bool:
        """Whether there is a run of just this id."""
        with in_words(self.path):
            return bool(self._rows("SELECT id FROM runs WHERE id = ?", run))

    def runs(self, last: int = -1) -> list[Row]:
        """The runs, newest first; `last` bounds how many."""
        with in_words(self.path):
            return self._rows("SELECT * FROM runs ORDER BY started DESC, id LIMIT ?", last)

    def count(self) -> int:
        """How many runs there are."""
        with in_words(self.path):
            return int(self._rows("SELECT count(*) AS runs FROM runs")[0]["runs"])

    def find(self, prefix: str) -> Row:
        """The run whose id begins so. VoxelyteError when there is none, or when more than one does."""
        with in_words(self.path):
            wanted = (len(prefix), prefix.lower())
            found = self._rows("SELECT * FROM runs WHERE substr(id, 1, ?) = ? ORDER BY started DESC LIMIT 21", *wanted)
        if not found:
            raise VoxelyteError(f"no run {prefix!r}: voxelyte runs lists them")
        if len(found) > 1:
            raise VoxelyteError(f"run {prefix!r} may be {_candidates(found)}: give more of its id")
        return found[0]

    def last_not_complete(self) -> Row:
        """The newest run that is to be gone on with."""
        with in_words(self.path):
            found = self._rows("SELECT * FROM runs WHERE outcome <> 'complete' ORDER BY started DESC, id LIMIT 1")
        if not found:
            raise VoxelyteError("no run is remembered that is not complete: there is none to go on with")
        return found[0]

    def whole(self, row: Row) -> Row:
        """A run with its notes, its exposures and its interruptions."""
        with in_words(self.path):
            order = {"notes": "number", "exposures": "layer, exposure", "interruptions": "number"}
            return row | {table: self._of(table, by, row["id"]) for table, by in order.items()}

    def exposures(self) -> Iterator[Row]:
        """Every exposure of every run, oldest run first."""
        with in_words(self.path):
            order = "ORDER BY runs.started, runs.id, layer, exposure"
            for row in self._db.execute(f"SELECT exposures.* FROM exposures JOIN runs ON runs.id = run {order}"):
                yield dict(row)

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """What is asked within does not change, whoever prints meanwhile."""
        with in_words(self.path), reading(self._db):
            yield

    # How.

    def _of(self, table: str, by: str, run: str) -> list[Row]:
        rows = self._rows(f"SELECT * FROM {table} WHERE run = ? ORDER BY {by}", run)
        return [{key: value for key, value in row.items() if key != "run"} for row in rows]

    def _rows(self, sql: str, *values: object) -> list[Row]:
        return [dict(row) for row in self._db.execute(sql, values)]

    def _insert(self, table: str, row: Row) -> None:
        self._insert_all(table, [row])

    def _insert_all(self, table: str, rows: list[Row]) -> None:
        if rows:
            named = ", ".join(f":{key}" for key in rows[0])
            self._db.executemany(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({named})", rows)

    def _save(self, run: str, course: Course, keys: Iterable[tuple[int, int]]) -> None:
        ended = _course_row(course)
        self._db.execute(f"UPDATE runs SET {_assigned(ended)} WHERE id = :id", ended | {"id": run})
        for key in keys:
            made = _plain(asdict(course.made[key]))
            self._db.execute(
                f"UPDATE exposures SET {_assigned(made)} WHERE run = :run AND layer = :layer AND exposure = :exposure",
                made | {"run": run},
            )
        self._db.execute("DELETE FROM interruptions WHERE run = ?", (run,))
        self._insert_all("interruptions", [{"run": run} | _plain(asdict(one)) for one in course.interruptions])

    def _note(self, run: str, note: RunNote) -> None:
        number = "SELECT count(*) FROM notes WHERE run = :run"
        row = {"run": run} | told_note(note)
        self._db.execute(f"INSERT INTO notes (run, number, at, text) VALUES (:run, ({number}), :at, :text)", row)


@contextmanager
def index(path: Path | None = None, wait_s: float = 5.0) -> Iterator[Index]:
    """The database of this user; it is made if it is not there."""
    path = database_path() if path is None else path
    with opened(path, wait_s) as connection:
        yield Index(path, connection)


def _candidates(rows: Sequence[Row]) -> str:
    named = [f"{row['id']} ({row['film']}, {str(row['started'])[:16]})" for row in rows[:20]]
    return ", ".join(named) + (", or more" if len(rows) > 20 else "")


def _run_row(run: Run, course: Course) -> Row:
    job, said = run.job, run.conditions
    return {
        "id": run.id,
        "started": run.started.isoformat(),
        "film": job.name[:200],
        "printer": job.printer.name[:200],
        "resin": job.resin.name[:200],
        "job_sha256": run.kept.sha256,
        "height_nm": job.height_nm,
        "asked_s": job.exposure_s,
        "layer_count": len(job.layers),
        "exposure_count": sum(len(layer.exposures) for layer in job.layers),
        "address": run.address[:1000],
        **{f"machine_{key}": run.machine.get(key, "")[:500] for key in ("name", "maker", "firmware", "serial")},
        "temperature_c": said.temperature_c,
        "humidity_percent": said.humidity_percent,
        "film_label": said.film,
        "batch_label": said.batch,
        "software": job.provenance.software[:200],
        "folder": str(run.folder)[:5000],
        **_course_row(course),
    }


def _course_row(course: Course) -> Row:
    keys = ("outcome", "reason", "ended", "last_at", "layers_done", "exposures_done", "waited_s")
    return _plain({key: getattr(course, key) for key in keys})


def _asked(run: Run) -> list[Row]:
    numbers = {mask: number for number, mask in enumerate(run.job.masks())}
    return [
        {
            "run": run.id,
            "layer": layer.index,
            "exposure": number,
            "top_nm": layer.top_nm,
            "thickness_nm": layer.thickness_nm,
            "mask": numbers[one.mask],
            "power": one.power,
            "asked_s": one.exposure_s,
        }
        for layer in run.job.layers
        for number, one in enumerate(layer.exposures)
    ]


def _plain(row: Row) -> Row:
    """Times as text."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}


def _time(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise VoxelyteError(f"{text!r} must be a time") from None


def _assigned(row: Row) -> str:
    return ", ".join(f"{key} = :{key}" for key in row)
