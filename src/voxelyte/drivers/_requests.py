"""What the host says of a job: the payloads of JOB, MASK and LAYER (docs/stream-protocol.md section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from voxelyte.drivers._frames import to_json
from voxelyte.errors import RecipeError
from voxelyte.job import Job, Layer, Mask
from voxelyte.printer import Panel

MOST_ID = 64


@dataclass(frozen=True)
class Numbered:
    """A job's distinct masks, numbered by first use, and the numbers that each layer shows."""

    masks: tuple[Mask, ...]
    uses: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, job: Job) -> Numbered:
        """One pass over the layers; nothing is painted."""
        numbers: dict[Mask, int] = {}
        uses = tuple(
            tuple(numbers.setdefault(one.mask, len(numbers)) for one in layer.exposures) for layer in job.layers
        )
        return cls(tuple(numbers), uses)


def job_request(job: Job, name: str) -> dict[str, Any]:
    """JOB, under the id `name`."""
    wavelength_nm = wavelength_of(job)
    return {
        "job": name, "name": job.name, "layers": len(job.layers), "height_nm": job.height_nm,
        "panel": _pixels(job.panel),
        **({} if wavelength_nm is None else {"wavelength_nm": wavelength_nm}),
    }  # fmt: skip


def mask_request(number: int, png: bytes, panel: Panel) -> dict[str, Any]:
    """MASK, which announces the bytes of a picture."""
    return {
        "mask": number, "encoding": "png", "bytes": len(png), "sha256": sha256(png).hexdigest(),
        "width_px": panel.width_px, "height_px": panel.height_px,
    }  # fmt: skip


def layer_request(layer: Layer, masks: Sequence[int]) -> dict[str, Any]:
    """LAYER, with the numbers of the masks that its exposures show."""
    exposures = [
        {"exposure": at, "mask": mask, "exposure_s": float(one.exposure_s), "power": float(one.power)}
        for at, (one, mask) in enumerate(zip(layer.exposures, masks, strict=True))
    ]
    return {
        "layer": layer.index, "thickness_nm": layer.thickness_nm, "top_nm": layer.top_nm,
        "motion": layer.motion.model_dump(), "exposures": exposures,
    }  # fmt: skip


def job_id(job: Job, numbered: Numbered, run_id: str | None = None) -> str:
    """The job's name on the wire: 32 hex digits of all that it asks for but its pixels, then `-run_id`."""
    digest = sha256(to_json(job_request(job, "")))
    for layer, masks in zip(job.layers, numbered.uses, strict=True):
        digest.update(to_json(layer_request(layer, masks)))
    name = digest.hexdigest()[:32] + (f"-{run_id}" if run_id else "")
    if len(name) > MOST_ID:
        raise RecipeError(f"run_id={run_id!r} must have at most {MOST_ID - 33} characters")
    return name


def wavelength_of(job: Job) -> float | None:
    """The light that the resin needs; where nobody knows it, the light of the job's printer."""
    return job.printer.wavelength_nm if job.resin.wavelength_nm is None else job.resin.wavelength_nm


def _pixels(panel: Panel) -> dict[str, Any]:
    return {
        "width_px": panel.width_px, "height_px": panel.height_px,
        "pitch_x_um": float(panel.pitch_x_um), "pitch_y_um": float(panel.pitch_y_um),
    }  # fmt: skip
