"""The numbers of layers and panels as the LCD archives hold them, mostly of 32 bits, and what a job takes from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from voxelyte.errors import FormatError
from voxelyte.formats._foreign import MAX_LAYERS
from voxelyte.formats._numbers import Unit, float32_nm, pitch_um, side_mm
from voxelyte.formats._pwm import PWM
from voxelyte.formats._rle_plan import Setting
from voxelyte.job import Exposure, Mask
from voxelyte.printer import Motion

PLAIN, PER_MINUTE = Unit(1, "float32"), Unit(60, "float32")
FULL_POWER = 255
MOST = 1e9
"""Greatest number that a job holds."""


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
    whole = round(first[0] + second[0], 6) if second[0] > 0 else first[0]
    return whole, min(speeds, default=first[1])


def power_of(pwm: float) -> float:
    """Lamp power of a number of 0 to 255; other programs take 0, which some files hold, for full (UVtools)."""
    if not 0 <= pwm <= FULL_POWER:
        raise FormatError(f"lamp power {pwm} must be 0 to {FULL_POWER}")
    return PWM.heard(float(pwm)) or 1.0


def pwm_of(power: float) -> int:
    """The nearest number for a lamp power; the lamp is never turned off by it."""
    return max(1, int(PWM.told(power)))


def check_count(layers: int) -> None:
    """Refuse what no machine has steps for, and nothing at all."""
    if not 0 < layers <= MAX_LAYERS:
        raise FormatError(f"{layers} layers must be 1 to {MAX_LAYERS}")


def panel_pitch_um(header: Any, side: str) -> float:
    """Pitch along `width` or `height` of a header; a panel without pixels has none, and is refused."""
    count = int(header[f"{side}_px"])
    return pitch_um(count, PLAIN.heard(header[f"{side}_mm"])) if count else 0.0


def held_side(pixels: int, pitch: float) -> Decimal:
    """Side of a panel in mm as a file holds it."""
    return PLAIN.told(float(side_mm(pixels, pitch)))


def heard_each(fields: Iterable[Any], heard: Callable[[Any], Setting]) -> list[Setting]:
    """What the numbers of each layer say; a fault names the layer."""
    found = []
    for index, one in enumerate(fields):
        try:
            found.append(heard(one))
        except FormatError as fault:
            raise FormatError(f"layer {index + 1}: {fault}") from None
    return found


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
