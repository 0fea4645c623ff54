"""A polygon grown by a distance: every point that lies within it or no farther than that from it.

Its edges move outwards, its corners become arcs, and where it turns inwards the moved edges meet in a corner.
With the turns a of the corners, its area is A + P d + k d² and its perimeter P + 2 k d (Steiner's formulas): k is the
sum of a / 2 over the corners that turn outwards, less that of tan(a / 2) over those that turn inwards; π where none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import acos, ceil, cos, sin, sqrt, tan

import numpy as np
from numpy.typing import NDArray

from voxelyte.shapes import Polygon, Ring, ring_area

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grown:
    """`ring` (counter-clockwise) grown by `by_um`, less `holes` (clockwise), which do not grow.

    Its arcs are drawn with as many corners as those of the ring grown by `most_um`.
    """

    ring: Ring
    by_um: float
    most_um: float
    holes: tuple[Ring, ...] = ()

    @cached_property
    def area_um2(self) -> float:
        """Steiner's formula, less the holes."""
        whole = Polygon((self.ring,))
        grown = whole.perimeter_um * self.by_um + rounding(turns(self.ring)) * self.by_um**2
        return whole.area_um2 + grown + sum(ring_area(hole) for hole in self.holes)

    @cached_property
    def perimeter_um(self) -> float:
        """Steiner's formula, and the holes."""
        return Polygon((self.ring, *self.holes)).perimeter_um + 2 * rounding(turns(self.ring)) * self.by_um

    @cached_property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        x0, y0, x1, y1 = Polygon((self.ring,)).bounds_um
        return x0 - self.by_um, y0 - self.by_um, x1 + self.by_um, y1 + self.by_um

    @property
    def pieces(self) -> int:
        """One."""
        return 1

    def rings(self, sagitta_um: float) -> list[Ring]:
        """Arcs as fans of chords whose area is exact; no two corners coincide, not even where nothing has grown."""
        normal = edge_normals(self.ring)
        before = np.roll(normal, 1, axis=0)
        shortest = edge_lengths(self.ring).min()
        corners = zip(self.ring, before, normal, turns(self.ring), strict=True)
        drawn = [self._corner(*corner, shortest, sagitta_um) for corner in corners]
        return [np.concatenate(drawn), *self.holes]

    def _corner(self, at: Ring, before: Ring, after: Ring, turn: float, shortest: float, sagitta_um: float) -> Ring:
        """What becomes of one corner between edges with these normals."""
        if turn <= 0:
            return np.asarray([at + (before + after) * (self.by_um / (1 + before @ after))])
        # The fan's centre lies a little inside the corner, so that its rays stay apart when nothing has grown.
        most = min(sagitta_um / 2 * cos(turn / 2) / (1 - cos(turn / 2)), sagitta_um)
        inset = min(most, shortest / 4 / tan(turn / 2))
        centre = at - (before + after) * (inset / (1 + before @ after))
        chords = _chords(turn, self.most_um + most, sagitta_um / 3)
        radius = np.full(chords + 1, inset + self.by_um)
        radius[1:-1] *= _bulge(turn, chords, inset, self.by_um)
        angle = np.arctan2(before[1], before[0]) + turn * np.arange(chords + 1) / chords
        return np.asarray(centre + radius[:, None] * np.column_stack((np.cos(angle), np.sin(angle))))


def _chords(turn: float, radius_um: float, sagitta_um: float) -> int:
    """Chords of an arc, at least two, that keep its sagitta."""
    step = 2 * acos(max(0.0, 1 - sagitta_um / radius_um))
    return max(2, ceil(turn / step - 1e-9))


def _bulge(turn: float, chords: int, inset_um: float, by_um: float) -> float:
    """How many times farther the inner rays of a fan reach than the outer two, for its area to be that of the true corner."""
    corner = tan(turn / 2) * inset_um * (inset_um + 2 * by_um) + turn / 2 * by_um**2
    wanted = corner / ((inset_um + by_um) ** 2 * sin(turn / chords))
    half = (chords - 2) / 2
    return wanted if not half else (sqrt(1 + 4 * half * wanted) - 1) / (2 * half)


def edge_lengths(ring: Ring) -> Floats:
    """Length of each edge, from its corner to the next."""
    return np.asarray(np.hypot(*(np.roll(ring, -1, axis=0) - ring).T))


def edge_normals(ring: Ring) -> Floats:
    """float64[n, 2]: unit normal of each edge, outwards."""
    along = np.roll(ring, -1, axis=0) - ring
    return np.asarray(np.column_stack((along[:, 1], -along[:, 0])) / np.hypot(*along.T)[:, None])


def turns(ring: Ring) -> Floats:
    """By how much the boundary turns at each corner, in radians; negative where it turns inwards."""
    after = edge_normals(ring)
    before = np.roll(after, 1, axis=0)
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return np.asarray(np.arctan2(cross, (before * after).sum(axis=1)))


def rounding(turned: Floats) -> float:
    """Steiner's k."""
    outwards = turned > 0
    return float(turned[outwards].sum() / 2 - np.tan(-turned[~outwards] / 2).sum())


def grows(ring: Ring, by_um: float) -> bool:
    """Whether a ring can grow by that much without touching itself: no slit closes, no edge is used up."""
    import shapely

    turned = turns(ring)
    if (turned >= 0).all():
        return True
    short = np.tan(np.maximum(-turned, 0) / 2) * by_um
    if (edge_lengths(ring) <= short + np.roll(short, -1)).any():
        return False
    return bool(shapely.Polygon(Grown(ring, by_um, by_um).rings(by_um / 50)[0]).is_valid)
