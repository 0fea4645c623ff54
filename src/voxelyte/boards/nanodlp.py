"""A board as NanoDLP drives them: Marlin built with NANODLP_Z_SYNC, without line numbers.

Written from Marlin's own words for that option (Configuration_adv.h) and docs.nanodlp.com/manual/code: a move answers
`Z_move_comp` when it has ended, and so before a dwell that follows, then `ok`. `silent_moves` is a fork that says no `ok` to
moves, `ok_to_garbage` one that says it to anything.
"""

from __future__ import annotations

from voxelyte.boards._marlin import MarlinBoard


class NanodlpBoard(MarlinBoard):
    """As MarlinBoard, and says when a move has ended."""

    numbered, z_sync = False, True


BOARD = NanodlpBoard
