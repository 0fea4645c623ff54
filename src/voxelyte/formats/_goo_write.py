"""GOO and PRZ files from a job: the header, which is written last, and a record with its picture for each layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats._foreign import usual
from voxelyte.formats._goo_layout import BIG_PX, BREAK, END, HEADER, LAYER, MAGIC, SMALL_PX, START
from voxelyte.formats._goo_read import heard
from voxelyte.formats._pictures import Pictures, lit
from voxelyte.formats._rle_file import filled, text
from voxelyte.formats._rle_goo import checksum, encode
from voxelyte.formats._rle_layers import PER_MINUTE, PLAIN, check_count, held_side, pwm_of
from voxelyte.formats._rle_plan import Plan, Setting, settings
from voxelyte.formats._rle_preview import rgb565
from voxelyte.job import Job

MOST_PX = 2**16 - 1
CREATED = "1980-01-01 00:00:00"
"""Nothing of the print depends on it, and the time of writing would make two files of one job differ."""


def told(setting: Setting) -> dict[str, float]:
    """The numbers of a layer, by the names of the fields: s, mm and mm/min."""
    motion = setting.motion
    return {
        "exposure": float(PLAIN.told(setting.exposure_s)),
        "before_lift": float(PLAIN.told(motion.wait_after_exposure_s)),
        "after_retract": float(PLAIN.told(motion.wait_before_exposure_s)),
        "lift": float(PLAIN.told(motion.lift_mm)),
        "lift_speed": float(PER_MINUTE.told(motion.lift_mm_s)),
        "retract": float(PLAIN.told(motion.lift_mm)),
        "retract_speed": float(PER_MINUTE.told(motion.retract_mm_s)),
        "pwm": pwm_of(setting.power),
    }


def held(wanted: Iterable[Setting]) -> list[Setting]:
    """What a reader takes from the records of these settings."""
    known: dict[Setting, Setting] = {}
    for setting in (wanted := list(wanted)):
        if setting not in known:
            known[setting] = heard(filled(LAYER, told(setting)), static_waits=True)
    return [known[setting] for setting in wanted]


def write_layers(job: Job, file: IO[bytes], wanted: list[Setting], tops_nm: list[int], **header: object) -> None:
    """Write a job with these settings and tops; `header` holds further fields of the header."""
    pictures = Pictures(job, lambda pixels: (_framed(pixels), lit(pixels)))
    file.write(bytes(HEADER.itemsize))
    volume_um3 = 0.0
    for (layer, (code, light)), setting, top_nm in zip(pictures.firsts(), wanted, tops_nm, strict=True):
        fields = {**told(setting), "z_mm": top_nm / 1e6, "break": BREAK, "size": len(code)}
        file.write(filled(LAYER, fields).tobytes() + code + BREAK)
        volume_um3 += light / 255 * job.panel.pixel_area_um2 * layer.thickness_um
    file.write(END)
    small, big = (rgb565(pictures.thumbnail.picture(side, side)) for side in (SMALL_PX, BIG_PX))
    fields = {**_header(job, Plan.of(wanted)), "small": small, "big": big, "volume_mm3": volume_um3 / 1e9, **header}
    file.seek(0)
    file.write(filled(HEADER, fields).tobytes())


def check(job: Job) -> None:
    """Refuse what no file of this kind can hold."""
    check_count(len(job.layers))
    if max(job.panel.width_px, job.panel.height_px) > MOST_PX:
        said = f"{job.panel.width_px} x {job.panel.height_px} pixels"
        raise FormatError(f"{said}: a side must be at most {MOST_PX}")


def _framed(pixels: NDArray[np.uint8]) -> bytes:
    """A picture's code between its start mark and its checksum."""
    code = encode(pixels)
    return START + code + bytes([checksum(code)])


def _header(job: Job, plan: Plan) -> dict[str, Any]:
    panel = job.panel
    return {
        "magic": MAGIC,
        "software": "voxelyte",
        "created": CREATED,
        "printer": text(job.printer.machine, HEADER["printer"].itemsize - 1),
        "profile": text(job.resin.name, HEADER["profile"].itemsize - 1),
        "antialiasing": 8,
        "grey": 1,
        "deep_grey": 1,
        "break1": BREAK,
        "break2": BREAK,
        "layers": len(job.layers),
        "width_px": panel.width_px,
        "height_px": panel.height_px,
        "mirror_x": panel.mirror_x,
        "mirror_y": panel.mirror_y,
        "width_mm": float(held_side(panel.width_px, panel.pitch_x_um)),
        "height_mm": float(held_side(panel.height_px, panel.pitch_y_um)),
        "build_height_mm": job.printer.build_height_mm,
        "thickness_mm": usual(layer.thickness_nm for layer in job.layers) / 1e6,
        "static_waits": 1,
        **told(plan.normal),
        **{f"bottom_{name}": value for name, value in told(plan.bottom).items()},
        "bottoms": plan.bottoms,
        "transitions": plan.transitions,
        "time_s": min(round(job.time_s), 2**32 - 1),
        "content_offset": HEADER.itemsize,
    }


def by_plan(job: Job) -> list[Setting]:
    """What the few numbers of the header make of the job's layers."""
    return Plan.of(settings(job)).made(len(job.layers))
