"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from voxelyte.errors import VoxelyteError


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file to write, read and seek in; it takes the place of `path` when the block ends well.

    Until then it is a hidden neighbour, so that the last step is a rename on one disk. What stood at `path`
    before stays untouched by any failure.
    """
    target = Path(path)
    if target.exists() and not target.is_file():  # a rename would replace a device or a pipe by a file
        raise VoxelyteError(f"{target} cannot be written: it is there, and is no file")
    part = target.with_name(f".{target.name[:60]}.{os.urandom(4).hex()}.part")
    try:
        with part.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException as fault:
        part.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            raise VoxelyteError(f"{target} cannot be written: {fault.strerror or fault}") from fault
        raise


@contextmanager
def written_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A new folder to fill; it gets its name `path` when the block ends well. An empty folder there gives way."""
    target = Path(path)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise VoxelyteError(f"{target} cannot be written: it is there already")
    part = target.with_name(f".{target.name[:60]}.{os.urandom(4).hex()}.part")
    try:
        part.mkdir()
        yield part
        _synchronised(part)
        part.replace(target)
    except BaseException as fault:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(fault, OSError):
            raise VoxelyteError(f"{target} cannot be written: {fault.strerror or fault}") from fault
        raise


def _synchronised(folder: Path) -> None:
    """On the disk, all of it, before the name is given."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as held:
                os.fsync(held.fileno())
