"""What a machine's journal tells of a layer, as the events that would have told it."""

from __future__ import annotations

from collections.abc import Iterator

from voxelyte.drivers._answers import CutExposure, MadeExposure, MadeLayer
from voxelyte.drivers._events import LampOff, LampOn, LayerDone, LayerStarted


def events_of(
    made: MadeLayer, top_nm: int, cut: CutExposure | None, clock_s: float
) -> Iterator[LayerStarted | LampOn | LampOff | LayerDone]:
    """The events of a layer that was begun, in their order; those of the exposure that was cut are left out."""
    at = made.layer
    yield LayerStarted(event="layer-started", clock_s=clock_s, layer=at)
    for one in made.exposures:
        if cut is not None and (cut.layer, cut.exposure) == (at, one.exposure):
            return
        yield LampOn(event="lamp-on", clock_s=clock_s, layer=at, exposure=one.exposure)
        if not _ended(one):
            return
        yield LampOff(
            event="lamp-off", clock_s=clock_s, layer=at, exposure=one.exposure, on_time_s=one.on_time_s or 0.0
        )
    if made.done:
        yield LayerDone(event="layer-done", clock_s=clock_s, layer=at, top_nm=top_nm)


def cut_in(layers: list[MadeLayer]) -> CutExposure | None:
    """The exposure that a job which is not alive was cut in: the last one, if it is not whole."""
    if not layers or not layers[-1].exposures or layers[-1].done:
        return None
    last = layers[-1].exposures[-1]
    if last.whole:
        return None
    return CutExposure(layer=layers[-1].layer, exposure=last.exposure, asked_s=last.asked_s, on_time_s=last.on_time_s)


def _ended(one: MadeExposure) -> bool:
    return one.whole or one.on_time_s is not None
