"""key: the file by which a host and a machine know each other."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("key")
def key_group() -> None:
    """The key file that a host and a machine share."""


@key_group.command("new")
@click.argument("file", type=click.Path(path_type=Path))
def new_command(file: Path) -> None:
    """Write a fresh random key to FILE, which must not be there yet.

    Carry it to the other computer by a way you trust, and say --key FILE on both. Only its owner may read it.
    """
    from voxelyte.keys import new_key

    new_key(file)
    click.echo(f"{file}: a new key")
