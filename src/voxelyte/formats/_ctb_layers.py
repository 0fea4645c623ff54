"""What ChiTu archives say of a layer, and how versions 2 and 3 differ in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

from voxelyte.formats._foreign import foreign_motion, usual
from voxelyte.formats._rle_layers import PER_MINUTE, PLAIN, exposure_s, light_off_s, power_of, pwm_of, rest_s
from voxelyte.formats._rle_plan import Plan, Setting, settings
from voxelyte.job import Job


def told(setting: Setting) -> dict[str, float]:
    """The numbers of a layer, by the names of the fields: s, mm and mm/min."""
    motion = setting.motion
    return {
        "exposure": float(PLAIN.told(setting.exposure_s)),
        "light_off": float(PLAIN.told(light_off_s(motion))),
        "lift": float(PLAIN.told(motion.lift_mm)),
        "lift_speed": float(PER_MINUTE.told(motion.lift_mm_s)),
        "retract_speed": float(PER_MINUTE.told(motion.retract_mm_s)),
        "pwm": pwm_of(setting.power),
    }


def heard(fields: Mapping[str, Any]) -> Setting:
    """What these numbers say."""
    lift = {
        "lift_mm": PLAIN.heard(fields["lift"]),
        "lift_mm_s": PER_MINUTE.heard(fields["lift_speed"]),
        "retract_mm_s": PER_MINUTE.heard(fields["retract_speed"]),
    }
    wait_s = rest_s(PLAIN.heard(fields["light_off"]), foreign_motion(**lift))
    motion = foreign_motion(**lift, wait_before_exposure_s=wait_s)
    return Setting(exposure_s(fields["exposure"]), power_of(fields["pwm"]), motion)


def planned(job: Job, version: int) -> tuple[Plan, list[Setting]]:
    """The header's numbers, and what a file of this version can say of each layer."""
    said = settings(job)
    if version > 2:
        return Plan.of(said), said
    bottoms = _bottoms(said)
    ways = [_way(one) for one in said]
    retract_mm_s = usual(one.motion.retract_mm_s for one in said)
    rest = usual(ways[bottoms:]) if bottoms < len(said) else ways[0]
    shared = [_moved(one, rest if index >= bottoms else ways[0], retract_mm_s) for index, one in enumerate(said)]
    return Plan(shared[0], usual(shared[bottoms:]) if bottoms < len(said) else shared[0], bottoms, 0), shared


def held(job: Job, version: int) -> list[Setting]:
    """What a reader takes from the layers of a file of this version."""
    known: dict[Setting, Setting] = {}
    _, said = planned(job, version)
    for setting in said:
        if setting not in known:
            known[setting] = heard(told(setting))
    return [known[setting] for setting in said]


Way = tuple[float, float, float]
"""What version 2 states once for the bottom layers and once for the others: lift, its speed, lamp power."""


def _way(setting: Setting) -> Way:
    return setting.motion.lift_mm, setting.motion.lift_mm_s, setting.power


def _bottoms(said: list[Setting]) -> int:
    """Layers before the lift or the power changes; where neither does, those before the exposure does."""
    first = sum(1 for _ in takewhile(lambda one: _way(one) == _way(said[0]), said))
    return first if first < len(said) else Plan.of(said).bottoms


def _moved(setting: Setting, way: Way, retract_mm_s: float) -> Setting:
    lift_mm, lift_mm_s, power = way
    moves = {"lift_mm": lift_mm, "lift_mm_s": lift_mm_s, "retract_mm_s": retract_mm_s}
    return replace(setting, power=power, motion=setting.motion.model_copy(update=moves))
