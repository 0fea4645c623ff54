"""Every distinct picture as a PNG, and a table that says in which layers it is shown."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxelyte.job import Job, Layer, Mask, pixel_hash
from voxelyte.png import encode

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = 128
"""Grey level of a pixel that is covered to one half: what a panel without greys lights."""

TABLE = "layers.csv"
COLUMNS = (
    *("layer", "bottom_um", "top_um", "thickness_um"),
    *("exposure_s", "power", "mask", "lit_mm2", "png_sha256", "pixels_sha256"),
)


@dataclass(frozen=True)
class Picture:
    """One distinct picture, `name`.png, and its areas in mm².

    `drawn_mm2` is that of the section it was painted from, `binary_mm2` that of pixels covered to at least one half;
    None where it is not known, or was not asked for.
    """

    name: str
    lit_mm2: float
    drawn_mm2: float | None
    binary_mm2: float | None
    png_sha256: str
    pixels_sha256: str


def write_masks(job: Job, folder: Path, binary: bool) -> dict[Mask, Picture]:
    """Write mask-1.png, … and layers.csv; with `binary` also mask-1-binary.png, as a panel without greys would show it."""
    folder.mkdir()
    known: dict[str, Picture] = {}
    pictures: dict[Mask, Picture] = {}
    for mask in job.masks():
        pixels = mask.pixels()
        rows = pixel_hash(pixels)
        if rows not in known:
            known[rows] = _written(mask, pixels, folder / f"mask-{len(known) + 1}", rows, binary)
        pictures[mask] = known[rows]
    (folder / TABLE).write_text(_table(job, pictures), encoding="utf-8", newline="\n")
    return pictures


def _written(mask: Mask, pixels: NDArray[np.uint8], path: Path, rows: str, binary: bool) -> Picture:
    """Write a picture and, where it is asked for, its binary twin."""
    data, pixel_mm2 = encode(pixels), mask.panel.pixel_area_um2 / 1e6
    path.with_suffix(".png").write_bytes(data)
    if binary:
        path.with_name(f"{path.name}-binary.png").write_bytes(encode(binary_of(pixels)))
    return Picture(
        name=path.name,
        lit_mm2=float(pixels.sum(dtype=np.uint64)) / 255 * pixel_mm2,
        drawn_mm2=None if mask.section is None else mask.section.area_um2 / 1e6,
        binary_mm2=int(np.count_nonzero(pixels >= HALF)) * pixel_mm2 if binary else None,
        png_sha256=sha256(data).hexdigest(),
        pixels_sha256=rows,
    )


def binary_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture without greys."""
    return np.where(pixels >= HALF, np.uint8(255), np.uint8(0))


def _table(job: Job, pictures: dict[Mask, Picture]) -> str:
    """One line for each exposure; a layer without light has one without a mask."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for layer in job.layers:
        table.writerows([*_heights(layer), *cells] for cells in _exposures(layer, pictures))
    return text.getvalue()


def _heights(layer: Layer) -> list[str]:
    bottom_um = (layer.top_nm - layer.thickness_nm) / 1000
    return [str(layer.index + 1), *(f"{um:.12g}" for um in (bottom_um, layer.z_um, layer.thickness_um))]


def _exposures(layer: Layer, pictures: dict[Mask, Picture]) -> Iterable[list[str]]:
    if not layer.exposures:
        yield ["0", "0", "", "0", "", ""]
    for one in layer.exposures:
        shown = pictures[one.mask]
        hashes = shown.png_sha256, shown.pixels_sha256
        yield [f"{one.exposure_s:.12g}", f"{one.power:.12g}", f"{shown.name}.png", f"{shown.lit_mm2:.6f}", *hashes]
