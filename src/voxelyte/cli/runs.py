"""runs: what was printed, when, on what, and how it went."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from voxelyte.cli.remembering import run_said, runs_said, state_of
from voxelyte.cli.telling import counted

if TYPE_CHECKING:
    from voxelyte.runs.index import Row

JSON = click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
FILE = click.Path(path_type=Path, dir_okay=False)
MOST_SHOWN = 40


@click.group("runs", invoke_without_command=True)
@click.option(
    "--last", type=click.IntRange(min=1), default=MOST_SHOWN, show_default=True, help="How many, from the newest."
)
@JSON
@click.pass_context
def runs_group(ctx: click.Context, last: int, as_json: bool) -> None:
    """List the prints of this user, newest first.

    A run is named by its id, or by as much of its beginning as no other run shares.
    """
    if ctx.invoked_subcommand is not None:
        return
    from voxelyte.runs import index
    from voxelyte.runs.database import in_words

    with index() as database:
        rows, count = database.runs(last), database.count()
        with in_words(database.path):
            text = json.dumps([_with_state(row) for row in rows]) if as_json else runs_said(rows, count)
    click.echo(text)


@runs_group.command("show")
@click.argument("run", metavar="ID")
@JSON
def show_command(run: str, as_json: bool) -> None:
    """Say all that is known of a print.

    Every layer with its times asked and measured, what interrupted it, and who said what of it.
    """
    from voxelyte.runs import index

    with index() as database, database.at_one_moment():
        row = database.whole(database.find(run))
        text = json.dumps(_with_state(row)) if as_json else run_said(row)
    click.echo(text)


@runs_group.command("note")
@click.argument("run", metavar="ID")
@click.argument("text")
@JSON
def note_command(run: str, text: str, as_json: bool) -> None:
    """Add a remark to a print, in the database and in its record."""
    from voxelyte.errors import VoxelyteError
    from voxelyte.runs import index
    from voxelyte.runs.conditions import Note
    from voxelyte.runs.record import RunNote, add_note, told_note

    note = RunNote(datetime.now(UTC), Note(note=text).note)
    with index() as database:
        row = database.find(run)
        database.note(str(row["id"]), note)
    try:
        add_note(Path(str(row["folder"])), note)
    except (OSError, ValueError, VoxelyteError) as fault:
        click.secho(
            f"warning: the note is in the database, but not in the run's folder: {fault}", fg="yellow", err=True
        )
    click.echo(json.dumps({"id": row["id"], **told_note(note)}) if as_json else f"{row['id']}: noted")


@runs_group.command("export")
@click.option("--csv", "kind", flag_value="csv", help="A table with one line for each run.")
@click.option("--json", "kind", flag_value="json", help="All that is known.")
@click.option("--exposures", is_flag=True, help="With --csv: one line for each exposure of each run.")
@click.option("-o", "--output", type=FILE, required=True, help="FILE; its suffix says what it is if you do not.")
def export_command(kind: Literal["csv", "json"] | None, exposures: bool, output: Path) -> None:
    """Write all runs to a file for other programs.

    The file is written whole or not at all; its columns are those of docs/runs.md.
    """
    from voxelyte.runs import index
    from voxelyte.runs.export import export_csv, export_json

    kind = kind or _kind_of(output)
    if exposures and kind == "json":
        raise click.UsageError("--exposures is for --csv: --json has them all")
    with index() as database:
        count = export_json(database, output) if kind == "json" else export_csv(database, output, exposures=exposures)
    click.echo(f"wrote {output} ({counted(count, 'exposures' if exposures else 'runs')})")


def _kind_of(path: Path) -> Literal["csv", "json"]:
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return "csv"
    if suffix == ".json":
        return "json"
    raise click.UsageError(f"{path} is to be --csv or --json: say which")


def _with_state(row: Row) -> dict[str, Any]:
    return row | {"state": state_of(row)}
