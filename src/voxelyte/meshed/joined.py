"""How triangles hang together: which edges close, what is wrong where they do not, and which triangles are one body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from voxelyte.meshed.drawn import Triangles
from voxelyte.sorting import sorted_places

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Joined:
    """The edges of triangles between `count` points, each edge once with all triangles at it."""

    faces: Triangles
    count: int

    @cached_property
    def _sorted(self) -> tuple[Indices, Indices, NDArray[np.bool_], Indices]:
        """Every triangle's edges, sorted by their two points.

        These points as one number; whose edge it is; whether it runs from the lesser point; where each new edge begins.
        """
        here, there = self.faces.T.ravel(), np.roll(self.faces.T, -1, axis=0).ravel()
        key = np.minimum(here, there) * self.count + np.maximum(here, there)
        key, order = sorted_places(key, self.count**2)
        return key, order % len(self.faces), (here < there)[order], np.flatnonzero(np.diff(key, prepend=-1))

    @cached_property
    def _uses(self) -> tuple[Indices, Indices]:
        """For each edge how many triangles have it, and how many more run from its lesser point than to it."""
        key, _, up, start = self._sorted
        return np.diff(start, append=len(key)), np.add.reduceat(np.where(up, 1, -1), start)

    @cached_property
    def closed(self) -> bool:
        """Whether every edge is met by as many that run the other way."""
        return not self._uses[1].any()

    @property
    def crowded(self) -> bool:
        """Whether any edge has more than two triangles."""
        return bool((self._uses[0] > 2).any())

    @property
    def open_edges(self) -> Indices:
        """int64[n, 2]: points of edges that too few triangles have."""
        uses, more = self._uses
        return self._ends((more != 0) & (uses % 2 == 1))

    @property
    def turned_edges(self) -> Indices:
        """int64[n, 2]: points of edges whose triangles run the same way, so that one of them is turned inside out."""
        uses, more = self._uses
        return self._ends((more != 0) & (uses % 2 == 0))

    @cached_property
    def bodies(self) -> Indices:
        """For each triangle the number of its body, from 0: those that hang together by edges of two triangles each.

        What does not close by these alone, such as two cubes that share a face, is one body with what closes it.
        """
        _, face, _, start = self._sorted
        uses, _ = self._uses
        first = start[uses == 2]
        lead = least_connected(len(self.faces), face[first], face[first + 1])
        if self.crowded:
            one, other = self._halves(lead)
            lead = least_connected(
                len(lead), np.concatenate((np.arange(len(lead)), one)), np.concatenate((lead, other))
            )
        return np.asarray((np.cumsum(lead == np.arange(len(lead))) - 1)[lead])

    def _halves(self, lead: Indices) -> tuple[Indices, Indices]:
        """Pairs of groups, by their least triangles, that close an edge only together."""
        _, face, up, start = self._sorted
        uses, _ = self._uses
        edge = np.repeat(np.arange(len(start)), uses)
        at = np.flatnonzero((uses > 2)[edge])
        each, which = np.unique(edge[at] * len(lead) + lead[face[at]], return_inverse=True)
        more = np.bincount(which.ravel(), weights=np.where(up[at], 1, -1))
        edges, groups = np.divmod(each[more != 0], len(lead))
        same = edges[1:] == edges[:-1]
        return groups[:-1][same], groups[1:][same]

    def _ends(self, which: NDArray[np.bool_]) -> Indices:
        key, _, _, start = self._sorted
        return np.column_stack(np.divmod(key[start[which]], self.count))


def least_connected(count: int, one: Indices, other: Indices) -> Indices:
    """For each of `count` things the least that it is connected with by the pairs."""
    lead = np.arange(count)
    while True:
        before = lead.copy()
        np.minimum.at(lead, before[one], before[other])
        np.minimum.at(lead, before[other], before[one])
        lead = np.minimum(lead, lead[before])
        while not np.array_equal(lead, lead[lead]):
            lead = lead[lead]
        if np.array_equal(lead, before):
            return lead


def doubled(faces: Triangles) -> int:
    """How many triangles are there again, with the same corners in the same sense."""
    least = faces.argmin(axis=1)
    turned = np.take_along_axis(faces, (least[:, None] + np.arange(3)) % 3, axis=1)
    return len(turned) - len(np.unique(turned, axis=0))
