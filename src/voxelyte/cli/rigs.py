"""rig: real stages and light engines, tried out before anything is printed on them."""

from __future__ import annotations

import click


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
    from voxelyte.datafiles import open_toml

    click.echo(open_toml("rig", "example").text, nl=False)
