"""rig: real stages and light engines, tried out before anything is printed on them."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from voxelyte.job import Job

RIG = "rig://"
EXAMPLE = "profiles/rigs/example.toml"


@click.group("rig")
def rig_group() -> None:
    """Machines made of a motion board and a light engine."""


@rig_group.command("check")
@click.argument("rig")
@click.option("--lamp", is_flag=True, help="Also light the lamp, once, for half a second.")
def check_command(rig: str, lamp: bool) -> None:
    """Try out the machine that RIG, a TOML file, describes.

    It homes, moves up and down, and shows a test target: take off the film, and look. Without --lamp no light is made.
    It ends dark, with the plate parked.
    """
    from voxelyte.rigs.check import check
    from voxelyte.rigs.rig import load_rig

    made = load_rig(rig)
    click.echo(f"{made.name}: {made.title}")
    for line in check(made, lamp):
        click.echo(f"  {line}")


@rig_group.command("example")
def example_command() -> None:
    """Print a rig file to start from: voxelyte rig example > rig.toml."""
    from voxelyte.datafiles import shipped

    click.echo(shipped(EXAMPLE).read_text(encoding="utf-8"), nl=False)


def say_dry_run(job: Job, address: str | None) -> None:
    """Say every byte that a rig's board would be sent for a job, and the pictures' names; no hardware is opened."""
    from urllib.parse import unquote

    from voxelyte.drivers import connect
    from voxelyte.errors import RecipeError
    from voxelyte.rigs.dry import dry_rig
    from voxelyte.rigs.rig import load_rig

    if address is None or not address.startswith(RIG):
        raise RecipeError("--dry-run says what a rig's board is sent: name the rig with --to rig://FILE.toml")
    rig = load_rig(unquote(address.removeprefix(RIG).partition("?")[0]))
    click.echo(f"{rig.name}: {rig.title}; what it would be sent, while nothing is opened", err=True)
    said: SimpleQueue[str] = (
        SimpleQueue()
    )  # said by the machine's own threads; a reader that has enough is no fault of the board
    try:
        with dry_rig(rig, said.put) as (found, key), connect(found, key) as driver:
            for _ in driver.run(job):
                _say_all(said)
    finally:
        _say_all(said)


def _say_all(said: SimpleQueue[str]) -> None:
    while not said.empty():
        click.echo(said.get())
