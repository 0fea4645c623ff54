"""A Marlin board with line numbers and checksums; `damage_every` damages one of so many numbered lines on their way."""

from __future__ import annotations

from voxelyte.boards._marlin import MarlinBoard

BOARD = MarlinBoard
