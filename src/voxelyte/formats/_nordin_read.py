"""From a print file's settings to what a job says: the light of each layer, the rest around it, and the motion after.

A layer of the print file begins with its motion: the stage leaves the layer below, rests, and comes back. A job has
motion after each layer, so layer k gets that of layer k + 1. The group's controller moves nothing before the first
layer, and lifts the last one by the default settings without their waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from posixpath import normpath

from voxelyte.formats._foreign import foreign_motion
from voxelyte.formats._json import Table
from voxelyte.formats._nordin_layers import Printed, PrintFile
from voxelyte.formats._nordin_rules import FULL_POWER, MAX_EXPOSURE_MS
from voxelyte.formats._nordin_write import ACCELERATION_MM_S2, CONTINUED, MM, MS
from voxelyte.formats._numbers import NM_PER_UM, nm, plain
from voxelyte.printer import Motion

BEFORE, TIME, AFTER = "Wait before exposure (ms)", "Layer exposure time (ms)", "Wait after exposure (ms)"


@dataclass(frozen=True)
class Light:
    """One exposure: the picture's member, how long and how strong, and by which light engine and wavelength."""

    member: str
    time_ms: Decimal
    power: int
    engine: tuple[str, int]


@dataclass(frozen=True)
class Shown:
    """One layer: the motion before it, its light, and the rest before and after that."""

    thickness_nm: int
    position: Table
    lights: tuple[Light, ...]
    before_ms: Decimal
    after_ms: Decimal
    corrected: bool


def shown(file: PrintFile) -> list[Shown]:
    """Every layer as often as it is printed."""
    return [layer for printed in file.layers() for layer in [_shown(file.directory, printed)] * printed.times]


def light_of(directory: str, image: Table) -> Light:
    """The light of one exposure, which may be none."""
    return Light(
        normpath(f"{directory}/{image.text('Image file', most=1000)}"),
        image.number(TIME, 0, MAX_EXPOSURE_MS),
        image.whole("Light engine power setting", 0, FULL_POWER),
        (image.text("Light engine"), image.whole("Light engine wavelength (nm)", 0, 10**9)),
    )


def motions(file: PrintFile, layers: list[Shown]) -> Iterator[Motion]:
    """What the stage does after each layer, and how long it rests around its light."""
    for index, layer in enumerate(layers):
        is_last = index == len(layers) - 1
        leaving = file.position if is_last else layers[index + 1].position
        before_ms = layer.before_ms + (_ms(layer.position, "Up wait (ms)", "Final wait (ms)") if index else 0)
        after_ms = layer.after_ms + (0 if is_last else _ms(leaving, "Initial wait (ms)"))
        yield foreign_motion(
            lift_mm=MM.heard(leaving.number("Distance up (mm)", 0, 1e9)),
            lift_mm_s=MM.heard(leaving.number("BP up speed (mm/sec)", 0, 1e9)),
            retract_mm_s=MM.heard(leaving.number("BP down speed (mm/sec)", 0, 1e9)),
            wait_before_exposure_s=MS.heard(before_ms),
            wait_after_exposure_s=MS.heard(after_ms),
        )


def remarks(file: PrintFile, layers: list[Shown]) -> tuple[str, ...]:
    """What of the file the job does not hold, and what therefore is not written again."""
    used = [file.position, *(layer.position for layer in layers[1:])]
    speeds_up = [key for key in file.position if "acceleration" in key]
    found = {
        "the stage's acceleration is not held": any(
            one.values[key] != ACCELERATION_MM_S2 for one in used for key in speeds_up
        ),
        "rest above the resin (Up wait) counts as rest before the exposure": any(
            one.values["Up wait (ms)"] for one in used[1:]
        ),
        "the printer's correction of its own irradiance (Do grayscale correction) is not held": any(
            layer.corrected for layer in layers
        ),
    }
    return tuple(remark for remark, is_so in found.items() if is_so)


def _ms(position: Table, *keys: str) -> Decimal:
    return sum((position.number(key, 0, 1e12) for key in keys), Decimal(0))


def _shown(directory: str, printed: Printed) -> Shown:
    """Rests stand around and between the lights: there is one more of them."""
    lights: list[Light] = []
    rests_ms = [Decimal(0)]
    for image in printed.images:
        rests_ms[-1] += _ms(image, BEFORE)
        light = light_of(directory, image)
        if not (light.time_ms and light.power):
            rests_ms[-1] += light.time_ms
        elif lights and rests_ms[-1]:
            raise image.fault(
                BEFORE, f"makes {plain(rests_ms[-1])} ms between two exposures, must be 0: a job has no rest there"
            )
        elif lights and _goes_on(lights[-1], light, image):
            lights[-1] = replace(light, time_ms=lights[-1].time_ms + light.time_ms)
        else:
            lights.append(light)
            rests_ms.append(Decimal(0))
        rests_ms[-1] += _ms(image, AFTER)
    before_ms, after_ms = (rests_ms[0], rests_ms[-1]) if lights else _dark_ms(printed.images)
    corrected = any(image.flag("Do grayscale correction", False) for image in printed.images)
    return Shown(_thickness_nm(printed.position), printed.position, tuple(lights), before_ms, after_ms, corrected)


def _dark_ms(images: tuple[Table, ...]) -> tuple[Decimal, Decimal]:
    """Rest of a layer without light, before the first exposure that gives none, and from there on."""
    first, *others = images
    return _ms(first, BEFORE), _ms(first, TIME, AFTER) + sum(_ms(one, BEFORE, TIME, AFTER) for one in others)


def _goes_on(before: Light, light: Light, image: Table) -> bool:
    """Whether a light is the next part of a longer one, as our writer marks it."""
    return image.text("Comment", "") == CONTINUED and replace(before, time_ms=light.time_ms) == light


def _thickness_nm(position: Table) -> int:
    key = "Layer thickness (um)"
    thickness_nm = nm(position.number(key, 0, 1e9), NM_PER_UM, key)
    if not thickness_nm:
        raise position.fault(key, "must be greater than 0: a job holds no layer without thickness")
    return thickness_nm
