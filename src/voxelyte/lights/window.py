"""A full-screen window on a display: a projector or a panel on HDMI or DisplayPort, which shows masks pixel for pixel.

The display must have just the panel's pixels: nothing is ever scaled. It should be this rig's alone, with a black background, no
panels or notices, no colour management and, in the projector, no gamma correction, keystone or overscan: docs/rigs.md.

Where `gates` is set the projector is always lit, and the picture is the light's switch: the exposure is timed by the window's own
process. Such a window stays black on its display after the print, so that the desktop behind it exposes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Literal

from voxelyte.lights import LightSettings
from voxelyte.lights._screen import DisplayNumber, Screen
from voxelyte.machine.refusals import MachineTrouble

if TYPE_CHECKING:
    from voxelyte.lights import Pixels


class WindowSettings(LightSettings):
    """`display` as the system counts them; `always_lit`: the projector is, and the picture is its switch."""

    engine: Literal["window"]
    display: DisplayNumber
    always_lit: bool = False

    @property
    def gates(self) -> bool:
        """As LightSettings."""
        return self.always_lit


class WindowLight:
    """As Light."""

    Settings = WindowSettings

    def __init__(self, settings: WindowSettings, width_px: int, height_px: int) -> None:
        self._settings = settings
        self._screen = Screen(settings.display, width_px, height_px)

    @property
    def identity(self) -> str:
        """As Light."""
        return self._screen.identity

    def open(self, lost: Callable[[str], None]) -> None:
        """As Light."""
        self._screen.open(lost)

    def allow(self) -> None:
        """As Light."""
        self._screen.allow()

    def show(self, pixels: Pixels) -> None:
        """As Light."""
        self._screen.show(pixels)

    def black(self) -> None:
        """As Light."""
        self._screen.black()

    def expose(self, pixels: Pixels, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Light; a lamp that is always lit has one power."""
        if power != 1.0:
            raise MachineTrouble(
                f"power={power:g} must be 1: the projector on display={self._settings.display} is always lit"
            )
        return self._screen.light(pixels, exposure_s, cut, lit)

    def dark(self) -> None:
        """As Light."""
        self._screen.dark()

    def close(self) -> None:
        """As Light."""
        self._screen.close(stay_black=self._settings.gates)


LIGHT = WindowLight
