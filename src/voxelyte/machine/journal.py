"""What a machine writes down of its jobs, so that neither a kill nor a power cut loses an exposure.

`FileJournal`: one file a job, `job-000001.jsonl` and so on, of JSON lines that are only ever appended, each forced to
the disk (fsync) before the next step. Not SQLite: there is one writer and nothing to look up but the last job; it is one
fsync a record; a crash can damage nothing but the last line; and a person can read it beside the machine with any tool.
Each line has its number and a CRC-32, so that a torn last line is known as such. It is the only damage that is tolerated:
what it was to say had not been done yet, or is then "not known". Anything else that is wrong is an error that names the file.

`Journal` itself is the same in memory alone: for a virtual machine that ends with its process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from voxelyte.errors import VoxelyteError
from voxelyte.machine._history import History
from voxelyte.machine._lock import FolderLock
from voxelyte.machine._log import Log, records_in

KIND = "voxelyte-journal-1"


class Journal:
    """The records of the last job, in memory. `last` is what they say of it."""

    def __init__(self) -> None:
        self.last: History | None = None
        self.lock = RLock()
        """Held by who reads `last` while a print may go on."""

    def begin(self, job: Mapping[str, Any]) -> History:
        """A new job, by the keys of its JOB. MachineTrouble when it cannot be written down: then there is none."""
        with self.lock:
            self._keep_first({"what": "job", "journal": KIND, "job": dict(job)})
            self.last = History(job)
            return self.last

    def will(self, what: str, **keys: Any) -> None:
        """What is about to be done. MachineTrouble when it cannot be written down: then it must not be done."""
        with self.lock:
            self._last.check({"what": what, **keys})
            self._keep({"what": what, **keys}, sure=False)
            self._last.take({"what": what, **keys})

    def did(self, what: str, **keys: Any) -> None:
        """What has been done: known from now on, also when MachineTrouble says that it is not written down yet."""
        with self.lock:
            self._last.take({"what": what, **keys})
            self._keep({"what": what, **keys}, sure=True)

    def close(self) -> None:
        """Let go of it."""

    @property
    def _last(self) -> History:
        if self.last is None:
            raise ValueError("a record needs a job")
        return self.last

    def _keep_first(self, record: Mapping[str, Any]) -> None:
        """Put the record that begins a job where it lasts."""

    def _keep(self, record: Mapping[str, Any], sure: bool) -> None:
        """Put a record where it lasts; what is `sure` is tried again with the next one."""


class FileJournal(Journal):
    """The journal in a folder, which it keeps for itself while it is open. It knows the folder's last job at once."""

    def __init__(self, folder: str | os.PathLike[str], now: Callable[[], datetime] | None = None) -> None:
        super().__init__()
        self._folder, self._now = Path(folder), now or _now
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(self._folder)
        except OSError as fault:
            raise VoxelyteError(f"journal {self._folder} cannot be used: {fault.strerror or fault}") from None
        try:
            self._log = self._found()
        except BaseException as fault:
            self._lock.close()
            if isinstance(fault, OSError):
                raise VoxelyteError(f"journal {fault.filename} cannot be read: {fault.strerror}") from None
            raise

    def close(self) -> None:
        """As Journal; another machine may use the folder now."""
        self._lock.close()

    def _found(self) -> Log:
        """The last job's file; one whose first line is torn has none, for its JOB was never answered."""
        for _, path in sorted(self._files(), reverse=True):
            records, whole_bytes = records_in(path)
            if records:
                self.last = _history(path, records)
                return Log(path, len(records), whole_bytes)
        return Log(self._folder / "none")

    def _keep_first(self, record: Mapping[str, Any]) -> None:
        log = Log(self._next_path())
        log.append(self._dated(record), sure=False)
        self._log = log

    def _keep(self, record: Mapping[str, Any], sure: bool) -> None:
        self._log.append(self._dated(record), sure)

    def _dated(self, record: Mapping[str, Any]) -> dict[str, Any]:
        return {"at": self._now().isoformat(timespec="milliseconds"), **record}

    def _next_path(self) -> Path:
        """By number, for a job's id is whatever its host called it."""
        last = max((number for number, _ in self._files()), default=0)
        return self._folder / f"job-{last + 1:06d}.jsonl"

    def _files(self) -> Iterator[tuple[int, Path]]:
        for path in self._folder.glob("job-*.jsonl"):
            if (digits := path.stem.removeprefix("job-")).isdecimal():
                yield int(digits), path


def _history(path: Path, records: list[dict[str, Any]]) -> History:
    first, *rest = records
    try:
        if (first["what"], first["journal"]) != ("job", KIND):
            raise ValueError(f"must begin with a job of {KIND}")
        history = History(first["job"])
        for record in rest:
            history.take(record)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise VoxelyteError(f"journal {path} does not make sense: {fault}; move it away to go on without it") from None
    return history


def _now() -> datetime:
    return datetime.now(UTC)
