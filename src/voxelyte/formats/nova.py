"""NovaMaker's .cws for Nova3D printers: grey pictures, and the g-code that the machine runs line by line.

slice.conf       `key<to column 24>= value`: xres, yres, thickness, layers_num, ... (px, mm, ms, mm/min)
<name>.gcode     the print: see _cws_body for its lines and _cws_header for the remarks at its head
<name>NNNN.png   picture NNNN, from 0000, 8-bit grey, the size of the panel; <name> never ends in a digit

Facts: UVtools (CWSFile.cs) and uv3dp (cws/format.go) as readers and writers; slice.conf and g-code that
NovaMaker 2.4 itself wrote, and a description of how an Elfin runs them, both in AlexChanson's
ELFIN_Z-Suite_Comaptibility (format.md): the machine reads the g-code and the pictures alone, and does not wait for
a move to end.

What is carried: as in Creation Workshop's dialect (cws.py), but one exposure a layer: whether these machines show
two pictures at one height is not known. The machine homes first (G28), so that height 0 is the vat's floor, and
the plate then goes up by the first layer's thickness. NovaMaker's own files expose their first layer at 0;
reading one takes the header's thickness for it. After the last lift the film rises by 80 mm, as NovaMaker has it,
or by what the printer's build height leaves.

Which machines: those that take grey pictures, such as Elfin, Bene6 and Whale3 Pro. Bene4 Mono, Bene5, Elfin2 Mono
SE, Whale and Whale2 want three pixels packed into one of RGB. Public converters differ in which of the three is
red (UVtools: the rightmost; featherJ's plugin for ChiTuBox: the leftmost), so that such files are neither
written nor read here.
"""

from __future__ import annotations

from decimal import Decimal
from math import ceil
from typing import IO
from zipfile import ZipFile

from voxelyte.errors import FormatError
from voxelyte.formats import Content, Format
from voxelyte.formats._archive import Members, opened, put
from voxelyte.formats._bottom import bottom_of
from voxelyte.formats._coloured import grey_of, is_packed
from voxelyte.formats._cws_body import (
    MS,
    base_name,
    body,
    exposure_law,
    exposure_ms,
    feed_text,
    motion_law,
    move_ms,
    shown,
)
from voxelyte.formats._cws_header import Header, header
from voxelyte.formats._cws_read import rows, run
from voxelyte.formats._foreign import MAX_LAYERS, Origin, foreign_job, usual
from voxelyte.formats._ini import Ini
from voxelyte.formats._numbers import NM_PER_MM, mm_text
from voxelyte.formats._pictures import Pictures
from voxelyte.formats._pwm import power_law
from voxelyte.job import Job
from voxelyte.png import encode
from voxelyte.printer import Panel

CONF = "slice.conf"
START = [
    "G28",
    "G21 ;Set units to be mm",
    "G91 ;Relative Positioning",
    "M17 ;Enable motors",
    ";<Slice> Blank",
    "M106 S0",
]
END = ["M18 ;Disable Motors", ";<Completed>"]
RISE_MM = 80
"""How far NovaMaker lifts the finished film, where the machine has room for it."""


def write(job: Job, file: IO[bytes]) -> None:
    """Write the pictures, each mask painted and encoded once, then the g-code and slice.conf."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    job, name = shown(job, most=1), base_name(job.name)
    with ZipFile(file, "w") as archive:
        for layer, data in Pictures(job, encode).firsts():
            put(archive, f"{name}{layer.index:04}.png", data)
        code = [*header(job, "UV_LCD"), "", *START, *body(job), *_rise(job), *END, ""]
        put(archive, f"{name}.gcode", "\n".join(code).encode())
        put(archive, CONF, "".join(_conf(job)).encode())


def _rise(job: Job) -> list[str]:
    """The film out of the vat, at the speed of its last lift."""
    feed, rise_mm = feed_text(job.layers[-1].motion.lift_mm_s), _rise_mm(job)
    return ["", "M106 S0", f"G1 Z{rise_mm} F{feed}", f";<Delay> {ceil(move_ms(rise_mm * NM_PER_MM, Decimal(feed)))}"]


def _rise_mm(job: Job) -> int:
    stands_mm = job.height_nm / NM_PER_MM + job.layers[-1].motion.lift_mm
    return max(0, min(RISE_MM, int(job.printer.build_height_mm - stands_mm)))


def _conf(job: Job) -> list[str]:
    panel, motion = job.panel, usual(layer.motion for layer in job.layers)
    bottom = bottom_of([exposure_ms(layer.exposures[0]) for layer in job.layers])
    fields = {
        "xppm": f"{1000 / panel.pitch_x_um:.5f}",
        "yppm": f"{1000 / panel.pitch_y_um:.5f}",
        "xres": panel.width_px,
        "yres": panel.height_px,
        "thickness": mm_text(usual(layer.thickness_nm for layer in job.layers)),
        "layers_num": len(job.layers),
        "head_layers_num": bottom.count,
        "layers_expo_ms": bottom.usual,
        "head_layers_expo_ms": bottom.first,
        "wait_before_expo_ms": MS.text(motion.wait_before_exposure_s),
        "lift_distance": f"{motion.lift_mm:g}",
        "lift_up_speed": feed_text(motion.lift_mm_s),
        "lift_down_speed": feed_text(motion.retract_mm_s),
        "lift_when_finished": _rise_mm(job),
    }
    return ["# voxelyte\n", "# conf version 1.0\n", "\n", *(f"{key:<24}= {value}\n" for key, value in fields.items())]


def read(content: Content) -> Job:
    """Read what the g-code prints; pictures are decoded when their pixels are asked for."""
    archive = opened(content)
    code_name = _code_name(archive)
    code = archive.text(code_name)
    said = Header(code_name, code.splitlines())
    panel, host = said.panel(), run(code_name, code, said)
    _agreeing(archive, panel, said)
    names = _picture_names(archive, said.slices)
    if is_packed(archive.png(names[0], panel), panel):
        raise FormatError(f"{names[0]}: three pixels are packed into one; in which order is not known")
    layers = rows(host, said, list(archive.masks(names, panel, grey_of)))
    notes = tuple(sorted(host.notes))
    return foreign_job(panel, layers, ".nova.cws", Origin(build_height_mm=said.build_height_mm, notes=notes))


def _code_name(archive: Members) -> str:
    names = [name for name in archive.names if name.lower().endswith(".gcode")]
    if len(names) != 1:
        raise FormatError(f"{len(names)} members are g-code, must be one")
    return names[0]


def _agreeing(archive: Members, panel: Panel, said: Header) -> None:
    """slice.conf and the g-code must say the same of the pictures."""
    conf = Ini(CONF, archive.text(CONF))
    for key, value in (("xres", panel.width_px), ("yres", panel.height_px), ("layers_num", said.slices)):
        if conf.whole(key, 1, 1_000_000) != value:
            raise FormatError(f"{CONF}: {key}={conf.text(key)}, and the g-code says {value}")


def _picture_names(archive: Members, count: int) -> list[str]:
    """The name of each picture: other programs pad its number to other widths."""
    found: dict[int, str] = {}
    for name in archive.names:
        stem = name[:-4]
        digits = stem[len(stem.rstrip("0123456789")) :]
        if not name.lower().endswith(".png") or "/" in name or not 0 < len(digits) <= 9:
            continue
        if found.setdefault(int(digits), name) != name:
            raise FormatError(f"{name}: {found[int(digits)]} is picture {int(digits)} too")
    missing = next((number for number in range(count) if number not in found), None)
    if missing is not None:
        raise FormatError(f"picture {missing} of {count} is missing")
    return [found[number] for number in range(count)]


def recognises(content: Content) -> bool:
    """A zip with slice.conf and g-code."""
    try:
        names = opened(content).names
    except FormatError:
        return False
    return CONF in names and any(name.lower().endswith(".gcode") for name in names)


FORMAT = Format(
    name="nova",
    title="NovaMaker archive of Nova3D (grey pictures)",
    suffixes=(".nova.cws",),
    carries=frozenset({"thickness", "exposure", "motion", "power", "grey", "pitch", "mirror"}),
    laws={"exposure": exposure_law, "motion": motion_law, "power": power_law},
    write=write,
    read=read,
    recognises=recognises,
    notes=(
        "its g-code is the print: times in whole ms, lifts in whole nm, lamp power in 255ths",
        "delays hold the time of the moves without acceleration; a slower stage rests that much less",
        "not for machines that want three pixels packed into one (Bene4 Mono, Bene5, Elfin2 Mono SE, Whale, Whale2)",
    ),
    checked=("Pillow (pictures)",),
)
