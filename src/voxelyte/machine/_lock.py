"""A file that only one process, and one place in it, can hold; a killed holder lets go."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from voxelyte.errors import VoxelyteError


class FolderLock:
    """A folder kept for oneself, by its file `lock`."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(self._file)
        except OSError:
            os.close(self._file)
            raise VoxelyteError(f"journal {folder} is in use by another machine and must be this one's alone") from None

    def close(self) -> None:
        """Let go of it; once is enough, and more does no harm."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _take(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
