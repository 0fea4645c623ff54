"""Jobs from GOO and PRZ files, of ours and of others; what a job cannot say is simplified, and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.formats import Content
from voxelyte.formats._foreign import Origin, Read, foreign_job, foreign_motion, foreign_panel
from voxelyte.formats._goo_layout import BREAK, END, HEADER, LAYER, MAGIC, START
from voxelyte.formats._losses import spans
from voxelyte.formats._rle_file import Code, Source, masks, start_of
from voxelyte.formats._rle_goo import checksum, decode
from voxelyte.formats._rle_layers import (
    PER_MINUTE,
    PLAIN,
    build_height_mm,
    check_count,
    exposure_s,
    exposures,
    heard_each,
    panel_pitch_um,
    power_of,
    rest_s,
    staged,
    thicknesses_nm,
    tops_nm,
)
from voxelyte.formats._rle_plan import Plan, Setting
from voxelyte.job import Job

PHROZEN = b"phrozen"
_FIELDS: Any = HEADER.fields
_NAMES = slice(_FIELDS["printer"][1], _FIELDS["profile"][1])
"""Bytes of the header that hold the printer's name and type."""
_EDGE = 3  # checksum and line break

Fields = Mapping[str, Any]


def phrozen(content: Content) -> bool | None:
    """Whether a file of this kind names a Phrozen as its printer; None for anything else."""
    start = start_of(content, _NAMES.stop)
    if len(start) < _NAMES.stop or not start.startswith(MAGIC):
        return None
    return PHROZEN in start[_NAMES].lower()


def read(content: Content) -> Job:
    """The job that a file says; pictures are decoded when their pixels are asked for."""
    source = Source(content)
    header = _header(source)
    panel = foreign_panel(
        width_px=int(header["width_px"]),
        height_px=int(header["height_px"]),
        pitch_x_um=panel_pitch_um(header, "width"),
        pitch_y_um=panel_pitch_um(header, "height"),
        mirror_x=bool(header["mirror_x"]),
        mirror_y=bool(header["mirror_y"]),
    )
    records, codes = _records(source, header)
    said = heard_each(records, partial(heard, static_waits=bool(header["static_waits"])))
    shown = (exposures(mask, one) for mask, one in zip(masks(panel, codes, decode), said, strict=True))
    heights_nm = thicknesses_nm(tops_nm([record["z_mm"] for record in records]))
    rows = map(Read, heights_nm, shown, (one.motion for one in said))
    origin = Origin(
        printer=_text(header["printer"]),
        resin=_text(header["profile"]),
        software=f"{_text(header['software'])} {_text(header['version'])}".strip(),
        build_height_mm=build_height_mm(header["build_height_mm"]),
        notes=(*_simplified(records), *_contradicted(header, said)),
    )
    return foreign_job(panel, rows, ".prz" if phrozen(content) else ".goo", origin)


def _header(source: Source) -> Any:
    start = source.read(0, min(len(MAGIC), source.size), "magic")
    if start != MAGIC:
        raise FormatError(f"not a GOO file: starts with {start!r}")
    header = source.record(0, HEADER, "header")
    offset = int(header["content_offset"])
    if offset == int.from_bytes(HEADER.itemsize.to_bytes(4, "little"), "big"):
        raise FormatError("GOO with its bytes the other way round, as the Elegoo Jupiter 2 has it, is not read")
    if offset < HEADER.itemsize:
        raise FormatError(f"layers at offset {offset} must not lie in the header of {HEADER.itemsize} bytes")
    check_count(int(header["layers"]))
    if not header["deep_grey"]:
        raise FormatError("greys of 0 to 15 are not read: the header must say that they go to 255")
    return header


def _records(source: Source, header: Any) -> tuple[list[Any], list[Code]]:
    """Every layer's record, and its picture's code, which is read later."""
    records, codes, offset = [], [], int(header["content_offset"])
    for index in range(int(header["layers"])):
        what = f"layer {index + 1}"
        record = source.record(offset, LAYER, what)
        size, at = int(record["size"]), offset + LAYER.itemsize
        first, edge = source.read(at, 1, what), source.read(at + max(size, 1) - 1, _EDGE, what)
        if size < 2 or first != START or edge[1:] != BREAK:
            raise FormatError(f"{what}: no picture of {size} bytes at offset {at}")
        records.append(record)
        codes.append(Code((size, edge[0]), partial(_code, source, at, size)))
        offset = at + size + len(BREAK)
    if source.read(offset, len(END), "end mark") != END:
        raise FormatError(f"no end mark at offset {offset}")
    return records, codes


def _code(source: Source, at: int, size: int) -> bytes:
    code = source.read(at, size, "picture")
    if code[-1] != checksum(code[1:-1]):
        raise FormatError(f"checksum of the picture at offset {at} is wrong")
    return code[1:-1]


def heard(fields: Fields, static_waits: bool) -> Setting:
    """What the numbers of a record, or of the header, say of a layer."""
    lift_mm, lift_mm_s = staged(_way(fields, "lift"), _way(fields, "lift2"))
    _, retract_mm_s = staged(_way(fields, "retract"), _way(fields, "retract2"))
    motion = foreign_motion(lift_mm=lift_mm, lift_mm_s=lift_mm_s, retract_mm_s=retract_mm_s)
    if static_waits:
        before_s, after_s = PLAIN.heard(fields["after_retract"]), PLAIN.heard(fields["before_lift"])
    else:
        before_s, after_s = rest_s(PLAIN.heard(fields["light_off"]), motion), 0.0
    waits = {"wait_before_exposure_s": before_s, "wait_after_exposure_s": after_s}
    motion = foreign_motion(lift_mm=lift_mm, lift_mm_s=lift_mm_s, retract_mm_s=retract_mm_s, **waits)
    return Setting(exposure_s(fields["exposure"]), power_of(fields["pwm"]), motion)


def _way(fields: Fields, name: str) -> tuple[float, float]:
    """Distance in mm and speed in mm/s."""
    return PLAIN.heard(fields[name]), PER_MINUTE.heard(fields[f"{name}_speed"])


def _two_speeds(record: Any, name: str) -> bool:
    (first_mm, first), (second_mm, second) = _way(record, name), _way(record, f"{name}2")
    return first_mm > 0 and second_mm > 0 and first != second


_SIMPLIFIED: dict[str, Callable[[Any], bool]] = {
    "a lift in two stages is read as one, the whole way at the slower speed": lambda one: _two_speeds(one, "lift"),
    "a way back in two stages is read as one at the slower speed": lambda one: _two_speeds(one, "retract"),
    "rests at the top of the lift are left out": lambda one: one["after_lift"] > 0,
    "pauses are left out": lambda one: one["pause"] > 0,
    "a lamp power of 0 is taken for full": lambda one: one["pwm"] == 0,
}


def _simplified(records: list[Any]) -> Iterator[str]:
    for said, true in _SIMPLIFIED.items():
        touched = [index for index, record in enumerate(records) if true(record)]
        if touched:
            yield f"{said}, in {spans(touched)}"


def _contradicted(header: Any, said: list[Setting]) -> Iterator[str]:
    """Where the machine may go by the header alone, its numbers should make the same layers."""
    if header["per_layer"]:
        return
    static = bool(header["static_waits"])
    bottom = {name: header[_bottom(name)] for name in _names(LAYER) if _bottom(name) in _names(HEADER)}
    plan = Plan(heard(bottom, static), heard(header, static), int(header["bottoms"]), int(header["transitions"]))
    made = plan.made(len(said))
    touched = [index for index, (one, other) in enumerate(zip(said, made, strict=True)) if one != other]
    if touched:
        yield f"the header, by which a machine may go, makes other layers than the records that are read: {spans(touched)}"


def _names(kind: np.dtype[Any]) -> tuple[str, ...]:
    return kind.names or ()


def _bottom(name: str) -> str:
    return name if name == "light_off" else f"bottom_{name}"


def _text(words: bytes) -> str:
    return words.split(b"\0")[0].decode(errors="replace").strip()
