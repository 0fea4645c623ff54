"""A resin or slurry: the layer and the exposure it was printed with, and its law for the first layers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from voxelyte.source import Sources
from voxelyte.values import Length, Positive, Text, Value

LayerCount = Annotated[int, Field(ge=0, le=1000, strict=True)]


class Resin(Value):
    """Exposure of one layer, as somebody printed it on `printed_on`, and where each number is from.

    The first `bottom_layers` layers get `bottom_exposure_s`; the next `fade_layers` go in equal steps from there
    towards `exposure_s`, which the layer after them reaches.
    """

    name: Text
    title: Text
    layer_um: Length
    exposure_s: Positive
    wavelength_nm: Positive | None = None
    irradiance_mw_cm2: Positive | None = None
    printed_on: Text | None = None
    bottom_layers: LayerCount = 0
    bottom_exposure_s: Positive | None = None
    fade_layers: LayerCount = 0
    notes: tuple[Text, ...] = ()
    sources: Sources = Field(default={})

    @model_validator(mode="after")
    def _bottom_complete(self) -> Resin:
        if self.bottom_layers and self.bottom_exposure_s is None:
            raise ValueError(f"bottom_layers={self.bottom_layers} needs bottom_exposure_s")
        if self.fade_layers and not self.bottom_layers:
            raise ValueError(f"fade_layers={self.fade_layers} needs bottom_layers")
        return self

    @property
    def dose_mj_cm2(self) -> float | None:
        """Irradiance times exposure of a normal layer, where the irradiance is known."""
        return None if self.irradiance_mw_cm2 is None else self.irradiance_mw_cm2 * self.exposure_s

    def layer_exposure_s(self, index: int) -> float:
        """Exposure of layer `index`, counted from 0."""
        if self.bottom_exposure_s is None or index >= self.bottom_layers + self.fade_layers:
            return self.exposure_s
        step = max(0, index - self.bottom_layers + 1) / (self.fade_layers + 1)
        return self.bottom_exposure_s + (self.exposure_s - self.bottom_exposure_s) * step
