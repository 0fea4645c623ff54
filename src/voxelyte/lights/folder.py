"""A dry run: every picture that would be shown, as a numbered PNG in a folder, and a log with times.

`000001.png`, `000002.png`, … in the order of showing; `log.jsonl` has a line for each thing that was done, with `clock_s` since
it was opened: `{"clock_s": 1.25, "what": "show", "file": "000001.png"}`, and `black`, `lit`, `dark` (with `on_time_s`).
What is in the folder already stays, and is counted on from.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Self

from voxelyte.lights import LightSettings
from voxelyte.machine.clock import Clock
from voxelyte.machine.refusals import Cut, MachineTrouble
from voxelyte.png import encode
from voxelyte.values import Text

if TYPE_CHECKING:
    from voxelyte.lights import Pixels

LOG = "log.jsonl"


class FolderSettings(LightSettings):
    """`folder`: where the pictures go; a relative path begins at the rig file."""

    engine: Literal["folder"]
    folder: Text

    def placed(self, folder: Path) -> Self:
        """As LightSettings."""
        return self.model_copy(update={"folder": str(folder / self.folder)})

    @property
    def exposes(self) -> bool:
        """As LightSettings."""
        return True


class FolderLight:
    """As Light."""

    Settings = FolderSettings

    def __init__(self, settings: FolderSettings, width_px: int, height_px: int) -> None:
        self._folder, self._shape = Path(settings.folder), (height_px, width_px)
        self._begun_s, self._clock, self._lock = monotonic(), Clock(), Lock()
        self._allowed = False
        self._next = 1

    @property
    def identity(self) -> str:
        """As Light."""
        return f"pictures go to {self._folder}; no light"

    def open(self, lost: Callable[[str], None]) -> None:
        """As Light."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            numbers = [int(file.stem) for file in self._folder.glob("*.png") if file.stem.isdecimal()]
        except OSError as fault:
            raise MachineTrouble(f"{self._folder}: {fault.strerror or fault}") from None
        self._next, self._begun_s = max(numbers, default=0) + 1, monotonic()
        self._say("open")
        self._say("black")

    def allow(self) -> None:
        """As Light."""
        self._allowed = True

    def show(self, pixels: Pixels) -> None:
        """As Light."""
        if pixels.shape != self._shape:
            raise MachineTrouble(f"a mask of {list(pixels.shape)} must be {list(self._shape)}")
        name = f"{self._next:06d}.png"
        try:
            (self._folder / name).write_bytes(encode(pixels))
        except OSError as fault:
            raise MachineTrouble(f"{self._folder / name}: {fault.strerror or fault}") from None
        self._next += 1
        self._say("show", file=name)

    def black(self) -> None:
        """As Light."""
        self._say("black")

    def expose(self, pixels: Pixels, exposure_s: float, power: float, cut: Event, lit: Callable[[], None]) -> float:
        """As Light."""
        if not self._allowed:
            raise Cut
        begun_s = self._clock.now_s
        self._say("lit", power=power)
        lit()
        try:
            self._clock.wait_until(begun_s + exposure_s, cut)
        finally:
            on_time_s = self._clock.now_s - begun_s
            self._say("dark", on_time_s=on_time_s)
        return on_time_s

    def dark(self) -> None:
        """As Light; the event that cuts the exposure ends it."""
        self._allowed = False

    def close(self) -> None:
        """As Light."""
        self._say("close")

    def _say(self, what: str, **more: Any) -> None:
        line = json.dumps({"clock_s": round(monotonic() - self._begun_s, 6), "what": what, **more}) + "\n"
        try:
            with self._lock, (self._folder / LOG).open("a", encoding="utf-8", newline="\n") as log:
                log.write(line)
        except OSError as fault:
            raise MachineTrouble(f"{self._folder / LOG}: {os.strerror(fault.errno or 0)}") from None


LIGHT = FolderLight
