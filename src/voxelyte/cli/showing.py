"""list, schema: what there is, and how to write more of it."""

from __future__ import annotations

import json

import click


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
def list_command(as_json: bool) -> None:
    """List designs, printers, resins and formats."""
    from voxelyte.datafiles import titles
    from voxelyte.members import member, members

    formats = {", ".join(one.suffixes): one.title for one in (member("formats", name) for name in members("formats"))}
    shelves = {
        "designs": titles("geometry"),
        "printers": titles("printer"),
        "resins": titles("resin"),
        "formats": formats,
        "machines": {
            f"sim://{name}": "virtual machine in this process; `voxelyte serve` puts it behind a wire"
            for name in members("sim")
        },
    }
    if as_json:
        click.echo(json.dumps(shelves))
        return
    width = max(len(name) for shelf in shelves.values() for name in shelf)
    for shelf, entries in shelves.items():
        click.secho(shelf, bold=True)
        for name, title in entries.items():
            click.echo(f"  {name:<{width}}  {title}")


@click.command("schema")
@click.argument("kind", type=click.Choice(["geometry", "printer", "resin"]))
def schema_command(kind: str) -> None:
    """Print a JSON Schema for TOML editors.

    With it an editor completes and checks recipes (geometry) and profiles (printer, resin).
    """
    from voxelyte.schema import json_schema

    click.echo(json.dumps(json_schema(kind), indent=2, ensure_ascii=False))  # type: ignore[arg-type]
