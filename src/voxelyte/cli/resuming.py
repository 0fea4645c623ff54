"""resume: go on with a print that did not come to its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from voxelyte.cli.recorded import Recorded, shown, warn
from voxelyte.cli.telling import counted, dose_got
from voxelyte.errors import ExposureCut, PrinterRefused, VoxelyteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voxelyte.drivers import Cut, Driver, PastLayer, Progress
    from voxelyte.job import Job
    from voxelyte.runs import Recording, Remembered


@click.command("resume")
@click.argument("run", required=False)
@click.option(
    "--cut",
    type=click.Choice(["stop", "complete", "redo"]),
    default="stop",
    show_default=True,
    help="What becomes of an exposure that was cut: nothing, the rest of its time, or all of it again.",
)
@click.option("--to", "address", metavar="ADDRESS", help="Another way to the same machine.")
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="The key file of the machine.")
@click.option("--json", "as_json", is_flag=True, help="Say the result as JSON.")
def resume_command(run: str | None, cut: Cut, address: str | None, key: Path | None, as_json: bool) -> None:
    """Go on with a print that was cut off.

    RUN is its id, or its folder; without it, the newest print that is not complete. The machine says what it has made: no
    exposure is made twice, and none is left out.
    """
    from voxelyte.drivers import connect
    from voxelyte.keys import read_key
    from voxelyte.runs import taken_up

    remembered = _remembered(run)
    at = address or remembered.address
    secret = None if key is None else read_key(key)
    how = f"voxelyte resume --cut {cut}"
    with taken_up(remembered, how, warn) as recording, connect(at, secret) as driver:
        _same_machine(remembered, driver)
        if not as_json:
            _say(remembered, recording, driver, at, cut)
        steps = _choosing(driver, recording, cut)
        Recorded(recording, None, as_json).through(driver, steps)


def _remembered(run: str | None) -> Remembered:
    """A run by its id or its folder. The database knows more than the folder of a host that was killed."""
    from voxelyte.runs import from_database, from_folder, index

    if run is None or not Path(run).is_dir():
        with index() as database, database.at_one_moment():
            return from_database(database, database.last_not_complete() if run is None else database.find(run))
    known = from_folder(Path(run))
    try:
        with index() as database, database.at_one_moment():
            if not database.has(known.id):
                return known
            found = from_database(database, database.find(known.id))
    except VoxelyteError as fault:
        warn(str(fault))
        return known
    return found.model_copy(update={"folder": known.folder})


def _same_machine(remembered: Remembered, driver: Driver) -> None:
    for key in ("name", "serial"):
        was, now = getattr(remembered.machine, key), driver.identity[key]
        if was != now:
            text = f"{key}={now!r} of this machine must be {was!r}, that of the one which began run {remembered.id}"
            raise VoxelyteError(text)


def _say(remembered: Remembered, recording: Recording, driver: Driver, at: str, cut: Cut) -> None:
    """Which print it is, what the machine says of it, and what will happen."""
    job = recording.job
    click.secho(
        f"run {remembered.id}: {job.name}, {counted(len(job.layers), 'layers')}, begun {remembered.started:%Y-%m-%d %H:%M} UTC",
        bold=True,
    )
    click.echo("  machine   {name}, {maker}, {firmware}, at {at}".format(**driver.identity, at=at))
    click.echo(f"  folder    {shown(recording.run.folder)}")
    past = driver.past()
    name = driver.job_id(job, recording.run.id)
    if past is not None and past.job != name:
        click.echo(f"  it says   its last job is another one, {past.state} after {past.layers_done} layers")
        return
    if past is not None:
        made = f"{past.layers_done} of {counted(len(job.layers), 'layers')} and {counted(past.exposures_done, 'exposures')} made"
        click.echo(f"  it says   {past.state}, {made}")
    try:
        layers = driver.history(name)
    except PrinterRefused:
        if past is None:
            click.echo("  it says   it does not remember this print")
        return
    click.echo(
        f"  next      {_next(layers, len(job.layers), alive=past is not None and _is_alive(past.state), cut=cut)}"
    )


def _is_alive(state: str) -> bool:
    return state in ("printing", "waiting", "paused")


def _next(layers: tuple[PastLayer, ...], count: int, *, alive: bool, cut: Cut) -> str:
    done = sum(one.done for one in layers)
    if done == count:
        return "every layer is made: only the record is brought up to date"
    broken = [one for one in layers[-1].exposures if not one.whole] if layers and not alive else []
    if broken:
        return f"an exposure of layer {layers[-1].layer + 1} was cut: {_becomes(cut, broken[0].on_time_s)}"
    return f"{'goes on printing' if alive else 'goes on'} with layer {done + 1} of {count}"


def _becomes(cut: Cut, on_time_s: float | None) -> str:
    """What becomes of an exposure that was cut after so long."""
    if cut == "complete" and on_time_s is None:
        return "nobody knows how long it was lit, and so what its rest is; nothing is done"
    return {"stop": "nothing is done", "complete": "it gets the rest of its time", "redo": "it is made again"}[cut]


def _choosing(driver: Driver, recording: Recording, cut: Cut) -> Iterator[Progress]:
    """Go on; an exposure that was cut and not decided upon is told with the choices."""
    run = recording.run
    known = recording.course.known
    try:
        yield from driver.resume(run.job, run.id, cut, known)
    except ExposureCut as broken:
        raise ExposureCut(
            _cut_in_words(broken, run.job),
            layer=broken.layer,
            exposure=broken.exposure,
            asked_s=broken.asked_s,
            on_time_s=broken.on_time_s,
            trace=broken.trace,
        ) from None


def _cut_in_words(cut: ExposureCut, job: Job) -> str:
    where = f"layer {cut.layer + 1}, exposure {cut.exposure + 1}, was cut"
    if cut.on_time_s is None:
        lit = f"nobody knows how much of its {cut.asked_s:g} s it got"
        return f"{where}: {lit}, so that it can only be left (--cut stop) or made whole once more (--cut redo); the lamp is off"
    rest_s = max(0.0, cut.asked_s - cut.on_time_s)
    dose = dose_got(job, cut.layer, cut.exposure, cut.on_time_s, cut.asked_s)
    return (
        f"{where}: it got {cut.on_time_s:g} s of {cut.asked_s:g} s{dose}; the lamp is off. Choose: --cut complete gives the "
        f"other {rest_s:g} s, --cut redo gives {cut.asked_s:g} s once more, --cut stop leaves it"
    )
