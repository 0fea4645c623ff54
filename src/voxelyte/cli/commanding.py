"""pause, continue, stop: command a print that runs in another terminal, by a word in its run folder."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from voxelyte.errors import PrinterUnreachable, RecipeError, unknown

if TYPE_CHECKING:
    from voxelyte.cli.control import Word

FOLDER = click.Path(path_type=Path, file_okay=False)
PATIENCE_S, LOOK_S = 3.0, 0.05
"""How long a print may take to see the word; it looks five times a second."""

_run = click.argument("run", required=False)
_runs = click.option("--runs", type=FOLDER, default="voxelyte-runs", show_default=True, help="Folder for run records.")


@click.command("pause")
@_run
@_runs
def pause_command(run: str | None, runs: Path) -> None:
    """Let a print wait in the dark after its layer.

    RUN is the folder of a print, or its name in the runs folder; without it, the newest.
    """
    _command(run, runs, "pause")


@click.command("continue")
@_run
@_runs
def continue_command(run: str | None, runs: Path) -> None:
    """End the pause of a print.

    RUN is the folder of a print, or its name in the runs folder; without it, the newest.
    """
    _command(run, runs, "continue")


@click.command("stop")
@_run
@_runs
@click.option("--now", is_flag=True, help="At once, in the middle of an exposure.")
def stop_command(run: str | None, runs: Path, now: bool) -> None:
    """End a print after its exposure.

    RUN is the folder of a print, or its name in the runs folder; without it, the newest.
    """
    _command(run, runs, "stop-now" if now else "stop")


def _command(run: str | None, runs: Path, word: Word) -> None:
    """Leave the word, and wait until the print has taken it."""
    from voxelyte.cli.control import left

    folder = _folder(run, runs)
    path, waited = left(folder, word), Event()
    for _ in range(round(PATIENCE_S / LOOK_S)):
        if not path.exists():
            click.echo(f"{word}: told {folder}")
            return
        waited.wait(LOOK_S)
    path.unlink(missing_ok=True)
    raise PrinterUnreachable(
        f"{folder}: nobody took the word within {PATIENCE_S:g} s; does this print run on this computer?"
    )


def _folder(run: str | None, runs: Path) -> Path:
    """The folder of a run; the newest one where none is named."""
    if run is not None and Path(run).is_dir():
        return Path(run)
    names = sorted(one.name for one in runs.iterdir() if one.is_dir()) if runs.is_dir() else []
    if run is None and names:
        return runs / names[-1]  # a run's name begins with its time
    if run not in names:
        raise RecipeError(f"{runs} has no run yet" if run is None else unknown("run", run, names))
    return runs / run
