"""Planes through a mesh: the segments that its triangles cut, each triangle looked at only near the heights that it spans.

Half open in z: a corner on the plane counts as below it, so that a section is that of what lies just above, every
triangle is cut in one segment or not at all, and the segments of a mesh that closes close to the bit: both triangles
at an edge compute its crossing from the lower corner to the upper one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from voxelyte.meshed.drawn import Points, Triangles

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BUCKETS = 1 << 10
"""Slices of the height at the finest of the levels; at the next level two of them are one, and so on."""
_DEPTH = BUCKETS.bit_length()

# For each pattern of corners above the plane (1, 2, 4 for the first, second, third): the corner from which the triangle's
# outline comes down through the plane, and the one from which it goes up. Solid is left of the segment from there to here.
_DOWN = np.array([0, 0, 1, 1, 2, 0, 2, 0])
_UP = np.array([0, 2, 0, 2, 1, 1, 0, 0])
_NEXT = np.array([1, 2, 0])


@dataclass(frozen=True, eq=False)
class Planes:
    """Triangles `faces` between `points_um`, float64[m, 3], as planes cut them."""

    points_um: Points
    faces: Triangles

    @cached_property
    def _corners(self) -> tuple[Floats, Floats, Floats]:
        x, y, z = np.ascontiguousarray(self.points_um.T)
        return x, y, z

    @cached_property
    def low_um(self) -> Floats:
        """Least height of each triangle."""
        a, b, c = self._corners[2][self.faces.T]
        return np.asarray(np.minimum(np.minimum(a, b), c))

    @cached_property
    def high_um(self) -> Floats:
        """Greatest height of each triangle."""
        a, b, c = self._corners[2][self.faces.T]
        return np.asarray(np.maximum(np.maximum(a, b), c))

    def crossed(self, z_um: float) -> Indices:
        """The triangles that have corners at or below a height, and above it."""
        near = self._near(z_um)
        return np.asarray(near[(self.low_um[near] <= z_um) & (z_um < self.high_um[near])])

    def cut(self, z_um: float, which: Indices) -> Floats:
        """float64[4, n]: x and y where each segment begins and ends, of triangles that are crossed; none of no length."""
        x, y, z = self._corners
        faces = self.faces[which]
        above = z[faces] > z_um
        pattern, row = above @ np.array([1, 2, 4]), np.arange(len(faces))
        down, up = _DOWN[pattern], _UP[pattern]
        high = np.concatenate((faces[row, down], faces[row, _NEXT[up]]))
        low = np.concatenate((faces[row, _NEXT[down]], faces[row, up]))
        share = (z_um - z[low]) / (z[high] - z[low])
        at_x, at_y = (axis[low] + share * (axis[high] - axis[low]) for axis in (x, y))
        ends = np.stack((at_x, at_y)).reshape(2, 2, -1).swapaxes(0, 1).reshape(4, -1)
        long = (ends[0] != ends[2]) | (ends[1] != ends[3])
        return ends if long.all() else ends[:, long]

    def _near(self, z_um: float) -> Indices:
        """Triangles that span heights near this one."""
        members, starts = self._index
        bucket = int(self._bucket(np.array([z_um]))[0])
        keys = [depth * BUCKETS + (bucket >> depth) for depth in range(_DEPTH)]
        return np.concatenate([members[starts[key] : starts[key + 1]] for key in keys])

    def _bucket(self, z_um: Floats) -> Indices:
        base, top = self._span
        return np.asarray(((z_um - base) * (BUCKETS / (top - base))).clip(0, BUCKETS - 1).astype(np.int64))

    @cached_property
    def _span(self) -> tuple[float, float]:
        return float(self.low_um.min()), float(self.high_um.max())

    @cached_property
    def _index(self) -> tuple[Indices, Indices]:
        """Triangles by depth and bucket, and where each begins. At its depth a triangle is in two buckets at most."""
        upright = np.flatnonzero(self.low_um < self.high_um)
        first, last = self._bucket(self.low_um[upright]), self._bucket(self.high_um[upright])
        depth = np.frexp(last - first)[1]
        first, last = first >> depth, last >> depth
        two = np.flatnonzero(first != last)
        key = np.concatenate((depth * BUCKETS + first, depth[two] * BUCKETS + last[two]))
        order = np.argsort(key)
        starts = np.searchsorted(key[order], np.arange(_DEPTH * BUCKETS + 1))
        return np.concatenate((upright, upright[two]))[order], starts
