"""What the commands say of a job: in words for people, as a dictionary for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from voxelyte.job import Job
    from voxelyte.solids import Solid


MOST_ROWS = 40
"""Longer tables are shown without their middle."""


def facts(job: Job, solid: Solid | None) -> dict[str, Any]:
    """The numbers of a job; those of the solid only where it is known."""
    told: dict[str, Any] = {
        "name": job.name,
        "printer": job.printer.name,
        "resin": job.resin.name,
        "layers": len(job.layers),
        "thickness_um": [layer.thickness_um for layer in job.layers],
        "height_um": job.height_nm / 1000,
        "exposure_s": job.exposure_s,
        "time_s": job.time_s,
        "dose_mj_cm2": job.resin.dose_mj_cm2,
        "notes": list(job.provenance.notes),
    }
    return told if solid is None else told | _film(solid)


def _film(solid: Solid) -> dict[str, Any]:
    return {
        "feature": solid.feature,
        "features": solid.count,
        "levels_um": list(solid.levels_um),
        "footprint_mm2": solid.footprint_um2 / 1e6,
        "volume_mm3": solid.volume_um3 / 1e9,
        "side_wall_mm2": solid.side_wall_um2 / 1e6,
        "area_factor": 1 + solid.side_wall_um2 / solid.footprint_um2 if solid.footprint_um2 else None,
        "void_mm3": solid.void_um3 / 1e9,
        "void_cm3_cm2": solid.void_um3 / solid.footprint_um2 / 1e4 if solid.footprint_um2 else None,
        "lattice_area_factor": solid.cell_area_factor,
    }


def say_job(job: Job, solid: Solid | None) -> None:
    """Describe a job before anything is done with it."""
    click.secho(f"{job.name} on {job.printer.title}", bold=True)
    if solid is not None:
        _say_film(_film(solid))
    click.echo(f"  layers    {stack(job)} µm = {job.height_nm / 1000:g} µm")
    click.echo(f"  exposure  {_exposures(job)}")
    pitch_x, pitch_y = job.panel.pitch_x_um, job.panel.pitch_y_um
    pitch = f"{pitch_x:g}" if pitch_x == pitch_y else f"{pitch_x:g} x {pitch_y:g}"
    click.echo(
        f"  panel     {job.panel.width_px} x {job.panel.height_px} pixels of {pitch} µm, {job.panel.grey_levels} grey levels"
    )
    click.echo(
        f"  time      {job.time_s:.1f} s: lamp {job.exposure_s:g} s, motion {job.time_s - job.exposure_s:.1f} s, without homing"
    )
    for note in job.provenance.notes:
        click.secho(f"  note      {note}", fg="yellow")


def say_origin(job: Job) -> None:
    """Which software made a job, and from which parameters; an archive of another program may not say."""
    if job.provenance.software:
        click.echo(f"  made by   {job.provenance.software}")
    if job.provenance.parameters:
        click.echo(f"  from      {' '.join(_parameters(job.provenance.parameters))}")


def _parameters(table: Mapping[str, object], under: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _parameters(value, f"{under}{key}.")
        else:
            yield f"{under}{key}={value}"


def _say_film(film: dict[str, Any]) -> None:
    levels = film["levels_um"]
    heights = f"base {levels[1]:g} µm"
    if film["features"]:
        heights += f", {counted(film['features'], film['feature'])} of {levels[-1] - levels[1]:g} µm on it"
    click.echo(f"  film      {heights}; footprint {film['footprint_mm2']:.2f} mm², volume {film['volume_mm3']:.3f} mm³")
    if film["features"]:
        endless = film["lattice_area_factor"]
        lattice = "" if endless is None else f", {endless:.3f} for an endless lattice"
        click.echo(
            f"  surface   area factor {film['area_factor']:.3f} of this film (1 + side walls / footprint){lattice}"
        )
        click.echo(f"  void      {film['void_mm3']:.3f} mm³ between them, {film['void_cm3_cm2']:.5f} cm³/cm²")


def counted(number: int, plural: str) -> str:
    """`1 spiral wall`, `2,188 pillars`."""
    return f"{number:,} {plural.removesuffix('s') if number == 1 else plural}"


def stack(job: Job) -> str:
    """Thicknesses from the plate up: `25 + 50 + 50`, long runs as `40 x 50`."""
    runs = [(f"{um:g}", len(list(group))) for um, group in groupby(layer.thickness_um for layer in job.layers)]
    return " + ".join(
        text if count == 1 else " + ".join([text] * count) if count < 6 else f"{count} x {text}" for text, count in runs
    )


def _exposures(job: Job) -> str:
    times = sorted({exposure.exposure_s for layer in job.layers for exposure in layer.exposures})
    said = f"{times[0]:g} s a layer" if len(times) == 1 else f"{times[0]:g} to {times[-1]:g} s a layer"
    dose = job.resin.dose_mj_cm2
    if dose is None:
        return f"{said}; dose not known (no irradiance for {job.resin.name})"
    whose = f"as read in {job.resin.name}" if job.resin.printed_on == job.printer.name else f"on {job.printer.name}"
    return f"{said}; dose {dose:g} mJ/cm² at {job.resin.irradiance_mw_cm2:g} mW/cm² {whose}"
