"""A plain stack of PNGs, in a zip (`.pngs.zip`) or in a folder (`.pngs`), for people and for any other program.

layers/NNNNN.png      from 00001, one for each layer, 8-bit grey, the size of the panel
layers/NNNNN_2.png    a second exposure of that layer, NNNNN_3.png a third, ...
manifest.json         everything but the pixels, with units in its keys; `about` explains it
layers.csv            the same layers as a table, a row for each exposure

Every layer has its picture, also one that shows what another does, or nothing: sorted by name, the first
pictures are the film. The manifest is what is read; its keys are those of `_pngs_manifest`. A table that says otherwise,
or a picture in layers/ that the manifest does not list, is refused: somebody changed one and not the other.

What is carried: all that prints, and the job's name. Profiles and provenance are not: the package's own
archive holds those. The format is this package's own; Pillow and the standard library read its members in a test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO
from zipfile import ZipFile

import numpy as np

from voxelyte.errors import FormatError, RecipeError
from voxelyte.formats import CARRIED, Content, Format
from voxelyte.formats._archive import Members, opened, put
from voxelyte.formats._foreign import MAX_LAYERS, Origin, Read, foreign_job
from voxelyte.formats._json import written
from voxelyte.formats._pictures import Pictures
from voxelyte.formats._pngs_manifest import ABOUT, MANIFEST, NAME, ExposureEntry, LayerEntry, Manifest, read_manifest
from voxelyte.formats._pngs_table import TABLE, agree, table
from voxelyte.job import Exposure, Job, Layer
from voxelyte.png import encode
from voxelyte.printer import Panel


def write(job: Job, file: IO[bytes]) -> None:
    """Write every picture, encoding equal masks once, then the manifest and the table."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    said = _manifest(job)
    with ZipFile(file, "w") as archive:
        for entry, (_, pictures) in zip(said.layers, Pictures(job, encode).all(), strict=True):
            for one, data in zip(entry.exposures, pictures or [_dark(job.panel)], strict=True):
                put(archive, one.png, data)
        put(archive, MANIFEST, written(said.model_dump(mode="json")))
        put(archive, TABLE, table(said))


def _dark(panel: Panel) -> bytes:
    return encode(np.zeros((panel.height_px, panel.width_px), dtype=np.uint8))


def _manifest(job: Job) -> Manifest:
    digits = max(5, len(str(len(job.layers))))
    try:
        return Manifest(
            format=NAME,
            version=1,
            about=ABOUT,
            name=job.name,
            software=job.provenance.software,
            printer=job.printer.name,
            resin=job.resin.name,
            wavelength_nm=job.printer.wavelength_nm,
            panel=job.panel,
            layers=tuple(_entry(layer, f"layers/{layer.index + 1:0{digits}}") for layer in job.layers),
        )
    except RecipeError as fault:
        raise FormatError(f"the job cannot be put into {MANIFEST}: {str(fault).replace(chr(10), '; ')}") from None


def _entry(layer: Layer, stem: str) -> LayerEntry:
    shown = [(one.exposure_s, one.power) for one in layer.exposures] or [(0.0, 0.0)]
    exposures = [
        ExposureEntry(png=f"{stem}_{number}.png" if number > 1 else f"{stem}.png", exposure_s=lit_s, power=power)
        for number, (lit_s, power) in enumerate(shown, 1)
    ]
    return LayerEntry(
        layer=layer.index + 1,
        thickness_nm=layer.thickness_nm,
        top_nm=layer.top_nm,
        motion=layer.motion,
        exposures=tuple(exposures),
    )


def read(content: Content) -> Job:
    """Read the manifest; pictures are decoded when their pixels are asked for."""
    archive = opened(content)
    said = read_manifest(archive.text(MANIFEST))
    if TABLE in archive:
        agree(archive.text(TABLE), said)
    _all_listed(said, archive)
    told = Origin(
        name=said.name,
        printer=said.printer,
        resin=said.resin,
        software=said.software,
        wavelength_nm=said.wavelength_nm,
    )
    return foreign_job(said.panel, _read_layers(said, archive), ".pngs.zip", told)


def _all_listed(said: Manifest, archive: Members) -> None:
    listed = {one.png for layer in said.layers for one in layer.exposures}
    for name in archive.names:
        if name.startswith("layers/") and name.lower().endswith(".png") and name not in listed:
            raise FormatError(f"{name}: is not in {MANIFEST}")


def _read_layers(said: Manifest, archive: Members) -> Iterator[Read]:
    masks = archive.masks([one.png for layer in said.layers for one in layer.exposures], said.panel)
    for layer in said.layers:
        shown = list(zip(layer.exposures, masks, strict=False))  # the masks go on in the next layer
        lit = tuple(Exposure(mask, one.exposure_s, one.power) for one, mask in shown if one.power)
        yield Read(layer.thickness_nm, lit, layer.motion)


def recognises(content: Content) -> bool:
    """A zip or folder whose manifest names this format; other formats have a manifest.json too."""
    try:
        return re.search(rf'"format"\s*:\s*"{NAME}"', opened(content).text(MANIFEST)) is not None
    except FormatError:
        return False


FORMAT = Format(
    name="pngs",
    title="PNG stack with JSON and CSV",
    suffixes=(".pngs.zip", ".pngs"),
    folders=(".pngs",),
    carries=frozenset(CARRIED) - {"profiles", "provenance"},
    write=write,
    read=read,
    recognises=recognises,
    checked=("Pillow (pictures)", "Python's json and csv"),
    notes=("a zip, or with .pngs a folder",),
)
