"""export: a folder for a machine that this package does not drive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from voxelyte.cli.archives import ALLOW, JSON, allowed
from voxelyte.cli.options import designed
from voxelyte.cli.ordering import Order
from voxelyte.cli.telling import facts, say_job

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("export")
@click.argument("design")
@click.option("--for", "printer", required=True, metavar="PRINTER", help="Printer profile: a name or a TOML file.")
@designed
@click.option("-o", "--output", type=FOLDER, required=True, help="The folder to make; it must not hold anything yet.")
@ALLOW
@JSON
def export_command(output: Path, allow: str, as_json: bool, **order: Any) -> None:
    """Export a design for a machine that is not driven here.

    DESIGN is a name, a TOML file, a mesh or an .slc. For an Asiga the folder holds contours (SLC) and a mesh (STL) on the panel's
    pixel grid, for another printer the archive that it takes; for each of them the masks, and a process sheet to print.
    """
    from voxelyte.errors import RecipeError
    from voxelyte.export import export

    job, solid = Order(**order).made()
    if solid is None:
        raise RecipeError(f"{order['design']} is an archive of finished layers: export needs the recipe, or an .slc")
    if not as_json:
        say_job(job, solid)
    export(job, solid, output, allowed(allow))
    files = {str(file.relative_to(output)): file.stat().st_size for file in sorted(output.rglob("*")) if file.is_file()}
    if as_json:
        click.echo(json.dumps(facts(job, solid) | {"folder": str(output), "files": files}))
        return
    click.echo(f"wrote {output}")
    for name, size in files.items():
        click.echo(f"  {name:<28} {size:>12,} bytes")
