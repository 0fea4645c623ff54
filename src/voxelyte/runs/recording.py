"""A print that is written down while it goes on: in its folder, and in the database.

No trouble with the database stops a print. It is told once, what could not be written is tried again with the next event, and the
folder's `run.json` is the record all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import choice
from shutil import rmtree
from typing import TYPE_CHECKING, cast

from voxelyte.errors import VoxelyteError
from voxelyte.job import Job
from voxelyte.runs.conditions import Conditions
from voxelyte.runs.course import Course, Outcome
from voxelyte.runs.folder import held, keep_job, kept_job, run_folder
from voxelyte.runs.index import Index, index
from voxelyte.runs.memory import Remembered
from voxelyte.runs.record import Run, RunNote, write_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voxelyte.comparing import Comparison
    from voxelyte.drivers import Progress

ID_LETTERS, ID_LENGTH = "0123456789abcdefghjkmnpqrstvwxyz", 8
"""Without i, l, o and u, as in Crockford's base 32: nothing to be misread."""
EVENT_WAIT_S, END_WAIT_S = 0.25, 5.0
"""How long the database may be somebody else's: little while the film is made, more at its end."""

Warn = Callable[[str], None]


class Recording:
    """One print and its record. `take` every event; `end` it however it ends."""

    def __init__(self, run: Run, course: Course, notes: list[RunNote], warn: Warn, resumed_by: str = "") -> None:
        self.run, self.course = run, course
        self._notes, self._warn, self._resumed_by = notes, warn, resumed_by
        self._said: set[str] = set()
        self._open, self._index, self._is_indexed = ExitStack(), cast("Index | None", None), False

    @property
    def job(self) -> Job:
        """The job to print: the very one that the folder holds."""
        return self.run.job

    def take(self, event: Progress) -> None:
        """Write down what the machine has just said. Never fails."""
        at = _now()
        if self._resumed_by:
            self.course.lost_host(at)
            if _goes_on(event):
                self.course.go_on(self._resumed_by, at)
                self._resumed_by = ""
        self.course.take(event, at)
        self._saved(EVENT_WAIT_S)

    def end(
        self, outcome: Outcome, reason: str = "", trace: Sequence[str] = (), comparison: Comparison | None = None
    ) -> Path:
        """Write down how it ended, and give the record's path. A resumed print that never went on keeps its old end."""
        if self._resumed_by and outcome != "complete":
            self.course.lost_host(_now())
            self.course.give_up(reason, _now())
        else:
            self.course.end(outcome, reason, _now())
        self._saved(END_WAIT_S)
        return write_record(self.run, self.course, self._all_notes(), trace, comparison)

    def begin(self) -> None:
        """Put it into the database, before anything moves."""
        self._saved(END_WAIT_S)

    def close(self) -> None:
        """Let go of the database."""
        self._open.close()
        self._index = None

    def _saved(self, wait_s: float) -> None:
        try:
            self._save(self._database(wait_s))
        except VoxelyteError as fault:
            self.close()  # the next try opens it anew, and it may be another one
            self._is_indexed = False
            if str(fault) not in self._said:
                self._said.add(str(fault))
                self._warn(f"{fault}; this run is kept in {self.run.path} all the same")

    def _database(self, wait_s: float) -> Index:
        if self._index is None:
            self._index = self._open.enter_context(index(wait_s=wait_s))
        self._index.wait(wait_s)
        return self._index

    def _save(self, database: Index) -> None:
        if self._is_indexed or database.has(self.run.id):
            database.save(self.run.id, self.course)
        else:
            database.begin(self.run, self.course, self._notes)
        self._is_indexed = True
        self.course.news.clear()

    def _all_notes(self) -> list[RunNote]:
        """Others may have added to them while the film was made."""
        if self._index is not None:
            with suppress(VoxelyteError):
                return self._index.notes(self.run.id)
        return self._notes


@contextmanager
def begun(
    job: Job,
    address: str,
    machine: dict[str, str],
    root: Path,
    conditions: Conditions,
    warn: Warn,
    beside: Callable[[Path], None] = lambda _: None,
) -> Iterator[Recording]:
    """A new print of which nothing has happened yet. `beside` puts more into its folder.

    Should that fail nothing is left, for nothing has moved either.
    """
    started = _now()
    folder = run_folder(root, job.name, started).absolute()
    try:
        kept = keep_job(job, folder)
        beside(folder)
        run = Run(new_id(), kept, folder, address, machine, started, conditions)
        notes = [] if conditions.note is None else [RunNote(started, conditions.note)]
        recording = Recording(run, Course(), notes, warn)
        write_record(run, recording.course, notes)
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    with held(folder), closing(recording):
        recording.begin()
        yield recording


@contextmanager
def taken_up(run: Remembered, resumed_by: str, warn: Warn) -> Iterator[Recording]:
    """A print that did not come to its end, for another try. VoxelyteError when it is complete, alive, or has lost its job."""
    if run.outcome == "complete":
        raise VoxelyteError(f"run {run.id} is complete: there is nothing to go on with")
    kept = kept_job(run.folder, run.job_sha256)
    with held(run.folder):
        began = Run(run.id, kept, run.folder, run.address, run.machine.model_dump(), run.started, run.conditions)
        with closing(Recording(began, run.course(), run.all_notes(), warn, resumed_by)) as recording:
            yield recording


def new_id() -> str:
    """A short name that nobody has: one of 2^40."""
    return "".join(choice(ID_LETTERS) for _ in range(ID_LENGTH))


def _goes_on(event: Progress) -> bool:
    """The machine does something new for this host, or has done all."""
    return event.what == "done" or not (event.recalled or event.what in ("cut", "reconnecting"))


def _now() -> datetime:
    return datetime.now(UTC)
