"""Try a rig out, step by step: what was found, homing, moving, a picture; and light only where that was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

from voxelyte.errors import PrinterError, PrinterUnreachable
from voxelyte.machine.refusals import MachineTrouble
from voxelyte.rigs.rig import Rig
from voxelyte.rigs.starting import works_of
from voxelyte.rigs.target import target
from voxelyte.rigs.works import RigWorks

UP_MM = 5.0
LAMP_S = 0.5
SHOWN_S = 2.0
"""How long the target is there to be looked at."""


def check(rig: Rig, lamp: bool, works: RigWorks | None = None) -> Iterator[str]:
    """Do one step after the other, and say what came of each; it ends dark and parked.

    PrinterUnreachable when the hardware is not there, PrinterError when a step fails. The lamp is lit once, for half a
    second, if `lamp`; else never.
    """
    works = works or works_of(rig)
    try:
        works.open()
    except MachineTrouble as trouble:
        raise PrinterUnreachable(f"{rig.name}: {trouble.message}") from None
    try:
        yield from _steps(rig, works, lamp)
    except MachineTrouble as trouble:
        raise PrinterError(f"{rig.name}: {trouble.message}") from None
    finally:
        works.close()


def _steps(rig: Rig, works: RigWorks, lamp: bool) -> Iterator[str]:
    never, speed_mm_s = Event(), rig.approach_mm_s
    yield f"board: {works.stage.greeting}"
    yield f"light: {works.light.identity}"
    yield f"homing{_then_down(rig)} …"
    works.home(never)
    yield "homed; the plate is on the vat's floor"
    up_mm = min(UP_MM, rig.limits.max_lift_mm, rig.build_height_mm)
    for height_mm in (up_mm, up_mm / 2, up_mm):
        works.move(height_mm, speed_mm_s, never)
    yield f"moved to {up_mm:g} mm, down to {up_mm / 2:g} and up again at {speed_mm_s:g} mm/s"
    works.move(rig.stage.park_mm, rig.limits.max_speed_mm_s, never)
    yield f"parked at {rig.stage.park_mm:g} mm"
    yield _shown(rig, works)
    if lamp:
        yield _lit(rig, works)
    yield "dark"


def _then_down(rig: Rig) -> str:
    """What takes long, told before it is done."""
    down_s = rig.stage.homed_mm / rig.approach_mm_s
    return (
        f", then {rig.stage.homed_mm:g} mm down in {down_s:.0f} s, at approach_mm_s={rig.approach_mm_s:g}"
        if down_s
        else ""
    )


def _shown(rig: Rig, works: RigWorks) -> str:
    if rig.light.gates:
        return "no target shown: this projector is always lit, and would expose it"
    works.light.show(target(rig.panel))
    works.clock.wait_until(works.clock.now_s + SHOWN_S, Event())
    works.light.black()
    return f"target shown for {SHOWN_S:g} s: an F to be read on the plate, a frame at its edge, fields of single pixels"


def _lit(rig: Rig, works: RigWorks) -> str:
    works.allow("rig check")
    works.flash(target(rig.panel), LAMP_S, 1.0, Event())
    return f"lamp lit for {works.off() or 0.0:.3f} s, {LAMP_S:g} asked"
