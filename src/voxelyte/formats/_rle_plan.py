"""How each layer is exposed and separated, and the few numbers for bottom, transition and normal layers that make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import takewhile

from voxelyte.formats._foreign import usual
from voxelyte.job import Job, Layer
from voxelyte.printer import Motion

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
