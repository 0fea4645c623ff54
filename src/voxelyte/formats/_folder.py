"""A folder that holds what a zip archive would: an archive that somebody unpacked, or that was never packed."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

from voxelyte.errors import FormatError
from voxelyte.formats._members import MAX_MEMBERS, Members

MAX_BYTES = 2**31
"""Largest file that is read for its checksum."""


class Folder(Members):
    """Files below a folder, named by their path from there with `/`; links are not followed."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, Path] = {}
        for file in sorted(folder.rglob("*")):
            if file.is_symlink():
                raise FormatError(f"{file.relative_to(folder)}: is a link; copies are read, links are not")
            if file.is_file():
                self._files[file.relative_to(folder).as_posix()] = file
            if len(self._files) > MAX_MEMBERS:
                raise FormatError(f"{folder.name} holds more than {MAX_MEMBERS} files")

    def __contains__(self, name: str) -> bool:
        return name in self._files

    @property
    def names(self) -> list[str]:
        """Names of all files, sorted."""
        return sorted(self._files)

    def checksum(self, name: str) -> tuple[int, int]:
        """CRC-32 and size of a file."""
        data = self.read(name, MAX_BYTES)
        return crc32(data), len(data)

    def read(self, name: str, most: int) -> bytes:
        """All bytes of a file, of which there may be `most`."""
        if name not in self._files:
            raise FormatError(f"{name} is missing")
        try:
            with self._files[name].open("rb") as file:
                data = file.read(most + 1)
        except OSError as fault:
            raise FormatError(f"{name}: {fault.strerror or fault}") from None
        if len(data) > most:
            raise FormatError(f"{name}: must be at most {most} bytes")
        return data
