"""A section drawn as polygons: each shape once, and copied by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.plane import Triangles, filled
from voxelyte.region import Places, Region
from voxelyte.shapes import Ring

MAX_POINTS = 40_000_000
"""Corners of one section that are accepted: fourteen whole plates, about 4 GB of mesh."""


@dataclass(frozen=True, eq=False)
class DrawnPart:
    """One shape's rings at all its places; its points are numbered from `first`, copy by copy."""

    rings: tuple[Ring, ...]
    places: Places
    first: int

    @property
    def size(self) -> int:
        """Points of one copy."""
        return sum(len(ring) for ring in self.rings)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Number of each copy's first point."""
        return self.first + self.size * np.arange(self.places.count)

    def copied(self, faces: Triangles) -> Triangles:
        """Triangles of one copy, numbered from 0, for all copies."""
        return (self.starts[:, None, None] + faces).reshape(-1, 3)

    @property
    def edges(self) -> NDArray[np.int64]:
        """int64[n, 2]: from each point to the next on its ring, for all copies."""
        ends, first = [], 0
        for ring in self.rings:
            number = np.arange(first, first + len(ring))
            ends.append(np.column_stack((number, np.roll(number, -1))))
            first += len(ring)
        return np.asarray((self.starts[:, None, None] + np.concatenate(ends)).reshape(-1, 2))


@dataclass(frozen=True, eq=False)
class DrawnRegion:
    """All parts of a section."""

    parts: tuple[DrawnPart, ...]
    points: NDArray[np.float64]
    """float64[n, 2] in µm, numbered as the parts say."""

    @property
    def edges(self) -> NDArray[np.int64]:
        """int64[n, 2]: every boundary edge, solid on its left."""
        return np.concatenate([part.edges for part in self.parts])

    @property
    def rings(self) -> list[Ring]:
        """Every ring of every copy, in the order of `points`."""
        lengths = [len(ring) for part in self.parts for _ in range(part.places.count) for ring in part.rings]
        return np.split(self.points, np.cumsum(lengths)[:-1])

    def caps(self) -> Triangles:
        """The whole section; each shape is cut into triangles once."""
        return np.concatenate([part.copied(filled(part.rings)) for part in self.parts])


def drawn_region(region: Region, sagitta_um: float) -> DrawnRegion:
    """`region` as polygons that leave its curves by at most `sagitta_um`."""
    parts, first = [], 0
    for part in region.parts:
        one = DrawnPart(tuple(part.shape.rings(sagitta_um)), part.places, first)
        parts.append(one)
        first += one.size * part.places.count
        if first > MAX_POINTS:
            law = f"gives {first} corners in one section; must not exceed {MAX_POINTS}"
            raise SliceError(f"sagitta_um={sagitta_um:g} {law}")
    points = [(part.places.at_um[:, None] + np.concatenate(part.rings)).reshape(-1, 2) for part in parts]
    return DrawnRegion(tuple(parts), np.concatenate(points))
