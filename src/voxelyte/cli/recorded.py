"""A print that is written down: its conditions as options, its course, what was cured, and where the record is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from voxelyte.errors import PrinterError

if TYPE_CHECKING:
    from collections.abc import Generator

    from voxelyte.comparing import Comparison
    from voxelyte.drivers import Driver, Progress
    from voxelyte.runs import Conditions, Outcome, Recording
    from voxelyte.solids import Solid

PICTURE = "preview.png"
_CONDITIONS = {"note": "note", "temperature_c": "temperature_c", "humidity_percent": "humidity_percent"} | {
    "film_label": "film",
    "batch_label": "batch",
}
_OPTIONS = (
    click.option("--note", metavar="TEXT", help="Your remark on this print; `voxelyte runs note` adds more."),
    click.option("--temperature-c", type=float, metavar="X", help="Of the room or the resin, in °C."),
    click.option("--humidity-percent", type=float, metavar="X", help="Relative, of the room."),
    click.option("--film", "film_label", metavar="LABEL", help="Your name for this film."),
    click.option("--batch", "batch_label", metavar="LABEL", help="Your name for the batch of resin."),
)


def described(command: Callable[..., None]) -> Callable[..., None]:
    """The options by which an operator describes a print."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def conditions(options: dict[str, Any]) -> Conditions:
    """Take those options out of all the others. A wrong one is a RecipeError."""
    from voxelyte.runs import Conditions

    return Conditions(**{key: options.pop(name) for name, key in _CONDITIONS.items()})


def warn(text: str) -> None:
    """Say what does not stop a print."""
    click.secho(f"warning: {text}", fg="yellow", err=True)


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


class Recorded:
    """One print and its record, which is written however the print ends."""

    def __init__(self, recording: Recording, solid: Solid | None, as_json: bool) -> None:
        self.recording, self.solid, self.as_json = recording, solid, as_json
        self.outcome: Outcome = "failed"
        self.comparison: Comparison | None = None

    def through(self, driver: Driver, steps: Iterator[Progress]) -> None:
        """Print, hold what was cured against the design, and say where the record is."""
        from voxelyte.cli.result import say_result

        recording, folder = self.recording, self.recording.run.folder
        try:
            self._follow(driver, self._told(steps))
        except BaseException as fault:
            if isinstance(fault, KeyboardInterrupt) and self.outcome != "complete":
                self.outcome = "stopped"
            trace = fault.trace if isinstance(fault, PrinterError) else ()
            record = recording.end(self.outcome, str(fault) or "interrupted", trace)
            click.echo(f"record    {shown(record)}", err=True)
            raise
        record = recording.end("complete", comparison=self.comparison)
        files = {"run": recording.run.id, "record": shown(record), "preview": shown(folder / PICTURE)}
        say_result(recording.job, self.solid, self.comparison, files, self.as_json)

    def _told(self, steps: Iterator[Progress]) -> Iterator[Progress]:
        """Each step is written down before it is shown."""
        with closing(cast("Generator[Progress]", steps)):
            for event in steps:
                self.recording.take(event)
                yield event

    def _follow(self, driver: Driver, steps: Iterator[Progress]) -> None:
        from voxelyte.cli.following import follow
        from voxelyte.comparing import compare

        job = self.recording.job
        follow(driver, steps, job, [], self.as_json, self.recording.run.folder)
        self.outcome = "complete"
        report = driver.report()
        self.comparison = None if report is None else compare(job, self.solid, report)
