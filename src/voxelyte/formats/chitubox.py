"""ChiTuBox's zip for machines that run g-code: a picture for each layer, and all that the machine does as text.

run.gcode             header of `;key:value`, then the body, see `_chitubox_body`
1.png, 2.png, …       8-bit grey, the size of the panel, from 1 without zeros before it
preview.png           954 x 850, RGB           preview_cropping.png      168 x 150, RGB

A layer of the body:  M6054 "1.png"  shows the picture
                      G0 Z<top + lift> F<lift>;  G0 Z<top> F<retract>   absolute mm, mm/min
                      G4 P<rest>;  M106 S<1 to 255>;  G4 P<exposure>;  M106 S0;  [G4 P<rest>]   ms

Facts: UVtools' ChituboxZipFile.cs and GCodeBuilder.cs; uv3dp's czip/format.go; run.gcode as ChiTuBox wrote it for
a cube (Sidharth-82/Resin-Printer, test/_20x20x20).

What is carried
- The body is what prints, and what is read. The header describes it: its bottom and usual numbers are those of
  the body's first and commonest layers, and where a file's header says otherwise a remark tells so.
- Thickness whole. Exposures and rests in whole ms, lifts in whole nm, speeds in thousandths of mm/min, power in
  255ths; what is finer is a loss. One exposure a layer.
- The lift of a block separates the layer before it: the block after a layer holds that layer's lift, counted as
  ChiTuBox does from the height to which it comes back. The first block lifts like the second; the last layer's own
  lift is the `G0` at the end.
- `mirror` tells of a panel that turns masks left to right; its pictures are turned already. A panel that turns
  them back to front has no word here. The name keeps letters, digits, `.`, `_` and `-` only: uv3dp ends a value
  at a blank and stops reading at an empty one, or at a key that it does not know; so its own keys come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import IO
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats import Content, Format
from voxelyte.formats._archive import holds, opened, put
from voxelyte.formats._chitubox_body import FEED, LIFT, MS, Block, Body
from voxelyte.formats._chitubox_header import (
    GCODE,
    MAX_SIDE_MM,
    disagreements,
    exposure_ms,
    feed,
    header,
    read_header,
    read_panel,
)
from voxelyte.formats._coloured import as_rgb
from voxelyte.formats._foreign import MAX_LAYERS, Origin, Read, foreign_job
from voxelyte.formats._gcode import commands
from voxelyte.formats._losses import Loss, touching
from voxelyte.formats._numbers import NM_PER_MM, mm_text, plain
from voxelyte.formats._pictures import Pictures
from voxelyte.formats._pwm import PWM, level, power_law
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.png import encode
from voxelyte.printer import Motion

PREVIEWS = {"preview.png": (954, 850), "preview_cropping.png": (168, 150)}
START = ";START_GCODE_BEGIN\nG21;\nG90;\nM106 S0;\nG28 Z0;\n\n;START_GCODE_END\n"


def write(job: Job, file: IO[bytes]) -> None:
    """Write a PNG for each layer, encoding equal masks once, then the text and the previews."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    pictures, used_ml = Pictures(job, _encoded), 0.0
    with ZipFile(file, "w") as archive:
        for layer, (data, lit) in pictures.firsts():
            put(archive, f"{layer.index + 1}.png", data)
            used_ml += lit * job.panel.pixel_area_um2 * layer.thickness_um * 1e-12
        put(archive, GCODE, f"{header(job, used_ml)}{START}{''.join(_blocks(job))}{_end(job)}".encode())
        for name, size in PREVIEWS.items():
            put(archive, name, as_rgb(pictures.thumbnail.picture(*size)))


def _encoded(pixels: NDArray[np.uint8]) -> tuple[bytes, float]:
    """PNG, and how many pixels it lights."""
    return encode(pixels), float(pixels.sum(dtype=np.uint64)) / 255


def _blocks(job: Job) -> Iterator[str]:
    """A block's lift separates the layer before it; before the first there is none, and it lifts all the same."""
    peeled = job.layers[0].motion
    for layer in job.layers:
        yield _block(layer, peeled)
        peeled = layer.motion


def _block(layer: Layer, peeled: Motion) -> str:
    motion, rest_ms = layer.motion, MS.told(layer.motion.wait_after_exposure_s)
    lines = [
        "",
        f";LAYER_START:{layer.index}",
        f";currPos:{mm_text(layer.top_nm)}",
        f'M6054 "{layer.index + 1}.png";show Image',
        _lift(layer, peeled),
        f"G0 Z{mm_text(layer.top_nm)} F{feed(motion.retract_mm_s)};",
        f"G4 P{plain(MS.told(motion.wait_before_exposure_s))};",
        f"M106 S{level(layer)};light on",
        f"G4 P{plain(exposure_ms(layer))};",
        "M106 S0; light off",
        *([f"G4 P{plain(rest_ms)};"] if rest_ms else []),
        "",
        ";LAYER_END",
        "",
    ]
    return "\n".join(lines)


def _lift(layer: Layer, motion: Motion) -> str:
    """Up from a layer's place by a lift."""
    return f"G0 Z{mm_text(layer.top_nm + int(LIFT.told(motion.lift_mm)))} F{feed(motion.lift_mm_s)};"


def _end(job: Job) -> str:
    last = job.layers[-1]
    lift_mm = LIFT.told(last.motion.lift_mm) / NM_PER_MM
    rise_mm = max(Decimal(repr(job.printer.build_height_mm)), Decimal(last.top_nm) / NM_PER_MM + lift_mm)
    lines = ["", ";END_GCODE_BEGIN", "M106 S0;", _lift(last, last.motion), f"G1 Z{plain(rise_mm)} F25;", "M18;"]
    return "\n".join([*lines, "", ";END_GCODE_END", ""])


def _exposure_law(job: Job) -> Loss | None:
    cut = (layer for layer in job.layers if any(not MS.keeps(one.exposure_s) for one in layer.exposures))
    return touching("exposure", "not a whole number of ms", cut)


def _motion_law(job: Job) -> Loss | None:
    finer = (layer for layer in job.layers if not _keeps(layer.motion))
    return touching("motion", "finer than 1 nm, 0.001 mm/min or 1 ms", finer)


def _keeps(motion: Motion) -> bool:
    speeds = motion.lift_mm_s, motion.retract_mm_s
    waits = motion.wait_before_exposure_s, motion.wait_after_exposure_s
    return LIFT.keeps(motion.lift_mm) and all(map(FEED.keeps, speeds)) and all(map(MS.keeps, waits))


def read(content: Content) -> Job:
    """Read what the body prints; pictures are decoded when their pixels are asked for."""
    archive = opened(content)
    text = archive.text(GCODE)
    head, body = read_header(text), Body(commands(GCODE, text))
    if head.whole("totalLayer", 0, 10**9) != len(body.blocks):
        raise FormatError(f"{GCODE}: totalLayer={head.text('totalLayer')}, and its body shows {len(body.blocks)}")
    panel, thicknesses_nm = read_panel(head), body.thicknesses_nm()
    masks = archive.masks([block.shown.text for block in body.blocks], panel)
    rows = [
        Read(thickness_nm, _exposed(block, mask), motion)
        for thickness_nm, block, mask, motion in zip(thicknesses_nm, body.blocks, masks, body.motions(), strict=True)
    ]
    told = Origin(
        name=head.text("fileName", ""),
        printer=head.text("machineType", ""),
        resin=head.text("resin", ""),
        build_height_mm=float(head.decimal("machineZ", 0, MAX_SIDE_MM, "0")),
        notes=(*body.notes, *disagreements(head, rows)),
    )
    return foreign_job(panel, rows, ".chitubox.zip", told)


def _exposed(block: Block, mask: Mask) -> tuple[Exposure, ...]:
    return (Exposure(mask, block.exposure_s, PWM.heard(block.power)),) if block.exposure_s else ()


FORMAT = Format(
    name="chitubox",
    title="ChiTuBox zip with run.gcode",
    suffixes=(".chitubox.zip",),
    carries=frozenset({"thickness", "exposure", "motion", "power", "grey", "pitch"}),
    laws={"exposure": _exposure_law, "motion": _motion_law, "power": power_law},
    write=write,
    read=read,
    recognises=lambda content: holds(content, GCODE, "1.png"),
    checked=("Pillow (pictures only)",),
    notes=(
        "times in ms, speeds in thousandths of mm/min, lamp power in 255ths",
        "the lift of a layer stands in the block after it, which is where the machine makes it",
    ),
)
