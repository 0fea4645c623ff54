"""What a file of contours holds, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from voxelyte.region import Bounds
from voxelyte.shapes import Ring, ring_area


@dataclass(frozen=True, eq=False)
class Outlines:
    """What is solid in a layer. Rings are float64[n, 2] in µm, not closed, in the file's own frame."""

    rings: tuple[Ring, ...]

    @cached_property
    def areas_um2(self) -> tuple[float, ...]:
        """Area of each ring; that of a hole is negative."""
        return tuple(ring_area(ring) for ring in self.rings)

    @property
    def area_um2(self) -> float:
        """What is solid."""
        return sum(self.areas_um2)

    @property
    def outer(self) -> int:
        """How many outer rings there are; the rest are holes."""
        return sum(area > 0 for area in self.areas_um2)

    @cached_property
    def bounds_um(self) -> Bounds | None:
        """Least x and y, greatest x and y; None where nothing is solid."""
        if not self.rings:
            return None
        points = np.concatenate(self.rings)
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)


class ContourLayer(NamedTuple):
    """One layer. Layers of equal outlines share them."""

    bottom_nm: int
    top_nm: int
    outlines: Outlines


@dataclass(frozen=True)
class Contours:
    """All of an SLC file: `unit` is MM or INCH, `package` whoever wrote it, `notes` what the reader passes over."""

    layers: tuple[ContourLayer, ...]
    unit: str
    package: str
    notes: tuple[str, ...] = ()
