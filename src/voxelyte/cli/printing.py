"""print: stream a job to a machine, show how it goes, and hold what was cured against the design."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.ordering import Order, ordered
from voxelyte.cli.telling import facts, say_job

if TYPE_CHECKING:
    from voxelyte.comparing import Comparison
    from voxelyte.drivers import Progress
    from voxelyte.drivers.stream import StreamDriver
    from voxelyte.job import Job
    from voxelyte.solids import Solid


@click.command("print")
@click.argument("design")
@ordered
@click.option("--to", "address", metavar="ADDRESS", help="socket://HOST:PORT, serial:///dev/ttyACM0?baud=115200, a device, or sim://asiga-max.")
@click.option("--real-time", is_flag=True, help="Let the clock of a virtual machine in this process run at its true speed.")
@click.option("--runs", type=click.Path(path_type=Path, file_okay=False), default="voxelyte-runs", show_default=True, help="Folder for run records.")
@click.option("--json", "as_json", is_flag=True, help="Say the result as JSON.")
def print_command(address: str | None, real_time: bool, runs: Path, as_json: bool, **order: Any) -> None:
    """Print DESIGN (a name, a TOML file or an archive) on a machine that speaks the voxelyte stream protocol.

    Without --to it goes to the printer's virtual machine in this process; no real hardware is opened unless you name it.
    """
    from voxelyte.drivers import connect

    job, solid = Order(**order).made()
    address = _address(job, address, real_time)
    if not as_json:
        say_job(job, solid)
    with connect(address) as driver:
        if not as_json:
            click.echo(f"  machine   {driver.machine.name}, {driver.machine.identity.maker}, {driver.machine.firmware}, at {address}")
        driver.check(job)
        _print(driver, job, solid, address, runs, as_json)


def _address(job: Job, given: str | None, real_time: bool) -> str:
    from voxelyte.errors import RecipeError

    address = given or job.printer.link
    if address is None:
        raise RecipeError(f"{job.printer.name} has no virtual machine: name a machine with --to")
    if not real_time:
        return address
    if not address.startswith("sim://") or "speed=" in address:
        raise RecipeError(f"--real-time is for a virtual machine in this process; {address} has a clock of its own")
    return f"{address}{'&' if '?' in address else '?'}speed=1"


def _print(driver: StreamDriver, job: Job, solid: Solid | None, address: str, runs: Path, as_json: bool) -> None:
    """Run the job; the record is written however it ends."""
    from voxelyte.preview import write_preview
    from voxelyte.runs import run_folder, write_record

    started = datetime.now(UTC)
    folder = run_folder(runs, job.name, started)
    write_preview(job, folder / "preview.png", solid)
    events: list[Progress] = []
    outcome, comparison = "failed", None
    try:
        _follow(driver.run(job), events, job, as_json)
        outcome = "complete"
        comparison = _compared(driver, job, solid)
    except BaseException as fault:
        outcome = f"{outcome}: {fault or type(fault).__name__}"
        raise
    finally:
        identity = driver.machine.identity.model_dump()
        record = write_record(folder, job, address, identity, started, datetime.now(UTC), outcome, events, comparison)
        if not as_json:
            click.echo(f"record   {record}\npreview  {folder / 'preview.png'}")
    _say_result(job, solid, comparison, record, folder / "preview.png", as_json)


def _compared(driver: StreamDriver, job: Job, solid: Solid | None) -> Comparison | None:
    from voxelyte.comparing import compare

    report = driver.report()
    return None if report is None else compare(job, solid, report)


def _follow(progress: Iterator[Progress], events: list[Progress], job: Job, quiet: bool) -> None:
    """Take all progress; show a bar with layer, height and time left. Leaving early closes the run, which darkens the machine."""
    from contextlib import closing

    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = TextColumn("layer {task.fields[at]}"), BarColumn(), TextColumn("{task.fields[lamp]}  {task.fields[left]} left")
    console = Console(quiet=quiet)
    with closing(progress), Bars(*columns, console=console, transient=False) as bars:  # type: ignore[type-var]
        bar = bars.add_task("print", total=job.exposure_s, at=f"0/{len(job.layers)}", lamp="dark ", left=f"{job.time_s:.0f} s")
        for event in progress:
            events.append(event)
            number = 0 if event.layer is None else event.layer + 1
            lamp = "LIGHT" if event.lamp else "dark "
            bars.update(bar, advance=event.on_time_s, at=f"{number}/{event.layers} z {event.z_um:g} µm", lamp=lamp, left=f"{event.time_left_s:.0f} s")


def _say_result(job: Job, solid: Solid | None, comparison: Comparison | None, record: Path, picture: Path, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        cured = None if comparison is None else asdict(comparison) | {"agrees": comparison.agrees}
        click.echo(json.dumps(facts(job, solid) | {"outcome": "complete", "cured": cured, "record": str(record), "preview": str(picture)}))
    elif comparison is None:
        click.echo("printed; this machine cannot see what it cured")
    else:
        _say_comparison(comparison, solid)


def _say_comparison(comparison: Comparison, solid: Solid | None) -> None:
    feature = solid.feature if solid is not None and solid.feature else "pieces"
    click.secho(f"cured by the virtual vat, against the {'design' if solid is not None else 'masks'}", bold=True)
    click.echo("  layer   top µm      wanted mm²     cured mm²   difference   pieces")
    for row in comparison.layers:
        pieces = f"{row.cured_pieces:,}" if row.design_pieces in (None, row.cured_pieces) else f"{row.cured_pieces:,} of {row.design_pieces:,}"
        difference = (row.cured_mm2 - row.wanted_mm2) / row.wanted_mm2 if row.wanted_mm2 else 0.0
        line = f"  {row.layer + 1:>5} {row.z_um:>8g} {row.wanted_mm2:>15.6f} {row.cured_mm2:>13.6f} {difference:>+12.4%}   {pieces}"
        click.secho(line, fg=None if row.agrees else "yellow")
    tops = comparison.layers[-1].cured_pieces if comparison.layers else 0
    verdict = "as designed" if comparison.agrees else "NOT as designed: see the marked layers"
    click.echo(f"  height {comparison.cured_height_um:g} µm of {comparison.height_um:g} µm; {tops:,} {feature} at the top: {verdict}")
