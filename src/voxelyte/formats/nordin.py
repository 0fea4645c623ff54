"""Print file of the Nordin group (Brigham Young University) for DLP printers, version 5: a zip of JSON and PNGs.

print_settings.json   Header            Schema version 5.x.x, Image directory
                      Design            remarks; its Comment holds what has no field (see below)
                      Default layer settings, Layers, and settings, layers and variables that have names
slices/NNNN.png       each distinct picture once, 8-bit grey, in the order of first use
slices/dark.png       only where a layer has no light

Source: github.com/3D-Printing-for-Microfluidics/3D_printer_json_print_file (README.md, schema_v5.json and the validator
beside it; CC-BY 4.0, restated in _nordin_rules.py and tests/nordin_schema.json), the group's controller 3D_printer_control
for the order of motion and light, and its design program, PyPI pymfcad 0.5.0: two files that it wrote were read here.

What is carried
- Thickness (µm), any number of exposures, their times (ms, not only whole ones), lift and speeds (mm, mm/s), waits. All
  numbers are decimals of as many digits as they need. The schema allows at most 10 s at once: a longer exposure is
  written in parts of 10 s with no rest between, the later ones with the Comment `continued`; up to 1000 s.
- A layer of the file begins with the motion that leaves the layer below it. A job has motion after a layer: layer k's is
  written in layer k + 1, and the last one's in the default settings, by which the group's controller lifts the film.
  Waits of a job stand at its first and last exposure (Wait before, Wait after exposure); Initial, Up and Final wait are 0.
- Power in thousandths of full, which is the field's own scale; any other power is a loss.
- Wavelength in whole nm. 0 is written where the printer's profile has none; no light engine takes it, so that nothing
  is lit by a guess.
- Pixel pitch, mirrors, name and provenance: as JSON in Design's Comment, which the specification ignores.

What the format has and a job has not is written so that it changes nothing: no offsets, no focus, no mirrors (pictures
are stored as the panel is fed with them), no correction, no techniques; the schema's own acceleration (20 mm/s²) and
light engine (visitech); defaults without light. When read, offsets, focus, mirrors, techniques that are switched on,
layers without thickness, rests between exposures, and more than one light engine are refused by name. Acceleration, rest
above the resin and correction of irradiance are not held either; a job that was read says so in its notes.

A foreign file has no pixel pitch. It is that of the printer, where pymfcad knows it, or what a person writes into Design.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import IO
from zipfile import ZipFile

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.formats import Content, Format
from voxelyte.formats._archive import Members, holds, opened, put
from voxelyte.formats._foreign import MAX_LAYERS, Origin, Read, foreign_job, foreign_panel
from voxelyte.formats._nordin_design import Known, heard
from voxelyte.formats._nordin_layers import PrintFile
from voxelyte.formats._nordin_read import Light, Shown, light_of, motions, remarks, shown
from voxelyte.formats._nordin_rules import MEMBER
from voxelyte.formats._nordin_write import (
    DARK,
    DIRECTORY,
    MS,
    POWER,
    exposure_law,
    motion_law,
    power_law,
    print_settings,
    wavelength_law,
)
from voxelyte.job import Exposure, Job, Mask
from voxelyte.png import encode, size
from voxelyte.printer import MAX_PIXELS, Panel

SUFFIX = ".nordin.zip"


def write(job: Job, file: IO[bytes]) -> None:
    """Write each distinct picture as soon as it is painted, and then the settings."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    names: dict[Mask, str] = {}
    with ZipFile(file, "w") as archive:
        for mask in job.masks():
            names[mask] = f"{len(names):04}.png"
            put(archive, f"{DIRECTORY}/{names[mask]}", encode(mask.pixels()))
        if any(not layer.exposures for layer in job.layers):
            dark = np.zeros((job.panel.height_px, job.panel.width_px), dtype=np.uint8)
            put(archive, f"{DIRECTORY}/{DARK}", encode(dark))
        put(archive, MEMBER, print_settings(job, names))


def read(content: Content) -> Job:
    """Read a job; pictures are decoded when their pixels are asked for, and must all have the first one's size."""
    archive = opened(content)
    file = PrintFile(archive.text(MEMBER))
    layers = shown(file)
    lights = [light for layer in layers for light in layer.lights]
    usual = light_of(file.directory, file.image)
    engine = _one_engine(lights) or usual.engine
    known = heard(file.design, engine[0])
    panel = _panel(archive, lights[0].member if lights else usual.member, known)
    told = remarks(file, layers)
    job = foreign_job(panel, _rows(file, layers, lights, archive, panel), SUFFIX, _origin(file, known, engine, told))
    if known.provenance is None:
        return job
    own = known.provenance
    return replace(job, provenance=replace(own, notes=(*own.notes, *told)))


def _one_engine(lights: list[Light]) -> tuple[str, int] | None:
    engines = sorted({light.engine for light in lights})
    if len(engines) > 1:
        said = " and ".join(f"{name} at {nm} nm" for name, nm in engines[:2])
        raise FormatError(f"{MEMBER}: exposures by {said}: a job holds one light engine")
    return engines[0] if engines else None


def _panel(archive: Members, member: str, known: Known) -> Panel:
    data = archive.read(member, 4 * MAX_PIXELS)
    try:
        width_px, height_px = size(data)
    except FormatError as fault:
        raise FormatError(f"{member}: {fault}") from None
    return foreign_panel(width_px=width_px, height_px=height_px, **known.panel)


def _rows(file: PrintFile, layers: list[Shown], lights: list[Light], archive: Members, panel: Panel) -> Iterator[Read]:
    masks = archive.masks((light.member for light in lights), panel)
    for layer, motion in zip(layers, motions(file, layers), strict=True):
        exposures = tuple(
            Exposure(next(masks), MS.heard(light.time_ms), POWER.heard(light.power)) for light in layer.lights
        )
        yield Read(layer.thickness_nm, exposures, motion)


def _origin(file: PrintFile, known: Known, engine: tuple[str, int], told: tuple[str, ...]) -> Origin:
    design = file.design
    return Origin(
        name=known.name,
        printer=design.text("3D printer", ""),
        resin=design.text("Resin", ""),
        software=design.text("Slicer", ""),
        wavelength_nm=engine[1] or None,
        notes=(*known.notes, *told),
    )


FORMAT = Format(
    name="nordin",
    title="Nordin group (BYU) print file, version 5",
    suffixes=(SUFFIX,),
    carries=frozenset(
        {
            "thickness",
            "exposure",
            "exposures",
            "motion",
            "power",
            "grey",
            "pitch",
            "mirror",
            "wavelength",
            "name",
            "provenance",
        }
    ),
    laws={"exposure": exposure_law, "motion": motion_law, "power": power_law, "wavelength": wavelength_law},
    write=write,
    read=read,
    recognises=lambda content: holds(content, MEMBER),
    notes=(
        "power in whole thousandths of full; exposures above 10 s are written in parts of 10 s",
        "the light engine is written as visitech, the schema's default; a wavelength that nobody stated as 0 nm",
        "files of other programs: the pixel pitch is their printer's, or must be written into Design",
    ),
    checked=("jsonschema (published rules, restated)", "Pillow (pictures)"),
)
