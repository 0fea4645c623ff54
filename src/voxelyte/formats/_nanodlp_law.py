"""NanoDLP's law of layers: the first SupportLayerNumber ones have numbers of their own, all others share theirs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from itertools import takewhile
from typing import TypeVar

from voxelyte.formats._foreign import usual
from voxelyte.formats._losses import Loss, unequal
from voxelyte.job import Job, Layer

Number = TypeVar("Number", bound=Hashable)

DARK_S = 0.001
"""Exposure of a layer without light, which shows a dark picture."""


def exposure_s(layer: Layer) -> float:
    """The time of its first exposure."""
    return layer.exposures[0].exposure_s if layer.exposures else DARK_S


def moves(layer: Layer) -> tuple[float, float, float]:
    """What is carried of its motion: lift in mm, waits before and after exposure in s."""
    motion = layer.motion
    return motion.lift_mm, motion.wait_before_exposure_s, motion.wait_after_exposure_s


def support_count(job: Job) -> int:
    """How many layers are as the first one, if not all are: 0."""
    first, count = _numbers(job.layers[0]), len(job.layers)
    alike = sum(1 for _ in takewhile(lambda one: _numbers(one) == first, job.layers))
    return alike if alike < count else 0


def support_and_normal(job: Job, value: Callable[[Layer], Number]) -> tuple[Number, Number]:
    """A number of the first layers, and the commonest of the others."""
    return value(job.layers[0]), usual(value(layer) for layer in job.layers[support_count(job) :])


def thickness_law(job: Job) -> Loss | None:
    """A loss of thicknesses that differ after the first layers."""
    return _differing("thickness", job, lambda one: one.thickness_nm, lambda one: f"{one.thickness_um:g} µm")


def exposure_law(job: Job) -> Loss | None:
    """A loss of exposures that differ after the first layers."""
    return _differing("exposure", job, exposure_s, lambda one: f"{exposure_s(one):g} s")


def motion_law(job: Job) -> Loss | None:
    """A loss of lifts and waits that differ after the first layers, and of speeds that differ at all."""
    speeds = unequal("motion", job, _speeds, lambda one: f"({one.motion})")
    return speeds or _differing("motion", job, moves, lambda one: f"({one.motion})")


def _differing(name: str, job: Job, value: Callable[[Layer], Hashable], text: Callable[[Layer], str]) -> Loss | None:
    if not job.layers:
        return None
    count = support_count(job)
    loss = unequal(name, replace(job, layers=job.layers[count:]), value, text)
    after = f", after the first {count}" if count else ""
    return loss and replace(loss, text=f"{loss.text}{after}; NanoDLP has one for all layers but the first ones")


def _speeds(layer: Layer) -> tuple[float, float]:
    return layer.motion.lift_mm_s, layer.motion.retract_mm_s


def _numbers(layer: Layer) -> Hashable:
    return layer.thickness_nm, exposure_s(layer), moves(layer)
