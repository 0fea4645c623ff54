"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
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
    part = target.with_name(f".{target.name[:60]}.{token_hex(4)}.part")
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
