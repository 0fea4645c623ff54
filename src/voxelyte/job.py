"""The print job: every layer with its own thickness, motion and exposures, and nothing left to be guessed.

Layers are a lazy sequence; a mask is painted when it is asked for and then dropped. Layers that show the same
picture share one `Mask` object, so that it is painted and encoded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import fsum, isfinite
from typing import TYPE_CHECKING

from voxelyte.errors import SliceError
from voxelyte.printer import Motion, Panel, Printer
from voxelyte.resin import Resin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voxelyte.region import Region

Together = Callable[["Sequence[Region]", Panel], "Iterable[NDArray[np.uint8]]"]


class Mask:
    """One picture for the panel: uint8[height_px, width_px], 0 dark to 255 full, painted anew at each call.

    `section` gives what it is painted from, in the plate's frame; without it, the picture was read from an archive.
    `together` paints the masks of several sections, which costs less than one by one where each has few edges.
    """

    def __init__(
        self,
        panel: Panel,
        paint: Callable[[], NDArray[np.uint8]],
        section: Callable[[], Region] | None = None,
        together: Together | None = None,
    ) -> None:
        self.panel, self._paint, self._section, self._together = panel, paint, section, together

    @property
    def section(self) -> Region | None:
        """What it is painted from, made anew where sections are many; None for a picture from an archive."""
        return None if self._section is None else self._section()

    @property
    def drawn(self) -> bool:
        """Whether it is painted from a section, and not read from a file."""
        return self._section is not None

    def painted_by(self, panel: Panel) -> Mask:
        """The same picture for another panel of the same pixels."""
        return Mask(panel, self._paint, self._section, self._together)

    def pixels(self) -> NDArray[np.uint8]:
        """The picture as the panel is fed with it (mirrors applied)."""
        return self._checked(self._paint())

    @staticmethod
    def all_pixels(masks: Sequence[Mask]) -> Iterator[NDArray[np.uint8]]:
        """The picture of each mask, as `pixels` gives it, painted as they are taken."""
        sections = [mask._section for mask in masks if mask._section is not None]
        alike = len({(mask._together, mask.panel) for mask in masks}) == 1 and len(sections) == len(masks)
        if len(masks) < 2 or not alike or masks[0]._together is None:
            return (mask.pixels() for mask in masks)
        pictures = masks[0]._together([section() for section in sections], masks[0].panel)
        return (mask._checked(picture) for mask, picture in zip(masks, pictures, strict=True))

    def _checked(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if picture.shape != (self.panel.height_px, self.panel.width_px):
            raise SliceError(
                f"mask is {picture.shape[1]} x {picture.shape[0]} pixels, panel {self.panel.width_px} x {self.panel.height_px}"
            )
        return picture


def pixel_hash(pixels: NDArray[np.uint8]) -> str:
    """SHA-256, in hex, of the rows of a mask; it does not depend on any encoder."""
    import numpy as np

    return sha256(np.ascontiguousarray(pixels).data).hexdigest()


@dataclass(frozen=True)
class Exposure:
    """One mask shown for one time; power is the lamp's fraction of full, 0 to 1."""

    mask: Mask
    exposure_s: float
    power: float = 1.0

    def __post_init__(self) -> None:
        if not (isfinite(self.exposure_s) and self.exposure_s > 0):
            raise SliceError(f"exposure_s={self.exposure_s} must be greater than 0")
        if not 0 < self.power <= 1:
            raise SliceError(f"power={self.power} must be above 0 and at most 1")


@dataclass(frozen=True)
class Layer:
    """One layer. `top_nm` is the height of its upper face: the exact sum of all thicknesses up to it."""

    index: int
    thickness_nm: int
    top_nm: int
    exposures: tuple[Exposure, ...]
    motion: Motion

    def __post_init__(self) -> None:
        if self.thickness_nm < 1 or self.top_nm < self.thickness_nm:
            raise SliceError(f"layer {self.index}: thickness_nm={self.thickness_nm} must be 1 to top_nm={self.top_nm}")

    @property
    def thickness_um(self) -> float:
        """Thickness in µm."""
        return self.thickness_nm / 1000

    @property
    def z_um(self) -> float:
        """Height of the layer's top in µm."""
        return self.top_nm / 1000

    @property
    def exposure_s(self) -> float:
        """Lamp time of all its exposures together, to the ns: 6 s and 1.3 s are 7.3 s."""
        if len(self.exposures) == 1:
            return self.exposures[0].exposure_s
        return round(fsum(one.exposure_s for one in self.exposures), 9)


@dataclass(frozen=True)
class Provenance:
    """What made this job: the recipe's text, all parameters as used, the versions, and remarks for the user."""

    recipe: str = ""
    parameters: dict[str, object] = field(default_factory=dict)
    software: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """A film as a machine prints it; written by a format or run by a driver."""

    name: str
    printer: Printer
    resin: Resin
    layers: Sequence[Layer]
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def panel(self) -> Panel:
        """The panel that every mask is for."""
        return self.printer.panel

    @property
    def height_nm(self) -> int:
        """Height of the whole film."""
        return self.layers[-1].top_nm if self.layers else 0

    @property
    def exposure_s(self) -> float:
        """Lamp time of the whole job."""
        return sum(layer.exposure_s for layer in self.layers)

    @property
    def time_s(self) -> float:
        """Lamp time and motion, without homing and acceleration."""
        return self.exposure_s + sum(layer.motion.time_s for layer in self.layers)

    def listed(self) -> Job:
        """The same with its layers in a tuple; those of a solid are made anew at each look."""
        return replace(self, layers=tuple(self.layers))

    def masks(self) -> Iterator[Mask]:
        """Each distinct mask once, in the order of first use."""
        seen: set[Mask] = set()
        for layer in self.layers:
            for exposure in layer.exposures:
                if exposure.mask not in seen:
                    seen.add(exposure.mask)
                    yield exposure.mask
