"""A machine at real speed, in a process and at a priority of its own: `python -m chaos.timed FOLDER real-time|ordinary`.

Two more lines go to its standard output than its address: the policy that it really runs under, and when it is switched off
the times of its lamp, by its own clock, each with the moment of its end by the computer's (CLOCK_MONOTONIC).
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from time import monotonic

from chaos.plans import PANEL
from voxelyte.errors import PrinterError
from voxelyte.machine.urgency import urgent, without_pauses
from voxelyte.sim import serve
from voxelyte.sim.asiga_max import MACHINE


def main(folder: str, policy: str) -> None:
    """Serve until it is told to end."""
    with suppress(PrinterError):
        urgent(policy)
    said(os.sched_getscheduler(0) == os.SCHED_RR)
    design = MACHINE.with_panel(width_px=PANEL.width_px, height_px=PANEL.height_px, pitch_um=50.0)
    machine = design.start(speed=1.0, journal=folder)
    times: list[tuple[float, float]] = []
    off = machine.lamp.off

    def switched_off() -> object:
        flash, at_s = off(), monotonic()
        if flash:
            times.append((flash.on_time_s, at_s))
        return flash

    machine.lamp.off = switched_off
    without_pauses()
    serve(machine, "socket://127.0.0.1:0", said)
    said(times)


def said(what: object) -> None:
    """One line."""
    print(json.dumps(what), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
