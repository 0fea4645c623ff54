"""What a machine is: its panel, light, limits and places, as it says them in WELCOME."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import Any, Literal, Self, cast, get_args

from voxelyte.errors import VoxelyteError

MAX_SIDE_PX = 16384
MAX_RESUME_S = 604_800
"""A week."""
OnLinkLoss = Literal["finish", "dark"]


@dataclass(frozen=True)
class Limits:
    """What the machine can do; the names are those of WELCOME."""

    build_height_nm: int
    min_thickness_nm: int
    max_thickness_nm: int
    thickness_step_nm: int
    max_exposure_s: float
    max_lift_mm: float
    max_speed_mm_s: float
    max_layers: int


@dataclass(frozen=True)
class Design:
    """One kind of machine."""

    name: str
    width_px: int
    height_px: int
    pitch_x_um: float
    pitch_y_um: float
    wavelength_nm: float
    irradiance_mw_cm2: float
    limits: Limits
    maker: str = "voxelyte (virtual)"
    firmware: str = "sim 1"
    serial: str = "virtual-0"
    versions: tuple[int, ...] = (2,)
    holds: dict[str, int] = field(default_factory=lambda: {"masks": 32, "layers": 16})
    """Places: as many masks as one layer may have exposures, if films of a plate want many different ones."""
    max_mask_bytes: int = 2**24
    max_payload_bytes: int = 65536
    watchdog_s: float = 2.0
    on_link_loss: OnLinkLoss = "finish"
    resume_s: float = 600.0
    """How long a film waits in the vat, in the dark, for a host that was lost."""

    def with_panel(
        self, width_px: int | None = None, height_px: int | None = None, pitch_um: float | None = None
    ) -> Self:
        """The same machine with another panel; what is None stays."""
        sides = {"width_px": width_px, "height_px": height_px}
        odd = {key: n for key, n in sides.items() if n is not None and not 1 <= n <= MAX_SIDE_PX}
        wrong = [f"{key}={n} must be 1 to {MAX_SIDE_PX}" for key, n in odd.items()]
        if pitch_um is not None and not (isfinite(pitch_um) and pitch_um > 0):
            wrong.append(f"pitch_um={pitch_um:g} must be greater than 0")
        if wrong:
            raise VoxelyteError("; ".join(wrong))
        return replace(
            self,
            width_px=width_px or self.width_px,
            height_px=height_px or self.height_px,
            pitch_x_um=pitch_um or self.pitch_x_um,
            pitch_y_um=pitch_um or self.pitch_y_um,
        )

    def with_link_loss(self, on_link_loss: str | None = None, resume_s: float | None = None) -> Self:
        """The same machine with another way of losing its host; what is None stays."""
        ways = get_args(OnLinkLoss)
        wrong = []
        if on_link_loss is not None and on_link_loss not in ways:
            wrong.append(f"on_link_loss={on_link_loss} must be {' or '.join(ways)}")
        if resume_s is not None and not 0 <= resume_s <= MAX_RESUME_S:
            wrong.append(f"resume_s={resume_s:g} must be 0 to {MAX_RESUME_S}")
        if wrong:
            raise VoxelyteError("; ".join(wrong))
        return replace(
            self,
            on_link_loss=cast("OnLinkLoss", on_link_loss or self.on_link_loss),
            resume_s=self.resume_s if resume_s is None else resume_s,
        )

    @property
    def panel(self) -> dict[str, Any]:
        """Pixels and pitch, as JOB must name them."""
        return {
            "width_px": self.width_px,
            "height_px": self.height_px,
            "pitch_x_um": self.pitch_x_um,
            "pitch_y_um": self.pitch_y_um,
        }

    def welcome(self, session: str, state: str, job: dict[str, Any] | None) -> dict[str, Any]:
        """The payload of WELCOME, section 3.1."""
        return {
            "protocol": "voxelyte-stream",
            "version": max(self.versions),
            "session": session,
            "machine": {
                "name": self.name,
                "maker": self.maker,
                "firmware": self.firmware,
                "serial": self.serial,
            },
            "panel": self.panel | {"grey_levels": 256},
            "wavelength_nm": self.wavelength_nm,
            "irradiance_mw_cm2": self.irradiance_mw_cm2,
            "limits": asdict(self.limits),
            "holds": self.holds,
            "max_mask_bytes": self.max_mask_bytes,
            "max_payload_bytes": self.max_payload_bytes,
            "watchdog_s": self.watchdog_s,
            "on_link_loss": self.on_link_loss,
            "resume_s": self.resume_s,
            "can": ["report", "resume", "pause"],
            "state": state,
            "job": job,
        }
