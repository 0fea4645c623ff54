"""print: stream a job to a machine, show how it goes, and hold what was cured against the design."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voxelyte.cli.options import ordered
from voxelyte.cli.ordering import Order
from voxelyte.cli.recorded import PICTURE, Recorded, conditions, described, warn
from voxelyte.cli.telling import say_job

if TYPE_CHECKING:
    from voxelyte.job import Job

ADDRESS = "socket://HOST:PORT, serial:///dev/ttyACM0?baud=115200, a device, rig://FILE.toml, or sim://asiga-max."
KEY = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("print")
@click.argument("design")
@ordered
@click.option("--to", "address", metavar="ADDRESS", help=ADDRESS)
@click.option("--dry-run", is_flag=True, help="Say each byte that the rig of --to would be sent, and open nothing.")
@click.option("--real-time", is_flag=True, help="Let a virtual machine in this process run at its true speed.")
@click.option("--key", type=KEY, help="The key file of a machine that is kept from strangers.")
@click.option(
    "--reconnect-s",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    help="How long to look for a machine that is lost.",
)
@described
@click.option("--runs", type=FOLDER, default="voxelyte-runs", show_default=True, help="Folder for run records.")
@click.option("--json", "as_json", is_flag=True, help="Say the result as JSON.")
def print_command(
    address: str | None,
    dry_run: bool,
    real_time: bool,
    key: Path | None,
    reconnect_s: float,
    runs: Path,
    as_json: bool,
    **order: Any,
) -> None:
    """Print a design, on a virtual machine unless told.

    DESIGN is a name, a TOML file, a mesh or an archive. It goes to a machine that speaks the voxelyte stream protocol: to the printer's
    virtual machine in this process, unless --to names another. No real hardware is opened unless you name it.
    """
    from voxelyte.drivers import connect
    from voxelyte.keys import read_key
    from voxelyte.preview import write_preview
    from voxelyte.runs import begun

    said = conditions(order)
    job, solid = Order(**order).made()
    if dry_run:
        from voxelyte.cli.rigs import say_dry_run

        say_dry_run(job, address)
        return
    address = _address(job, address, real_time)
    link = connect(address, None if key is None else read_key(key), reconnect_s)
    if not as_json:
        say_job(job, solid)
    with link as driver:
        if not as_json:
            click.echo("  machine   {name}, {maker}, {firmware}, at {at}".format(**driver.identity, at=address))
        driver.check(job)

        def picture(folder: Path) -> None:
            write_preview(job, folder / PICTURE, solid)

        with begun(job, address, driver.identity, runs, said, warn, beside=picture) as recording:
            run = driver.run(recording.job, recording.run.id)
            Recorded(recording, solid, as_json).through(driver, run)


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
