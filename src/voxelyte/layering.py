"""Levels of a solid to a layer plan, exact to the nanometre.

Every slab between two levels is cut into layers no thicker than the pitch. Nothing is rounded unless `round` is asked for,
and then the plan says by how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Literal, get_args

from voxelyte.errors import SliceError
from voxelyte.heights import to_nm
from voxelyte.printer import LayerLimits

Layering = Literal["first", "last", "even", "round"]
MAX_LAYERS = 100_000


@dataclass(frozen=True)
class Plan:
    """Thicknesses in nm from the plate up, and for each layer the height in the solid (µm) whose section it shows."""

    thickness_nm: tuple[int, ...]
    section_z_um: tuple[float, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def top_nm(self) -> tuple[int, ...]:
        """Exact height of each layer's upper face."""
        return tuple(accumulate(self.thickness_nm))


def plan_layers(
    levels_um: Sequence[float],
    pitch_um: float,
    layering: Layering | Sequence[float] = "first",
    step_um: float = 0.001,
) -> Plan:
    """Cut the slabs between `levels_um` (ascending from 0) into layers of at most `pitch_um`.

    `layering` says where a slab's remainder goes: into its `first` layer, its `last`, or `even`ly over all, in
    whole steps of the printer where the slab is one of them; `round` moves the levels to whole pitches and says so;
    a sequence is the thicknesses themselves, in µm. Raises SliceError.
    """
    levels = [to_nm(level, "level_um") for level in levels_um]
    pitch = to_nm(pitch_um, "layer_um")
    _check_levels(levels, pitch)
    if not isinstance(layering, str):
        return _explicit(levels, layering)
    if layering not in get_args(Layering):
        raise SliceError(f"layering={layering!r} must be first, last, even, round or a list of thicknesses in µm")
    if layering == "round":
        return _rounded(levels, pitch)
    step = to_nm(step_um, "step_um")
    slabs = [_cut(upper - lower, pitch, layering, step) for lower, upper in pairwise(levels)]
    return _plan_of([thickness for slab in slabs for thickness in slab])


def check_limits(plan: Plan, limits: LayerLimits, build_height_mm: float) -> None:
    """Raise SliceError, naming each layer's fault, when a printer cannot make these layers or this height."""
    least, most, step = (to_nm(getattr(limits, key), key) for key in ("min_um", "max_um", "step_um"))
    faults = {
        f"{nm / 1000:g} µm must be {least / 1000:g} to {most / 1000:g} µm in steps of {step / 1000:g}"
        for nm in plan.thickness_nm
        if not least <= nm <= most or nm % step
    }
    if faults:
        raise SliceError(f"layer thickness: {'; '.join(sorted(faults))}")
    height_mm = sum(plan.thickness_nm) / 1e6
    if height_mm > build_height_mm:
        raise SliceError(f"height of the film, {height_mm:g} mm, must not exceed build_height_mm={build_height_mm:g}")


def _check_levels(levels: Sequence[int], pitch: int) -> None:
    if pitch < 1:
        raise SliceError(f"layer_um={pitch / 1000:g} must be greater than 0")
    if len(levels) < 2 or levels[0] != 0 or any(upper <= lower for lower, upper in pairwise(levels)):
        raise SliceError(f"levels_um={[nm / 1000 for nm in levels]} must ascend from 0")
    if levels[-1] // pitch + len(levels) > MAX_LAYERS:
        raise SliceError(f"layer_um={pitch / 1000:g} gives more than {MAX_LAYERS} layers")


def _cut(slab: int, pitch: int, layering: str, step: int) -> list[int]:
    if layering == "even":
        unit = step if step and slab % step == 0 and pitch >= step else 1
        return [thickness * unit for thickness in _shared(slab // unit, pitch // unit)]
    number = -(-slab // pitch)
    remainder = slab - (number - 1) * pitch
    whole = [pitch] * (number - 1)
    return [remainder, *whole] if layering == "first" else [*whole, remainder]


def _shared(slab: int, most: int) -> list[int]:
    """The fewest whole numbers of at most `most` that add up to the slab and differ by at most one."""
    number = -(-slab // most)
    return [slab * (i + 1) // number - slab * i // number for i in range(number)]


def _plan_of(thickness_nm: Sequence[int]) -> Plan:
    tops = list(accumulate(thickness_nm))
    middles = tuple((top - nm / 2) / 1000 for top, nm in zip(tops, thickness_nm, strict=True))
    return Plan(tuple(thickness_nm), middles)


def _explicit(levels: Sequence[int], thickness_um: Sequence[float]) -> Plan:
    if len(thickness_um) > MAX_LAYERS:
        raise SliceError(f"layering lists {len(thickness_um)} layers; must not exceed {MAX_LAYERS}")
    thickness = [to_nm(um, "layering") for um in thickness_um]
    if any(nm < 1 for nm in thickness):
        raise SliceError(f"layering={list(thickness_um)} must hold thicknesses greater than 0")
    tops = [0, *accumulate(thickness)]
    missed = [f"{level / 1000:g}" for level in levels if level not in set(tops)]
    if missed or tops[-1] != levels[-1]:
        law = f"must reach {levels[-1] / 1000:g} µm with a layer boundary at {', '.join(f'{nm / 1000:g}' for nm in levels[1:])} µm"
        raise SliceError(f"layering={list(thickness_um)} sums to {tops[-1] / 1000:g} µm: {law}")
    return _plan_of(thickness)


def _rounded(levels: Sequence[int], pitch: int) -> Plan:
    """Levels moved to whole pitches (halves up); each layer shows the section at its own share of its slab."""
    moved = [(2 * level + pitch) // (2 * pitch) * pitch for level in levels]
    if any(upper <= lower for lower, upper in pairwise(moved)):
        raise SliceError(f"layering='round' with layer_um={pitch / 1000:g} would make a slab of the film vanish")
    sections = [
        (lower + (i + 0.5) * (upper - lower) / ((new_upper - new_lower) // pitch)) / 1000
        for (lower, upper), (new_lower, new_upper) in zip(pairwise(levels), pairwise(moved), strict=True)
        for i in range((new_upper - new_lower) // pitch)
    ]
    changes = [
        f"{old / 1000:g} → {new / 1000:g} µm ({(new - old) / 1000:+g})"
        for old, new in zip(levels, moved, strict=True)
        if old != new
    ]
    notes = (f"heights were rounded to {pitch / 1000:g} µm layers as asked: {'; '.join(changes)}",) if changes else ()
    return Plan((pitch,) * (moved[-1] // pitch), tuple(sections), notes)
