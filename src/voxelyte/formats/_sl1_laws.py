"""The SL1's own rules for exposures and thicknesses, as its firmware (sla-fw, 2024) applies them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from voxelyte.formats._losses import Loss, touching, unequal
from voxelyte.job import Job, Layer

MAX_FADE = 200  # the firmware's bound for numFade
LEAST_LAYER_NM = 10_000  # below, the firmware takes stepNum for the thickness


def usual_nm(job: Job) -> int:
    """The commonest thickness."""
    return Counter(layer.thickness_nm for layer in job.layers).most_common(1)[0][0]


def layer_ms(layer: Layer) -> int:
    """The time of its first exposure, to the next whole ms."""
    return max(1, round(layer.exposures[0].exposure_s * 1000)) if layer.exposures else 1


def times(job: Job) -> tuple[int, int, int]:
    """Values of expTimeFirst and expTime in ms, and numFade; by layer 0 and the commonest where none fits."""
    times_ms = [layer_ms(layer) for layer in job.layers]
    fade_layers = _fade(times_ms)
    if fade_layers is None:
        return times_ms[0], Counter(times_ms).most_common(1)[0][0], 2
    return times_ms[0], times_ms[-1], fade_layers


def _fade(times_ms: list[int]) -> int | None:
    """The least numFade by which the firmware makes these times; None where no numFade does."""
    head, normal_ms = times_ms[:MAX_FADE], times_ms[-1]
    if any(one != normal_ms for one in times_ms[MAX_FADE:]):
        return None
    fades = range(2, MAX_FADE + 1)
    return next((fade for fade in fades if fade_ms(head[0], normal_ms, fade, len(head)) == head), None)


def fade_ms(first_ms: int, normal_ms: int, fade_layers: int, count: int) -> list[int]:
    """Exposure of each of `count` layers as the firmware computes it, in ms; `fade_layers` is at least 2."""
    step_ms = (first_ms - normal_ms) / (fade_layers - 1)
    faded = [int(first_ms - index * step_ms) for index in range(1, min(count, fade_layers - 1))]
    return [first_ms, *faded, *[normal_ms] * (count - 1 - len(faded))]


def exposure_law(job: Job) -> Loss | None:
    """A loss of exposures that are no whole ms, or that the machine's fade does not make."""
    if not job.layers:
        return None
    parts = [layer for layer in job.layers if _cuts_ms(layer)]
    if parts or _fade([layer_ms(layer) for layer in job.layers]):
        return touching("exposure", "not a whole number of ms", parts)
    loss = unequal("exposure", job, layer_ms, lambda layer: f"{layer_ms(layer) / 1000:g} s")
    return loss and replace(loss, text=f"{loss.text}; the machine's own fade makes no such list")


def _cuts_ms(layer: Layer) -> bool:
    return any(layer_ms(layer) / 1000 != one.exposure_s for one in layer.exposures[:1])


def thickness_law(job: Job) -> Loss | None:
    """A loss of thicknesses that differ, or that are too small."""
    thin = [layer for layer in job.layers if layer.thickness_nm < LEAST_LAYER_NM]
    if thin:
        return touching("thickness", f"below {LEAST_LAYER_NM // 1000} µm", thin)
    return unequal("thickness", job, lambda one: one.thickness_nm, lambda one: f"{one.thickness_um:g} µm")
