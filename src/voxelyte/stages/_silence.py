"""A board that does not answer: whoever waited may ask it for its state before that becomes trouble."""

from __future__ import annotations

from voxelyte.machine.refusals import MachineTrouble


class Silence(MachineTrouble):
    """Nothing came within the time allowed, or not what had to come."""

    def __init__(self, wanted: str, within_s: float, said: str) -> None:
        super().__init__(f"the board did not answer with {wanted} within {within_s:.3g} s; last it said {said}")
