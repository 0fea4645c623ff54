"""The database file: opened, made where there is none, and its troubles in plain words.

SQLite in WAL mode: many may read while one writes, and a writer that is killed leaves the file whole. `synchronous` is
NORMAL: what a killed process wrote is there, and a power cut can lose the last seconds but damages nothing. That is
enough, for the machine's own journal is the truth of a print that goes on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from voxelyte.errors import VoxelyteError
from voxelyte.runs._schema import APPLICATION, TABLES, VERSION


@contextmanager
def opened(path: Path, wait_s: float = 5.0) -> Iterator[sqlite3.Connection]:
    """The database, made if it is not there. `wait_s` is the longest wait for somebody else who writes."""
    with in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connected(path, wait_s)
    with closing(connection):
        yield connection


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read within is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """SQLite's troubles, those of the disk, and rows that nobody of ours has written, as one line for the user."""
    try:
        yield
    except sqlite3.Error as fault:
        raise VoxelyteError(f"{path} {_words(fault)}") from None
    except OSError as fault:
        raise VoxelyteError(f"{path} cannot be opened: {fault.strerror or fault}") from None
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise VoxelyteError(f"{path} is damaged: {fault}; move it away, and a new one is begun") from None


def _connected(path: Path, wait_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=wait_s, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        _made(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _made(connection: sqlite3.Connection, path: Path) -> None:
    if _is_new(connection, path):
        connection.execute("PRAGMA journal_mode = WAL")
        with writing(connection):
            if _is_new(connection, path):  # nobody else has made it meanwhile
                for table in TABLES:
                    connection.execute(table)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Empty. Another program's database, or one of a later version, is left alone."""
    application, version = (
        connection.execute(f"PRAGMA {key}").fetchone()[0] for key in ("application_id", "user_version")
    )
    if (application, version) == (APPLICATION, VERSION):
        return False
    if application == APPLICATION:
        raise VoxelyteError(
            f"{path} is of version {version}, and this voxelyte knows version {VERSION} only: update voxelyte, or move it away"
        )
    if application or version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise VoxelyteError(
            f"{path} is another program's database: move it away, or name another folder in VOXELYTE_DATA"
        )
    return True


def _words(fault: sqlite3.Error) -> str:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    words = {
        sqlite3.SQLITE_BUSY: "is being written by another program and stays locked",
        sqlite3.SQLITE_LOCKED: "is being written by another program and stays locked",
        sqlite3.SQLITE_READONLY: "is read-only",
        sqlite3.SQLITE_FULL: "cannot be written: the disk is full",
        sqlite3.SQLITE_IOERR: "cannot be read or written: the disk fails",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened",
        sqlite3.SQLITE_PERM: "cannot be opened: no permission",
        sqlite3.SQLITE_CORRUPT: "is damaged: move it away, and a new one is begun",
        sqlite3.SQLITE_NOTADB: "is no database: move it away, and a new one is begun",
    }
    return words.get(code, f"cannot be used: {fault}")
