"""Virtual works: a stage and a lamp that keep time, and a vat that remembers every exposure."""

from __future__ import annotations

from threading import Event
from typing import Any, Literal

from voxelyte.machine.clock import Clock
from voxelyte.machine.design import Design
from voxelyte.machine.hardware import Shot
from voxelyte.sim._lamp import Lamp
from voxelyte.sim._stage import Stage
from voxelyte.sim._vat import Vat

PARK_MM = 5.0
Homing = Literal["floor", "away"]
"""Where its stage finds its place: on the vat's floor, or away from it, where a film may be on the plate."""


class Virtual:
    """The works of a virtual machine; its clock, lamp, stage and vat are there to be read."""

    def __init__(self, design: Design, speed: float, homing: Homing = "floor", knows_place: bool = False) -> None:
        self._irradiance_mw_cm2, self._homing = design.irradiance_mw_cm2, homing
        self.clock = Clock(speed)
        self.lamp = Lamp(self.clock)
        self.stage = Stage(self.clock, PARK_MM, design.limits.max_speed_mm_s, knows_place)
        self.vat = Vat(design.width_px, design.height_px, design.pitch_x_um * design.pitch_y_um)
        self._shot: Shot | None = None
        self._on_time_s = 0.0

    @property
    def lit(self) -> bool:
        """As Hardware."""
        return self.lamp.lit

    @property
    def knows_place(self) -> bool:
        """As Hardware."""
        return self.stage.knows_place

    @property
    def may_home_with_film(self) -> bool:
        """As Hardware."""
        return self._homing == "away"

    @property
    def park_mm(self) -> float:
        """As Hardware."""
        return self.stage.park_mm

    def allow(self, job: str) -> None:
        """As Hardware."""
        self.lamp.allow(job)

    def home(self, cut: Event) -> None:
        """As Hardware."""
        self.stage.home(cut)

    def home_away(self, cut: Event) -> None:
        """As Hardware."""
        self.stage.home_away(cut)

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """As Hardware."""
        self.stage.move(height_mm, speed_mm_s, cut)

    def expose(self, shot: Shot, cut: Event) -> None:
        """As Hardware."""
        one, self._on_time_s = shot.exposure, 0.0
        flash = self.lamp.on(shot.layer.layer, one.exposure, one.power, shot.again)
        self._shot = shot
        shot.lit()
        self.clock.wait_until(flash.on_s + one.exposure_s / 2, cut)
        shot.midway()
        self.clock.wait_until(flash.on_s + one.exposure_s, cut)

    def off(self) -> float:
        """As Hardware; the vat gets what the lamp gave."""
        flash, shot = self.lamp.off(), self._shot
        if flash and shot:
            self._shot, self._on_time_s = None, flash.on_time_s
            dose_mj_cm2 = self._irradiance_mw_cm2 * shot.exposure.power * flash.on_time_s
            held = shot.layer
            self.vat.expose(held.layer, held.top_nm, held.thickness_nm, shot.exposure.mask, dose_mj_cm2)
        return self._on_time_s

    def darken(self) -> None:
        """As Hardware."""
        self.lamp.darken()

    def layer_cured(self, layer: int) -> None:
        """Measured now, so that REPORT finds it; a real clock goes on meanwhile."""
        self.vat.cured(layer)

    def clear(self, job: str) -> None:
        """As Hardware."""
        self.vat.clear(job)
        self.lamp.forget()

    def report(self, from_layer: int, count: int) -> dict[str, Any] | None:
        """As Hardware."""
        return self.vat.report(from_layer, count) if self.vat.job else None

    def close(self) -> None:
        """As Hardware."""
        self.lamp.darken()
