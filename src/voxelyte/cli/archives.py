"""inspect, convert: what an archive holds, and one archive to another."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.parts import PartFile, is_mesh, with_options
from voxelyte.cli.telling import MOST_ROWS, counted, facts, say_job, say_origin

if TYPE_CHECKING:
    from voxelyte.formats import Format
    from voxelyte.job import Job, Layer, Mask

JSON = click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
ALLOW = click.option(
    "--allow-loss", "allow", default="", metavar="NAMES", help="Losses that you accept, by name: thickness,motion."
)
TABLE = click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Also write what is where on a plate of films.",
)


def write_films(job: Job, path: Path | None, as_json: bool) -> None:
    """The table of `--table`, if it was asked for."""
    from voxelyte.tables import write_table

    if path is not None:
        write_table(job, path)
        if not as_json:
            click.echo(f"wrote {path}")


@click.command("convert")
@click.argument("source")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--printer", help="The machine that TARGET is for: its name and motion are written (a name or a TOML file)."
)
@ALLOW
@JSON
def convert_command(source: str, target: Path, printer: str | None, allow: str, as_json: bool) -> None:
    """Convert an archive to another format.

    The masks of SOURCE stay as they are, and so does every number; the suffix of TARGET picks its format.
    """
    from voxelyte.converting import convert
    from voxelyte.formats import format_for
    from voxelyte.recipes import load_printer

    job = convert(source, target, allowed(allow), None if printer is None else load_printer(printer))
    if not as_json:
        say_job(job, None)
    say_written(facts(job, None), target, format_for(target), as_json)


def allowed(names: str) -> list[str]:
    """The losses of `--allow-loss`."""
    return [name.strip() for name in names.split(",") if name.strip()]


def say_written(told: dict[str, Any], path: Path, fmt: Format, as_json: bool) -> None:
    """What was written, and what its format leaves to the machine."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    if as_json:
        click.echo(json.dumps(told | {"file": str(path), "format": fmt.name, "bytes": size}))
        return
    click.echo(f"wrote {path} ({fmt.title}, {size:,} bytes)")
    for note in fmt.notes:
        click.secho(f"  note      {note}", fg="yellow")


@click.command("inspect")
@click.argument("archive")
@TABLE
@with_options
@JSON
def inspect_command(archive: str, table: Path | None, as_json: bool, **said: Any) -> None:
    """Check an archive and say what it holds.

    Reads ARCHIVE, of any format that `voxelyte list formats` names, and decodes every mask; or a mesh (STL, 3MF, PLY, OBJ).
    """
    from voxelyte.errors import RecipeError
    from voxelyte.formats import read_job, recognised

    part, mesh = PartFile(archive, **said), is_mesh(archive)
    if not mesh:
        part.refused()
    if table is not None and (mesh or recognised(archive).contours):
        raise RecipeError(f"{archive} holds {'a mesh' if mesh else 'contours'}: no table of films")
    if mesh:
        say_mesh(part, as_json)
        return
    if recognised(archive).contours:
        say_contours(archive, as_json)
        return
    job = read_job(archive)
    write_films(job, table, as_json)
    rows, hashes = _rows(job)
    if as_json:
        told = facts(job, None) | {"layer": rows, "mask_sha256": hashes, "provenance": asdict(job.provenance)}
        click.echo(json.dumps(told))
        return
    say_job(job, None)
    say_origin(job)
    for row in rows if len(rows) <= MOST_ROWS else [*rows[: MOST_ROWS // 2], *rows[-MOST_ROWS // 2 :]]:
        shown = " + ".join(f"mask {e['mask']} {e['exposure_s']:g} s {e['lit_mm2']:.4f} mm²" for e in row["exposures"])
        click.echo(f"  {row['layer'] + 1:>5}  top {row['z_um']:>9g} µm  {row['thickness_um']:>6g} µm  {shown}")
    if len(rows) > MOST_ROWS:
        click.echo(f"  ({len(rows) - MOST_ROWS} layers between: --json says them all)")


def say_mesh(part: PartFile, as_json: bool) -> None:
    """A mesh: its unit, size and heights, and what is not well with it."""
    from voxelyte.meshed.crossing import crossing_notes

    solid = part.solid()
    notes = (*solid.notes, *crossing_notes(solid))
    x0, y0, _, x1, y1, top = solid.bounds_um
    triangles, levels = len(solid.drawn.faces), solid.levels_um
    if as_json:
        box = {"size_um": [x1 - x0, y1 - y0, top], "volume_mm3": solid.volume_um3 / 1e9}
        more = {"levels_um": levels, "bodies": solid.shells, "notes": notes}
        click.echo(json.dumps({"triangles": triangles, "unit": solid.drawn.unit} | box | more))
        return
    click.secho(f"{part.file}: a closed mesh of {triangles:,} triangles, unit {solid.drawn.unit}", bold=True)
    click.echo(f"  box       {(x1 - x0) / 1000:g} x {(y1 - y0) / 1000:g} x {top / 1000:g} mm")
    bodies = "1 body" if solid.shells == 1 else f"{solid.shells:,} bodies"
    click.echo(f"  volume    {solid.volume_um3 / 1e9:.4f} mm³ in {bodies}")
    some = levels if len(levels) <= MOST_ROWS else (*levels[: MOST_ROWS // 2], *levels[-MOST_ROWS // 2 :])
    click.echo(f"  levels    {', '.join(f'{um:g}' for um in some)} µm, {len(levels)} in all")
    for note in notes:
        click.secho(f"  note      {note}", fg="yellow")


def say_contours(path: str, as_json: bool) -> None:
    """An SLC file: its heights, and what its contours enclose; it holds neither masks nor exposures."""
    from voxelyte.contours import facts as contour_facts
    from voxelyte.formats.slc import read_contours

    told = contour_facts(read_contours(Path(path)))
    if as_json:
        click.echo(json.dumps(told))
        return
    click.secho(f"{path}: contours, unit {told['unit']}, made by {told['package'] or 'nobody named'}", bold=True)
    (x0, x1), (y0, y1) = told["x_mm"], told["y_mm"]
    click.echo(f"  box       x {x0:g} to {x1:g} mm, y {y0:g} to {y1:g} mm, height {told['height_um']:g} µm")
    click.echo(f"  volume    {told['volume_mm3']:.4f} mm³ in {told['layers']} layers; no exposure is in such a file")
    for note in told["notes"]:
        click.secho(f"  note      {note}", fg="yellow")
    for row in told["layer"][:MOST_ROWS]:
        pieces = f"{counted(row['pieces'], 'pieces')}, {counted(row['holes'], 'holes')}, {row['area_mm2']:.4f} mm²"
        click.echo(f"  {row['layer'] + 1:>5}  top {row['z_um']:>9g} µm  {row['thickness_um']:>6g} µm  {pieces}")
    if len(told["layer"]) > MOST_ROWS:
        click.echo(f"  ({len(told['layer']) - MOST_ROWS} layers more: --json says them all)")


def _rows(job: Job) -> tuple[list[dict[str, Any]], list[str]]:
    """Every layer, and the hash of every distinct mask; each mask is decoded once."""
    from voxelyte.job import pixel_hash

    pixel_mm2 = job.panel.pixel_area_um2 / 1e6
    known: dict[Mask, tuple[int, float]] = {}
    hashes = []
    for mask in job.masks():
        pixels = mask.pixels()
        known[mask] = len(known), float(pixels.sum(dtype="u8")) / 255 * pixel_mm2
        hashes.append(pixel_hash(pixels))
    return [_row(layer, known) for layer in job.layers], hashes


def _row(layer: Layer, known: dict[Mask, tuple[int, float]]) -> dict[str, Any]:
    shown = []
    for exposure in layer.exposures:
        number, lit_mm2 = known[exposure.mask]
        power = {"exposure_s": exposure.exposure_s, "power": exposure.power}
        shown.append({"mask": number, **power, "lit_mm2": lit_mm2})
    return {"layer": layer.index, "z_um": layer.z_um, "thickness_um": layer.thickness_um, "exposures": shown}
