"""Windows: rectangles of the panel's pixels, so that a small part of a large panel costs little.

A window starts at a whole pixel, so that sub-pixel phases are the panel's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel
from voxelyte.region import Bounds, Part

Floats = NDArray[np.float64]
Number = TypeVar("Number", np.uint8, np.float64)


@dataclass(frozen=True)
class Window:
    """`width` x `height` pixels from column `left` and row `top` (0 at the back) of the panel."""

    panel: Panel
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def whole(cls, panel: Panel) -> Window:
        """The whole panel."""
        return cls(panel, 0, 0, panel.width_px, panel.height_px)

    @classmethod
    def around(cls, bounds_um: Bounds, panel: Panel) -> Window:
        """The pixels that what lies within `bounds_um` can touch; of no width or height where it lies beyond the panel."""
        x0, y0, x1, y1 = bounds_um
        left, right = _pixels(x0 / panel.pitch_x_um, x1 / panel.pitch_x_um, panel.width_px)
        top, bottom = _pixels(-y1 / panel.pitch_y_um, -y0 / panel.pitch_y_um, panel.height_px)
        return cls(panel, left, top, right - left, bottom - top)

    @property
    def empty(self) -> bool:
        """It has no pixel."""
        return self.width <= 0 or self.height <= 0

    @property
    def ends(self) -> tuple[int, int, int, int]:
        """First column and row, and those after the last."""
        return self.left, self.top, self.left + self.width, self.top + self.height

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    def x_px(self, x_um: Floats) -> Floats:
        """Columns, counted from the window's left edge, of places in the plate frame."""
        return np.asarray(x_um / self.panel.pitch_x_um + (self.panel.width_px / 2 - self.left))

    def y_px(self, y_um: Floats) -> Floats:
        """Rows, counted from the window's back edge; the panel's rows run from the back to the front, the plate's y the other way."""
        return np.asarray(y_um / -self.panel.pitch_y_um + (self.panel.height_px / 2 - self.top))

    def of(self, picture: NDArray[Number]) -> NDArray[Number]:
        """The window's own pixels of a picture of the whole panel; a view, not a copy."""
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]

    def within(self, other: Window) -> Window:
        """The same pixels, counted from the edges of `other`."""
        return replace(self, left=self.left - other.left, top=self.top - other.top)


@dataclass(frozen=True)
class Group:
    """Parts whose windows meet, each with its own, and the window around all."""

    window: Window
    parts: tuple[tuple[Part, Window], ...]


def groups(parts: Iterable[Part], panel: Panel) -> list[Group]:
    """Parts in groups whose windows share no pixel with each other's; what lies beyond the panel is left out."""
    found: list[Group] = []
    ends = np.zeros((0, 4), dtype=np.intp)
    for part in parts:
        window = Window.around(part.bounds_um, panel) if part.places.count else Window(panel, 0, 0, 0, 0)
        if window.empty:
            continue
        new = Group(window, ((part, window),))
        # To join a group widens the window, which may then meet another one.
        while (met := _meeting(ends, new.window)).any():
            joined = [group for group, meets in zip(found, met, strict=True) if meets]
            found = [group for group, meets in zip(found, met, strict=True) if not meets]
            ends, new = ends[~met], _one(*joined, new)
        found.append(new)
        ends = np.concatenate((ends, [new.window.ends]))
    return found


def _meeting(ends: NDArray[np.intp], window: Window) -> NDArray[np.bool_]:
    """Which of the windows, int[n, 4], share a pixel with this one."""
    left, top, right, bottom = window.ends
    wide = (ends[:, 0] < right) & (left < ends[:, 2])
    return np.asarray(wide & (ends[:, 1] < bottom) & (top < ends[:, 3]))


def _one(*groups: Group) -> Group:
    """Several groups as one."""
    left, top, right, bottom = np.array([group.window.ends for group in groups]).T
    first = groups[0].window.panel, int(left.min()), int(top.min())
    window = Window(*first, int(right.max() - left.min()), int(bottom.max() - top.min()))
    return Group(window, tuple(part for group in groups for part in group.parts))


def _pixels(low: float, high: float, pixels: int) -> tuple[int, int]:
    """First pixel and the one after the last, clipped to the panel, of an interval in pixels from its middle."""
    first, last = (min(max(end, -1.0), pixels + 1.0) for end in (low + pixels / 2, high + pixels / 2))
    return max(0, floor(first)), min(pixels, ceil(last))
