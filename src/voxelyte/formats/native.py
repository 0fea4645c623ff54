"""The package's own archive, `.voxelyte`: everything a job says, and each distinct picture once.

A zip of `manifest.json` and `masks/<n>.png`, described key by key in docs/archive-format.md. Nothing in it is
rounded, nothing is implied, and equal jobs make equal bytes. Masks stay in the file until they are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal
from zipfile import ZipFile

from pydantic import Field, JsonValue

from voxelyte.errors import FormatError, RecipeError
from voxelyte.formats import CARRIED, Content, Format
from voxelyte.formats._archive import Members, grey_pixels, opened, put
from voxelyte.job import Exposure, Job, Layer, Mask, Provenance, pixel_hash
from voxelyte.png import encode
from voxelyte.printer import Motion, Panel, Printer
from voxelyte.resin import Resin
from voxelyte.values import Positive, Text, Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
MANIFEST = "manifest.json"

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Height = Annotated[int, Field(ge=1, le=10**12, strict=True)]
LongText = Annotated[str, Field(strict=True, max_length=10**7)]
Name = Annotated[str, Field(strict=True, pattern="^[^/]+/[^/]+[.]png$", max_length=100)]


class MaskEntry(Value):
    """A picture: the hash of its pixel rows, and of the PNG as it is stored."""

    pixels_sha256: Hash
    png_sha256: Hash


class ExposureEntry(Value):
    """`mask` is the member's name."""

    mask: Name
    exposure_s: Positive
    power: Annotated[float, Field(gt=0, le=1, strict=True)]


class LayerEntry(Value):
    """One layer, from the plate up."""

    thickness_nm: Height
    top_nm: Height
    motion: Motion
    exposures: tuple[ExposureEntry, ...]


class ProvenanceEntry(Value):
    """Where the job comes from."""

    recipe: LongText
    parameters: dict[str, JsonValue]
    software: Text
    notes: tuple[Text, ...]


class Manifest(Value):
    """All of `manifest.json`. What this model refuses can be neither read nor written."""

    format: Literal["voxelyte"]
    version: Literal[1]
    name: Text
    printer: Printer
    resin: Resin
    provenance: ProvenanceEntry
    masks: dict[Name, MaskEntry]
    layers: tuple[LayerEntry, ...]


def write(job: Job, file: IO[bytes]) -> None:
    """Write the masks, each as soon as it is painted, and last the manifest."""
    with ZipFile(file, "w") as archive:
        names, entries = _write_masks(job, archive)
        put(archive, MANIFEST, _manifest(job, names, entries))


def _write_masks(job: Job, archive: ZipFile) -> tuple[dict[Mask, str], dict[str, MaskEntry]]:
    """Name of each mask, and what is said of each file; masks of equal pixels share one."""
    names: dict[Mask, str] = {}
    entries: dict[str, MaskEntry] = {}
    known: dict[str, str] = {}
    for mask in job.masks():
        pixels = mask.pixels()
        rows_hash = pixel_hash(pixels)
        if rows_hash not in known:
            known[rows_hash] = f"masks/{len(known)}.png"
            data = encode(pixels)
            png_hash = sha256(data).hexdigest()
            entries[known[rows_hash]] = MaskEntry(pixels_sha256=rows_hash, png_sha256=png_hash)
            put(archive, known[rows_hash], data)
        names[mask] = known[rows_hash]
    return names, entries


def _manifest(job: Job, names: dict[Mask, str], entries: dict[str, MaskEntry]) -> bytes:
    try:
        said = Manifest(
            format="voxelyte",
            version=VERSION,
            name=job.name,
            printer=job.printer,
            resin=job.resin,
            provenance=json.loads(json.dumps(asdict(job.provenance), allow_nan=False)),
            masks=entries,
            layers=tuple(_layer_entry(layer, names) for layer in job.layers),
        ).model_dump(mode="json")
        return json.dumps(said, indent=1, sort_keys=True, allow_nan=False).encode()
    except (RecipeError, ValueError, TypeError, RecursionError) as fault:
        raise FormatError(f"the job cannot be put into {MANIFEST}: {fault}") from None


def _layer_entry(layer: Layer, names: dict[Mask, str]) -> dict[str, Any]:
    return {
        "thickness_nm": layer.thickness_nm,
        "top_nm": layer.top_nm,
        "motion": layer.motion,
        "exposures": [
            {"mask": names[one.mask], "exposure_s": one.exposure_s, "power": one.power} for one in layer.exposures
        ],
    }


def read(content: Content) -> Job:
    """Read the manifest; a mask is read, decoded and checked when its pixels are asked for."""
    archive = opened(content)
    said = _parsed(archive.text(MANIFEST))
    _agreeing(said, archive)
    masks = {name: _mask(archive, name, entry, said.printer.panel) for name, entry in said.masks.items()}
    return Job(
        name=said.name,
        printer=said.printer,
        resin=said.resin,
        layers=tuple(_layers(said, masks)),
        provenance=Provenance(**dict(said.provenance)),
    )


def _parsed(text: str) -> Manifest:
    try:
        fields = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise FormatError(f"{MANIFEST}: {fault}") from None
    if not isinstance(fields, dict) or fields.get("format") != "voxelyte":
        raise FormatError(f"{MANIFEST}: says nowhere format=voxelyte")
    version = fields.get("version")
    if isinstance(version, int) and version > VERSION:
        raise FormatError(f"{MANIFEST}: version={version} is newer than {VERSION}, the newest known here")
    try:
        return Manifest.of(fields)
    except RecipeError as fault:
        raise FormatError(f"{MANIFEST}: {str(fault).replace(chr(10), '; ')}") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"key {twice!r} is there twice")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _agreeing(said: Manifest, archive: Members) -> None:
    """The parts of an archive must say the same: sums of thickness, names of masks, and nothing left over."""
    top_nm = 0
    for index, layer in enumerate(said.layers):
        top_nm += layer.thickness_nm
        if layer.top_nm != top_nm:
            raise FormatError(f"{MANIFEST}: layers.{index}.top_nm={layer.top_nm} must be {top_nm}, their sum")
        for exposure in layer.exposures:
            if exposure.mask not in said.masks:
                raise FormatError(f"{MANIFEST}: layers.{index}: masks does not list {exposure.mask}")
    for name in sorted({MANIFEST, *said.masks} ^ set(archive.names)):
        raise FormatError(f"{name}: is {'not in the manifest' if name in archive else 'missing'}")


def _mask(archive: Members, name: str, entry: MaskEntry, panel: Panel) -> Mask:
    def paint() -> NDArray[np.uint8]:
        data = archive.png(name, panel)
        if sha256(data).hexdigest() != entry.png_sha256:
            raise FormatError(f"{name}: its SHA-256 is not the manifest's png_sha256")
        pixels = grey_pixels(name, data, panel)
        if pixel_hash(pixels) != entry.pixels_sha256:
            raise FormatError(f"{name}: SHA-256 of its pixels is not the manifest's pixels_sha256")
        return pixels

    return Mask(panel, paint)


def _layers(said: Manifest, masks: dict[str, Mask]) -> Iterator[Layer]:
    for index, one in enumerate(said.layers):
        shown = tuple(Exposure(masks[e.mask], e.exposure_s, e.power) for e in one.exposures)
        yield Layer(index, one.thickness_nm, one.top_nm, shown, one.motion)


def recognises(content: Content) -> bool:
    """A zip whose manifest names this format; other formats have a manifest.json too."""
    try:
        return re.search(r'"format"\s*:\s*"voxelyte"', opened(content).text(MANIFEST)) is not None
    except FormatError:
        return False


FORMAT = Format(
    name="voxelyte",
    title="voxelyte archive",
    suffixes=(".voxelyte",),
    carries=frozenset(CARRIED),
    write=write,
    read=read,
    recognises=recognises,
)
