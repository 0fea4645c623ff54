"""pixels: how the panel will draw an array, before the vat is filled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.archives import JSON
from voxelyte.cli.ordering import Order, shaped
from voxelyte.cli.telling import counted

if TYPE_CHECKING:
    from voxelyte.pixels import Drawn, PixelReport
    from voxelyte.pixels.report import Copy, Lit
    from voxelyte.printer import Printer
    from voxelyte.solids import Solid

PICTURE = click.Path(path_type=Path, dir_okay=False)


@click.command("pixels")
@click.argument("design")
@shaped
@click.option("--grey-levels", type=int, help="Grey levels that the panel shows, 2 (a threshold) to 256.")
@click.option("--z-um", type=float, help="Height of the section to look at; just above the base unless told.")
@click.option("-o", "--output", type=PICTURE, help="A picture (.png) of the best and the worst feature on the pixel grid.")
@JSON
def pixels_command(output: Path | None, z_um: float | None, as_json: bool, **order: Any) -> None:
    """Say how the panel draws an array of features.

    Counts the distinct pixel patterns of the copies in DESIGN, and says what each lights, in grey and thresholded.
    """
    from voxelyte.errors import FormatError
    from voxelyte.pixels.words import facts, report_of

    if output is not None and output.suffix.lower() != ".png":
        raise FormatError(f"output={output} must end in .png")
    asked = Order(**order)
    made, printer = asked.design_made(), asked.printer_profile()
    report = report_of(made.solid, printer.panel, z_um)
    title = f"{made.name} on {printer.name}"
    if output is not None:
        from voxelyte.pixels.picture import write_picture

        write_picture(report, output, title, made.solid.feature)
    if as_json:
        told = {"design": made.name, "printer": printer.name, "feature": made.solid.feature}
        snap = {} if made.snapped is None else {"snap": made.snapped.facts()}
        click.echo(json.dumps(told | snap | facts(report) | ({"file": str(output)} if output else {})))
        return
    click.secho(f"{made.name} on {printer.title}", bold=True)
    for note in made.notes:
        click.secho(f"  snap      {note}", fg="yellow")
    _say(report, made.solid, printer)
    if output is not None:
        click.echo(f"wrote {output}")


def _say(report: PixelReport, solid: Solid, printer: Printer) -> None:
    from voxelyte.pixels.words import piece, verdict

    panel = printer.panel
    pitch = " x ".join(dict.fromkeys((f"{panel.pitch_x_um:g}", f"{panel.pitch_y_um:g}")))
    click.echo(f"  panel     pixels of {pitch} µm, {panel.grey_levels} grey levels")
    if not report.drawn:
        click.echo("  nothing stands on the base at this height: there is nothing to measure")
    for one in report.arrays:
        _array(one, solid.feature or "features")
        for line in verdict(report, one, solid.feature):
            click.secho(f"  note      {line}", fg="yellow")
    for one in report.pieces:
        click.echo(f"  piece     {piece(one, solid.feature)}")


def _array(one: Drawn, name: str) -> None:
    sizes, panel = one.diameter_um, one.footprints.panel
    drawn = f"{sizes.mean:.5g}" if sizes.variation == 0 else f"{sizes.least:.5g} to {sizes.most:.5g}"
    area = f"{one.part.area_um2 / one.copies / panel.pixel_area_um2:.4g} pixels each"
    click.echo(f"  array     {counted(one.copies, name)} of {drawn} µm, {area}, in {len(one.footprints):,} positions on the grid")
    rows = [
        ("", f"grey ({one.grey.levels} levels)", "threshold (one half)"),
        ("patterns", *(f"{lit.patterns:,} ({lit.symmetric:,} up to symmetry)" for lit in (one.grey, one.binary))),
        ("lit area, pixels", *(_spread(lit, "pixels") for lit in (one.grey, one.binary))),
        ("lit / drawn area", *(_spread(lit, "faithful") for lit in (one.grey, one.binary))),
        ("diameter, µm", *(_spread(lit, "diameter_um") for lit in (one.grey, one.binary))),
        ("variation of area", *(_variation(lit) for lit in (one.grey, one.binary))),
    ]
    for label, grey, binary in rows:
        click.echo(f"  {label:<18} {grey:<32} {binary}")
    for form, lit in (("grey", one.grey), ("threshold", one.binary)):
        click.echo(f"  lit pixels : {name}, {form}: {_histogram(lit)}")
    for word, copy in (("best", one.best), ("worst", one.worst)):
        click.echo(f"  {word:<9} {_copy(copy)}")


def _spread(lit: Lit, figure: str) -> str:
    spread = getattr(lit, figure)
    return f"{spread.least:.4g} to {spread.most:.4g}, mean {spread.mean:.4g}"


def _variation(lit: Lit) -> str:
    ratio = lit.faithful.ratio
    return f"{lit.faithful.variation:.2%}, max/min {'none' if ratio is None else f'{ratio:.3f}'}"


def _histogram(lit: Lit) -> str:
    bars = (
        (f"{bar.least:.5g}" if bar.least == bar.most else f"{bar.least:.4g}-{bar.most:.4g}", bar.copies)
        for bar in lit.histogram
    )
    return ", ".join(f"{value} : {copies:,}" for value, copies in bars)


def _copy(copy: Copy) -> str:
    x, y = copy.at_um
    misfit = f"misfit {copy.misfit:.1%} of its area (lit outside it or dark inside)"
    return f"at x {x:g}, y {y:g} µm: {copy.lit_px} pixels thresholded, {copy.grey_px:.3f} in grey; {misfit}"
