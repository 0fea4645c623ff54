"""One archive to another, without a pixel changed on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from voxelyte.errors import FormatError
from voxelyte.formats import Format, format_for, read_job, recognised, write_job
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.printer import Printer

_CHECKED = {
    "width_px": None,
    "height_px": None,
    "pitch_x_um": "pitch",
    "pitch_y_um": "pitch",
    "mirror_x": "mirror",
    "mirror_y": "mirror",
}
"""Fields of a panel, and what a format must carry for them to be known."""


def convert(source: str | Path, target: str | Path, allow: Iterable[str] = (), printer: Printer | None = None) -> Job:
    """Write the job of archive `source` as `target` and give it back; `allow` is that of `write_job`.

    `printer` says which machine the new archive is for: its name and motion replace those of the old one, and its
    panel must take the very same masks. It is needed where the old archive holds no motion and the new one does.
    """
    reader, writer, job = recognised(source), format_for(target), read_job(source)
    if printer is not None:
        job = for_printer(job, printer, reader)
    elif needs_motion(reader, writer):
        law = f"and {writer.title} needs it: name the machine with --printer, whose motion is then written"
        raise FormatError(f"{Path(source).name}: {reader.title} does not hold the whole motion, {law}")
    write_job(job, target, allow)
    return job


def needs_motion(reader: Format, writer: Format) -> bool:
    """Whether `writer` states motion that an archive of `reader` does not hold, or not whole."""
    return "motion" in reader.silent and "motion" not in writer.silent


def for_printer(job: Job, printer: Printer, reader: Format) -> Job:
    """`job` with the name, limits and motion of `printer`; FormatError when its panel takes other masks."""
    for field, carried in _CHECKED.items():
        has, wants = getattr(job.panel, field), getattr(printer.panel, field)
        if has != wants and (carried is None or carried in reader.carries):
            law = f"must be {wants}, as of {printer.name}: masks are never scaled or turned over; slice the design anew"
            raise FormatError(f"panel.{field}={has} of the archive {law}")
    levels = max(job.panel.grey_levels, printer.panel.grey_levels)
    panel = printer.panel.model_copy(update={"grey_levels": levels})
    masks = {mask: mask.painted_by(panel) for mask in job.masks()}
    layers = tuple(_moved(layer, printer, masks) for layer in job.layers)
    return replace(job, printer=printer.model_copy(update={"panel": panel}), layers=layers)


def _moved(layer: Layer, printer: Printer, masks: dict[Mask, Mask]) -> Layer:
    shown = tuple(Exposure(masks[one.mask], one.exposure_s, one.power) for one in layer.exposures)
    return replace(layer, exposures=shown, motion=printer.motion)
