"""Outlines by their corners."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from voxelyte.outline.room import DrawnPolygon
from voxelyte.outline.sound import fault
from voxelyte.shapes import Polygon, Ring, ring_area
from voxelyte.values import Value

MAX_CORNERS = 10_000

Coordinate = Annotated[float, Field(ge=-1e9, le=1e9, strict=True, allow_inf_nan=False)]
Corner = tuple[Coordinate, Coordinate]
Corners = Annotated[tuple[Corner, ...], Field(min_length=3, max_length=MAX_CORNERS)]


class PolygonOutline(DrawnPolygon, Value):
    """A polygon by its corners, [x, y] in µm from the plate's centre, in either sense, with holes or without."""

    shape: Literal["polygon"] = "polygon"
    corners_um: Corners
    holes_um: Annotated[tuple[Corners, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _sound(self) -> PolygonOutline:
        outer, *holes = _rings(self)
        wrong = fault(outer, holes)
        if wrong:
            raise ValueError(f"corners_um: {wrong}")
        return self

    @cached_property
    def figure(self) -> Polygon:
        """The outline's shape."""
        outer, *holes = _rings(self)
        return Polygon((_turned(outer, 1), *(_turned(hole, -1) for hole in holes)))

    def on(self, size_um: tuple[float, float]) -> PolygonOutline:
        """The same polygon on a plate of any size."""
        return self


def _rings(outline: PolygonOutline) -> list[Ring]:
    return [np.array(ring, dtype=np.float64) for ring in (outline.corners_um, *outline.holes_um)]


def _turned(ring: Ring, sense: int) -> Ring:
    """Outer rings run counter-clockwise (1), holes clockwise (-1)."""
    return ring if ring_area(ring) * sense > 0 else ring[::-1]
