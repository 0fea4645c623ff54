"""A job against a machine's WELCOME: every difference, before anything is sent that moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import isclose

from voxelyte.drivers._answers import Machine
from voxelyte.drivers._frames import MOST_BYTES, Code, to_json
from voxelyte.drivers._requests import MOST_ID, Numbered, job_request, layer_request
from voxelyte.job import Job, Layer, Mask
from voxelyte.printer import Motion

MOST_EXPOSURES = 64
"""Exposures of one layer, by section 3.2."""


@dataclass(frozen=True)
class Difference:
    """What a machine cannot do for a job: the protocol's code and one line."""

    code: Code
    text: str


def differences(job: Job, numbered: Numbered, machine: Machine, mask_bytes: Callable[[Mask], int]) -> list[Difference]:
    """All that keeps this machine from printing the job. `mask_bytes` encodes, and is asked only where in doubt."""
    return [
        *_panel(job, numbered, machine),
        *_wavelength(job, machine),
        *_size(job, machine),
        *_layers(job, machine),
        *_places(numbered, machine),
        *_frames(job, numbered, machine),
        *_mask_bytes(job, numbered, machine, mask_bytes),
    ]


def _panel(job: Job, numbered: Numbered, machine: Machine) -> Iterator[Difference]:
    for key in ("width_px", "height_px", "pitch_x_um", "pitch_y_um"):
        ours, theirs = getattr(job.panel, key), getattr(machine.panel, key)
        if not isclose(ours, theirs, rel_tol=1e-9):
            yield Difference("panel", f"{key}={ours:g} of the job must be the machine's {theirs:g}")
    ours, theirs = job.panel.grey_levels, machine.panel.grey_levels
    if ours > theirs:
        yield Difference("panel", f"grey_levels={ours} of the job must be at most {theirs}")
    size = (job.panel.width_px, job.panel.height_px)
    if any((mask.panel.width_px, mask.panel.height_px) != size for mask in numbered.masks):
        yield Difference("mask-size", f"every mask must be {size[0]} x {size[1]} pixels, as the job's panel")


def _wavelength(job: Job, machine: Machine) -> Iterator[Difference]:
    theirs = machine.wavelength_nm
    for whose, ours in (("resin", job.resin.wavelength_nm), ("printer", job.printer.wavelength_nm)):
        if ours is not None and theirs is not None and not isclose(ours, theirs, rel_tol=1e-9):
            text = f"wavelength_nm={ours:g} of the {whose} must be the machine's {theirs:g}"
            yield Difference("wavelength", text)


def _size(job: Job, machine: Machine) -> Iterator[Difference]:
    limits = machine.limits
    if not 1 <= len(job.layers) <= limits.max_layers:
        yield Difference("exposure", f"layers={len(job.layers)} must be 1 to {limits.max_layers}")
    if job.height_nm > limits.build_height_nm:
        yield Difference("volume", f"height_nm={job.height_nm} must be at most {limits.build_height_nm}")


def _layers(job: Job, machine: Machine) -> Iterator[Difference]:
    """One line for each law that layers break: the first of them, and how many more."""
    broken: dict[str, tuple[int, Difference]] = {}
    top_nm = 0
    for at, layer in enumerate(job.layers):
        top_nm += layer.thickness_nm
        for law, difference in _laws(at, layer, top_nm, machine):
            broken[law] = (broken[law][0] + 1, broken[law][1]) if law in broken else (1, difference)
    for count, one in broken.values():
        yield Difference(one.code, one.text + (f" (and {count - 1} more)" if count > 1 else ""))


def _laws(at: int, layer: Layer, top_nm: int, machine: Machine) -> Iterator[tuple[str, Difference]]:
    limits, here = machine.limits, f"layer {at}:"
    if (layer.index, layer.top_nm) != (at, top_nm):
        text = f"{here} index={layer.index} must be {at}, and top_nm={layer.top_nm} must be {top_nm}"
        yield "sum", Difference("order", text)
    if not limits.min_thickness_nm <= layer.thickness_nm <= limits.max_thickness_nm:
        law = f"must be {limits.min_thickness_nm} to {limits.max_thickness_nm}"
        yield "thickness", Difference("thickness", f"{here} thickness_nm={layer.thickness_nm} {law}")
    if layer.thickness_nm % limits.thickness_step_nm:
        law = f"must be a multiple of {limits.thickness_step_nm}"
        yield "step", Difference("thickness", f"{here} thickness_nm={layer.thickness_nm} {law}")
    if not 1 <= len(layer.exposures) <= MOST_EXPOSURES:
        text = f"{here} {len(layer.exposures)} exposures must be 1 to {MOST_EXPOSURES}"
        yield "count", Difference("exposure", text)
    longest_s = max((one.exposure_s for one in layer.exposures), default=0)
    if longest_s > limits.max_exposure_s:
        text = f"{here} exposure_s={longest_s:g} must be at most {limits.max_exposure_s:g}"
        yield "exposure", Difference("exposure", text)
    for key, most in _motion_limits(layer.motion, machine):
        text = f"{here} {key}={getattr(layer.motion, key):g} must be at most {most:g}"
        yield key, Difference("motion", text)


def _motion_limits(motion: Motion, machine: Machine) -> Iterable[tuple[str, float]]:
    speed_mm_s = machine.limits.max_speed_mm_s
    most = {"lift_mm": machine.limits.max_lift_mm, "lift_mm_s": speed_mm_s, "retract_mm_s": speed_mm_s}
    return [(key, limit) for key, limit in most.items() if getattr(motion, key) > limit]


def _places(numbered: Numbered, machine: Machine) -> Iterator[Difference]:
    counts = [len(set(masks)) for masks in numbered.uses]
    most, places = max(counts, default=0), machine.holds.masks
    if most > places:
        text = f"layer {counts.index(most)}: {most} masks must be at most the {places} that it holds"
        yield Difference("mask-slots", text)


def _frames(job: Job, numbered: Numbered, machine: Machine) -> Iterator[Difference]:
    if not job.layers:
        return
    most = min(machine.max_payload_bytes, MOST_BYTES)
    longest = max(range(len(job.layers)), key=lambda at: len(numbered.uses[at]))
    sizes = {
        "name": len(to_json(job_request(job, "0" * MOST_ID))),
        # 100 bytes more than the longest one: other layers have fewer exposures, but may have longer numbers.
        f"layer {longest}": len(to_json(layer_request(job.layers[longest], numbered.uses[longest]))) + 100,
    }
    for what, size in sizes.items():
        if size > most:
            yield Difference("field", f"{what}: {size} bytes must be at most max_payload_bytes={most}")


def _mask_bytes(
    job: Job, numbered: Numbered, machine: Machine, mask_bytes: Callable[[Mask], int]
) -> Iterator[Difference]:
    pixels = job.panel.width_px * job.panel.height_px
    if pixels + job.panel.height_px + pixels // 100 + 1024 <= machine.max_mask_bytes:
        return  # a PNG never grows that much: nothing need be encoded to know that all masks fit
    for number, mask in enumerate(numbered.masks):
        size, most = mask_bytes(mask), machine.max_mask_bytes
        if size > most:
            yield Difference("mask-size", f"mask {number}: {size} bytes must be at most {most}")
