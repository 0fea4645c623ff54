"""pixels: how the panel will draw an array, before the vat is filled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.archives import JSON
from voxelyte.cli.options import shaped
from voxelyte.cli.ordering import Order
from voxelyte.cli.telling import counted

if TYPE_CHECKING:
    from voxelyte.cli.snapping import Designed
    from voxelyte.pixels import Drawn, PixelReport
    from voxelyte.pixels.report import Copy, Lit
    from voxelyte.pixels.spread import Spread
    from voxelyte.printer import Printer
    from voxelyte.solids import Solid

MOST_ARRAYS, MOST_PIECES = 3, 5
"""Arrays up to which each is told at length, and pieces that are told."""

PICTURE = click.Path(path_type=Path, dir_okay=False)


@click.command("pixels")
@click.argument("design")
@shaped
@click.option("--grey-levels", type=int, help="Grey levels that the panel shows, 2 (a threshold) to 256.")
@click.option("--z-um", type=float, help="Height of the section to look at; just above the base unless told.")
@click.option(
    "-o", "--output", type=PICTURE, help="A picture (.png) of the best and the worst feature on the pixel grid."
)
@JSON
def pixels_command(output: Path | None, z_um: float | None, as_json: bool, **order: Any) -> None:
    """Say how the panel draws an array of features.

    Counts the distinct pixel patterns of the copies in DESIGN, and says what each lights, in grey and thresholded.
    """
    from voxelyte.errors import FormatError
    from voxelyte.pixels.words import foot_um, report_of

    if output is not None and output.suffix.lower() != ".png":
        raise FormatError(f"output={output} must end in .png")
    asked = Order(**order)
    made, printer = asked.designed(), asked.printer_profile()
    report = report_of(made.solid, printer.panel, z_um)
    z_um = foot_um(made.solid) if z_um is None else z_um
    if output is not None:
        from voxelyte.pixels.picture import write_picture

        write_picture(report, output, f"{made.recipe.name} on {printer.name}", made.solid.feature)
    if as_json:
        file = {} if output is None else {"file": str(output)}
        click.echo(json.dumps(_facts(made, printer, report, z_um) | file))
        return
    click.secho(f"{made.recipe.name} on {printer.title}", bold=True)
    for note in made.notes:
        click.secho(f"  snap      {note}", fg="yellow")
    _say(report, made.solid, printer, z_um)
    if output is not None:
        click.echo(f"wrote {output}")


def _facts(made: Designed, printer: Printer, report: PixelReport, z_um: float) -> dict[str, Any]:
    from voxelyte.pixels.change import facts as changes
    from voxelyte.pixels.facts import facts
    from voxelyte.pixels.fine import too_fine

    told = {"design": made.recipe.name, "printer": printer.name, "feature": made.solid.feature, "z_um": z_um}
    return (
        told
        | ({} if made.snapped is None else {"snap": changes(made.snapped)})
        | facts(report)
        | {"too_fine": list(too_fine(made.solid, printer.panel))}
    )


def _say(report: PixelReport, solid: Solid, printer: Printer, z_um: float) -> None:
    from voxelyte.pixels.fine import too_fine
    from voxelyte.pixels.words import piece, verdict

    panel = printer.panel
    pitch = " x ".join(dict.fromkeys((f"{panel.pitch_x_um:g}", f"{panel.pitch_y_um:g}")))
    click.echo(f"  panel     pixels of {pitch} µm, {panel.grey_levels} grey levels")
    click.echo(f"  section   at z {z_um:g} µm")
    if not report.drawn:
        click.echo("  nothing stands on the base at this height: there is nothing to measure")
    for line in too_fine(solid, panel):
        click.secho(f"  note      {line}", fg="yellow")
    few = len(report.arrays) <= MOST_ARRAYS
    for one in report.arrays:
        (_array if few else _row)(one, solid.feature or "features")
        for line in verdict(report, one, solid.feature) if few else ():
            click.secho(f"  note      {line}", fg="yellow")
    for one in report.pieces[:MOST_PIECES]:
        click.echo(f"  piece     {piece(one)}")
    if len(report.pieces) > MOST_PIECES:
        click.echo(f"  ({len(report.pieces) - MOST_PIECES} pieces more: --json says them all)")


def _row(one: Drawn, name: str) -> None:
    """One array of many."""
    lit, grey = one.binary, one.grey
    patterns = f"thresholded {counted(lit.patterns, 'patterns')}"
    thresholded = f"{patterns}, {_range(lit.pixels)} pixels, varying by {lit.faithful.variation:.1%}"
    click.echo(f"  array     {_drawn(one, name)}: {thresholded}; grey {_range(grey.pixels)} pixels")


def _drawn(one: Drawn, name: str) -> str:
    from voxelyte.pixels.words import across

    return f"{counted(one.copies, name)} of {across(one)}"


def _array(one: Drawn, name: str) -> None:
    from voxelyte.pixels.words import pixels

    area = pixels(one.part.area_um2 / one.copies / one.footprints.panel.pixel_area_um2)
    positions = counted(len(one.footprints), "positions")
    click.echo(f"  array     {_drawn(one, name)}, {area} each, in {positions} on the grid")
    rows = [
        ("", f"grey ({one.grey.levels} levels)", "threshold (one half)"),
        ("patterns", *(f"{lit.patterns:,} ({lit.symmetric:,} up to symmetry)" for lit in (one.grey, one.binary))),
        ("lit area, pixels", *(_spread(lit.pixels) for lit in (one.grey, one.binary))),
        ("lit / drawn area", *(_spread(lit.faithful) for lit in (one.grey, one.binary))),
        ("diameter, µm", *(_spread(lit.diameter_um) for lit in (one.grey, one.binary))),
        ("variation of area", *(_variation(lit) for lit in (one.grey, one.binary))),
    ]
    for label, grey, binary in rows:
        click.echo(f"    {label:<18} {grey:<32} {binary}".rstrip())
    for form, lit in (("grey", one.grey), ("threshold", one.binary)):
        click.echo(f"    {form + ', pixels:':<18} {_histogram(lit, name)}")
    if len(one.footprints) == 1:
        click.echo(f"    {'each':<18} {_copy(one.best)}")
        return
    for word, copy in (("best", one.best), ("worst", one.worst)):
        x, y = copy.at_um
        click.echo(f"    {word:<18} at x {x:g}, y {y:g} µm: {_copy(copy)}")


def _range(values: Spread) -> str:
    low, high = f"{values.least:.4g}", f"{values.most:.4g}"
    return low if low == high else f"{low} to {high}"


def _spread(values: Spread) -> str:
    return _range(values) if values.variation == 0 else f"{_range(values)}, mean {values.mean:.4g}"


def _variation(lit: Lit) -> str:
    ratio = lit.faithful.ratio
    return f"{lit.faithful.variation:.2%}, max/min {'none' if ratio is None else f'{ratio:.3f}'}"


def _histogram(lit: Lit, name: str) -> str:
    """`1 in 692, 2 in 1,472 pillars`."""
    bars = [
        (f"{bar.least:.5g}" if bar.least == bar.most else f"{bar.least:.4g}-{bar.most:.4g}", bar.copies)
        for bar in lit.histogram
    ]
    return ", ".join(f"{value} in {copies:,}" for value, copies in bars) + f" {name}"


def _copy(copy: Copy) -> str:
    lit = f"{copy.lit_px} pixel{'s' * (copy.lit_px != 1)} thresholded, {copy.grey_px:.3f} in grey"
    return f"{lit}; misfit {copy.misfit:.1%} of its area"
