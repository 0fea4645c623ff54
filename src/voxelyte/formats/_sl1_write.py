"""Writes an SL1 archive: pictures, thumbnails, and the two lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats._archive import put
from voxelyte.formats._coloured import as_rgb
from voxelyte.formats._ini import cut_text, written
from voxelyte.formats._numbers import NM_PER_MM
from voxelyte.formats._pictures import Pictures, lit
from voxelyte.formats._sl1_laws import times, usual_nm
from voxelyte.formats._sl1_names import CONFIG, MAX_LAYERS, MODELS, SLICER, THUMBNAILS, job_dir, picture_name
from voxelyte.formats._sl1_slicer import slicer_fields
from voxelyte.job import Job
from voxelyte.png import encode

CREATED = datetime(1980, 1, 1, tzinfo=UTC)
"""The creation time that is written unless a caller gives another: zip's own epoch. Nothing
of the print depends on it, and the time of writing would make two files of one job differ."""


def write(job: Job, file: IO[bytes], created: datetime = CREATED) -> None:
    """Write a PNG for each layer, encoding equal masks once, and then what goes with them."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    folder, used_ml, pictures = job_dir(job.name), 0.0, Pictures(job, _encoded)
    with ZipFile(file, "w") as archive:
        for layer, (data, lit_px) in pictures.firsts():
            put(archive, picture_name(folder, layer.index), data)
            used_ml += lit_px * job.panel.pixel_area_um2 * layer.thickness_um * 1e-12
        for name, size in THUMBNAILS.items():
            put(archive, name, as_rgb(pictures.thumbnail.picture(*size)))
        put(archive, CONFIG, written(_config(job, folder, used_ml, created)))
        put(archive, SLICER, written(slicer_fields(job)))


def _encoded(pixels: NDArray[np.uint8]) -> tuple[bytes, float]:
    """A mask's PNG and its lit pixels."""
    return encode(pixels), lit(pixels) / 255


def _config(job: Job, folder: str, used_ml: float, created: datetime) -> dict[str, object]:
    first_ms, normal_ms, fade_layers = times(job)
    thickness_mm = cut_text(usual_nm(job), NM_PER_MM)
    return {
        "action": "print",
        "jobDir": folder,
        "hollow": 0,
        "expUserProfile": 0,  # the machine's own default tilt
        "expTime": cut_text(normal_ms, 1000),
        "expTimeFirst": cut_text(first_ms, 1000),
        "numFade": fade_layers,
        "layerHeight": thickness_mm,
        "layerHeightFirst": thickness_mm,
        "numFast": len(job.layers),
        "numSlow": 0,  # uv3dp takes numFast for the number of layers
        "printTime": f"{job.time_s:.3f}",
        "usedMaterial": f"{used_ml:.6f}",
        "fileCreationTimestamp": created.astimezone(UTC).strftime("%Y-%m-%d at %H:%M:%S UTC"),
        "materialName": job.resin.name,
        "printProfile": f"{usual_nm(job) / 1000:g} um",
        "printerModel": MODELS.get(job.printer.name, job.printer.name),
        "printerProfile": job.printer.title,
        "printerVariant": "default",
        "prusaSlicerVersion": job.provenance.software or "voxelyte",
    }
