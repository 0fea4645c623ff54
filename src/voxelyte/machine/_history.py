"""What is known of one job's exposures: built from the records of the journal, live and after a restart alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]
ROW_BYTES = 100
"""At most what an exposure, or a layer without its exposures, takes in a HISTORY answer."""


@dataclass
class Made:
    """One exposure that was begun. `on_time_s` is all the time it was lit; None while that is not known."""

    exposure: int
    asked_s: float
    on_time_s: float | None = None
    whole: bool = False
    before_s: float | None = 0.0
    """What it had got before it was begun again."""


@dataclass
class Begun:
    """One layer of which an exposure was begun, or that is done."""

    layer: int
    top_nm: int
    done: bool = False
    exposures: dict[int, Made] = field(default_factory=dict)


class History:
    """One job: what it is, what was begun, and how it ended."""

    def __init__(self, job: Record) -> None:
        self.keys = dict(job)
        self.id, self.layers = str(job["job"]), int(job["layers"])
        self.ended = ""
        """"", "done", "stopped", or "interrupted" by its being switched off."""
        self.layers_done = self.exposures_done = self.top_nm = 0
        self._begun: dict[int, Begun] = {}

    @property
    def done(self) -> bool:
        """Every layer is made."""
        return self.layers_done == self.layers

    @property
    def begun(self) -> bool:
        """Light was on the resin, or may have been: there is a film on the plate."""
        return any(one.exposures or one.done for one in self._begun.values())

    @property
    def cut(self) -> tuple[int, Made] | None:
        """Layer and exposure of the one that was begun and is not whole; only the last can be."""
        for layer in reversed(self._begun.values()):
            return next(((layer.layer, one) for one in layer.exposures.values() if not one.whole), None)
        return None

    def layer(self, number: int) -> Begun | None:
        """What is known of a layer, if it was begun."""
        return self._begun.get(number)

    def made(self, layer: int, exposure: int) -> Made | None:
        """What is known of an exposure, if it was begun."""
        begun = self._begun.get(layer)
        return begun.exposures.get(exposure) if begun else None

    def told(self, from_layer: int, count: int, most_bytes: int = 65536) -> list[dict[str, Any]]:
        """The `layers` of a HISTORY answer: as many as were begun, are asked for, and fit into `most_bytes` of JSON."""
        told: list[dict[str, Any]] = []
        for number in range(from_layer, min(from_layer + count, self.layers)):
            if number not in self._begun:
                break
            told.append(_told(self._begun[number]))
            most_bytes -= ROW_BYTES * (1 + len(told[-1]["exposures"]))
            if most_bytes < 0:
                return told[:-1]
        return told

    def check(self, record: Record) -> None:
        """ValueError when an exposure is about to be made that was made, or that is not the next one's layer."""
        if record["what"] == "lit":
            self._lighting(record)

    def take(self, record: Record) -> None:
        """One record of the journal. KeyError, TypeError or ValueError when it does not follow from those before."""
        _TAKEN[record["what"]](self, record)

    def _resumed(self, _: Record) -> None:
        self.ended = ""

    def _lit(self, record: Record) -> None:
        layer, made = self._lighting(record)
        layer.exposures[made.exposure] = made
        self._begun[layer.layer] = layer

    def _lighting(self, record: Record) -> tuple[Begun, Made]:
        layer, number = self._current(record), int(record["exposure"])
        made = layer.exposures.get(number)
        if made and (made.whole or not record["again"]):
            raise ValueError(f"layer={layer.layer} exposure={number} was begun before and must not be made twice")
        return layer, Made(number, float(record["asked_s"]), before_s=made.on_time_s if made else 0.0)

    def _dark(self, record: Record) -> None:
        exposures, on_time_s = self._begun[record["layer"]].exposures, float(record["on_time_s"])
        made = exposures[record["exposure"]]
        made.on_time_s = None if made.before_s is None else round(made.before_s + on_time_s, 9)
        made.whole = bool(record["whole"]) or (made.on_time_s or 0.0) >= made.asked_s
        self.exposures_done += made.whole
        if made.on_time_s == 0.0:
            del exposures[made.exposure]  # it was cut before the lamp was lit: nothing was begun

    def _layer_done(self, record: Record) -> None:
        layer = self._current(record)
        self._begun[layer.layer] = layer
        layer.done, self.top_nm = True, layer.top_nm
        self.layers_done += 1

    def _end(self, record: Record) -> None:
        self.ended = str(record["what"])

    def _current(self, record: Record) -> Begun:
        """The layer that a record is about: the first that is not done."""
        if (number := record["layer"]) != self.layers_done or number >= self.layers:
            raise ValueError(f"layer={number} must be {self.layers_done}, of {self.layers}")
        return self._begun.get(number) or Begun(number, int(record["top_nm"]))


_TAKEN = {
    "resumed": History._resumed,
    "lit": History._lit,
    "dark": History._dark,
    "layer": History._layer_done,
    "done": History._end,
    "stopped": History._end,
    "interrupted": History._end,
}


def _told(one: Begun) -> dict[str, Any]:
    made = one.exposures.values()
    keys = ("exposure", "asked_s", "on_time_s", "whole")
    exposures = [{key: getattr(each, key) for key in keys} for each in made]
    return {"layer": one.layer, "done": one.done, "exposures": exposures}
