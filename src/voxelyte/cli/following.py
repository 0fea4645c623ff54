"""How a print goes: a bar with layer, height, lamp and time left on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from voxelyte.cli.obeying import KEYS_TOLD, obeyed
from voxelyte.cli.telling import dose_got

if TYPE_CHECKING:
    from voxelyte.drivers import Driver, Progress
    from voxelyte.job import Job

MOST_LINES = 10
OF_THE_FILM = ("layer-started", "lamp-on", "lamp-off", "layer-done")
"""Events that say where the film is; others tell of layers on their way, or of the machine."""


def follow(
    driver: Driver, run: Iterator[Progress], job: Job, events: list[Progress], quiet: bool, folder: Path | None = None
) -> None:
    """Go through a `run` or `resume`, keep all progress in `events`, show it, and let the user command it.

    Another terminal commands it by the control file in `folder`. Leaving early closes the run, which darkens the machine.
    """
    with closing(cast("Generator[Progress]", run)), _shown(job, quiet) as show:
        events.append(next(run))  # the job is announced: from now on the machine has something to stop
        with obeyed(driver, folder):
            if not quiet and sys.stdin is not None and sys.stdin.isatty():
                click.echo(KEYS_TOLD, err=True)
            for event in run:
                events.append(event)
                show(event)
    if events[-1].what == "stopped":
        raise KeyboardInterrupt(f"stopped on request, the lamp is off: {_reached(events, job)}")


def _reached(events: list[Progress], job: Job) -> str:
    end = events[-1]
    done = f"{end.layers_done} of {end.layers} layers are done"
    if end.layer is None or end.exposure is None:
        return done
    asked_s = job.layers[end.layer].exposures[end.exposure].exposure_s
    dose = dose_got(job, end.layer, end.exposure, end.on_time_s, asked_s)
    return f"{done}, layer {end.layer + 1} got {end.on_time_s:g} s of {asked_s:g} s{dose}"


@contextmanager
def _shown(job: Job, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """What shows one event: nothing, a bar on the terminal, or lines in a file or pipe."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(job) as show:
            yield show
    else:
        yield _line


def _line(event: Progress) -> None:
    """A line for each tenth of the layers that is done, and for what is out of the ordinary."""
    if told := _told(event):
        click.echo(f"  {told}")
    if event.what == "layer-done":
        tenths = [done * MOST_LINES // event.layers for done in (event.layers_done - 1, event.layers_done)]
        if tenths[0] != tenths[1]:
            place = f"layer {event.layers_done}/{event.layers} done  z {event.z_um:g} µm"
            click.echo(f"  {place}  {_time(event.time_left_s)} left")


@contextmanager
def _bar(job: Job) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[lamp]}  {task.fields[left]} left")
    with Bars(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task(_where(0, job, 0.0), total=job.time_s, lamp="sending masks", left=_time(job.time_s))

        def show(event: Progress) -> None:
            if told := _told(event):
                bars.console.print(f"  {told}", markup=False, highlight=False)
            if event.what in OF_THE_FILM and event.layer is not None:
                bars.update(bar, description=_where(event.layer + 1, job, event.z_um))
            if event.what != "layer-held":
                bars.update(bar, lamp=_doing(event))
            bars.update(bar, completed=job.time_s - event.time_left_s, left=_time(event.time_left_s))

        yield show


def _told(event: Progress) -> str:
    """What is out of the ordinary, in words; nothing of all else."""
    if event.layer is not None and event.what in ("cut", "lamp-off"):
        return _odd(event, f"layer {event.layer + 1}, exposure {(event.exposure or 0) + 1}")
    if event.what == "reconnecting":
        return f"the link is lost, looking for the machine: {event.text}"
    return "paused, dark" if event.text == "paused" else ""


def _odd(event: Progress, where: str) -> str:
    if event.what == "cut":
        return f"{where}, was cut: {event.text or f'it got {event.on_time_s:g} s'}"
    return f"{where}, was made, and {event.text}" if event.text else ""


def _doing(event: Progress) -> str:
    if event.what == "reconnecting":
        return "[red]link lost[/]"
    if event.lamp:
        return "[bold yellow]LIGHT[/]"
    return {"homing": "homing", "waiting": "waits for the link", "paused": "[cyan]paused[/]"}.get(event.state, "dark ")


def _where(layer: int, job: Job, z_um: float) -> str:
    return f"layer {layer}/{len(job.layers)}  z {z_um:g} µm"


def _time(seconds: float) -> str:
    """`1:02:03`, `4:05`, or `12 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
