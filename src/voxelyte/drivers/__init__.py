"""Ways to a printer: `connect(address)` gives a driver, `run(job)` prints and says what the machine does.

The address's scheme picks the driver; every address that pyserial understands belongs to `stream`. A print may outlive
its link and its host: `past` and `history` say what the machine has done, `resume` goes on with the next exposure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from voxelyte.job import Job
from voxelyte.members import member, members

Cut = Literal["stop", "complete", "redo"]
"""What `resume` does with an exposure that was cut: nothing, the rest of its time, or all of it again."""
When = Literal["now", "exposure"]
"""When `stop` ends the job: at once, or after the exposure that is being made."""
RECONNECT_S = 120.0
"""How long a print looks for a machine that it has lost."""


@dataclass(frozen=True)
class Progress:
    """What the machine has just said, and where the job stands. Times of the film are the machine's own.

    `what` is the word of the event (docs/stream-protocol.md section 3.3), or one of the host's own: `layer-held`, the machine
    has taken a layer into its queue; `reconnecting`, the link was lost and is tried again (`text` says why);
    `cut`, the machine remembers an exposure that was begun and not made whole.
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
    """The new state, the reason of a stop, why the link was lost, or that nobody knows how long an exposure was lit."""
    state: str = ""
    """What the machine is doing, as it last said: `homing`, `printing`, `waiting`, `paused`, `done`, `stopped`."""
    recalled: bool = False
    """Told from the machine's journal: it happened while this host was not listening, and `clock_s` does not say when."""


@dataclass(frozen=True)
class Status:
    """What the machine answers when it is asked how it is."""

    state: str
    lamp: bool
    layer: int | None
    clock_s: float


@dataclass(frozen=True)
class Past:
    """The machine's last job that is not done."""

    job: str
    """Its name on the wire: `Driver.job_id` of the job that it was."""
    state: str
    """`printing`, `waiting`, `paused`, `stopped`, or `interrupted`: the machine was switched off or killed."""
    layers_done: int
    exposures_done: int


@dataclass(frozen=True)
class PastExposure:
    """An exposure that was begun. Without `on_time_s` it is being made now, or nobody knows how long it was lit."""

    exposure: int
    asked_s: float
    on_time_s: float | None
    whole: bool


@dataclass(frozen=True)
class PastLayer:
    """A layer that was begun."""

    layer: int
    done: bool
    exposures: tuple[PastExposure, ...]


class Driver(Protocol):
    """A machine at the end of an open link. Leaving it by any way leaves the lamp off.

    All but `run` and `resume` may be called from another thread while one of these is iterated.
    """

    @property
    def identity(self) -> dict[str, str]:
        """Who the machine says it is: name, maker, firmware, serial."""

    def check(self, job: Job) -> None:
        """Raise PrinterRefused, naming every difference, unless this machine can print the job."""

    def job_id(self, job: Job, run_id: str | None = None) -> str:
        """The name under which the machine knows this print of the job."""

    def run(self, job: Job, run_id: str | None = None) -> Iterator[Progress]:
        """Print the job. Closing the iterator stops the machine and waits until it is dark.

        A link that is lost is looked for, and the print goes on where the machine is, if it keeps jobs. Raises
        PrinterRefused (`cut`: ExposureCut) or PrinterUnreachable when it cannot go on.
        """

    def resume(
        self,
        job: Job,
        run_id: str | None = None,
        cut: Cut = "stop",
        known: Collection[tuple[int, int]] = (),
    ) -> Iterator[Progress]:
        """Go on with the machine's last job, which must be this one, begun by `run` of this or another process.

        First every exposure that was made is told as `recalled`, but for those of `known` (layer, exposure).
        ExposureCut when an exposure was cut and `cut` is "stop".
        """

    def past(self) -> Past | None:
        """What the machine said on connecting of its last job, if that is not done."""

    def history(self, job_id: str) -> tuple[PastLayer, ...]:
        """Every layer of its last job that the machine has begun. PrinterRefused when it does not know that job."""

    def pause(self) -> None:
        """Let the machine wait in the dark after the layer that it prints."""

    def proceed(self) -> None:
        """End a pause."""

    def stop(self, reason: str, when: When = "now") -> None:
        """End the job. "now" returns when the lamp is off; "exposure" returns at once, and the run says `stopped` later.

        When the link is lost this raises PrinterError, and a run that goes on stops the machine as soon as it has found it.
        """

    def status(self) -> Status:
        """Ask the machine how it is."""

    def report(self) -> dict[str, Any] | None:
        """What the machine measured of its last film, or None when it cannot see it."""


def connect(address: str, key: bytes | None = None, reconnect_s: float = RECONNECT_S) -> AbstractContextManager[Driver]:
    """The driver for an address: `socket://HOST:PORT`, `serial:///dev/ttyACM0?baud=115200`, `sim://asiga-max`.

    A machine that is kept from strangers wants a key: its 32 bytes, or `?key=FILE` in the address. `reconnect_s` is how
    long a print looks for a machine that it has lost; 0: not at all. The link is opened on entering the context.
    A wrong address is a RecipeError.
    """
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    name = scheme if scheme in members("drivers") else "stream"
    driver: AbstractContextManager[Driver] = member("drivers", name)(address, key, reconnect_s)
    return driver
