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
        """float64[4, n]: x and y where each segment begins and ends, of triangles that are crossed; none of no length.

        Two edges of a triangle are cut: that from its lowest corner to its highest, and one at the corner between them.
        """
        x, y, z = self._corners
        low, middle, high, turned = (each[which] for each in self._rising)
        over = z[middle] > z_um
        below = np.concatenate((low, np.where(over, low, middle)))
        above = np.concatenate((high, np.where(over, middle, high)))
        share = (z_um - z[below]) / (z[above] - z[below])
        at = np.stack([axis[below] + share * (axis[above] - axis[below]) for axis in (x, y)]).reshape(2, 2, -1)
        # Solid is left of the segment: it begins at the whole height's edge where that is on the right.
        ends = np.concatenate((np.where(turned, at[:, 0], at[:, 1]), np.where(turned, at[:, 1], at[:, 0])))
        long = (ends[0] != ends[2]) | (ends[1] != ends[3])
        return ends if long.all() else ends[:, long]

    @cached_property
    def _rising(self) -> tuple[Indices, Indices, Indices, NDArray[np.bool_]]:
        """Of each triangle its lowest, its middle and its highest corner, and whether the second of these follows the first one."""
        order = np.argsort(self._corners[2][self.faces], axis=1, kind="stable")
        low, middle, high = np.ascontiguousarray(np.take_along_axis(self.faces, order, axis=1).T)
        return low, middle, high, (order[:, 1] - order[:, 0]) % 3 == 1

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
