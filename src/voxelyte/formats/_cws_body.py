"""The g-code of a .cws, line by line: moves for the board, and remarks that the host obeys.

;<Slice> n       shows picture n, counted from 0; `;<Slice> Blank` shows none
;<Delay> ms      waits, in the host: it does not know when a move ends, so that the time of the moves is in it
M106 S<0-255>    lamp
G1 Z<mm> F<mm/min>   relative moves (G91), away from the vat above 0

For each layer: the approach by its thickness less the lift before it, a delay, its pictures, a delay for its
wait after exposure if there is one, its lift. The delay before a picture is the time that lift and approach take
by distance and feed, without acceleration, rounded up to whole ms, and then the wait before exposure.
All numbers have at most six decimals: lifts of whole nm, feeds of whole millionths of mm/min, times of whole ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import count
from math import ceil

import numpy as np

from voxelyte.formats._losses import Loss, touching
from voxelyte.formats._numbers import NM_PER_MM, Unit, mm_text, plain
from voxelyte.formats._pwm import PWM
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.printer import Motion

MS = Unit(1000, "whole")
LIFT_NM = Unit(NM_PER_MM, "whole")
FEED = Unit(60_000_000, "whole")
"""mm/s as millionths of mm/min."""

MAX_MS = 10**12


def body(job: Job) -> Iterator[str]:
    """The lines that print the layers, from where the plate stands on the vat's floor to the last lift."""
    number, lifted_nm, moving_ms = count(), 0, Fraction(0)
    for layer in job.layers:
        motion = layer.motion
        approach_nm = layer.thickness_nm - lifted_nm
        moving_ms += move_ms(approach_nm, _feed(motion.retract_mm_s))
        yield from ("", _move(approach_nm, motion.retract_mm_s))
        yield _delay(ceil(moving_ms) + int(MS.told(motion.wait_before_exposure_s)))
        for one in layer.exposures:
            yield from _shown(next(number), one)
        if after_ms := int(MS.told(motion.wait_after_exposure_s)):
            yield _delay(after_ms)
        lifted_nm = int(LIFT_NM.told(motion.lift_mm))
        moving_ms = move_ms(lifted_nm, _feed(motion.lift_mm_s))
        yield _move(lifted_nm, motion.lift_mm_s)
    yield _delay(ceil(moving_ms))


def base_name(name: str) -> str:
    """A job's name as the members are called: plain letters, and no digit at the end, where numbers follow."""
    plain_name = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:100].lstrip(".-") or "film"
    return f"{plain_name}-" if plain_name[-1].isdigit() else plain_name


def move_ms(distance_nm: int, feed: Decimal) -> Fraction:
    """Time of a move at a feed in mm/min, exact and without acceleration."""
    return Fraction(abs(distance_nm), NM_PER_MM) * 60_000 / Fraction(feed)


def shown(job: Job, most: int | None = None) -> Job:
    """The job as it is written: at most so many exposures a layer, and a dark one of 1 ms where there is none."""
    dark = Mask(job.panel, lambda: np.zeros((job.panel.height_px, job.panel.width_px), dtype=np.uint8))
    unlit = (Exposure(dark, 0.001),)
    layers = tuple(replace(layer, exposures=layer.exposures[:most] or unlit) for layer in job.layers)
    return replace(job, layers=layers)


def exposure_ms(one: Exposure) -> int:
    """Its time in whole ms, at least 1."""
    return max(1, int(MS.told(one.exposure_s)))


def blank_ms(layer: Layer) -> int:
    """How long it is dark around a layer's own lift, by the law of `body`."""
    motion, lift_nm = layer.motion, int(LIFT_NM.told(layer.motion.lift_mm))
    lifting_ms = move_ms(lift_nm, _feed(motion.lift_mm_s))
    return ceil(lifting_ms + move_ms(lift_nm - layer.thickness_nm, _feed(motion.retract_mm_s)))


def feed_text(speed_mm_s: float) -> str:
    """A speed in mm/min."""
    return plain(_feed(speed_mm_s))


def exposure_law(job: Job) -> Loss | None:
    """A loss of exposures that are no whole ms."""
    parts = (layer for layer in job.layers if not all(_whole_ms(one.exposure_s, 1) for one in layer.exposures))
    return touching("exposure", "not a whole number of ms", parts)


def exposures_law(job: Job) -> Loss | None:
    """A loss of layers without light: the lines between two pictures hold one lift and one approach."""
    return touching("exposures", "none", (layer for layer in job.layers if not layer.exposures))


def motion_law(job: Job) -> Loss | None:
    """A loss of numbers finer than the g-code has them."""
    fine = (layer for layer in job.layers if not _kept(layer.motion))
    return touching("motion", "finer than nm, ms or millionths of mm/min", fine)


def _kept(motion: Motion) -> bool:
    speeds = all(FEED.keeps(speed) for speed in (motion.lift_mm_s, motion.retract_mm_s))
    waits = all(_whole_ms(wait, 0) for wait in (motion.wait_before_exposure_s, motion.wait_after_exposure_s))
    return speeds and waits and LIFT_NM.keeps(motion.lift_mm)


def _whole_ms(time_s: float, least: int) -> bool:
    return least / 1000 <= time_s <= MAX_MS / 1000 and MS.keeps(time_s)


def _feed(speed_mm_s: float) -> Decimal:
    return max(Decimal(1), FEED.told(speed_mm_s)) / 1_000_000


def _shown(number: int, one: Exposure) -> Iterator[str]:
    yield f";<Slice> {number}"
    yield f"M106 S{max(1, int(PWM.told(one.power)))}"
    yield _delay(exposure_ms(one))
    yield "M106 S0"
    yield ";<Slice> Blank"


def _move(distance_nm: int, speed_mm_s: float) -> str:
    return f"G1 Z{mm_text(distance_nm)} F{feed_text(speed_mm_s)}"


def _delay(time_ms: int) -> str:
    return f";<Delay> {time_ms}"
