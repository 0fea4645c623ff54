"""CTB files of versions 2 and 3 from a job. What comes before the pictures is written last, when all of it is known."""

from __future__ import annotations

from hashlib import sha256
from typing import IO, Any

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.formats._ctb_layers import planned, told
from voxelyte.formats._ctb_layout import ENTRY, EXTENDED, HEADER, LARGE_PX, MAGIC, PARAMS, PREVIEW, SLICER, SMALL_PX
from voxelyte.formats._foreign import usual
from voxelyte.formats._pictures import Pictures, lit
from voxelyte.formats._rle_ctb import cipher, encode
from voxelyte.formats._rle_file import filled, text
from voxelyte.formats._rle_layers import check_count, held_side
from voxelyte.formats._rle_plan import Plan, Setting
from voxelyte.formats._rle_preview import repeated, rgb565
from voxelyte.formats._thumbnail import Thumbnail
from voxelyte.job import Job

PAGE = 2**32
LARGE_SIZE, SMALL_SIZE = (PREVIEW.itemsize + 2 * wide * deep for wide, deep in (LARGE_PX, SMALL_PX))
"""Room for the previews, whose pixels take at most two bytes each; what they leave is 0."""
LARGE_AT = HEADER.itemsize
SMALL_AT = LARGE_AT + LARGE_SIZE
PARAMS_AT = SMALL_AT + SMALL_SIZE
SLICER_AT = PARAMS_AT + PARAMS.itemsize
NAME_AT = SLICER_AT + SLICER.itemsize

GREYS, PER_LAYER, ANTIALIASING = 0x0F, 0x20, 8
SOFTWARE = 0x01060300
MOST_NAME = 255
PARAMS_END = {2: 0x1234, 3: 0}


def write_ctb(job: Job, file: IO[bytes], version: int, key: int | None) -> None:
    """Write a file of this version. A `key` of 0 leaves the pictures plain; None takes one from what the job says."""
    check_count(len(job.layers))
    key = key_of(job) if key is None else key
    if not 0 <= key < PAGE:
        raise FormatError(f"key={key} must be 0 to {PAGE - 1}")
    plan, said = planned(job, version)
    pictures = Pictures(job, lambda pixels: (encode(pixels), lit(pixels)))
    entries, volume_um3 = np.zeros(len(job.layers), dtype=ENTRY), 0.0
    at = NAME_AT + len(_name(job)) + entries.nbytes
    file.write(bytes(at))
    for (layer, (code, light)), setting in zip(pictures.firsts(), said, strict=True):
        before, entries[layer.index] = _layer(setting, layer.top_nm, at, len(code), version)
        file.write(before + cipher(code, key, layer.index))
        at += len(before) + len(code)
        volume_um3 += light / 255 * job.panel.pixel_area_um2 * layer.thickness_um
    file.seek(0)
    file.write(_header(job, plan, version, key).tobytes())
    file.write(_previews(pictures.thumbnail))
    file.write(_params(plan, version, volume_um3 * 1e-12).tobytes())
    file.write(_slicer(job, plan, said, version).tobytes() + _name(job) + entries.tobytes())


def key_of(job: Job) -> int:
    """A key that is the same each time, and not 0, which some machines are said to refuse."""
    said = [(one.top_nm, one.exposure_s, one.motion.lift_mm) for one in job.layers]
    digest = sha256(repr((job.name, job.printer.name, job.resin.name, said)).encode()).digest()
    return int.from_bytes(digest[:4], "little") or 1


def _name(job: Job) -> bytes:
    return text(job.printer.machine, MOST_NAME)


def _layer(setting: Setting, top_nm: int, at: int, size: int, version: int) -> tuple[bytes, Any]:
    """What stands before a layer's picture, which begins at `at` or after it, and its entry in the table."""
    numbers = told(setting)
    extended = EXTENDED.itemsize if version > 2 else 0
    page, offset = divmod(at + extended, PAGE)
    entry = {
        "z_mm": top_nm / 1e6,
        "exposure": numbers["exposure"],
        "light_off": numbers["light_off"],
        "offset": offset,
        "size": size,
        "page": page,
        "record_size": extended or ENTRY.itemsize,
    }
    before = filled(EXTENDED, {**entry, **numbers, "whole_size": extended + size}).tobytes() if extended else b""
    return before, filled(ENTRY, entry)


def _header(job: Job, plan: Plan, version: int, key: int) -> Any:
    panel, normal, bottom = job.panel, told(plan.normal), told(plan.bottom)
    return filled(
        HEADER,
        {
            "magic": MAGIC,
            "version": version,
            "width_mm": float(held_side(panel.width_px, panel.pitch_x_um)),
            "height_mm": float(held_side(panel.height_px, panel.pitch_y_um)),
            "build_height_mm": job.printer.build_height_mm,
            "film_mm": job.height_nm / 1e6,
            "thickness_mm": usual(layer.thickness_nm for layer in job.layers) / 1e6,
            "exposure": normal["exposure"],
            "bottom_exposure": bottom["exposure"],
            "light_off": normal["light_off"],
            "bottoms": plan.bottoms,
            "width_px": panel.width_px,
            "height_px": panel.height_px,
            "large_offset": LARGE_AT,
            "table_offset": NAME_AT + len(_name(job)),
            "layers": len(job.layers),
            "small_offset": SMALL_AT,
            "time_s": min(round(job.time_s), PAGE - 1),
            "mirrored": panel.mirror_x != panel.mirror_y,
            "params_offset": PARAMS_AT,
            "params_size": PARAMS.itemsize,
            "planes": 1,
            "pwm": normal["pwm"],
            "bottom_pwm": bottom["pwm"],
            "key": key,
            "slicer_offset": SLICER_AT,
            "slicer_size": SLICER.itemsize,
        },
    )


def _previews(film: Thumbnail) -> bytes:
    """Both previews, each a record and its pixels in room of a fixed size."""
    rooms = ((LARGE_AT, LARGE_SIZE, LARGE_PX), (SMALL_AT, SMALL_SIZE, SMALL_PX))
    return b"".join(_preview(film, at, wide, deep).ljust(size, b"\0") for at, size, (wide, deep) in rooms)


def _preview(film: Thumbnail, at: int, width_px: int, height_px: int) -> bytes:
    code = repeated(rgb565(film.picture(width_px, height_px)))
    place = {"width_px": width_px, "height_px": height_px, "offset": at + PREVIEW.itemsize, "size": len(code)}
    return bytes(filled(PREVIEW, place).tobytes() + code)


def _params(plan: Plan, version: int, volume_ml: float) -> Any:
    normal, bottom = told(plan.normal), told(plan.bottom)
    own = {name: normal[name] for name in ("lift", "lift_speed", "retract_speed", "light_off")}
    first = {f"bottom_{name}": bottom[name] for name in ("lift", "lift_speed", "light_off")}
    more = {"volume_ml": volume_ml, "bottoms": plan.bottoms, "end": PARAMS_END[version]}
    return filled(PARAMS, {**own, **first, **more})


def _slicer(job: Job, plan: Plan, said: list[Setting], version: int) -> Any:
    """Version 2 calls on the table only where the header does not make the same layers, as the vendor's files do."""
    per_layer = version > 2 or plan.made(len(said)) != said
    return filled(
        SLICER,
        {
            "name_offset": NAME_AT,
            "name_size": len(_name(job)),
            "greys": GREYS,
            "per_layer": PER_LAYER * per_layer,
            "antialiasing": ANTIALIASING,
            "software": SOFTWARE,
            "transitions": plan.transitions,
        },
    )
