"""A rig that is opened and switched on: a machine as any other, with what it is made of behind it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from voxelyte.errors import PrinterUnreachable
from voxelyte.lights import light_of
from voxelyte.machine.design import Design, Limits
from voxelyte.machine.journal import FileJournal, Journal
from voxelyte.machine.machine import Machine
from voxelyte.machine.refusals import MachineTrouble
from voxelyte.rigs.rig import Rig
from voxelyte.rigs.works import RigWorks
from voxelyte.stages import stage_of

MAX_LAYERS = 100_000
OnEvent = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class RigDesign(Design):
    """What a rig says of itself. `irradiance_mw_cm2` of 0: nobody measured it."""

    def welcome(self, session: str, state: str, job: dict[str, Any] | None) -> dict[str, Any]:
        """As Design; it has no REPORT, for it sees nothing of its film."""
        said = super().welcome(session, state, job)
        if not self.irradiance_mw_cm2:
            del said["irradiance_mw_cm2"]
        return said | {"can": [word for word in said["can"] if word != "report"]}


def works_of(rig: Rig) -> RigWorks:
    """Its stage and its light, not opened yet."""
    return RigWorks(rig, stage_of(rig.stage), light_of(rig.light, rig.panel.width_px, rig.panel.height_px))


def start(rig: Rig, journal: str | os.PathLike[str] | None = None, on_event: OnEvent | None = None) -> Machine:
    """Open a rig, dark, and switch the machine on. PrinterUnreachable when its hardware is not as it should be.

    `journal` is the folder that remembers every exposure, without one the rig's own. `on_event` gets every event.
    """
    kept = FileJournal(journal or rig.journal or "journal")
    works = works_of(rig)
    try:
        works.open()
    except MachineTrouble as trouble:
        kept.close()
        raise PrinterUnreachable(f"{rig.name}: {trouble.message}") from None
    except BaseException:
        kept.close()
        raise
    return machine_of(works, kept, on_event)


def machine_of(works: RigWorks, journal: Journal, on_event: OnEvent | None = None) -> Machine:
    """The machine that these works, which are open, make."""
    return Machine(design_of(works), works, None, on_event, journal)


def design_of(works: RigWorks) -> RigDesign:
    """The rig as WELCOME tells of it."""
    rig, panel, layer = works.rig, works.rig.panel, works.rig.layer
    limits = Limits(
        build_height_nm=round(rig.build_height_mm * 1e6),
        min_thickness_nm=round(layer.min_um * 1e3),
        max_thickness_nm=round(layer.max_um * 1e3),
        thickness_step_nm=round(layer.step_um * 1e3),
        max_exposure_s=rig.limits.max_exposure_s,
        max_lift_mm=rig.limits.max_lift_mm,
        max_speed_mm_s=rig.limits.max_speed_mm_s,
        max_layers=MAX_LAYERS,
    )
    return RigDesign(
        name=rig.name,
        width_px=panel.width_px,
        height_px=panel.height_px,
        pitch_x_um=panel.pitch_x_um,
        pitch_y_um=panel.pitch_y_um,
        wavelength_nm=rig.wavelength_nm,
        irradiance_mw_cm2=rig.irradiance_mw_cm2 or 0.0,
        limits=limits,
        maker="voxelyte (rig)",
        firmware=works.stage.greeting,
        serial=rig.name,
        max_mask_bytes=max(2**24, panel.width_px * panel.height_px),
        on_link_loss=rig.on_link_loss,
        resume_s=rig.resume_s,
    )
