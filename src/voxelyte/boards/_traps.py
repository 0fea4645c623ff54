"""The known traps of real boards, each switched on by name."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from voxelyte.errors import VoxelyteError, unknown


@dataclass(frozen=True)
class Traps:
    """What a board does wrong. Counts are from 1 and of the lines that it takes; 0 is never.

    `late_s`: every answer comes that much late. `ok_to_garbage`: so it answers what it does not understand. `lose_ok`: of
    every so many `ok` one is not sent. `silent_moves`: no answer to G0 and G1. `no_dwell`: G4 takes no time. `lose_line`:
    that line never arrives. `damage_every`: of so many numbered lines one arrives with a wrong checksum. `reset_at`,
    `alarm_at`: it resets itself, or stops with an alarm, at that line. `noise`: it says that before every answer.
    """

    late_s: float = 0.0
    ok_to_garbage: bool = False
    lose_ok: int = 0
    silent_moves: bool = False
    no_dwell: bool = False
    lose_line: int = 0
    damage_every: int = 0
    reset_at: int = 0
    alarm_at: int = 0
    noise: bytes = b""

    @classmethod
    def of(cls, **named: Any) -> Traps:
        """The traps of these names."""
        known = [field.name for field in fields(cls)]
        if strange := sorted(set(named) - set(known)):
            raise VoxelyteError("; ".join(unknown("trap", name, known) for name in strange))
        return cls(**named)
