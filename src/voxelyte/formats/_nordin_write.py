"""A job as a print file of version 5: every layer states its own settings, and the defaults light nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from voxelyte.formats._losses import Loss, touching
from voxelyte.formats._nordin_design import told
from voxelyte.formats._nordin_rules import FULL_POWER, MAX_EXPOSURE_MS
from voxelyte.formats._numbers import NM_PER_UM, Unit, plain
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.printer import Motion

DIRECTORY, DARK = "slices", "dark.png"
LIGHT_ENGINE = "visitech"
ACCELERATION_MM_S2 = 20
"""The schema's own defaults for what a job does not say."""

CONTINUED = "continued"
MAX_PARTS = 100

MS, MM, POWER = Unit(1000, "decimal"), Unit(1, "decimal"), Unit(FULL_POWER, "whole")


Names = Mapping[Mask, str]
"""The file name of each mask."""


def print_settings(job: Job, names: Names) -> bytes:
    """`print_settings.json`; numbers are written with as many digits as they have."""
    last = job.layers[-1]
    said = {
        "Header": {"Schema version": "5.0.0", "Image directory": DIRECTORY},
        "Design": told(job),
        "Default layer settings": {
            "Number of duplications": 1,
            "Position settings": _position(last, last.motion),
            "Image settings": _dark(next(iter(names.values()), DARK)) | _engine(job),
        },
        "Layers": [_layer(job, layer, names) for layer in job.layers],
    }
    return _text(said).encode()


def _layer(job: Job, layer: Layer, names: Names) -> dict[str, Any]:
    """Its exposures, and before them the motion that the job has after the layer below."""
    motion = job.layers[max(0, layer.index - 1)].motion
    position = {key: value for key, value in _position(layer, motion).items() if "acceleration" not in key}
    images = [part for one in layer.exposures for part in _parts(one, names)] or [_dark(DARK)]
    images[0]["Wait before exposure (ms)"] = MS.told(layer.motion.wait_before_exposure_s)
    images[-1]["Wait after exposure (ms)"] = MS.told(layer.motion.wait_after_exposure_s)
    return {"Position settings": position, "Image settings list": images}


def _position(layer: Layer, motion: Motion) -> dict[str, Any]:
    lift_mm = MM.told(motion.lift_mm) or Decimal(layer.thickness_nm) / 1_000_000
    return {
        "Layer thickness (um)": Decimal(layer.thickness_nm) / NM_PER_UM,
        "Distance up (mm)": lift_mm,
        "Initial wait (ms)": 0,
        "BP up speed (mm/sec)": MM.told(motion.lift_mm_s),
        "BP up acceleration (mm/sec^2)": ACCELERATION_MM_S2,
        "Up wait (ms)": 0,
        "BP down speed (mm/sec)": MM.told(motion.retract_mm_s),
        "BP down acceleration (mm/sec^2)": ACCELERATION_MM_S2,
        "Final wait (ms)": 0,
    }


def _parts(exposure: Exposure, names: Names) -> Iterator[dict[str, Any]]:
    """The exposure, in parts of at most 10 s: the schema allows no longer one."""
    left_ms = min(MS.told(exposure.exposure_s), Decimal(MAX_PARTS * MAX_EXPOSURE_MS))
    power = max(1, int(POWER.told(exposure.power)))
    part = _dark(names[exposure.mask]) | {"Light engine power setting": power}
    while left_ms > 0:
        yield part | {"Layer exposure time (ms)": min(left_ms, Decimal(MAX_EXPOSURE_MS))}
        left_ms -= MAX_EXPOSURE_MS
        part["Comment"] = CONTINUED


def _dark(name: str) -> dict[str, Any]:
    return {
        "Image file": name,
        "Layer exposure time (ms)": 0,
        "Light engine power setting": 0,
        "Wait before exposure (ms)": 0,
        "Wait after exposure (ms)": 0,
    }


def _engine(job: Job) -> dict[str, Any]:
    """0 nm stands for a wavelength that nobody stated; no light engine has it. What may turn a picture is off."""
    return {
        "Do grayscale correction": False,
        "Mirror image short axis": False,
        "Mirror image long axis": False,
        "Light engine": LIGHT_ENGINE,
        "Light engine wavelength (nm)": round(job.printer.wavelength_nm or 0),
        "Relative focus position (um)": 0,
    }


def _text(value: object, indent: str = "") -> str:
    """JSON whose decimals are exact."""
    deeper = f"{indent} "
    if isinstance(value, dict):
        rows = [f"{deeper}{json.dumps(key)}: {_text(one, deeper)}" for key, one in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + _text(one, deeper) for one in value) + f"\n{indent}]"
    if isinstance(value, Decimal):
        digits = plain(value)
        return digits if len(digits) < 40 else str(value)
    return json.dumps(value)


def exposure_law(job: Job) -> Loss | None:
    """A loss of exposures that are longer than all their parts may be."""
    most_s = MAX_PARTS * MAX_EXPOSURE_MS / 1000
    long = (layer for layer in job.layers if any(one.exposure_s > most_s for one in layer.exposures))
    return touching("exposure", f"more than {most_s:g} s", long)


def motion_law(job: Job) -> Loss | None:
    """A loss of layers that are not lifted: the schema wants a distance above 0."""
    return touching("motion", "no lift", (layer for layer in job.layers if not layer.motion.lift_mm))


def power_law(job: Job) -> Loss | None:
    """A loss of powers that are no whole thousandth of full."""
    off = (layer for layer in job.layers if not all(POWER.keeps(one.power) for one in layer.exposures))
    return touching("power", f"not a whole 1/{FULL_POWER} of full", off)


def wavelength_law(job: Job) -> Loss | None:
    """A loss of a wavelength that is no whole number of nm, or rounds to none."""
    nm = job.printer.wavelength_nm
    off = nm is not None and (nm != round(nm) or not round(nm))
    return touching("wavelength", f"{nm} nm is not a whole number", job.layers if off else ())
