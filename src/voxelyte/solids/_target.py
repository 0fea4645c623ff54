"""What test targets share: they are rectangles on the pixel grid, laid out in whole pixels around the plate's centre."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pydantic import model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.pixel_grid import PixelGrid
from voxelyte.region import Part, Points
from voxelyte.shapes import Rectangle
from voxelyte.solids._film import Film
from voxelyte.values import Length

Box = tuple[float, float, float, float]
"""Left, front, width and depth in pixels, from the grid's corner at the plate's centre."""

MOST_FEATURES = 1_000_000


class Target(Film):
    """Features of `height_um` on the base, all within the outline."""

    height_um: Length

    @model_validator(mode="after")
    def _inside(self) -> Target:
        if not self._held():
            left, front, right, back = self.features.bounds_um
            size = f"{(right - left) / 1000:.4g} x {(back - front) / 1000:.4g} mm"
            raise ValueError(f"outline: the target, {size}, must lie within the outline")
        return self

    def _held(self) -> bool:
        """Whether the box around all features lies within the outline."""
        left, front, right, back = self.features.bounds_um
        return bool(self.drawn.holds(np.array((left, right)), np.array((front, back)), 0.0).all())


class PixelTarget(Target):
    """A target on a pixel `grid`; without one, on that of the printer it is made for."""

    grid: PixelGrid | None = None

    @property
    def pixels(self) -> PixelGrid:
        """The grid, which must be known."""
        if self.grid is None:
            raise ValueError(
                "grid is missing: a target of pixels needs a printer, or grid.pitch_x_um and grid.pitch_y_um"
            )
        return self.grid


def rectangles(grid: PixelGrid, boxes: Iterable[Box]) -> tuple[Part, ...]:
    """The boxes as parts, all boxes of one size in one."""
    sizes: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for left, front, width, depth in boxes:
        sizes.setdefault((width, depth), []).append((grid.x_um(left + width / 2), grid.y_um(front + depth / 2)))
    return tuple(
        Part(Rectangle(width * grid.pitch_x_um, depth * grid.pitch_y_um), Points(np.array(at)))
        for (width, depth), at in sizes.items()
    )


def raised(parts: Iterable[Part], height_um: float) -> tuple[Body, ...]:
    """Upright bodies on the parts."""
    return tuple(Upright(part, height_um) for part in parts)
