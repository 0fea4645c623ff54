"""What the machine said of a job: every event in its place, every exposure lit once and darkened once."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from voxelyte.drivers import Progress
from voxelyte.drivers._answers import CutExposure, MadeLayer
from voxelyte.drivers._events import (
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
from voxelyte.drivers._recalled import events_of
from voxelyte.errors import PrinterConfused
from voxelyte.job import Job, Layer

Due = tuple[str, int | None, int | None]
"""Event word, layer, exposure."""
UNKNOWN = "nobody knows how long it was lit"
PAUSED = "paused"
"""In this state a machine may say nothing for as long as its user likes."""


class Record:
    """How far the machine says it is. An event that is not the next one is PrinterConfused.

    `recall` takes what its journal says instead. Events of before may still be on their way then: each is passed over once,
    and the first that is new ends that.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._exposures = sum(len(layer.exposures) for layer in job.layers)
        self._left_s = job.time_s
        self._due: Due = ("layer-started", 0, None)
        self._waiting: bool | None = False
        self._last: Due | None = None
        self._unheard = False
        self._passed: tuple[float, float] | None = None  # place of the last event passed over, while that is allowed
        self.begun = False
        self.layers_held = self.layers_done = self.exposures_done = 0
        self.waited_s = self.clock_s = 0.0
        self.lamp = False
        self.state = ""
        self.finished = self.stopped = False

    @property
    def over(self) -> bool:
        """The machine is done, or has stopped."""
        return self.finished or self.stopped

    @property
    def layers(self) -> int:
        """Layers of the whole job."""
        return len(self._job.layers)

    @property
    def layer(self) -> int:
        """The layer that the next event is about; all layers, when they are done."""
        return self.layers_done if self._due[1] is None else self._due[1]

    @property
    def patience_s(self) -> float:
        """How long the machine may go without an event: with its lamp lit little more than the exposure."""
        _, at, exposure = self._due
        layer = self._layer(at)
        if self.state == PAUSED:
            return inf
        if layer is None:
            return 120.0
        if self.lamp and exposure is not None:
            return 10.0 + 2 * layer.exposures[exposure].exposure_s
        return 120.0 + 4 * layer.motion.time_s

    def held(self, layer: int) -> Progress:
        """The machine has taken a layer."""
        self.layers_held = layer + 1
        return self._progress("layer-held", layer)

    def host_says(self, what: str, text: str) -> Progress:
        """What is told by the host itself, such as that it looks for the machine."""
        return self._progress(what, text=text)

    def recall(self, made: MadeLayer, cut: CutExposure | None) -> Iterator[Progress]:
        """What the machine's journal says of a layer and was not heard; without `cut` its lamp may be lit now."""
        if not (made.layer < len(self._job.layers) and made.layer <= self.layer):
            raise PrinterConfused(f"HISTORY tells of layer {made.layer}, where layer {self.layer} is due")
        self._waiting = None  # what it waited for meanwhile, no journal says
        for event in events_of(made, self._job.layers[made.layer].top_nm, cut, self.clock_s):
            if _place(_due_of(event)) >= _place(self._due):
                yield self._take(event, recalled=True)
        if cut is not None and cut.layer == made.layer:
            yield self._cut_short(cut)

    def caught_up(self, state: str, *, alive: bool) -> None:
        """All is recalled; from here on the machine tells."""
        self.state, self.begun = state, alive
        self._waiting = None if alive else False
        self._passed = (-1.0, -1.0)

    def recalled_done(self) -> Progress:
        """The journal says that the whole job was printed."""
        done = Done(event="done", clock_s=self.clock_s, layers=self.layers_done, exposures=self.exposures_done)
        return self._take(done, recalled=True)

    def told(self, event: Event) -> Iterator[Progress]:
        """Take the machine's next event. One that its journal has told already is nothing new."""
        if self._catching_up(event):
            return
        if self._was_started(event):
            yield self._take(LayerStarted(event="layer-started", clock_s=self.clock_s, layer=self.layer), recalled=True)
        yield self._take(event)

    def stop_unheard(self, reason: str) -> Stopped:
        """The event of a stop that no link carried."""
        return Stopped(
            event="stopped", clock_s=self.clock_s, reason=reason, layer=None, exposure=None, on_time_s=0.0
        )  # fmt: skip

    def so_far(self) -> str:
        """Up to where the machine reported, in words."""
        lamp = ", its lamp on" if self.lamp else ""
        return f"the machine had reported {self.layers_done} of {len(self._job.layers)} layers done{lamp}"

    def _cut_short(self, cut: CutExposure) -> Progress:
        """An exposure that is to be made again or was not made, though its lamp-on, or its lamp-off, may have been heard."""
        if ("lamp-off", cut.layer, cut.exposure) == self._last:
            self.exposures_done -= 1
            self._left_s += cut.asked_s
        self.lamp, self._last, self._due = False, None, ("lamp-on", cut.layer, cut.exposure)
        text = UNKNOWN if cut.on_time_s is None else ""
        return self._progress("cut", cut.layer, cut.exposure, cut.on_time_s or 0.0, text, recalled=True)

    def _was_started(self, event: Event) -> bool:
        """A layer that was started while nobody listened is not in the journal before its lamp was lit."""
        first = isinstance(event, LampOn) and self._due == ("layer-started", event.layer, None) and not event.exposure
        return first and self._unheard

    def _catching_up(self, event: Event) -> bool:
        self._unheard = self._passed is not None
        if self._passed is None or isinstance(event, StateChanged | Waiting | Waited | Stopped):
            return False
        place = _place(_due_of(event))
        if place >= _place(self._due):
            self._passed = None
            return False
        if place <= self._passed:
            raise self._confused(_due_of(event))
        self._passed = place
        return True

    def _take(self, event: Event, *, recalled: bool = False) -> Progress:
        self.clock_s = event.clock_s
        match event:
            case StateChanged():
                self.state = event.state
                return self._progress("state", self._due[1], text=event.state)
            case Stopped():
                if event.exposure is not None and ("lamp-off", event.layer, event.exposure) == self._last:
                    self.exposures_done -= 1  # the one cut short was counted when its lamp went off
                self.stopped, self.lamp = True, False
                return self._progress("stopped", event.layer, event.exposure, event.on_time_s, event.reason)
            case Waiting() | Waited():
                return self._link_wait(event)
            case LayerStarted():
                return self._started(event, recalled)
            case LampOn() | LampOff():
                return self._lamp(event, recalled)
            case LayerDone():
                return self._layer_done(event, recalled)
            case Done():
                return self._all_done(event, recalled)

    def _link_wait(self, event: Waiting | Waited) -> Progress:
        begins = isinstance(event, Waiting)
        if self._due != ("layer-started", event.layer, None) or self._waiting is begins:
            raise self._confused((event.event, event.layer, None))
        self._waiting = begins
        self.waited_s += event.waited_s if isinstance(event, Waited) else 0.0
        return self._progress(event.event, event.layer)

    def _started(self, event: LayerStarted, recalled: bool) -> Progress:
        self._expect(_due_of(event))
        if not recalled and (not self.begun or event.layer >= self.layers_held):
            raise PrinterConfused(f"layer-started of layer {event.layer}, which it was not told to print")
        self._due = ("lamp-on", event.layer, 0)
        return self._progress(event.event, event.layer, recalled=recalled)

    def _lamp(self, event: LampOn | LampOff, recalled: bool) -> Progress:
        self._expect(_due_of(event))
        self.lamp, self._last = isinstance(event, LampOn), _due_of(event)
        if isinstance(event, LampOn):
            self._due = ("lamp-off", event.layer, event.exposure)
            return self._progress(event.event, event.layer, event.exposure, recalled=recalled)
        exposures = self._job.layers[event.layer].exposures
        more = event.exposure + 1 < len(exposures)
        after: Due = ("layer-done", event.layer, None)
        self._due = ("lamp-on", event.layer, event.exposure + 1) if more else after
        self.exposures_done += 1
        self._left_s -= exposures[event.exposure].exposure_s
        text = UNKNOWN if recalled and not event.on_time_s else ""
        return self._progress(event.event, event.layer, event.exposure, event.on_time_s, text, recalled=recalled)

    def _layer_done(self, event: LayerDone, recalled: bool) -> Progress:
        self._expect(_due_of(event))
        layer = self._job.layers[event.layer]
        if event.top_nm != layer.top_nm:
            text = f"layer {event.layer} is done with top_nm={event.top_nm}, which must be {layer.top_nm}"
            raise PrinterConfused(text)
        self.layers_done += 1
        self._left_s -= layer.motion.time_s
        more = self.layers_done < len(self._job.layers)
        self._due = ("layer-started", event.layer + 1, None) if more else ("done", None, None)
        return self._progress(event.event, event.layer, recalled=recalled)

    def _all_done(self, event: Done, recalled: bool) -> Progress:
        self._expect(_due_of(event))
        told, seen = (event.layers, event.exposures), (self.layers_done, self.exposures_done)
        if not told == seen == (len(self._job.layers), self._exposures):
            law = f"must be {seen[0]} and {seen[1]}"
            raise PrinterConfused(f"done with layers={told[0]} and exposures={told[1]}, which {law}")
        self.finished, self._left_s = True, 0.0
        return self._progress(event.event, recalled=recalled)

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
        *,
        recalled: bool = False,
    ) -> Progress:
        known = self._layer(layer)
        return Progress(
            what, layers=len(self._job.layers), exposures=self._exposures, layer=layer, exposure=exposure,
            z_um=known.z_um if known else 0.0, layers_held=self.layers_held, layers_done=self.layers_done,
            exposures_done=self.exposures_done, lamp=self.lamp, on_time_s=on_time_s, waited_s=self.waited_s,
            clock_s=self.clock_s, time_left_s=max(0.0, self._left_s), text=text, state=self.state, recalled=recalled,
        )  # fmt: skip


def _due_of(event: LayerStarted | LampOn | LampOff | LayerDone | Done) -> Due:
    return event.event, getattr(event, "layer", None), getattr(event, "exposure", None)


def _place(due: Due) -> tuple[float, float]:
    """Where an event stands in the order of all events of a job."""
    what, layer, exposure = due
    if layer is None:
        return inf, inf
    if exposure is None:
        return layer, -1.0 if what == "layer-started" else inf
    return layer, 2 * exposure + (what == "lamp-off")


def _words(due: Due) -> str:
    what, layer, exposure = due
    where = "" if layer is None else f" of layer {layer}"
    return what + where + ("" if exposure is None else f", exposure {exposure}")
