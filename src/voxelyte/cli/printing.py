"""print: stream a job to a machine, show how it goes, and hold what was cured against the design."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.ordering import Order, ordered
from voxelyte.cli.telling import say_job

if TYPE_CHECKING:
    from voxelyte.comparing import Comparison
    from voxelyte.drivers import Driver, Progress
    from voxelyte.job import Job
    from voxelyte.solids import Solid

ADDRESS = "socket://HOST:PORT, serial:///dev/ttyACM0?baud=115200, a device, or sim://asiga-max."
FOLDER = click.Path(path_type=Path, file_okay=False)


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

    job, solid = Order(**order).made()
    address = _address(job, address, real_time)
    if not as_json:
        say_job(job, solid)
    # A polite kill ends as Ctrl-C does: machine dark, record written. (After a hard one the machine sees the lost link.)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with connect(address) as driver:
        if not as_json:
            click.echo("  machine   {name}, {maker}, {firmware}, at {at}".format(**driver.identity, at=address))
        driver.check(job)
        _Run(job, solid, address, as_json).print(driver, runs)


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


class _Run:
    """One print and its record, which is written however the print ends."""

    def __init__(self, job: Job, solid: Solid | None, address: str, as_json: bool) -> None:
        self.job, self.solid, self.address, self.as_json = job, solid, address, as_json
        self.events: list[Progress] = []
        self.comparison: Comparison | None = None
        self.outcome = "failed"

    def print(self, driver: Driver, runs: Path) -> None:
        """Print, hold what was cured against the design, and say where the record is."""
        from voxelyte.cli.result import say_result
        from voxelyte.preview import write_preview
        from voxelyte.runs import run_folder

        started = datetime.now(UTC)
        folder = run_folder(runs, self.job.name, started)
        picture = folder / "preview.png"
        write_preview(self.job, picture, self.solid)
        try:
            self._follow(driver)
        except BaseException as fault:
            self.outcome = f"{self.outcome}: {fault or type(fault).__name__}"
            raise
        finally:
            record = self._write(folder, driver, started)
            if not self.as_json:
                click.echo(f"record    {record}\npreview   {picture}")
        say_result(
            self.job, self.solid, self.comparison, {"record": str(record), "preview": str(picture)}, self.as_json
        )

    def _follow(self, driver: Driver) -> None:
        from voxelyte.cli.following import follow
        from voxelyte.comparing import compare

        follow(driver.run(self.job), self.events, self.job, self.as_json)
        self.outcome = "complete"
        report = driver.report()
        self.comparison = None if report is None else compare(self.job, self.solid, report)

    def _write(self, folder: Path, driver: Driver, started: datetime) -> Path:
        from voxelyte.runs import Run

        ended = datetime.now(UTC)
        run = Run(self.job, self.address, driver.identity, started, ended, self.outcome, self.events, self.comparison)
        return run.write(folder)
