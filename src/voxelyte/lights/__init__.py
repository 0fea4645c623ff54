"""Light engines of real rigs, one a file: what shows a mask, and where it can, lights it for its time.

`light_of(settings, width_px, height_px)` gives the one that `settings.engine` names. A mask is shown as it comes, pixel for
pixel: whoever made it has turned it over already, where the panel needs that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from voxelyte.members import member
from voxelyte.values import Text, Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


class LightSettings(Value):
    """The table `[light]` of a rig file; each engine adds its own keys."""

    engine: Text

    def placed(self, folder: Path) -> Self:
        """The same, with every file that it names beginning at the rig file's folder."""
        return self

    @property
    def gates(self) -> bool:
        """Whether the picture is the light's switch: the projector is always lit, and what is shown is exposed."""
        return False

    @property
    def exposes(self) -> bool:
        """Whether the engine can expose by itself, without a lamp on the motion board."""
        return self.gates


class Light(Protocol):
    """One light engine. Only the print's thread shows and exposes; `dark` may come from any thread at any time.

    What goes wrong is MachineTrouble, and what is cut short is Cut; after either it is dark.
    """

    Settings: ClassVar[type[LightSettings]]
    """Which keys `[light]` has for this engine."""

    def open(self, lost: Callable[[str], None]) -> None:
        """Begin, black first of all. `lost` is called, from any thread, with what was wrong if the picture is lost later."""

    @property
    def identity(self) -> str:
        """What was found, in a few words."""

    def allow(self) -> None:
        """A print begins or goes on: from now on it may be lit, until `dark`."""

    def show(self, pixels: Pixels) -> None:
        """Show uint8[height_px, width_px], and return when it is up. Where `gates`, this lights the film."""

    def black(self) -> None:
        """Show nothing, and return when that is so."""

    def expose(self, pixels: Pixels, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """Light a mask for its time, then dark; only where `exposes`. Where `gates` this shows it; elsewhere it is up already.

        `power` is 0 to 1. `lit` is called when light is on the film. Gives the time that it was, in s: measured. Cut when it was
        cut short, or is not allowed.
        """

    def dark(self) -> None:
        """Dark at once, from any thread and without waiting for an answer; no light before the next `allow`."""

    def close(self) -> None:
        """Dark, and let go of it."""


def light_of(settings: LightSettings, width_px: int, height_px: int) -> Light:
    """The engine that these settings name, not opened yet."""
    engine: Any = member("lights", settings.engine)
    made: Light = engine(settings, width_px, height_px)
    return made
