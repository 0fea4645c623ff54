"""The progress bar of a print: layer, height, lamp and time left."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, cast

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bars

if TYPE_CHECKING:
    from voxelyte.drivers import Progress
    from voxelyte.job import Job


def follow(progress: Iterator[Progress], events: list[Progress], job: Job, quiet: bool) -> None:
    """Take all progress, keep it in `events`, and show it. Leaving early closes the run, which darkens the machine."""
    run = cast("Generator[Progress]", progress)
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[lamp]}  {task.fields[left]} left")
    with closing(run), Bars(*columns, console=Console(quiet=quiet)) as bars:
        bar = bars.add_task(_where(0, job, 0.0), total=job.exposure_s, lamp="dark ", left=_time(job.time_s))
        for event in run:
            events.append(event)
            if event.what == "layer-started" and event.layer is not None:
                bars.update(bar, description=_where(event.layer + 1, job, event.z_um))
            lamp = "[bold yellow]LIGHT[/]" if event.lamp else "dark "
            bars.update(bar, advance=event.on_time_s, lamp=lamp, left=_time(event.time_left_s))


def _where(layer: int, job: Job, z_um: float) -> str:
    return f"layer {layer}/{len(job.layers)}  z {z_um:g} µm"


def _time(seconds: float) -> str:
    """`1:02:03`, `4:05`, or `12 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
