"""slice, preview, mesh: a design to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from voxelyte.cli.archives import ALLOW, JSON, allowed, say_written
from voxelyte.cli.ordering import Order, ordered, shaped
from voxelyte.cli.telling import counted, facts, say_job

FILE = click.Path(path_type=Path)
OUT = click.option("-o", "--output", type=FILE, required=True, help="The file to write; its suffix picks the format.")


@click.command("slice")
@click.argument("design")
@ordered
@OUT
@ALLOW
@JSON
def slice_command(output: Path, allow: str, as_json: bool, **order: Any) -> None:
    """Slice a design into a layer archive.

    DESIGN is a name, a TOML file, a mesh (STL, 3MF, PLY, OBJ) or an archive; the suffix of the output picks the format
    (`voxelyte list formats`).
    """
    from voxelyte.formats import format_for, write_job

    format_for(output)
    job, solid = Order(**order).made()
    if not as_json:
        say_job(job, solid)
    fmt = write_job(job, output, allowed(allow))
    say_written(facts(job, solid), output, fmt, as_json)


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
