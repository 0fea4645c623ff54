"""How a print ended: what the machine says it cured, beside what was wanted."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from voxelyte.cli.telling import MOST_ROWS, counted, facts

if TYPE_CHECKING:
    from voxelyte.comparing import Comparison, LayerResult
    from voxelyte.job import Job
    from voxelyte.solids import Solid


def say_result(
    job: Job, solid: Solid | None, comparison: Comparison | None, files: dict[str, str], as_json: bool
) -> None:
    """Say it in a table, or as one JSON document."""
    if as_json:
        cured = None if comparison is None else asdict(comparison) | {"agrees": comparison.agrees}
        click.echo(json.dumps(facts(job, solid) | {"outcome": "complete", "cured": cured, **files}))
        return
    if comparison is None:
        click.echo("printed; this machine cannot see what it cured")
    else:
        _say(comparison, solid)
        if any(len(layer.exposures) > 1 for layer in job.layers):
            click.echo(
                "  areas of layers of several exposures count by their dose, in units of the longest exposure's own"
            )
    for what, path in files.items():
        click.echo(f"{what:<9} {path}")


def _say(comparison: Comparison, solid: Solid | None) -> None:
    who = "the virtual vat" if comparison.kind == "virtual-vat" else f"the machine ({comparison.kind})"
    wanted = "masks" if solid is None else "design"
    click.secho(f"cured, as {who} says, against the {wanted}", bold=True)
    click.echo("  layer   top µm      wanted mm²       cured mm²   difference   pieces")
    rows = comparison.layers
    shown = rows if len(rows) <= MOST_ROWS else (*rows[: MOST_ROWS // 2], *rows[-MOST_ROWS // 2 :])
    for row in shown:
        click.secho(_row(row), fg=None if row.agrees else "yellow")
    if len(shown) < len(rows):
        click.echo(f"  ({len(rows) - len(shown)} layers between are in the record)")
    pieces = counted(rows[-1].cured_pieces if rows else 0, _pieces(solid))
    verdict = "as designed" if comparison.agrees else "NOT as designed: see the marked layers"
    height = f"{comparison.cured_height_um:g} µm of {comparison.height_um:g} µm"
    click.echo(f"  height {height}; {pieces} at the top: {verdict}")


def _pieces(solid: Solid | None) -> str:
    """What the pieces of the top layer are: features, where nothing but features stands on the base."""
    from voxelyte.solids import OnBase

    alone = isinstance(solid, OnBase) and len(solid.standing) == len(solid.bodies)
    return solid.feature if solid and alone and solid.feature not in ("", "features") else "pieces"


def _row(row: LayerResult) -> str:
    whole = row.design_pieces in (None, row.cured_pieces)
    pieces = f"{row.cured_pieces:,}" if whole else f"{row.cured_pieces:,} of {row.design_pieces:,}"
    difference = (row.cured_mm2 - row.wanted_mm2) / row.wanted_mm2 if row.wanted_mm2 else 0.0
    difference = round(difference, 6) + 0.0  # no -0.0000 %
    areas = f"{row.wanted_mm2:>15.6f} {row.cured_mm2:>15.6f} {difference:>+12.4%}"
    return f"  {row.layer + 1:>5} {row.z_um:>8g} {areas}   {pieces}"
