"""Random places, as dense as they get: darts thrown at whatever is still free.

The room is cut into squares so small that no two places fit one. Each round throws one dart into every square,
in random order; a dart stays where it meets neither a place nor an earlier dart. Squares that a place covers wholly
are dropped, the others cut in four (maximal Poisson-disk sampling: Ebeida et al., Comput. Graph. Forum 31 (2012) 785,
with equal squares instead of a tree). It ends when no square is left, so that nothing more fits but into slivers of
a square's last size, or when as many places are found as were asked for.

The random numbers are the raw doubles of PCG64, and distances are made of sums and products, so that a seed gives the
same places on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voxelyte.arrays.near import met, met_earlier
from voxelyte.arrays.room import Floats, Room

HALVINGS = 12
"""How often the squares are cut: down to a 4000th of their first size."""
MOST_AT_FIRST, MOST_SQUARES = 4_000_000, 16_000_000
"""Squares at the beginning, for a million places, and at any time: 1.6 GB for 870,000 places."""
MOST_ROUNDS = 50

Reach = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Throw:
    """`reach_um` says of points float64[n, 2] how far what stands there reaches from its middle; `least_um` is the least of it.

    Either `gap_um` is left between two of them, or `pitch_um` between their middles. `steep`: reaches differ from place to place.
    """

    room: Room
    reach_um: Reach
    least_um: float
    steep: bool
    gap_um: float | None
    pitch_um: float | None

    def places(self, seed: int, count: int | None) -> Floats:
        """float64[n, 2]: at most `count` places, as many as fit without it."""
        random = np.random.Generator(np.random.PCG64(seed))
        corner, side = self._squares()
        at, clear = np.zeros((0, 2)), np.zeros(0)
        first_side, rounds = side, 0
        while len(corner) and len(at) != count and side * 2**HALVINGS > first_side and rounds < MOST_ROUNDS:
            thrown, reach = self._darts(random, corner, side, at, clear)
            if count is not None:
                thrown, reach = thrown[: count - len(at)], reach[: count - len(at)]
            at, clear = np.concatenate((at, thrown)), np.concatenate((clear, reach))
            corner, rounds = self._open(corner, side, at, clear), rounds + 1
            if 4 * len(corner) <= MOST_SQUARES:  # else they become fewer before they are cut
                corner, side = _quartered(corner, side)
        return at

    def _clear(self, reach: Floats) -> Floats:
        """The part of the least distance between two places that belongs to each of them."""
        if self.gap_um is None:
            return np.full(len(reach), (self.pitch_um or 0.0) / 2)
        return reach + self.gap_um / 2

    def _squares(self) -> tuple[Floats, float]:
        """Lower left corners of squares all over the room, and their side: their diagonal is less than the least distance of two places."""
        x0, y0, x1, y1 = self.room.bounds_um
        width, depth = x1 - x0, y1 - y0
        if min(width, depth) < 0:
            return np.zeros((0, 2)), 1.0
        apart = 2 * float(self._clear(np.array([self.least_um]))[0])
        side = apart / 1.5
        columns, rows = int(width / side) + 1, int(depth / side) + 1
        if columns * rows > MOST_AT_FIRST:
            law = f"gives {columns} x {rows} squares to throw at; must not exceed {MOST_AT_FIRST}"
            raise ValueError(f"a least distance of {apart:g} µm {law}")
        x, y = x0 + side * np.arange(columns), y0 + side * np.arange(rows)
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2), side

    def _darts(
        self, random: np.random.Generator, corner: Floats, side: float, at: Floats, clear: Floats
    ) -> tuple[Floats, Floats]:
        """New places and their clearance, in the order in which they were thrown."""
        thrown = random.random((len(corner), 3))
        points, rank = corner + side * thrown[:, :2], thrown[:, 2]
        inside = self.room.holds(points, 0.0)
        points, rank = points[inside], rank[inside]
        reach = self.reach_um(points)
        whole = self.room.holds(points, reach)
        points, clearance, rank = points[whole], self._clear(reach[whole]), rank[whole]
        free = ~met(points, clearance, at, clear)
        points, clearance, rank = points[free], clearance[free], rank[free]
        first = np.flatnonzero(~met_earlier(points, clearance, rank))
        first = first[np.argsort(rank[first], kind="stable")]
        return points[first], clearance[first]

    def _open(self, corner: Floats, side: float, at: Floats, clear: Floats) -> Floats:
        """The squares in which there may be room."""
        half = side / np.sqrt(2)
        middle = corner + side / 2
        least = np.full(len(middle), self.least_um)
        if self.steep:
            # Over half a diagonal a reach is taken to change by no more than that length.
            within = self.room.holds(middle, 0.0)
            least[within] = np.maximum(self.least_um, self.reach_um(middle[within]) - half)
        inside = self.room.may_hold(middle, least - half)
        middle, least, corner = middle[inside], least[inside], corner[inside]
        # All of a square is too near a place where its middle is, by half its diagonal.
        return np.asarray(corner[~met(middle, self._clear(least) - half, at, clear)])


def _quartered(corner: Floats, side: float) -> tuple[Floats, float]:
    """Each square as four of half the side."""
    steps = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]) * (side / 2)
    return (corner[:, None] + steps).reshape(-1, 2), side / 2
