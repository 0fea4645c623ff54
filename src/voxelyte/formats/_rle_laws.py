"""What an LCD archive does not give back of a job: its numbers are put into the file's, read from them again and compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from voxelyte.formats import Loss
from voxelyte.formats._losses import touching, unequal
from voxelyte.formats._numbers import float32_nm, pitch_um
from voxelyte.formats._rle_layers import held_side
from voxelyte.formats._rle_plan import Setting, settings
from voxelyte.job import Job

Back = Callable[[Job], list[Setting]]
"""What a file of a job says of its layers, as its reader takes it."""


def thickness_law(job: Job) -> Loss | None:
    """Tops that a 32-bit number of mm does not give back to the nanometre."""
    held = (float32_nm(float(np.float32(layer.top_nm / 1e6)), "z_mm") for layer in job.layers)
    wrong = [layer for layer, top_nm in zip(job.layers, held, strict=True) if top_nm != layer.top_nm]
    return touching("thickness", "heights that a 32-bit number of mm does not hold", wrong)


def one_thickness_law(job: Job) -> Loss | None:
    """Unequal thicknesses, and those that a 32-bit number does not hold."""
    return unequal(
        "thickness", job, lambda one: one.thickness_nm, lambda one: f"{one.thickness_um:g} µm"
    ) or thickness_law(job)


def pitch_law(job: Job) -> Loss | None:
    """Pixel pitches that the sides of the panel, as 32-bit numbers of mm, do not give back."""
    panel = job.panel
    axes = ((panel.width_px, panel.pitch_x_um), (panel.height_px, panel.pitch_y_um))
    kept = all(pitch_um(count, held_side(count, um)) == um for count, um in axes)
    said = f"{panel.pitch_x_um} x {panel.pitch_y_um} µm, of which a 32-bit number does not hold the panel's sides"
    return None if kept else touching("pitch", said, job.layers)


def laws(back: Back, why: str, motion: str = "lift, speed or rest") -> dict[str, Callable[[Job], Loss | None]]:
    """Laws that compare each layer with what the file gives back of it."""

    def law(name: str, text: str, part: Callable[[Setting], Any]) -> Callable[[Job], Loss | None]:
        def compared(job: Job) -> Loss | None:
            triples = zip(job.layers, settings(job), back(job) if job.layers else (), strict=True)
            return touching(name, text, [layer for layer, said, held in triples if part(said) != part(held)])

        return compared

    return {
        "exposure": law("exposure", f"times that {why}", lambda one: one.exposure_s),
        "motion": law("motion", f"{motion} that {why}", lambda one: one.motion),
        "power": law("power", f"lamp power that {why}", lambda one: one.power),
    }
