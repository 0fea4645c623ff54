"""Zip archives, read with bounds on everything they declare, and written the same at any time and place."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from voxelyte.errors import FormatError
from voxelyte.formats import Content
from voxelyte.formats._folder import Folder
from voxelyte.formats._members import MAX_MEMBERS, Members, grey_pixels

__all__ = ["Archive", "Members", "grey_pixels", "holds", "opened", "put"]

_SMALL, _RATIO = 2**20, 200  # above 1 MB nothing that these archives hold deflates better than this

_FAULTS = BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, OSError, ValueError


class Archive(Members):
    """A zip that is read: names are plain relative paths, each once. It stays open until nobody holds it."""

    def __init__(self, content: Content) -> None:
        try:
            self._zip = ZipFile(content if isinstance(content, Path) else BytesIO(content))
        except _FAULTS as fault:
            raise FormatError(f"not a whole zip archive: {fault}") from None
        if len(self._zip.infolist()) > MAX_MEMBERS:
            raise FormatError(f"{len(self._zip.infolist())} members must be at most {MAX_MEMBERS}")
        self._members: dict[str, ZipInfo] = {}
        for info in self._zip.infolist():
            self._add(info)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    @property
    def names(self) -> list[str]:
        """Names of all members, sorted."""
        return sorted(self._members)

    def checksum(self, name: str) -> tuple[int, int]:
        """CRC-32 and size that the directory declares: equal contents have equal ones."""
        self._there(name)
        return self._members[name].CRC, self._members[name].file_size

    def read(self, name: str, most: int) -> bytes:
        """All bytes of a member, of which there may be `most`."""
        self._there(name)
        if self._members[name].file_size > most:
            raise FormatError(f"{name}: {self._members[name].file_size} bytes must be at most {most}")
        try:
            with self._zip.open(self._members[name]) as file:
                data = file.read(most + 1)
        except _FAULTS as fault:
            raise FormatError(f"{name}: {fault}") from None
        if len(data) != self._members[name].file_size:
            raise FormatError(f"{name}: {len(data)} bytes found, {self._members[name].file_size} declared")
        return data

    def _there(self, name: str) -> None:
        if name not in self._members:
            raise FormatError(f"{name} is missing")

    def _add(self, info: ZipInfo) -> None:
        name = info.filename
        if name in self._members:
            raise FormatError(f"{name!r} is there twice")
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise FormatError(f"{name!r} is not a plain relative name")
        if name.endswith("/") and not info.file_size:
            return  # a folder's own entry, which other programs write
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.flag_bits & 1:
            raise FormatError(f"{name}: must be stored or deflated, and not encrypted")
        if info.file_size > max(_SMALL, _RATIO * info.compress_size):
            raise FormatError(f"{name}: {info.compress_size} bytes must not swell to {info.file_size}")
        self._members[name] = info


def opened(content: Content) -> Members:
    """A zip, or a folder that holds what a zip would."""
    if isinstance(content, Path) and content.is_dir():
        return Folder(content)
    return Archive(content)


def holds(content: Content, *names: str) -> bool:
    """Whether this is a zip or a folder with all these members; never raises."""
    try:
        archive = opened(content)
    except FormatError:
        return False
    return all(name in archive for name in names)


def put(archive: ZipFile, name: str, data: bytes) -> None:
    """Add a member without clock and without deflate, whose bytes differ between zlib's descendants."""
    info = ZipInfo(name)  # ZipInfo's own date, 1980-01-01, is the format's epoch
    info.create_system, info.external_attr = 3, 0o644 << 16  # Unix everywhere, not the writer's system
    archive.writestr(info, data)
