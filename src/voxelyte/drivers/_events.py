"""The machine's events, as frozen values (docs/stream-protocol.md section 3.3)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from voxelyte.drivers._said import NotNegative, Number, Said, Words, confused


class Told(Said):
    """Any event: when it was, by the machine's own clock."""

    clock_s: NotNegative


class StateChanged(Told):
    """It changed."""

    event: Literal["state"]
    state: Words


class LayerStarted(Told):
    """Before its first move."""

    event: Literal["layer-started"]
    layer: Number


class LampOn(Told):
    """The lamp has just been lit."""

    event: Literal["lamp-on"]
    layer: Number
    exposure: Number


class LampOff(Told):
    """The lamp has just been darkened; the time is measured."""

    event: Literal["lamp-off"]
    layer: Number
    exposure: Number
    on_time_s: NotNegative


class LayerDone(Told):
    """After its lift."""

    event: Literal["layer-done"]
    layer: Number
    top_nm: int


class Waiting(Told):
    """Nothing to print: that layer is not held yet."""

    event: Literal["waiting"]
    layer: Number


class Waited(Told):
    """That layer came."""

    event: Literal["waited"]
    layer: Number
    waited_s: NotNegative


class Done(Told):
    """The whole job is printed."""

    event: Literal["done"]
    layers: int
    exposures: int


class Stopped(Told):
    """The job was ended; the time is that of the exposure cut short."""

    event: Literal["stopped"]
    reason: Words
    layer: Number | None
    exposure: Number | None
    on_time_s: NotNegative


Event = StateChanged | LayerStarted | LampOn | LampOff | LayerDone | Waiting | Waited | Done | Stopped


_EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def read_event(said: dict[str, Any]) -> Event:
    """The event that a payload tells."""
    try:
        return _EVENTS.validate_python(said)
    except ValidationError as fault:
        raise confused("EVENT", fault) from None
