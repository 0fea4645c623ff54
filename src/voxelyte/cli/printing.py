"""print: stream a job to a machine, show how it goes, and hold what was cured against the design."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.ordering import Order, ordered
from voxelyte.cli.telling import say_job
from voxelyte.errors import PrinterError

if TYPE_CHECKING:
    from voxelyte.comparing import Comparison
    from voxelyte.drivers import Driver, Progress
    from voxelyte.job import Job
    from voxelyte.runs import Outcome, Run
    from voxelyte.solids import Solid

ADDRESS = "socket://HOST:PORT, serial:///dev/ttyACM0?baud=115200, a device, or sim://asiga-max."
FOLDER = click.Path(path_type=Path, file_okay=False)
PICTURE = "preview.png"


@click.command("print")
@click.argument("design")
@ordered
@click.option("--to", "address", metavar="ADDRESS", help=ADDRESS)
@click.option("--real-time", is_flag=True, help="Let a virtual machine in this process run at its true speed.")
@click.option("--runs", type=FOLDER, default="voxelyte-runs", show_default=True, help="Folder for run records.")
@click.option("--json", "as_json", is_flag=True, help="Say the result as JSON.")
def print_command(address: str | None, real_time: bool, runs: Path, as_json: bool, **order: Any) -> None:
    """Print a design, on a virtual machine unless told.

    DESIGN is a name, a TOML file or an archive. It goes to a machine that speaks the voxelyte stream protocol: to the printer's
    virtual machine in this process, unless --to names another. No real hardware is opened unless you name it.
    """
    from voxelyte.drivers import connect
    from voxelyte.runs import Run

    job, solid = Order(**order).made()
    address = _address(job, address, real_time)
    link = connect(address)
    if not as_json:
        say_job(job, solid)
    with link as driver:
        if not as_json:
            click.echo("  machine   {name}, {maker}, {firmware}, at {at}".format(**driver.identity, at=address))
        driver.check(job)
        started = datetime.now(UTC)
        run = Run.begun(job, address, driver.identity, started)
        _Print(run, solid, _begun(run, solid, runs), as_json).through(driver)


def _address(job: Job, given: str | None, real_time: bool) -> str:
    from voxelyte.errors import RecipeError

    address = job.printer.link if given is None else given
    if address is None:
        raise RecipeError(f"{job.printer.name} has no virtual machine: name a machine with --to")
    if not real_time:
        return address
    if not address.startswith("sim://") or "speed=" in address:
        raise RecipeError(f"--real-time is for a virtual machine in this process; {address} has a clock of its own")
    return f"{address}{'&' if '?' in address else '?'}speed=1"


def _begun(run: Run, solid: Solid | None, runs: Path) -> Path:
    """The folder of this run, with its picture and a record that says how it began."""
    from shutil import rmtree

    from voxelyte.preview import write_preview
    from voxelyte.runs import run_folder

    folder = run_folder(runs, run.job.name, run.started)
    try:
        write_preview(run.job, folder / PICTURE, solid)
        run.write(folder)
    except BaseException:
        rmtree(folder, ignore_errors=True)  # nothing has moved yet: there is nothing to remember
        raise
    return folder


class _Print:
    """One print and its record, which is written however the print ends."""

    def __init__(self, run: Run, solid: Solid | None, folder: Path, as_json: bool) -> None:
        self.run, self.solid, self.folder, self.as_json = run, solid, folder, as_json
        self.events: list[Progress] = []
        self.outcome: Outcome = "failed"
        self.comparison: Comparison | None = None

    def through(self, driver: Driver) -> None:
        """Print, hold what was cured against the design, and say where the record is."""
        from voxelyte.cli.result import say_result

        try:
            self._follow(driver)
        except BaseException as fault:
            if isinstance(fault, KeyboardInterrupt) and self.outcome != "complete":
                self.outcome = "stopped"
            record = self._record(str(fault) or "interrupted", fault.trace if isinstance(fault, PrinterError) else ())
            click.echo(f"record    {record}", err=True)
            raise
        files = {"record": str(self._record()), "preview": str(self.folder / PICTURE)}
        say_result(self.run.job, self.solid, self.comparison, files, self.as_json)

    def _follow(self, driver: Driver) -> None:
        from voxelyte.cli.following import follow
        from voxelyte.comparing import compare

        job = self.run.job
        follow(driver, job, self.events, self.as_json)
        self.outcome = "complete"
        report = driver.report()
        self.comparison = None if report is None else compare(job, self.solid, report)

    def _record(self, reason: str = "", trace: tuple[str, ...] = ()) -> Path:
        ended = replace(
            self.run,
            ended=datetime.now(UTC),
            outcome=self.outcome,
            reason=reason,
            trace=trace,
            events=self.events,
            comparison=self.comparison,
        )
        return ended.write(self.folder)
