"""slice, inspect, preview, mesh: a design or an archive to a file, or to words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from voxelyte.cli.ordering import Order, ordered
from voxelyte.cli.telling import counted, facts, say_job

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
    rows = _layer_rows(job)
    if as_json:
        click.echo(json.dumps(facts(job, None) | {"layer": rows}))
        return
    say_job(job, None)
    for row in rows if len(rows) <= 40 else [*rows[:20], *rows[-20:]]:
        shown = " + ".join(f"mask {e['mask']} {e['exposure_s']:g} s {e['lit_mm2']:.4f} mm²" for e in row["exposures"])
        click.echo(f"  {row['layer'] + 1:>5}  top {row['z_um']:>9g} µm  {row['thickness_um']:>6g} µm  {shown}")


def _layer_rows(job: Any) -> list[dict[str, Any]]:
    """Every layer; each distinct mask is decoded once, for its lit area."""
    pixel_mm2 = job.panel.pixel_area_um2 / 1e6
    known: dict[Any, tuple[int, float]] = {}
    rows = []
    for layer in job.layers:
        shown = []
        for exposure in layer.exposures:
            if exposure.mask not in known:
                known[exposure.mask] = len(known), float(exposure.mask.pixels().sum(dtype="u8")) / 255 * pixel_mm2
            number, lit_mm2 = known[exposure.mask]
            shown.append(
                {"mask": number, "exposure_s": exposure.exposure_s, "power": exposure.power, "lit_mm2": lit_mm2}
            )
        rows.append({"layer": layer.index, "z_um": layer.z_um, "thickness_um": layer.thickness_um, "exposures": shown})
    return rows


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
@ordered
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
