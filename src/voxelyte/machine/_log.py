"""One file of records, a JSON line each: appended whole and forced to the disk, or not at all."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from voxelyte.errors import VoxelyteError
from voxelyte.machine.refusals import MachineTrouble

_BEGIN = b'{"n": '
_CRC = b', "crc": "'
_END = b'"}\n'
_DIGITS = 8


class Log:
    """A file that grows by lines. A write that fails leaves at most a torn last line, which the next one takes away."""

    def __init__(self, path: Path, lines: int = 0, whole_bytes: int = 0) -> None:
        self.path = path
        self._lines, self._whole_bytes, self._torn = lines, whole_bytes, True
        self._named = lines > 0
        self._owed: list[bytes] = []

    def append(self, record: Mapping[str, Any], sure: bool) -> None:
        """On the disk when this returns, else MachineTrouble. What is `sure` is then owed, and goes with the next one."""
        line = line_of({"n": self._lines + len(self._owed), **record})
        try:
            self._write([*self._owed, line])
        except OSError as fault:
            self._torn = True
            if sure:
                self._owed.append(line)
            raise MachineTrouble(f"journal {self.path} cannot be written: {fault.strerror or fault}") from None

    def _write(self, lines: list[bytes]) -> None:
        data = b"".join(lines)
        with self.path.open("ab", buffering=0) as file:
            if self._torn:
                file.truncate(self._whole_bytes)
            if file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        if not self._named:
            keep_name(self.path)
        self._named = True
        self._lines, self._whole_bytes = self._lines + len(lines), self._whole_bytes + len(data)
        self._owed, self._torn = [], False


def line_of(record: Mapping[str, Any]) -> bytes:
    """A record as its line; the last key is the CRC-32 of all bytes before it."""
    body = json.dumps(record, allow_nan=False).encode()[:-1]
    return body + _CRC + f"{crc32(body):0{_DIGITS}x}".encode() + _END


def records_in(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The records of a file, and the bytes of their lines. A torn last line is left out; other damage is an error."""
    lines = path.read_bytes().split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]
    records = [_record(line, number) for number, line in enumerate(lines)]
    if None in records[:-1] or (None in records and _BEGIN in lines[-1][1:]):  # the latter is two lines run into one
        raise VoxelyteError(f"journal {path} line {records.index(None) + 1} is damaged, and only the last may be torn")
    whole = [record for record in records if record is not None]
    return whole, sum(len(line) for line in lines[: len(whole)])


def keep_name(path: Path) -> None:
    """The name of a new file outlasts a power cut too."""
    if os.name != "posix":
        return  # a folder cannot be opened there
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _record(line: bytes, number: int) -> dict[str, Any] | None:
    body, mark, tail = line.rpartition(_CRC)
    if not mark or tail != f"{crc32(body):0{_DIGITS}x}".encode() + _END:
        return None
    try:
        record = json.loads(body + b"}")
    except ValueError:
        return None
    return record if isinstance(record, dict) and record.pop("n", None) == number else None
