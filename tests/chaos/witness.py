"""Whether the computer itself stood still: `python -m chaos.witness CORE`, until it is told to end.

It does nothing on one core, ahead of everything else there, but look at the clock each millisecond. When it is late, so is all
else: the computer is a guest of another one that had no time for it. It says from when to when, by CLOCK_MONOTONIC.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from threading import Event
from time import monotonic, sleep

PRIORITY = 50
EVERY_S, LATE_S = 0.001, 0.0004


def main(core: int) -> None:
    """Look until SIGTERM, then say what was seen."""
    over = Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    with suppress(PermissionError):
        os.sched_setaffinity(0, {core})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    stalls: list[tuple[float, float]] = []
    while not over.is_set():
        due_s = monotonic() + EVERY_S
        sleep(EVERY_S)
        if (now_s := monotonic()) - due_s > LATE_S:
            stalls.append((due_s, now_s))
    print(json.dumps(stalls), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
