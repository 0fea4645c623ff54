"""The way to one machine: its address, its key, and the link that is open now. A lost link can be opened anew."""

from __future__ import annotations

from voxelyte.drivers import PastExposure, PastLayer
from voxelyte.drivers._answers import HistoryPage, Machine, MadeLayer
from voxelyte.drivers._link import Link
from voxelyte.drivers._port import Address
from voxelyte.drivers._said import read
from voxelyte.errors import PrinterConfused, PrinterUnreachable

PAGE = 100
"""Layers asked for in one HISTORY or REPORT."""
MOST_LAYERS = 1_000_000


class Way:
    """Where a machine is, and how to be let in. Any thread may ask over `link`; one thread opens and closes."""

    def __init__(self, address: Address, key: bytes | None) -> None:
        self.address, self._key = address, key
        self._link: Link | None = None
        self._machine: Machine | None = None

    @property
    def link(self) -> Link:
        """The session that is open, or was open last."""
        if self._link is None:
            raise PrinterUnreachable(f"{self.address.text} is not open: use it in a with statement")
        return self._link

    @property
    def machine(self) -> Machine:
        """What the machine said of itself."""
        if self._machine is None:
            raise PrinterUnreachable(f"{self.address.text} is not open: use it in a with statement")
        return self._machine

    def open(self) -> None:
        """Open a link and greet; the link of before is closed first."""
        trace = None
        if self._link is not None:
            self._link.close()
            trace = self._link.trace
        link = Link(self.address.open(), line=self.address.line, trace=trace)
        try:
            self._machine = link.greet("voxelyte", self._key)
        except BaseException:
            link.close()
            raise
        self._link = link

    def history(self, job: str, from_layer: int = 0, layers: int = MOST_LAYERS) -> list[MadeLayer]:
        """What the machine's journal says of its last job, which has at most so many layers, from one of them on."""
        made: list[MadeLayer] = []
        while True:
            ask = {"job": job, "from_layer": from_layer + len(made), "count": PAGE}
            page = read(HistoryPage, "HISTORY", self.link.ask("HISTORY", ask))
            first = from_layer + len(made)
            if page.job != job or [one.layer for one in page.layers] != list(range(first, first + len(page.layers))):
                raise PrinterConfused(f"HISTORY of job {job} from layer {first} tells of other layers or another job")
            made += page.layers
            if from_layer + len(made) > layers:
                raise PrinterConfused(f"HISTORY of job {job} tells of more than {layers} layers")
            if not (page.layers and page.layers[-1].done):  # the layers after one that is not done are not begun
                return made


def past_layer(made: MadeLayer) -> PastLayer:
    """A layer of the journal, for the caller."""
    exposures = (PastExposure(one.exposure, one.asked_s, one.on_time_s, one.whole) for one in made.exposures)
    return PastLayer(made.layer, made.done, tuple(exposures))
