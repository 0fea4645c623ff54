"""How soon the system lets this process run: the length of all light that a computer times hangs on that.

Linux (sched(7)): SCHED_RR goes before every ordinary process. It is taken by the whole process, not by the thread of the print
alone: Python's threads take turns under one lock, and an urgent one would wait for one that is not.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Literal

from voxelyte.errors import PrinterError

Wish = Literal["best", "real-time", "ordinary"]
"""`best`: real-time where that is permitted, else the next best thing, and told."""
LEVEL = 1
"""The lowest of the real-time ones: the system's own come first."""
NICE = -10
TURN_S = 0.0005
"""How long a thread of Python's keeps the others waiting; Python's own choice is ten times that."""
MAY_BE_LATE = "light that this computer times itself may be tens of ms late when it is busy; what a board times is not"
NOT_PERMITTED = "real-time is not permitted to this user (see ulimit -r; docs/rigs.md says how to permit it)"


def urgent(wish: Wish) -> str:
    """Be as urgent as wished, and say in words what came of it. Threads and processes that begin later are so too.

    PrinterError when real-time is demanded and not to be had.
    """
    if wish == "ordinary":
        return f"ordinary: {MAY_BE_LATE}"
    sys.setswitchinterval(TURN_S)
    if real_time():
        return f"real-time (SCHED_RR {LEVEL})"
    why = NOT_PERMITTED if hasattr(os, "SCHED_RR") else f"real-time is known here on Linux alone, not on {sys.platform}"
    if wish == "real-time":
        raise PrinterError(f"priority=real-time must be permitted: {why}")
    return f"{'raised' if _raised() else 'ordinary'}: {why}; {MAY_BE_LATE}"


def real_time() -> bool:
    """Go before every ordinary process; False where the system does not let us."""
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(LEVEL))
    except OSError:
        return False
    return True


def without_pauses() -> None:
    """All that is loaded stays so: Python need not look through it, 10 ms long, in the middle of an exposure."""
    gc.collect()
    gc.freeze()


def _raised() -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except (AttributeError, OSError):  # not on Windows; not permitted
        return False
    return True
