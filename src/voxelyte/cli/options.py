"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from voxelyte.cli import parts
from voxelyte.cli.snapping import SNAP

PRINTER = "asiga-max"
SLURRY = "pegda-litfsi-llzto"
HOW = "first"

_SHAPE = (
    click.option("--printer", show_default=PRINTER, help="Printer profile: a name or a TOML file."),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a parameter of the design, such as diameter_um=200.",
    ),
    click.option(
        "--outline",
        metavar="SHAPE",
        help="plate, disc:16000, coin:CR2032, rectangle:30000x20000,r=2000 (all in µm), or FILE.svg, FILE.dxf.",
    ),
    click.option(
        "--merge", is_flag=True, help="Unite what overlaps, where the design can; without it overlaps are refused."
    ),
    *SNAP,
    *parts.OPTIONS,
)
_LAYERS = (
    click.option("--resin", show_default=SLURRY, help="Resin profile: a name or a TOML file."),
    click.option(
        "--layering",
        show_default=HOW,
        metavar="HOW",
        help="Where a remainder goes: first, last, even; round changes heights and says so; or thicknesses in µm: 75,50,50,50.",
    ),
    click.option("--layer-um", type=float, help="Layer thickness, in place of the resin's."),
    click.option(
        "--exposure-s",
        type=float,
        help="Exposure of each layer, taken as it is. Without it the resin's dose is kept, where both irradiances are known.",
    ),
    click.option("--grey-levels", type=int, help="Grey levels that the panel shows, 2 (a threshold) to 256."),
)


def ordered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of `ordering.Order`."""
    for option in reversed(_SHAPE + _LAYERS):
        command = option(command)
    return command


def designed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of `ordering.Order` but the printer, which it names in its own way."""
    for option in reversed(_SHAPE[1:] + _LAYERS):
        command = option(command)
    return command


def shaped(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command those options of `ordering.Order` that its solid depends on."""
    for option in reversed(_SHAPE):
        command = option(command)
    return command
