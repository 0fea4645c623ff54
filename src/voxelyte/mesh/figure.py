"""Rings with numbered corners: the outline of what is cut into triangles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import cos, sin

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.shapes import Ring

Triangles = NDArray[np.int64]
"""int64[n, 3]: corners by number, counter-clockwise."""


@dataclass(frozen=True, eq=False)
class Figure:
    """Rings one after another; what is solid lies left of each, so that holes run clockwise."""

    points: NDArray[np.float64]
    """float64[n, 2] in µm."""
    lengths: NDArray[np.int64]
    """int64[rings]: corners of each ring."""
    numbers: NDArray[np.int64]
    """int64[n]: what each corner is called in the mesh."""

    @classmethod
    def of(cls, rings: Sequence[Ring], first: int = 0) -> Figure:
        """These rings, numbered from `first`."""
        points = np.concatenate(rings) if rings else np.zeros((0, 2))
        lengths = np.array([len(ring) for ring in rings], dtype=np.int64)
        return cls(points, lengths, np.arange(first, first + len(points)))

    @property
    def ends(self) -> NDArray[np.int64]:
        """Where each ring ends."""
        return np.cumsum(self.lengths)

    @cached_property
    def following(self) -> NDArray[np.int64]:
        """Position of the next corner on the same ring."""
        following = np.arange(1, len(self.points) + 1)
        following[self.ends - 1] = self.ends - self.lengths
        return following

    @property
    def edges(self) -> NDArray[np.int64]:
        """int64[n, 2]: every edge by the numbers of its ends."""
        return np.column_stack((self.numbers, self.numbers[self.following]))

    @property
    def areas(self) -> NDArray[np.float64]:
        """Signed area of each ring, counter-clockwise positive."""
        if not len(self.lengths):
            return np.zeros(0)
        starts = self.ends - self.lengths
        x, y = (self.points - np.repeat(self.points[starts], self.lengths, axis=0)).T
        return np.asarray(np.add.reduceat(x * y[self.following] - x[self.following] * y, starts) / 2)

    @property
    def rings(self) -> list[Ring]:
        """The rings apart."""
        return np.split(self.points, self.ends[:-1]) if len(self.lengths) else []

    @property
    def turned(self) -> Figure:
        """The same rings the other way round: what is solid becomes open."""
        backward = slice(None, None, -1)
        return Figure(self.points[backward], self.lengths[backward], self.numbers[backward])

    def rotated(self, angle: float) -> Figure:
        """The same figure, turned by `angle` (radians)."""
        turn = np.array(((cos(angle), sin(angle)), (-sin(angle), cos(angle))))
        return replace(self, points=self.points @ turn) if angle else self

    def kept(self, which: NDArray[np.bool_]) -> Figure:
        """Some of the rings."""
        corners = np.repeat(which, self.lengths)
        return Figure(self.points[corners], self.lengths[which], self.numbers[corners])


def joined(figures: Iterable[Figure]) -> Figure:
    """All rings of several figures."""
    found = list(figures)
    return Figure(*(np.concatenate([getattr(one, name) for one in found]) for name in ("points", "lengths", "numbers")))


def polygons(figure: Figure) -> NDArray[np.object_]:
    """Shapely polygons: each outer ring with the holes that lie in it and in no smaller one."""
    import shapely

    lines = shapely.linearrings(figure.points, indices=np.repeat(np.arange(len(figure.lengths)), figure.lengths))
    areas = figure.areas
    outers, holes = lines[areas > 0], lines[areas < 0]
    home = _home(shapely.polygons(outers), shapely.polygons(holes))
    by_home = holes[np.argsort(home, kind="stable")]
    starts = np.searchsorted(np.sort(home), np.arange(len(outers) + 1))
    groups = [by_home[first:last] for first, last in pairwise(starts)]
    return np.array(
        [shapely.polygons(outer, inner if len(inner) else None) for outer, inner in zip(outers, groups, strict=True)],
        dtype=object,
    )


def bare(figure: Figure) -> NDArray[np.bool_]:
    """Which rings are outer ones without a hole."""
    import shapely

    lines = shapely.linearrings(figure.points, indices=np.repeat(np.arange(len(figure.lengths)), figure.lengths))
    outer, hole = np.flatnonzero(figure.areas > 0), figure.areas < 0
    found = np.isin(np.arange(len(lines)), outer)
    found[outer[_home(shapely.polygons(lines[outer]), shapely.polygons(lines[hole]))]] = False
    return np.asarray(found)


def _home(outers: NDArray[np.object_], holes: NDArray[np.object_]) -> NDArray[np.int64]:
    """For each hole the smallest outer ring that contains it."""
    import shapely

    if len(outers) == 1 or not len(holes):
        return np.zeros(len(holes), dtype=np.int64)
    spots = shapely.points(shapely.get_coordinates(holes)[np.cumsum(shapely.get_num_coordinates(holes)) - 1])
    hole, outer = shapely.STRtree(outers).query(spots, predicate="intersects")
    if len(np.unique(hole)) != len(holes):
        raise SliceError("a hole of a section lies in none of its outlines")
    by_size = np.lexsort((shapely.area(outers)[outer], hole))
    return np.asarray(outer[by_size][np.unique(hole[by_size], return_index=True)[1]])
