"""Ways to a printer: `connect(address)` gives a driver, `run(job)` prints and says what the machine does.

The address's scheme picks the driver; every address that pyserial understands belongs to `stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from voxelyte.job import Job
from voxelyte.members import member, members


@dataclass(frozen=True)
class Progress:
    """What the machine has just said, and where the job stands. Times of the film are the machine's own.

    `what` is the word of the event; `layer-held` means that the machine has taken a layer into its queue.
    """

    what: str
    layers: int
    """Layers of the whole job."""
    exposures: int
    """Exposures of the whole job."""
    layer: int | None = None
    """The layer that the event is about, counted from 0."""
    exposure: int | None = None
    z_um: float = 0.0
    """Height of that layer's top above the plate."""
    layers_held: int = 0
    """Layers that the machine has taken so far."""
    layers_done: int = 0
    exposures_done: int = 0
    lamp: bool = False
    on_time_s: float = 0.0
    """Lamp time of the exposure that this event ends, as the machine measured it; else 0."""
    waited_s: float = 0.0
    """How long the machine has waited on the link so far, in all."""
    clock_s: float = 0.0
    """The machine's clock."""
    time_left_s: float = 0.0
    """Lamp time and motion still to come, from the job's own times."""
    text: str = ""
    """The new state, or the reason of a stop."""


@dataclass(frozen=True)
class Status:
    """What the machine answers when it is asked how it is."""

    state: str
    lamp: bool
    layer: int | None
    clock_s: float


class Driver(Protocol):
    """A machine at the end of an open link. Leaving it by any way leaves the lamp off."""

    @property
    def identity(self) -> dict[str, str]:
        """Who the machine says it is: name, maker, firmware, serial."""

    def check(self, job: Job) -> None:
        """Raise PrinterRefused, naming every difference, unless this machine can print the job."""

    def run(self, job: Job, run_id: str | None = None) -> Iterator[Progress]:
        """Print the job. Closing the iterator stops the machine and waits until it is dark."""

    def stop(self, reason: str) -> None:
        """End the job; returns when the lamp is off."""

    def status(self) -> Status:
        """Ask the machine how it is."""

    def report(self) -> dict[str, Any] | None:
        """What the machine measured of its last film, or None when it cannot see it."""


def connect(address: str) -> AbstractContextManager[Driver]:
    """The driver for an address: `socket://HOST:PORT`, `serial:///dev/ttyACM0?baud=115200`, `sim://asiga-max`.

    The link is opened on entering the context. A wrong address is a RecipeError.
    """
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    name = scheme if scheme in members("drivers") else "stream"
    driver: AbstractContextManager[Driver] = member("drivers", name)(address)
    return driver
