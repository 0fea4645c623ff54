"""Which process shows masks on a display: one at a time. One that lost its host holds on to it, black, until the next one comes.

A file for each display, locked by the window that is on it; in it stands that window's process and what it is doing.
"""

from __future__ import annotations

import getpass
import os
import signal
import sys
import tempfile
from pathlib import Path
from threading import Event
from time import monotonic

LOCKED_AT = 1000
"""The byte that is locked: beyond what is read, for on Windows nobody else could read it."""
SAID_BYTES = 40
HELD, BLACK = "held", "black"
LEAVE_S = 5.0


class InUse(Exception):
    """Somebody else's window is on the display."""


class Claim:
    """The right to one display."""

    def __init__(self, display: int) -> None:
        self._display = display
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        self._file = os.open(_folder() / f"display-{display}", flags, 0o600)

    def check(self) -> None:
        """InUse while another host's masks are shown there; a black window that lost its host is no hindrance."""
        if not self._locked() and self._holder()[1] != BLACK:
            raise InUse(f"display={self._display} is in use: process {self._holder()[0]} shows masks there")

    def take(self) -> None:
        """Have it, once our own window is up: a black one that lost its host is told to leave."""
        until_s = monotonic() + LEAVE_S
        told = 0
        while not self._locked():
            process, doing = self._holder()
            if doing == BLACK and process != told:
                os.kill(told := process, signal.SIGTERM)
            if monotonic() > until_s:
                raise InUse(f"display={self._display} is in use: process {process} does not leave it")
            Event().wait(0.02)
        self.say(HELD)

    def say(self, doing: str) -> None:
        """Write down what this process does there."""
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, f"{os.getpid()} {doing}\n".encode().ljust(SAID_BYTES))

    def _holder(self) -> tuple[int, str]:
        os.lseek(self._file, 0, os.SEEK_SET)
        words = os.read(self._file, SAID_BYTES).decode("ascii", "replace").split()
        return (int(words[0]), words[1]) if len(words) == 2 and words[0].isdecimal() else (0, "")

    def _locked(self) -> bool:
        """Whether the lock is ours now; the system takes it from a process that ends, however it ends."""
        try:
            _lock(self._file)
        except OSError:
            return False
        return True


def _folder() -> Path:
    """A folder of this user's alone."""
    home = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(home or tempfile.gettempdir()) / ("voxelyte" if home else f"voxelyte-{getpass.getuser()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _lock(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, LOCKED_AT, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
