"""`dry://NAME`: a port that leads nowhere, so that a stage writes what it would write. Only `dry.py` makes such addresses.

pyserial finds this file by its name, as it does protocol_rig.py.
"""

from __future__ import annotations

from typing import Any

from serial import SerialException

from voxelyte.rigs._dry_board import DryBoard

SCHEME = "dry://"
boards: dict[str, DryBoard] = {}
"""Those that can be opened, by name."""


class Serial:
    """As much of a pyserial port as a stage uses."""

    def __init__(self, port: str | None = None, **settings: Any) -> None:
        self.port, self.baudrate, self.exclusive = port, 0, False

    def open(self) -> None:
        """Find its board."""
        name = (self.port or "").removeprefix(SCHEME)
        if name not in boards:
            raise SerialException(f"{self.port}: no dry run goes on under this name")
        self._board = boards[name]

    @property
    def in_waiting(self) -> int:
        """At least so many bytes can be read."""
        return int(self._board.waiting)

    def read(self, size: int = 1) -> bytes:
        """The next answer, whole."""
        return self._board.read()

    def write(self, data: bytes) -> int:
        """To the board, which only takes it down."""
        self._board.write(data)
        return len(data)

    def close(self) -> None:
        """Let go of it."""
