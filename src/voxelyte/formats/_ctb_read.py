"""Jobs from CTB files of versions 2 and 3, of ours and of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from voxelyte.errors import FormatError
from voxelyte.formats import Content
from voxelyte.formats._ctb_layers import heard
from voxelyte.formats._ctb_layout import ENTRY, EXTENDED, HEADER, MAGIC, PARAMS, REFUSED, SLICER
from voxelyte.formats._foreign import Origin, Read, foreign_job, foreign_panel
from voxelyte.formats._losses import spans
from voxelyte.formats._rle_ctb import GREY_LEVELS, cipher, decode
from voxelyte.formats._rle_file import Code, Source, masks, start_of
from voxelyte.formats._rle_layers import (
    build_height_mm,
    check_count,
    exposures,
    heard_each,
    panel_pitch_um,
    thicknesses_nm,
    tops_nm,
)
from voxelyte.formats._rle_plan import Plan, Setting
from voxelyte.job import Job

VERSIONS = {2: ".v2.ctb", 3: ".ctb"}
_MOST_NAME = 1024
_TIMES = ("exposure", "light_off")
_EXTENDED = ("lift", "lift_speed", "retract_speed", "pwm")


def version_of(content: Content) -> int | None:
    """Version that a ChiTu file states; 0 for the relatives that are refused; None for anything else."""
    start = start_of(content, 8)
    magic, version = int.from_bytes(start[:4], "little"), int.from_bytes(start[4:], "little")
    if len(start) < 8 or magic not in (MAGIC, *REFUSED):
        return None
    return version if magic == MAGIC else 0


def read(content: Content) -> Job:
    """The job that a file says; pictures are decoded when their pixels are asked for."""
    source = Source(content)
    header = _header(source)
    panel = foreign_panel(
        width_px=int(header["width_px"]),
        height_px=int(header["height_px"]),
        pitch_x_um=panel_pitch_um(header, "width"),
        pitch_y_um=panel_pitch_um(header, "height"),
        mirror_x=bool(header["mirrored"]),
        grey_levels=GREY_LEVELS,
    )
    entries = source.records(int(header["table_offset"]), ENTRY, int(header["layers"]), "layer table")
    codes = [_code(source, entry, index, int(header["key"])) for index, entry in enumerate(entries)]
    otherwise = Globals.of(source, header)
    fields = [_fields(source, entry, index, otherwise) for index, entry in enumerate(entries)]
    said = heard_each(fields, heard)
    shown = (exposures(mask, one) for mask, one in zip(masks(panel, codes, decode), said, strict=True))
    heights_nm = thicknesses_nm(tops_nm(entries["z_mm"].tolist()))
    rows = map(Read, heights_nm, shown, (one.motion for one in said))
    origin = Origin(
        printer=otherwise.machine,
        build_height_mm=build_height_mm(header["build_height_mm"]),
        notes=tuple(_notes(fields, said, otherwise)),
    )
    return foreign_job(panel, rows, VERSIONS[int(header["version"])], origin)


def _header(source: Source) -> Any:
    magic = int.from_bytes(source.read(0, min(4, source.size), "magic"), "little")
    if magic in REFUSED:
        raise FormatError(REFUSED[magic])
    if magic != MAGIC:
        raise FormatError(f"not a CTB file: starts with {magic:#010x}")
    header = source.record(0, HEADER, "header")
    version = int(header["version"])
    if version > max(VERSIONS):
        raise FormatError(f"CTB of version {version} is not read; UVtools converts it to version 3")
    if version not in VERSIONS:
        raise FormatError(f"CTB of version {version} is not read; there are versions 2 and 3")
    check_count(int(header["layers"]))
    return header


def _place(entry: Any) -> int:
    return int(entry["page"]) * 2**32 + int(entry["offset"])


def _code(source: Source, entry: Any, index: int, key: int) -> Code:
    at, size = _place(entry), int(entry["size"])
    source.inside(at, size, f"picture of layer {index + 1}")
    return Code(size, lambda: cipher(source.read(at, size, "picture"), key, index))


@dataclass(frozen=True)
class Globals:
    """What the header and the tables behind it say of bottom layers and of the others."""

    bottom: dict[str, Any]
    normal: dict[str, Any]
    bottoms: int
    transitions: int
    per_layer: bool
    machine: str

    @classmethod
    def of(cls, source: Source, header: Any) -> Globals:
        """Read from where the header says that they are."""
        params = source.record(int(header["params_offset"]), PARAMS, "print parameters")
        bottom, normal = (
            {
                "exposure": header[f"{which}exposure"],
                "light_off": params[f"{which}light_off"],
                "lift": params[f"{which}lift"],
                "lift_speed": params[f"{which}lift_speed"],
                "retract_speed": params["retract_speed"],
                "pwm": header[f"{which}pwm"],
            }
            for which in ("bottom_", "")
        )
        slicer = source.record(int(header["slicer_offset"]), SLICER, "slicer's record")
        return cls(
            bottom,
            normal,
            int(header["bottoms"]),
            int(slicer["transitions"]) if header["version"] > 2 else 0,
            bool(slicer["per_layer"]),
            _machine(source, slicer),
        )

    def fields(self, index: int) -> dict[str, Any]:
        """The numbers of layer `index` where nothing else is said of it."""
        return self.bottom if index < self.bottoms else self.normal

    def made(self, count: int) -> list[Setting]:
        """The settings of all layers where nothing else is said of any."""
        return Plan(heard(self.bottom), heard(self.normal), self.bottoms, self.transitions).made(count)


def _machine(source: Source, slicer: Any) -> str:
    offset, size = int(slicer["name_offset"]), int(slicer["name_size"])
    if size > _MOST_NAME:
        raise FormatError(f"the machine's name must have at most {_MOST_NAME} bytes, not {size}")
    return source.read(offset, size, "machine's name").split(b"\0")[0].decode(errors="replace").strip()


def _fields(source: Source, entry: Any, index: int, otherwise: Globals) -> dict[str, Any]:
    """Numbers of a layer from its entry, from the record before its picture, and from the globals for the rest."""
    found = {**otherwise.fields(index), **{name: entry[name] for name in _TIMES}}
    if entry["record_size"] != EXTENDED.itemsize:
        return found
    what = f"record of layer {index + 1}"
    at = _place(entry) - EXTENDED.itemsize
    if at < 0:
        raise FormatError(f"{what} would begin before the file, at {at}")
    record = source.record(at, EXTENDED, what)
    if any(record[name] != entry[name] for name in (*_TIMES, "z_mm")):
        raise FormatError(f"{what} at offset {at} contradicts the layer table")
    return {**found, **{name: record[name] for name in _EXTENDED}}


def _notes(fields: list[dict[str, Any]], said: list[Setting], otherwise: Globals) -> Iterator[str]:
    dark = [index for index, one in enumerate(fields) if one["pwm"] == 0]
    if dark:
        yield f"a lamp power of 0 is taken for full, in {spans(dark)}"
    if otherwise.per_layer:
        return
    made = otherwise.made(len(said))
    touched = [index for index, (one, other) in enumerate(zip(said, made, strict=True)) if one != other]
    if touched:
        yield f"the header, by which a machine may go, makes other layers than the table that is read: {spans(touched)}"
