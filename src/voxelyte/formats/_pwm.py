"""Lamp power as most machines take it: a byte, 255 for full."""

from __future__ import annotations

from voxelyte.formats._losses import Loss, touching
from voxelyte.formats._numbers import Unit
from voxelyte.job import Job, Layer

PWM = Unit(255, "whole")


def level(layer: Layer) -> int:
    """1 to 255 for the layer's first exposure; 255 for a layer without light."""
    return max(1, int(PWM.told(layer.exposures[0].power))) if layer.exposures else 255


def power_law(job: Job) -> Loss | None:
    """A loss of powers that are no whole part of 255."""
    between = (layer for layer in job.layers if any(not PWM.keeps(one.power) for one in layer.exposures))
    return touching("power", "not a whole number of 255ths", between)
