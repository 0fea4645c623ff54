"""What the machine said of a job: every event in its place, every exposure lit once and darkened once."""

from __future__ import annotations

from voxelyte.drivers import Progress
from voxelyte.drivers._answers import (
    Done,
    Event,
    LampOff,
    LampOn,
    LayerDone,
    LayerStarted,
    StateChanged,
    Stopped,
    Waited,
    Waiting,
)
from voxelyte.errors import PrinterConfused
from voxelyte.job import Job, Layer

Due = tuple[str, int | None, int | None]
"""Event word, layer, exposure."""


class Record:
    """How far the machine says it is. An event that is not the next one is PrinterConfused."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._exposures = sum(len(layer.exposures) for layer in job.layers)
        self._left_s = job.time_s
        self._due: Due = ("layer-started", 0, None)
        self._waiting = False
        self.begun = False
        self.layers_held = self.layers_done = self.exposures_done = 0
        self.waited_s = self.clock_s = 0.0
        self.lamp = False
        self.finished = self.stopped = False

    @property
    def over(self) -> bool:
        """The machine is done, or has stopped."""
        return self.finished or self.stopped

    @property
    def patience_s(self) -> float:
        """How long the machine may go without an event: with its lamp lit little more than the exposure."""
        _, at, exposure = self._due
        layer = self._layer(at)
        if layer is None:
            return 120.0
        if self.lamp and exposure is not None:
            return 10.0 + 2 * layer.exposures[exposure].exposure_s
        return 120.0 + 4 * layer.motion.time_s

    def held(self, layer: int) -> Progress:
        """The machine has taken a layer."""
        self.layers_held = layer + 1
        return self._progress("layer-held", layer)

    def told(self, event: Event) -> Progress:
        """Take the machine's next event."""
        self.clock_s = event.clock_s
        match event:
            case StateChanged():
                return self._progress("state", self._due[1], text=event.state)
            case Stopped():
                if event.exposure is not None and not self.lamp and self.exposures_done:
                    self.exposures_done -= 1  # the one cut short was counted when its lamp went off
                self.stopped, self.lamp = True, False
                return self._progress("stopped", event.layer, event.exposure, event.on_time_s, event.reason)
            case Waiting() | Waited():
                return self._link_wait(event)
            case LayerStarted():
                return self._started(event)
            case LampOn() | LampOff():
                return self._lamp(event)
            case LayerDone():
                return self._layer_done(event)
            case Done():
                return self._all_done(event)

    def so_far(self) -> str:
        """Up to where the machine reported, in words."""
        lamp = ", its lamp on" if self.lamp else ""
        return f"the machine had reported {self.layers_done} of {len(self._job.layers)} layers done{lamp}"

    def _link_wait(self, event: Waiting | Waited) -> Progress:
        begins = isinstance(event, Waiting)
        if self._due != ("layer-started", event.layer, None) or self._waiting is begins:
            raise self._confused((event.event, event.layer, None))
        self._waiting = begins
        self.waited_s += event.waited_s if isinstance(event, Waited) else 0.0
        return self._progress(event.event, event.layer)

    def _started(self, event: LayerStarted) -> Progress:
        self._expect((event.event, event.layer, None))
        if not self.begun or event.layer >= self.layers_held:
            raise PrinterConfused(f"layer-started of layer {event.layer}, which it was not told to print")
        self._due = ("lamp-on", event.layer, 0)
        return self._progress(event.event, event.layer)

    def _lamp(self, event: LampOn | LampOff) -> Progress:
        self._expect((event.event, event.layer, event.exposure))
        self.lamp = isinstance(event, LampOn)
        if isinstance(event, LampOn):
            self._due = ("lamp-off", event.layer, event.exposure)
            return self._progress(event.event, event.layer, event.exposure)
        exposures = self._job.layers[event.layer].exposures
        more = event.exposure + 1 < len(exposures)
        after: Due = ("layer-done", event.layer, None)
        self._due = ("lamp-on", event.layer, event.exposure + 1) if more else after
        self.exposures_done += 1
        self._left_s -= exposures[event.exposure].exposure_s
        return self._progress(event.event, event.layer, event.exposure, event.on_time_s)

    def _layer_done(self, event: LayerDone) -> Progress:
        self._expect((event.event, event.layer, None))
        layer = self._job.layers[event.layer]
        if event.top_nm != layer.top_nm:
            text = f"layer {event.layer} is done with top_nm={event.top_nm}, which must be {layer.top_nm}"
            raise PrinterConfused(text)
        self.layers_done += 1
        self._left_s -= layer.motion.time_s
        more = self.layers_done < len(self._job.layers)
        self._due = ("layer-started", event.layer + 1, None) if more else ("done", None, None)
        return self._progress(event.event, event.layer)

    def _all_done(self, event: Done) -> Progress:
        self._expect((event.event, None, None))
        told, seen = (event.layers, event.exposures), (self.layers_done, self.exposures_done)
        if not told == seen == (len(self._job.layers), self._exposures):
            law = f"must be {seen[0]} and {seen[1]}"
            raise PrinterConfused(f"done with layers={told[0]} and exposures={told[1]}, which {law}")
        self.finished, self._left_s = True, 0.0
        return self._progress(event.event)

    def _expect(self, came: Due) -> None:
        if came != self._due or self._waiting:
            raise self._confused(came)

    def _confused(self, came: Due) -> PrinterConfused:
        due = ("waited", self._due[1], None) if self._waiting else self._due
        return PrinterConfused(f"the machine reports {_words(came)} where {_words(due)} is due")

    def _layer(self, at: int | None) -> Layer | None:
        return None if at is None or at >= len(self._job.layers) else self._job.layers[at]

    def _progress(
        self,
        what: str,
        layer: int | None = None,
        exposure: int | None = None,
        on_time_s: float = 0.0,
        text: str = "",
    ) -> Progress:
        known = self._layer(layer)
        return Progress(
            what, layers=len(self._job.layers), exposures=self._exposures, layer=layer, exposure=exposure,
            z_um=known.z_um if known else 0.0, layers_held=self.layers_held, layers_done=self.layers_done,
            exposures_done=self.exposures_done, lamp=self.lamp, on_time_s=on_time_s, waited_s=self.waited_s,
            clock_s=self.clock_s, time_left_s=max(0.0, self._left_s), text=text,
        )  # fmt: skip


def _words(due: Due) -> str:
    what, layer, exposure = due
    where = "" if layer is None else f" of layer {layer}"
    return what + where + ("" if exposure is None else f", exposure {exposure}")
