"""What the layers of an LCD archive say, and the few numbers for bottom, transition and normal layers that make them.

A law here is the round trip itself: what a job says is put into the file's numbers, read from them again and compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import takewhile
from typing import Any

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.formats import Loss
from voxelyte.formats._foreign import usual
from voxelyte.formats._losses import touching, unequal
from voxelyte.formats._numbers import Unit, float32_nm, pitch_um, side_mm
from voxelyte.formats._pwm import PWM
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.printer import Motion

PLAIN, PER_MINUTE = Unit(1, "float32"), Unit(60, "float32")
FULL_POWER = 255
MOST = 1e9
"""Greatest number that a job holds."""
_STEP_S = Decimal("0.01")


@dataclass(frozen=True)
class Setting:
    """How a layer is exposed and separated. An exposure of 0 s is a layer without light."""

    exposure_s: float
    power: float
    motion: Motion


def settings(job: Job) -> list[Setting]:
    """Of each layer the first exposure, and its motion."""
    return [_setting(layer) for layer in job.layers]


def _setting(layer: Layer) -> Setting:
    if not layer.exposures:
        return Setting(0.0, 1.0, layer.motion)
    return Setting(layer.exposures[0].exposure_s, layer.exposures[0].power, layer.motion)


@dataclass(frozen=True)
class Plan:
    """`bottoms` layers of one setting, then `transitions` in which the exposure goes in steps to that of the rest.

    A step is the difference over `transitions` + 1, rounded to 0.01 s and at a tie to the even one, as UVtools rounds
    its steps (OperationFadeExposureTime.cs). The other numbers of a transition layer are those of the rest.
    """

    bottom: Setting
    normal: Setting
    bottoms: int
    transitions: int

    @classmethod
    def of(cls, wanted: Sequence[Setting]) -> Plan:
        """The plan that makes these settings, or else one that comes near; one bottom layer where all are equal."""
        first, count = wanted[0], len(wanted)
        bottoms = sum(1 for _ in takewhile(lambda one: one == first, wanted))
        equal = cls(first, first, 1, 0)
        if bottoms == count:
            return equal
        plan = cls._fading(wanted, bottoms, wanted[-1])
        if plan.made(count) == list(wanted):
            return plan
        return equal if usual(wanted) == first else cls._fading(wanted, bottoms, usual(wanted[bottoms:]))

    @classmethod
    def _fading(cls, wanted: Sequence[Setting], bottoms: int, normal: Setting) -> Plan:
        return cls(wanted[0], normal, bottoms, list(wanted).index(normal, bottoms) - bottoms)

    def made(self, count: int) -> list[Setting]:
        """The settings of `count` layers."""
        first, last = (Decimal(repr(one.exposure_s)) for one in (self.bottom, self.normal))
        step = ((first - last) / (self.transitions + 1)).quantize(_STEP_S, ROUND_HALF_EVEN)
        least, most = sorted((first, last))
        times = (min(most, max(least, first - step * index)) for index in range(1, min(self.transitions, count) + 1))
        fading = [replace(self.normal, exposure_s=float(time_s)) for time_s in times]
        return [*[self.bottom] * min(self.bottoms, count), *fading, *[self.normal] * count][:count]


def exposure_s(said_s: float) -> float:
    """An exposure that a file holds as a 32-bit number."""
    time_s = PLAIN.heard(said_s)
    if not 0 <= time_s <= MOST:
        raise FormatError(f"exposure_s={time_s} must be 0 to {MOST:g}")
    return time_s


def exposures(mask: Mask, setting: Setting) -> tuple[Exposure, ...]:
    """The exposure of a layer; none where it is 0 s."""
    return (Exposure(mask, setting.exposure_s, setting.power),) if setting.exposure_s else ()


def build_height_mm(said_mm: float) -> float | None:
    """Height of the build volume, where a file states one."""
    height_mm = PLAIN.heard(said_mm)
    return height_mm if 0 < height_mm <= MOST else None


def lift_s(motion: Motion) -> float:
    """Time of the lift and the way back."""
    return motion.lift_mm / motion.lift_mm_s + motion.lift_mm / motion.retract_mm_s


def rest_s(light_off_s: float, motion: Motion) -> float:
    """Rest before the exposure, where a file counts from lamp off to lamp on, in steps of 0.1 ms.

    Motion runs within that time, and a shorter time than the motion's has no effect (UVtools, Layer.cs:
    CalculateCompletionTime).
    """
    return max(0.0, round(light_off_s - lift_s(motion), 4)) if light_off_s > 0 else 0.0


def light_off_s(motion: Motion) -> float:
    """The reverse of `rest_s`; 0 where there is no rest, which leaves the machine to its motion."""
    return lift_s(motion) + motion.wait_before_exposure_s if motion.wait_before_exposure_s else 0.0


def staged(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """Distance and speed of two stages as one: the whole way at the slower speed."""
    speeds = [speed for way, speed in (first, second) if way > 0]
    return first[0] + second[0], min(speeds, default=first[1])


def power_of(pwm: float) -> float:
    """Lamp power of a number of 0 to 255; other programs take 0, which some files hold, for full (UVtools)."""
    if not 0 <= pwm <= FULL_POWER:
        raise FormatError(f"lamp power {pwm} must be 0 to {FULL_POWER}")
    return PWM.heard(float(pwm)) or 1.0


def pwm_of(power: float) -> int:
    """The nearest number for a lamp power; the lamp is never turned off by it."""
    return max(1, int(PWM.told(power)))


def tops_nm(heights_mm: Sequence[float]) -> list[int]:
    """Tops of layers from their heights as 32-bit numbers."""
    return [float32_nm(z_mm, f"z_mm of layer {index + 1}") for index, z_mm in enumerate(heights_mm)]


def thicknesses_nm(tops: Sequence[int]) -> list[int]:
    """Each layer's way from the one before it."""
    found = [top - below for below, top in zip((0, *tops), tops, strict=False)]
    for index, thickness_nm in enumerate(found):
        if thickness_nm < 1:
            said = f"its top at {tops[index]} nm must be above {tops[index] - thickness_nm} nm"
            raise FormatError(f"layer {index + 1}: {said}; several exposures of one height are not read")
    return found


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


def held_side(pixels: int, pitch: float) -> Decimal:
    """Side of a panel in mm as a file holds it."""
    return PLAIN.told(float(side_mm(pixels, pitch)))


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
