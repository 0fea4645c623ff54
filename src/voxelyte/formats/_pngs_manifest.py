"""What `manifest.json` of a PNG stack says: every key carries its unit, and the file explains itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from voxelyte.errors import FormatError, RecipeError
from voxelyte.formats._json import parsed
from voxelyte.printer import Motion, Panel
from voxelyte.values import Count, Fraction, NotNegative, Positive, Text, Value

MANIFEST = "manifest.json"
NAME = "voxelyte-png-stack"
ABOUT = (
    "Layers are counted from 1, from the plate up. top_nm is the height of a layer's upper face above the plate.",
    "layers/00001.png is the picture of layer 1, layers/00001_2.png that of a second exposure in it, and so on.",
    "A layer shows its exposures one after the other, without moving: png for exposure_s seconds at power.",
    "power is a fraction of the lamp's full power. exposure_s 0 with power 0 is a layer without light.",
    "motion: the stage comes down and rests, the layer is exposed, the stage rests and lifts it by lift_mm.",
    "Pictures are 8-bit grey, 0 dark and 255 full, and are what the panel is fed with: mirrors are applied already.",
    "Without mirrors row 0 is at the back of the plate and column 0 at its left.",
    "layers.csv says the same of the layers as a table, with a row for each exposure.",
)

Height = Annotated[int, Field(ge=1, le=10**12, strict=True)]
Name = Annotated[str, Field(strict=True, pattern="^[^/\\\\]+(/[^/\\\\]+)*[.]png$", max_length=200)]


class ExposureEntry(Value):
    """`png` is the member's name."""

    png: Name
    exposure_s: NotNegative
    power: Fraction

    @model_validator(mode="after")
    def _lit_or_dark(self) -> ExposureEntry:
        if (self.exposure_s == 0) != (self.power == 0):
            both = f"exposure_s={self.exposure_s:g} and power={self.power:g}"
            raise ValueError(f"{both} must be 0 together or not at all")
        return self


class LayerEntry(Value):
    """One layer, from the plate up, counted from 1."""

    layer: Count
    thickness_nm: Height
    top_nm: Height
    motion: Motion
    exposures: Annotated[tuple[ExposureEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _dark_alone(self) -> LayerEntry:
        if len(self.exposures) > 1 and any(one.power == 0 for one in self.exposures):
            raise ValueError(f"layer {self.layer}: an exposure without light must be its layer's only one")
        return self


class Manifest(Value):
    """All of it. What this model refuses can be neither read nor written."""

    format: Literal["voxelyte-png-stack"]
    version: Literal[1]
    about: tuple[Text, ...]
    name: Text
    software: Text
    printer: Text
    resin: Text
    wavelength_nm: Positive | None
    panel: Panel
    layers: Annotated[tuple[LayerEntry, ...], Field(min_length=1)]


def read_manifest(text: str) -> Manifest:
    """The manifest of a stack; FormatError names every wrong key."""
    fields = parsed(MANIFEST, text, real=float)
    if not isinstance(fields, dict) or fields.get("format") != NAME:
        raise FormatError(f"{MANIFEST}: says nowhere format={NAME}")
    try:
        said = Manifest.of(fields)
    except RecipeError as fault:
        raise FormatError(f"{MANIFEST}: {str(fault).replace(chr(10), '; ')}") from None
    _in_order(said)
    return said


def _in_order(said: Manifest) -> None:
    top_nm = 0
    for number, one in enumerate(said.layers, 1):
        top_nm += one.thickness_nm
        if (one.layer, one.top_nm) != (number, top_nm):
            told = f"layer={one.layer} top_nm={one.top_nm}"
            raise FormatError(f"{MANIFEST}: layers.{number - 1}: {told} must be {number} and {top_nm}, the sum")
