"""list, schema: what there is, and how to write more of it."""

from __future__ import annotations

import json

import click

from voxelyte.cli.formats import say_formats

SHELVES = ("designs", "printers", "resins", "formats", "machines")


@click.command("list")
@click.argument("shelf", required=False, type=click.Choice(SHELVES))
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
def list_command(shelf: str | None, as_json: bool) -> None:
    """List designs, printers, resins, formats and machines.

    With SHELF only those; `list formats` shows as a table what each format carries.
    """
    if shelf == "formats":
        say_formats(as_json)
        return
    shelves = {name: entries for name, entries in _shelves().items() if shelf in (None, name)}
    if as_json:
        click.echo(json.dumps(shelves))
        return
    width = max(len(name) for entries in shelves.values() for name in entries)
    for title, entries in shelves.items():
        click.secho(title, bold=True)
        for name, text in entries.items():
            click.echo(f"  {name:<{width}}  {text}")


def _shelves() -> dict[str, dict[str, str]]:
    from voxelyte.datafiles import titles
    from voxelyte.formats import all_formats
    from voxelyte.members import members

    virtual = "virtual machine in this process; `voxelyte serve` puts it behind a wire"
    return {
        "designs": titles("geometry"),
        "printers": titles("printer"),
        "resins": titles("resin"),
        "formats": {", ".join(one.suffixes): one.title for one in all_formats()},
        "machines": {f"sim://{name}": virtual for name in members("sim")},
    }


@click.command("schema")
@click.argument("kind", type=click.Choice(["geometry", "printer", "resin", "rig"]))
def schema_command(kind: str) -> None:
    """Print a JSON Schema for TOML editors.

    With it an editor completes and checks recipes (geometry), profiles (printer, resin) and rig files (rig).
    """
    from voxelyte.schema import json_schema

    click.echo(json.dumps(json_schema(kind), indent=2, ensure_ascii=False))  # type: ignore[arg-type]
