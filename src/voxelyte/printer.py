"""Panel, motion and limits of a printer: what masks are made for and what a job must respect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from voxelyte.pixel_grid import PixelGrid
from voxelyte.source import Sources
from voxelyte.values import Count, Length, NotNegative, Positive, Text, Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS = 2**28
"""Largest panel accepted anywhere (2.8 times today's 15120 x 6230), so that no file can ask for more memory."""


class Panel(Value):
    """The light engine's pixels. Plate frame: origin at the centre, +x right, +y back, row 0 at the back.

    `mirror_x` and `mirror_y` turn masks over in `oriented`, and nowhere else: every mask of a job, and so every picture
    in an archive, is as the panel is fed with it. docs/printers.md says which machine needs which.
    """

    width_px: Count
    height_px: Count
    pitch_x_um: Length
    pitch_y_um: Length
    mirror_x: bool = False
    mirror_y: bool = False
    grey_levels: Annotated[int, Field(ge=2, le=256, strict=True)] = 256

    @model_validator(mode="after")
    def _bounded(self) -> Panel:
        if self.width_px * self.height_px > MAX_PIXELS:
            raise ValueError(
                f"width_px={self.width_px} times height_px={self.height_px} must not exceed {MAX_PIXELS} pixels"
            )
        return self

    @property
    def size_um(self) -> tuple[float, float]:
        """Width and depth of the lit plate, in µm."""
        return self.width_px * self.pitch_x_um, self.height_px * self.pitch_y_um

    @property
    def grid(self) -> PixelGrid:
        """Where the pixels lie on the plate."""
        return PixelGrid.centred(self.width_px, self.height_px, self.pitch_x_um, self.pitch_y_um)

    @property
    def pixel_area_um2(self) -> float:
        """Area of one pixel on the plate, in µm²."""
        return self.pitch_x_um * self.pitch_y_um

    def oriented(self, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The mask as the panel must be fed: plate frame in, panel frame out; its own inverse."""
        rows = slice(None, None, -1 if self.mirror_y else 1)
        columns = slice(None, None, -1 if self.mirror_x else 1)
        return mask[rows, columns]


class Motion(Value):
    """How the stage separates a layer from the vat and comes back, and how long it rests."""

    lift_mm: NotNegative
    lift_mm_s: Positive
    retract_mm_s: Positive
    wait_before_exposure_s: NotNegative = 0.0
    wait_after_exposure_s: NotNegative = 0.0

    @property
    def time_s(self) -> float:
        """Time of one lift, retract and its waits, without acceleration."""
        travel_s = self.lift_mm / self.lift_mm_s + self.lift_mm / self.retract_mm_s
        return travel_s + self.wait_before_exposure_s + self.wait_after_exposure_s


class LayerLimits(Value):
    """Layer thicknesses that a printer can make: least, greatest, and the step of its stage."""

    min_um: Length
    max_um: Length
    step_um: Length

    @model_validator(mode="after")
    def _ordered(self) -> LayerLimits:
        if self.min_um > self.max_um:
            raise ValueError(f"min_um={self.min_um:g} must not exceed max_um={self.max_um:g}")
        return self


class Printer(Value):
    """A printer profile. What nobody measured is absent (None), never invented; `sources` says where each number is from.

    `format` is the suffix of the archive that the machine takes, None where it takes none that is written here.
    """

    name: Text
    title: Text
    panel: Panel
    build_height_mm: Positive
    layer: LayerLimits
    motion: Motion
    wavelength_nm: Positive | None = None
    irradiance_mw_cm2: Positive | None = None
    max_exposure_s: Positive | None = None
    format: Text | None = None
    link: Text | None = None
    notes: tuple[Text, ...] = ()
    sources: Sources = Field(default={})

    @property
    def machine(self) -> str:
        """The machine's name: what its title says before a colon."""
        return self.title.partition(":")[0].strip() or self.name
