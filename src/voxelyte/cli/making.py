"""slice, inspect, preview, mesh: a design or an archive to a file, or to words."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.ordering import Order, ordered, shaped
from voxelyte.cli.telling import MOST_ROWS, counted, facts, say_job, say_origin

if TYPE_CHECKING:
    from voxelyte.job import Job, Layer, Mask

FILE = click.Path(path_type=Path, dir_okay=False)
OUT = click.option("-o", "--output", type=FILE, required=True, help="The file to write; its suffix picks the format.")
JSON = click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")


@click.command("slice")
@click.argument("design")
@ordered
@OUT
@click.option(
    "--allow-loss", "allow", default="", metavar="NAMES", help="Losses that you accept, by name: thickness,motion."
)
@JSON
def slice_command(output: Path, allow: str, as_json: bool, **order: Any) -> None:
    """Slice a design into a layer archive.

    DESIGN is a name, a TOML file or an archive; the suffix of the output picks .voxelyte or .sl1.
    """
    from voxelyte.formats import format_for, write_job

    format_for(output)
    job, solid = Order(**order).made()
    if not as_json:
        say_job(job, solid)
    fmt = write_job(job, output, [name for name in allow.split(",") if name])
    told = facts(job, solid) | {"file": str(output), "format": fmt.name, "bytes": output.stat().st_size}
    click.echo(json.dumps(told) if as_json else f"wrote {output} ({fmt.title}, {told['bytes']:,} bytes)")


@click.command("inspect")
@click.argument("archive")
@JSON
def inspect_command(archive: str, as_json: bool) -> None:
    """Check an archive and say what it holds.

    Reads ARCHIVE (.voxelyte or .sl1) and decodes every mask.
    """
    from voxelyte.formats import read_job

    job = read_job(archive)
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


@click.command("preview")
@click.argument("design")
@ordered
@OUT
def preview_command(output: Path, **order: Any) -> None:
    """Draw a design, its masks and its pixels.

    The picture shows the masks of DESIGN, a magnified corner with the pixel grid, and the film from the side.
    """
    from voxelyte.errors import FormatError
    from voxelyte.preview import write_preview

    if output.suffix.lower() != ".png":
        raise FormatError(f"output={output} must end in .png")
    job, solid = Order(**order).made()
    say_job(job, solid)
    write_preview(job, output, solid)
    click.echo(f"wrote {output}")


@click.command("mesh")
@click.argument("design")
@shaped
@OUT
def mesh_command(output: Path, **order: Any) -> None:
    """Write a design as a watertight mesh.

    The suffix of the output picks .stl, .ply (both in millimetres) or .3mf.
    """
    from voxelyte.mesh import write_mesh

    solid = Order(**order).solid()
    write_mesh(solid, output)
    size = f"{output.stat().st_size:,} bytes"
    click.echo(
        f"wrote {output} ({size}): {solid.volume_um3 / 1e9:.4f} mm³, {counted(solid.count, solid.feature or 'features')}"
    )
