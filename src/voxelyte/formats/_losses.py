"""What a job says that a format cannot carry, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import groupby
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from voxelyte.job import Job, Layer

if TYPE_CHECKING:
    from voxelyte.formats import Format

LEAST_LAYER_NM = 10_000
"""Below this a common layer is no help: no machine here makes layers thinner than 10 µm."""


@dataclass(frozen=True)
class Loss:
    """One thing that would be lost: its name, as `allow` takes it, what is lost, and in which layers."""

    name: str
    text: str
    layers: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name} ({self.text})"


def losses(job: Job, fmt: Format) -> list[Loss]:
    """Everything that `fmt` would lose of how `job` prints; empty when it carries all of it."""
    checks = {**_CHECKS, **fmt.laws}
    found = [check(job) for name, check in checks.items() if name in fmt.laws or name not in fmt.carries]
    return [loss for loss in (*found, _grey(job, fmt.grey_levels)) if loss]


def choices(job: Job, found: Iterable[Loss]) -> list[str]:
    """What the user can do about the losses."""
    if all(loss.name != "thickness" for loss in found):
        return []
    common_nm = gcd(*(layer.thickness_nm for layer in job.layers))
    exact = common_nm >= max(LEAST_LAYER_NM, job.printer.layer.min_um * 1000)
    return ["--layering round", *([f"--layer-um {common_nm / 1000:g}, which is exact"] if exact else [])]


def unequal(name: str, job: Job, value: Callable[[Layer], Hashable], text: Callable[[Layer], str]) -> Loss | None:
    """A loss when `value` is not the same in all layers, for a format with one value for the whole job."""
    groups: dict[Hashable, list[Layer]] = {}
    for layer in job.layers:
        groups.setdefault(value(layer), []).append(layer)
    if len(groups) < 2:
        return None
    said = [f"{text(group[0])} in {spans(layer.index for layer in group)}" for group in groups.values()]
    more = [f"and {len(said) - 4} other values"] if len(said) > 4 else []
    usual = max(groups.values(), key=len)
    touched = tuple(layer.index for group in groups.values() if group is not usual for layer in group)
    return Loss(name, ", ".join([*said[:4], *more]), touched)


def touching(name: str, text: str, layers: Iterable[Layer]) -> Loss | None:
    """A loss in just these layers; none when there are none."""
    indices = tuple(layer.index for layer in layers)
    return Loss(name, f"{text} in {spans(indices)}", indices) if indices else None


def spans(indices: Iterable[int]) -> str:
    """`layer 4`, `layers 1-5, 8` for ascending layer indices: people count layers from 1."""
    runs = [[i for _, i in run] for _, run in groupby(enumerate(indices), lambda pair: pair[1] - pair[0])]
    said = [f"{run[0] + 1}-{run[-1] + 1}" if len(run) > 1 else f"{run[0] + 1}" for run in runs]
    one = len(runs) == 1 and len(runs[0]) == 1
    return f"layer{'' if one else 's'} {', '.join(said[:6])}{' …' if len(said) > 6 else ''}"


def _thickness(job: Job) -> Loss | None:
    return unequal("thickness", job, lambda one: one.thickness_nm, lambda one: f"{one.thickness_um:g} µm")


def _exposure(job: Job) -> Loss | None:
    return unequal("exposure", job, lambda one: one.exposure_s, lambda one: f"{one.exposure_s:g} s")


def _exposures(job: Job) -> Loss | None:
    other = [layer for layer in job.layers if len(layer.exposures) != 1]
    numbers = sorted({"several" if layer.exposures else "none" for layer in other})
    return touching("exposures", " or ".join(numbers), other)


def _motion(job: Job) -> Loss | None:
    return unequal("motion", job, lambda one: one.motion, lambda one: f"({one.motion})")


def _power(job: Job) -> Loss | None:
    dimmed = (layer for layer in job.layers if any(one.power != 1 for one in layer.exposures))
    return touching("power", "below 1", dimmed)


def _grey(job: Job, levels: int) -> Loss | None:
    """Masks whose pixels are not among `levels` equal steps from 0 to 255; each mask is painted once."""
    if levels >= job.panel.grey_levels:
        return None
    kept = np.isin(np.arange(256), np.rint(np.linspace(0, 255, levels)))
    coarse = {mask for mask in job.masks() if not kept[np.unique(mask.pixels())].all()}
    touched = (layer for layer in job.layers if any(one.mask in coarse for one in layer.exposures))
    return touching("grey", f"more than {levels} levels", touched)


_CHECKS = {
    "thickness": _thickness,
    "exposure": _exposure,
    "exposures": _exposures,
    "motion": _motion,
    "power": _power,
}
