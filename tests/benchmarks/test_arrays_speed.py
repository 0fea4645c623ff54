"""The search for overlaps against a tree of shapely (GEOS, in C++) that is asked the same."""

from __future__ import annotations

from functools import partial

import numpy as np
import shapely

from voxelyte.arrays.free import Random
from voxelyte.arrays.near import meeting
from voxelyte.outline import RectangleOutline
from voxelyte.solids.pillars import PillarFilm


def by_tree(at, reach):
    """Pairs of points within twice the largest reach, and of these the ones that meet."""
    tree = shapely.STRtree(shapely.points(at))
    first, second = tree.query(shapely.points(at), predicate="dwithin", distance=2 * reach.max())
    once = first < second
    first, second = first[once], second[once]
    apart = np.hypot(*(at[first] - at[second]).T)
    return np.column_stack((first, second))[apart < reach[first] + reach[second]]


def test_overlaps_of_random_pillars_of_distinct_diameters(against):
    outline, lattice = RectangleOutline(width_um=40_000.0, depth_um=22_500.0), Random(seed=1, count=10_000)
    film = PillarFilm(outline=outline, base_um=75.0, diameter_um=100.0, height_um=150.0, gap_um=130.0, lattice=lattice)
    at = film.features.parts[0].places.at_um
    reach = 100.0 + 30.0 * np.random.default_rng(1).random(len(at))
    wanted = by_tree(at, reach)
    assert len(at) == 10_000
    assert meeting(at, reach, 10**7).tolist() == wanted[np.lexsort(wanted.T[::-1])].tolist()
    against(partial(meeting, at, reach, 10**7), partial(by_tree, at, reach), 0.8)
