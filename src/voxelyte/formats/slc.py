"""SLC 2.0 of 3D Systems (1994): the outlines of each layer with their own heights. Asiga's Composer opens it.

Little endian; `float` is 32 bits; every length is in mm here (a file that is read may say INCH).

header     ASCII, at most 2048 bytes with its end: `-SLCVER 2.0 -UNIT MM -TYPE PART -PACKAGE voxelyte
           -EXTENTS x,x y,y z,z -CHORDDEV s`, ended by 0D 0A 1A
reserved   256 zero bytes
sampling   u8 count, then for each range of equal layers four floats: its least z, layer thickness, line-width
           compensation (0), reserved (0)
layers     from the plate up: float least z, u32 boundaries; for each boundary u32 vertices, u32 gaps (0), then
           float x, y of each vertex, the last being the first again; outer ones run counter-clockwise, holes clockwise
end        float greatest z, u32 FFFFFFFF

Sources: 3D Systems' specification, reprinted at paulbourke.org/dataformats/slc, and public readers that agree with it.

Frame. x and y count from the plate's front left corner and not from its centre as in the rest of the package: so the
edges of the panel's pixels lie at whole multiples of its pitch, for odd numbers of pixels too, and no coordinate of a
film on the plate is negative. +x is right and +y back, as one looks down on the film lying on its plate; no mirror
of the panel is applied.

What is carried
- Each layer's outline, drawn so that a chord leaves its curve by at most 1/1024 of a pixel (-CHORDDEV says how much):
  that is under half a grey level in any pixel. A disc's polygon has the disc's own area. Coordinates are rounded to
  32-bit floats: by at most 2 nm below 64 mm, 4 nm below 128 mm, 8 nm below 256 mm.
- Heights and thicknesses. What a reader would not find again to the nm is a loss (up to six digits in mm always come
  back), and so are more than 255 ranges of equal thickness.
- Neither exposures nor motion, lamp power, panel or names: the machine's own settings count. Equal ones are
  therefore no loss; ones that differ between layers are.

An SLC is read as a design (`contours.ContourSolid`), which is then sliced for a printer: it holds no masks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import IO

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.formats import Content, Format
from voxelyte.formats._losses import Loss, touching
from voxelyte.formats._numbers import NM_PER_MM, Unit, plain
from voxelyte.formats._outlines import ContourLayer, Contours
from voxelyte.formats._slc_read import MAX_RANGES, read_contours, recognises
from voxelyte.job import Job, Layer
from voxelyte.printer import Panel
from voxelyte.region import EMPTY, Bounds, Part, Region
from voxelyte.shapes import Ring

__all__ = ["FORMAT", "ContourLayer", "Contours", "read_contours", "sagitta_um"]

SAGITTA_PIXELS = 1 / 1024
HEIGHT = Unit(1, "float32")
COPIES_AT_ONCE = 4096
LAST = 0xFFFFFFFF


def sagitta_um(panel: Panel) -> float:
    """How far the written polygons leave their curves."""
    return min(panel.pitch_x_um, panel.pitch_y_um) * SAGITTA_PIXELS


def write(job: Job, file: IO[bytes]) -> None:
    """Write the outlines that the masks were painted from; neighbours of equal outlines share the work."""
    if not job.layers:
        raise FormatError("a job without layers has no contours")
    file.write(_header(job).encode("ascii") + b"\r\n\x1a" + bytes(256))
    starts = [group[0] for group in _ranges(job)[:MAX_RANGES]]
    file.write(struct.pack("<B", len(starts)))
    for first in starts:
        file.write(struct.pack("<4f", _bottom_mm(first), first.thickness_nm / NM_PER_MM, 0, 0))
    known: tuple[Region, bytes] = EMPTY, struct.pack("<I", 0)
    for layer in job.layers:
        section = _section(layer)
        if section is not known[0]:
            known = section, _boundaries(section, job.panel)
        file.write(struct.pack("<f", _bottom_mm(layer)) + known[1])
    file.write(struct.pack("<fI", job.height_nm / NM_PER_MM, LAST))


def _header(job: Job) -> str:
    x0, y0, x1, y1 = (um / 1000 for um in _bounds_um(job))
    extents = f"{x0:.6f},{x1:.6f} {y0:.6f},{y1:.6f} 0.000000,{job.height_nm / NM_PER_MM:.6f}"
    chord = plain(Decimal(repr(sagitta_um(job.panel))) / 1000)
    return f"-SLCVER 2.0 -UNIT MM -TYPE PART -PACKAGE voxelyte -EXTENTS {extents} -CHORDDEV {chord}"


def _bounds_um(job: Job) -> Bounds:
    """Of all that is solid, from the plate's corner; the plate's centre where nothing is."""
    solid = {section.bounds_um for section in map(_section, job.layers) if section.parts} or {EMPTY.bounds_um}
    (x0, y0, x1, y1), (x, y) = zip(*solid, strict=True), _corner_um(job.panel)
    return min(x0) + x, min(y0) + y, max(x1) + x, max(y1) + y


def _corner_um(panel: Panel) -> tuple[float, float]:
    """From the plate's front left corner to its centre."""
    width_um, depth_um = panel.size_um
    return width_um / 2, depth_um / 2


def _bottom_mm(layer: Layer) -> float:
    return (layer.top_nm - layer.thickness_nm) / NM_PER_MM


def _ranges(job: Job) -> list[list[Layer]]:
    """Neighbours of equal thickness."""
    return [list(group) for _, group in groupby(job.layers, lambda layer: layer.thickness_nm)]


def _section(layer: Layer) -> Region:
    """What the layer's first mask was painted from; nothing, where it has no light."""
    if not layer.exposures:
        return EMPTY
    section = layer.exposures[0].mask.section
    if section is None:
        raise FormatError("the job holds pictures, not contours: slice the recipe to .slc")
    return section


def _boundaries(section: Region, panel: Panel) -> bytes:
    """The number of boundaries, and all of them."""
    rings = [(part, ring) for part in section.parts for ring in part.rings(sagitta_um(panel))]
    count = sum(part.places.count for part, _ in rings)
    copies = (block for part, ring in rings for block in _copies(part, ring, panel))
    return b"".join((struct.pack("<I", count), *copies))


def _copies(part: Part, ring: Ring, panel: Panel) -> Iterator[bytes]:
    """One ring at all its places, some thousand at a time."""
    closed, corner_um = np.concatenate((ring, ring[:1])), _corner_um(panel)
    boundary = np.dtype([("vertices", "<u4"), ("gaps", "<u4"), ("mm", "<f4", closed.shape)])
    for start in range(0, part.places.count, COPIES_AT_ONCE):
        copies = part.copies(closed, slice(start, start + COPIES_AT_ONCE))
        block = np.zeros(len(copies), dtype=boundary)
        block["vertices"], block["mm"] = len(closed), (copies + corner_um) / 1000
        yield block.tobytes()


def thickness_law(job: Job) -> Loss | None:
    """Heights that a 32-bit number of mm does not give back to the nm; and what is beyond 255 ranges."""
    fine = [layer for layer in job.layers if not _keeps(layer)]
    if fine:
        return touching("thickness", "heights finer than a 32-bit number of mm", fine)
    ranges = _ranges(job)
    beyond = (layer for group in ranges[MAX_RANGES:] for layer in group)
    return touching("thickness", f"{len(ranges)} ranges of equal thickness, of {MAX_RANGES} possible:", beyond)


def _keeps(layer: Layer) -> bool:
    heights = layer.thickness_nm, layer.top_nm - layer.thickness_nm, layer.top_nm
    return all(HEIGHT.keeps(nm / NM_PER_MM) for nm in heights)


def read(content: Content) -> Job:
    """Raise FormatError: there are no masks in it."""
    read_contours(content)
    raise FormatError("holds contours, not masks: slice it for a printer (voxelyte slice FILE --printer NAME)")


FORMAT = Format(
    name="slc",
    title="SLC contours, for Asiga's Composer",
    suffixes=(".slc",),
    carries=frozenset({"thickness"}),
    silent=frozenset({"exposure", "motion", "power"}),
    laws={"thickness": thickness_law},
    write=write,
    read=read,
    recognises=recognises,
    notes=(
        "exposure, wavelength and motion are not in the file: enter them at the machine (voxelyte export writes a sheet)",
    ),
    contours=True,
)
