"""What a machine says, as frozen values (docs/stream-protocol.md sections 3 and 6).

Unknown keys are ignored, as the document asks of a host. A missing key or a wrong kind is PrinterConfused, by name.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from voxelyte.errors import PrinterConfused
from voxelyte.printer import MAX_PIXELS
from voxelyte.values import explain


def _harmless(text: str) -> str:
    # A machine's words reach a terminal: no control characters, no escape sequences, no endless lines.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:500])


Words = Annotated[str, AfterValidator(_harmless)]
Number = Annotated[int, Field(ge=0, lt=2**32)]
Length = Annotated[int, Field(ge=1, lt=2**53)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class Said(BaseModel):
    """Anything that came over the wire."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


class Identity(Said):
    """Which machine this is."""

    name: Words
    maker: Words
    firmware: Words
    serial: Words


class MachinePanel(Said):
    """The machine's pixels."""

    width_px: Annotated[int, Field(ge=1, le=MAX_PIXELS)]
    height_px: Annotated[int, Field(ge=1, le=MAX_PIXELS)]
    pitch_x_um: Positive
    pitch_y_um: Positive
    grey_levels: Annotated[int, Field(ge=2, le=256)]


class Limits(Said):
    """What the machine can make."""

    build_height_nm: Length
    min_thickness_nm: Length
    max_thickness_nm: Length
    thickness_step_nm: Length
    max_exposure_s: Positive
    max_lift_mm: NotNegative
    max_speed_mm_s: Positive
    max_layers: Length


class Holds(Said):
    """Places for masks and for layers in the machine's memory."""

    masks: Length
    layers: Length


class Machine(Said):
    """A machine's WELCOME: who it is, its panel, its limits, and what it holds."""

    protocol: Literal["voxelyte-stream"]
    version: Annotated[int, Field(ge=1, le=1)]  # Literal[1] would take true
    session: Words
    identity: Annotated[Identity, Field(alias="machine")]
    panel: MachinePanel
    limits: Limits
    holds: Holds
    wavelength_nm: Positive | None = None
    irradiance_mw_cm2: Positive | None = None
    max_mask_bytes: Length
    max_payload_bytes: Annotated[int, Field(ge=1024, lt=2**32)]
    watchdog_s: Annotated[float, Field(ge=0.05, le=600)]
    on_link_loss: Literal["dark"]
    can: tuple[Words, ...] = Field(strict=False)
    state: Words

    @property
    def name(self) -> str:
        """The machine's own name."""
        return self.identity.name

    @property
    def firmware(self) -> str:
        """What runs on the machine."""
        return self.identity.firmware


class To(Said):
    """The request that is answered."""

    to: Number


class Reasons(Said):
    """The words of REFUSED and FAULT."""

    code: Words
    message: Words


class Pong(Said):
    """The machine's state."""

    state: Words
    lamp: bool
    layer: Number | None
    clock_s: NotNegative


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


class ReportedLayer(Said):
    """What the machine sees of one layer."""

    layer: Number
    top_nm: int
    thickness_nm: int
    dose_mj_cm2: NotNegative
    dose_area_um2: NotNegative
    cured_area_um2: NotNegative
    islands: int


class ReportPage(Said):
    """One answer to REPORT."""

    kind: Words
    job: Words
    layers_total: Number
    height_nm: int
    layers: tuple[ReportedLayer, ...] = Field(strict=False, max_length=100)


_Kind = TypeVar("_Kind", bound=Said)
_EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def read(model: type[_Kind], name: str, said: dict[str, Any]) -> _Kind:
    """What a payload says, as a `model`."""
    try:
        return model.model_validate(said)
    except ValidationError as fault:
        raise _confused(name, fault) from None


def read_event(said: dict[str, Any]) -> Event:
    """The event that a payload tells."""
    try:
        return _EVENTS.validate_python(said)
    except ValidationError as fault:
        raise _confused("EVENT", fault) from None


def _confused(name: str, fault: ValidationError) -> PrinterConfused:
    lines = [_harmless(line) for line in explain(fault, Said)]
    more = f"; and {len(lines) - 5} more" if len(lines) > 5 else ""
    return PrinterConfused(f"{name} cannot be read: {'; '.join(lines[:5])}{more}")
