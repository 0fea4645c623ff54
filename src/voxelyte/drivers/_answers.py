"""What a machine answers, as frozen values (docs/stream-protocol.md sections 3 and 6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from voxelyte.drivers._said import Hex32, Length, NotNegative, Number, Positive, Said, Words
from voxelyte.printer import MAX_PIXELS


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


class LastJob(Said):
    """The machine's last job that is not done."""

    job: Words
    state: Words
    layers_done: Number
    exposures_done: Number


class Machine(Said):
    """A machine's WELCOME: who it is, its panel, its limits, and what it holds."""

    protocol: Literal["voxelyte-stream"]
    version: Annotated[int, Field(ge=2, le=2)]  # Literal[2] would take 2.0
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
    on_link_loss: Literal["finish", "dark"]
    resume_s: NotNegative
    can: tuple[Words, ...] = Field(strict=False)
    state: Words
    job: LastJob | None

    @property
    def resumes(self) -> bool:
        """Whether a job outlives its link, so that a host can go on with it."""
        return self.on_link_loss == "finish" and "resume" in self.can

    @property
    def name(self) -> str:
        """The machine's own name."""
        return self.identity.name

    @property
    def firmware(self) -> str:
        """What runs on the machine."""
        return self.identity.firmware


class Challenge(Said):
    """The machine has a key, says so by its proof, and asks for the host's."""

    nonce: Hex32
    proof: Hex32


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


class CutExposure(Said):
    """An exposure that was begun and is not whole."""

    layer: Number
    exposure: Number
    asked_s: Positive
    on_time_s: NotNegative | None


class Resumed(Said):
    """Where the machine is with the job that is resumed."""

    alive: bool
    next_layer: Number
    masks: tuple[Number, ...] = Field(strict=False)
    layers_done: Number
    exposures_done: Number
    cut: CutExposure | None


class MadeExposure(Said):
    """One exposure that was begun."""

    exposure: Number
    asked_s: Positive
    on_time_s: NotNegative | None
    whole: bool


class MadeLayer(Said):
    """One layer that was begun."""

    layer: Number
    done: bool
    exposures: tuple[MadeExposure, ...] = Field(strict=False, max_length=64)


class HistoryPage(Said):
    """One answer to HISTORY."""

    job: Words
    layers: tuple[MadeLayer, ...] = Field(strict=False, max_length=100)


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
