"""The user and the user's host: prints, goes on after what went wrong, and chooses what becomes of a cut exposure."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chaos.plans import Plan, drawn
from voxelyte.drivers import Cut, Driver, Progress, _link, _printing, connect
from voxelyte.errors import ExposureCut, PrinterError, PrinterRefused

RUN_ID = "chaos"
RECONNECT_S = 3.0
QUICK = (
    (_printing, "FIRST_PAUSE_S", 0.02),
    (_printing, "MOST_PAUSE_S", 0.2),
    (_link, "GREETING_S", 1.0),
)
"""Pauses and patience for a machine that is this near and this fast."""
Say = Callable[[dict[str, Any]], None]


class KilledError(BaseException):
    """This host is dead."""


@dataclass(frozen=True)
class End:
    """How one attempt of a host ended. `code`: done, stopped, silent, cut, killed, or that of the error."""

    code: str
    text: str = ""
    cut: tuple[int, int] | None = None
    on_time_s: float | None = None


def attempt(plan: Plan, address: str, cut: Cut, say: Say, hand: Callable[[Driver], None] = lambda _: None) -> End:
    """Print, or go on with what was begun; what is said is said at once. `hand` is given the driver once it is there."""
    try:
        with connect(address, plan.key, RECONNECT_S) as driver:
            hand(driver)
            return End(_listen(_going(driver, plan, cut), say))
    except ExposureCut as fault:
        return End("cut", str(fault), (fault.layer, fault.exposure), fault.on_time_s)
    except PrinterRefused as fault:
        return End(fault.code, str(fault))
    except PrinterError as fault:
        return End(type(fault).__name__, str(fault))


def _listen(going: Generator[Progress, None, None], say: Say) -> str:
    """Pass on all that is heard, and give the last word: `done`, or `stopped` by its own user; `silent` if there was none.

    A host that dies meanwhile tries to leave in order, but nothing of it gets through.
    """
    last = "silent"
    try:
        for progress in going:
            say(asdict(progress))
            last = progress.what if progress.what in ("done", "stopped") else last
    except KilledError:
        with suppress(PrinterError):
            going.close()
        raise
    return last


def _going(driver: Driver, plan: Plan, cut: Cut) -> Generator[Progress, None, None]:
    job = plan.job
    name, past = driver.job_id(job, RUN_ID), driver.past()
    if past is not None and past.job == name:
        return driver.resume(job, RUN_ID, cut)
    try:
        made = driver.history(name)
    except PrinterRefused:
        return driver.run(job, RUN_ID)
    assert len(made) == len(job.layers), "the machine has done a job of which it knows less than all layers"
    assert all(one.done for one in made)
    return _told_done(len(job.layers), len(plan.asked_s))


def _told_done(layers: int, exposures: int) -> Generator[Progress, None, None]:
    """A host that finds that all is made already."""
    yield Progress("done", layers, exposures, recalled=True)


def main(seed: str, address: str, cut: Cut, said: str) -> None:
    """A host in a process of its own; what it is told is in the file `said` before the next word is heard."""
    for module, name, value in QUICK:
        setattr(module, name, value)
    with Path(said).open("ab", buffering=0) as file:
        end = attempt(
            drawn(int(seed), real=True), address, cut, lambda one: void(file.write(json.dumps(one).encode() + b"\n"))
        )
        file.write(json.dumps({"end": asdict(end)}).encode() + b"\n")


def void(_: object) -> None:
    """Nothing."""


if __name__ == "__main__":
    main(*sys.argv[1:])
