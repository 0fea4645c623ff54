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
MOST_LETTERS = 200
"""Longer values, such as lists of points, are shown without their end."""


def facts(job: Job, solid: Solid | None) -> dict[str, Any]:
    """The numbers of a job; those of the solid only where it is known."""
    from voxelyte.tables import rows_of

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
    films = {"films": rows} if (rows := rows_of(job)) else {}
    return told | films if solid is None else told | films | _film(solid)


def _film(solid: Solid) -> dict[str, Any]:
    return {
        "feature": solid.feature,
        "features": solid.count,
        "levels_um": list(solid.levels_um),
        "base_um": _base_um(solid),
        "feature_um": max(_heights_um(solid)),
        "feature_least_um": min(_heights_um(solid)),
        "footprint_mm2": solid.footprint_um2 / 1e6,
        "volume_mm3": solid.volume_um3 / 1e9,
        "side_wall_mm2": solid.side_wall_um2 / 1e6,
        "area_factor": 1 + solid.side_wall_um2 / solid.footprint_um2 if solid.footprint_um2 else None,
        "void_mm3": solid.void_um3 / 1e9,
        "void_cm3_cm2": solid.void_um3 / solid.footprint_um2 / 1e4 if solid.footprint_um2 else None,
        "lattice_area_factor": solid.cell_area_factor,
    }


def _base_um(solid: Solid) -> float:
    """Thickness of the base; of a solid that has none of its own, its first slab."""
    from voxelyte.solids import OnBase

    return solid.base_um if isinstance(solid, OnBase) else solid.levels_um[1]


def _heights_um(solid: Solid) -> list[float]:
    """Heights of the features above the base."""
    from voxelyte.solids import OnBase

    bodies = solid.bodies if isinstance(solid, OnBase) else ()
    return [body.height_um for body in bodies] or [solid.levels_um[-1] - _base_um(solid)]


def say_job(job: Job, solid: Solid | None) -> None:
    """Describe a job before anything is done with it."""
    click.secho(f"{job.name} on {job.printer.title}", bold=True)
    if solid is not None:
        _say_film(solid, job)
    say_films(job)
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
    made_from = {key: value for key, value in job.provenance.parameters.items() if key != "films"}
    if made_from:
        click.echo(f"  from      {' '.join(_parameters(made_from))}")


def _parameters(table: Mapping[str, object], under: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _parameters(value, f"{under}{key}.")
        else:
            text = str(value)
            yield f"{under}{key}={text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + '...'}"


def say_films(job: Job) -> None:
    """What is where on a plate of films, and what was varied."""
    from voxelyte.tables import differing, rows_of

    rows = rows_of(job)
    if not rows:
        return
    varied = differing(rows)
    light = [key for key in ("exposure_s", "dose_mj_cm2") if key not in varied and rows[0].get(key) is not None]
    table = [["label", "x mm", "y mm", *varied, *light]]
    table += [[_cell(row, key) for key in ("label", "x_um", "y_um", *varied, *light)] for row in rows]
    shown = table if len(table) <= MOST_ROWS else [*table[: MOST_ROWS - 2], *table[-1:]]
    widths = [max(len(row[n]) for row in shown) for n in range(len(table[0]))]
    for n, row in enumerate(shown):
        line = "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {'films' if n == 0 else '':<9} {line}")
    if len(shown) < len(table):
        click.echo(f"            ({len(table) - len(shown)} films between: --table FILE.csv has them all)")


def _cell(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value / 1000:.10g}" if key in ("x_um", "y_um") else f"{value:.10g}"
    return "" if value is None else str(value)


def _say_film(solid: Solid, job: Job) -> None:
    from voxelyte.tables import rows_of

    film, number = _film(solid), len(rows_of(job))
    levels, stands = film["levels_um"], solid.section(0.0).area_um2 > solid.footprint_um2 * (1 - 1e-6)
    heights = f"base {film['base_um']:g} µm"
    if number:
        heights = (
            f"{counted(number, 'films')}, up to {levels[-1]:g} µm high, {counted(film['features'], film['feature'])}"
        )
    elif not stands:
        heights = f"{levels[-1]:g} µm high, {counted(film['features'], film['feature'])} above and below"
    elif film["features"]:
        least_um, most_um = film["feature_least_um"], film["feature_um"]
        sizes = f"{most_um:g}" if least_um == most_um else f"{least_um:g} to {most_um:g}"
        heights += f", {counted(film['features'], film['feature'])} of {sizes} µm on it"
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


def dose_got(job: Job, layer: int, exposure: int, lit_s: float, asked_s: float) -> str:
    """` (22.5 of 54 mJ/cm²)`: what a fully lit pixel got of an exposure, in this part of it; nothing where the irradiance is not known."""
    if job.resin.irradiance_mw_cm2 is None:
        return ""
    full_mw_cm2 = job.resin.irradiance_mw_cm2 * job.layers[layer].exposures[exposure].power
    return f" ({lit_s * full_mw_cm2:.4g} of {asked_s * full_mw_cm2:.4g} mJ/cm²)"


def stack(job: Job) -> str:
    """Thicknesses from the plate up: `25 + 50 + 50`, long runs as `40 x 50`."""
    runs = [(f"{um:g}", len(list(group))) for um, group in groupby(layer.thickness_um for layer in job.layers)]
    return " + ".join(
        text if count == 1 else " + ".join([text] * count) if count < 6 else f"{count} x {text}" for text, count in runs
    )


def _exposures(job: Job) -> str:
    from voxelyte.tables import rows_of

    times = sorted({layer.exposure_s for layer in job.layers if layer.exposures})
    said = f"{times[0]:.10g} s a layer" if len(times) == 1 else f"{times[0]:.10g} to {times[-1]:.10g} s a layer"
    most = max(len(layer.exposures) for layer in job.layers)
    said += f", in up to {most} exposures" if most > 1 else ""
    own = any(row.get("exposure_s") != job.resin.exposure_s for row in rows_of(job))
    dose = job.resin.dose_mj_cm2
    if dose is None:
        return f"{said}; dose not known (no irradiance for {job.resin.name})"
    whose = f"as read in {job.resin.name}" if job.resin.printed_on == job.printer.name else f"on {job.printer.name}"
    light = f"{job.resin.irradiance_mw_cm2:g} mW/cm² {whose}"
    return f"{said}; {light}, each film's dose above" if own else f"{said}; dose {dose:g} mJ/cm² at {light}"
