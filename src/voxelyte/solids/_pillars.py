"""Pillars of an array as bodies: what they look like, which of them meet, what is united and what is cut at the edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import ceil, cos, pi
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.arrays.lattices import Periodic
from voxelyte.arrays.near import Truly
from voxelyte.arrays.room import Room
from voxelyte.arrays.standing import MOST_MEETINGS, Array, Standing
from voxelyte.arrays.union import UNION_SAGITTA_UM, united
from voxelyte.bodies import Body, Upright
from voxelyte.cross_section import AnyCrossSection
from voxelyte.outline import clipped
from voxelyte.pillar_form import PillarForm
from voxelyte.region import Points, Region
from voxelyte.shapes import Ring

Floats = NDArray[np.float64]
Heights = NDArray[np.int64]
Pairs = NDArray[np.intp]

CHORDS = "polygons that leave their curves"
MOST_AROUND = 4000
"""Neighbours that the outline of one on a lattice is held against; what reaches over more is said to meet the next."""
QUARTER = 16
"""Chords in a quarter of a fillet's corner, where it is looked whether two feet meet; drawn outside the arc."""


class Feet(NamedTuple):
    """All that stands on the base, and what there is to be said of it."""

    bodies: tuple[Body, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """What pillars look like, apart from their size and height."""

    cross_section: AnyCrossSection
    top_diameter_um: float | None
    top_ratio: float | None
    fillet_um: float
    hollow_um: float

    @property
    def upright(self) -> bool:
        """Neither taper nor fillet."""
        return self.top_diameter_um is None and self.top_ratio is None and not self.fillet_um

    def form(self, height_um: float) -> PillarForm:
        """Pillars of this height."""
        top = {"top_diameter_um": self.top_diameter_um, "top_ratio": self.top_ratio}
        return PillarForm(self.cross_section, height_um, **top, fillet_um=self.fillet_um, hollow_um=self.hollow_um)

    def reach_um(self, across_um: Floats, height_nm: Heights) -> Floats:
        """How far each reaches from its middle, at whatever height it is widest."""
        reach = np.zeros(len(across_um))
        for height, some in _by_height(height_nm):
            reach[some] = self.form(height).reach_um(across_um[some])
        return reach

    def meeting(self, standing: Standing, gap_um: float) -> Truly | None:
        """Which pairs, whose circles meet, do so themselves: touch, or do not keep the gap. None for discs, which are their circles."""
        ring = self.cross_section.outer
        return None if ring is None else partial(self._meeting, standing, ring, gap_um)

    def _meeting(self, standing: Standing, ring: Ring, gap_um: float, pairs: Pairs) -> NDArray[np.bool_]:
        import shapely

        top_um = standing.height_nm[pairs].min(axis=1) / 1000
        room_um = gap_um * (1 - 1e-9) + 1e-9 * standing.reach_um[pairs[:, 0]]
        meets = np.zeros(len(pairs), dtype=bool)
        # Up to the lower top, each section grows by a convex function of height: two are nearest at an end.
        for z_um in (0 * top_um,) if self.upright else (0 * top_um, top_um):
            one, other = (self._drawn(standing, pairs[:, side], ring, z_um) for side in (0, 1))
            meets |= shapely.distance(one, other) <= room_um
        return meets

    def _drawn(self, standing: Standing, which: Pairs, ring: Ring, z_um: Floats) -> Any:
        """Sections at heights float64[n] of some pillars, of this ring at diameter 1, as shapely polygons without holes."""
        import shapely

        found = np.zeros(len(which), dtype=object)
        for height, some in _by_height(standing.height_nm[which]):
            profile = self.form(height).profile(standing.across_um[which[some]])
            rings = standing.at_um[which[some]][:, None] + profile.diameter_at(z_um[some])[:, None, None] * ring
            found[some] = shapely.polygons(rings)
            if self.fillet_um:
                out_um = profile.fillet_at(z_um[some]) / cos(pi / 4 / QUARTER)
                found[some] = shapely.buffer(found[some], out_um, quad_segs=QUARTER)
        return found


def stands_apart(look: Look, lattice: Periodic, pitch_um: float, across_um: float, height_nm: int) -> float | None:
    """Whether equal pillars on an endless lattice stand apart: None, or else the distance of two that meet."""
    across, height = np.array([across_um]), np.array([height_nm])
    reach = float(look.reach_um(across, height)[0])
    nearest = lattice.least_um(pitch_um)
    if nearest > 2 * reach * (1 + 1e-12):
        return None
    if look.cross_section.outer is None:
        return nearest
    if lattice.cell(pitch_um).place_um2 * MOST_AROUND < (4 * reach) ** 2:
        return nearest
    at = _patch(lattice, pitch_um, 2 * reach)
    few = Standing(at, across.repeat(len(at)), height.repeat(len(at)), np.full(len(at), reach))
    pairs = np.column_stack((np.zeros(len(at) - 1, dtype=np.intp), np.arange(1, len(at))))
    away = np.sqrt((at[1:] ** 2).sum(axis=1))
    truly = look.meeting(few, 0.0)
    meet = np.zeros(len(pairs), dtype=bool) if truly is None else truly(pairs)
    return float(away[meet].min()) if meet.any() else None


def _patch(lattice: Periodic, pitch_um: float, around_um: float) -> Floats:
    """Places of a lattice around one of them, which comes first, at 0, 0."""
    cell = lattice.cell(pitch_um)
    i, j = (range(-ceil(around_um / side), ceil(around_um / side) + 1) for side in (cell.x_um, cell.y_um))
    places = [(x + a * cell.x_um, y + b * cell.y_um) for a, b in product(i, j) for x, y in cell.places_um]
    turn = np.radians(lattice.turn_deg)
    at = np.array([(0.0, 0.0), *(place for place in places if place != (0.0, 0.0))])
    return np.asarray(at @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]))


def stood(array: Array, look: Look, merge: bool) -> Feet:
    """Pillars wherever they stand. Those that meet are united if `merge`, else refused with their place."""
    standing = array.standing
    pairs = standing.meetings(look.meeting(standing, 0.0))
    if len(pairs) and not merge:
        raise ValueError(
            _told(standing, pairs, "pillars overlap or touch", "they must stand apart, or merge=true unites them")
        )
    if array.gap_um is not None and array.lattice.spaced in ("listed", "random"):
        near = standing.nearer_than(array.gap_um, look.meeting(standing, array.gap_um))
        if len(near) and not merge:
            raise ValueError(_told(standing, near, "pillars stand too near", f"they must keep gap_um={array.gap_um:g}"))
    if not len(pairs):
        return Feet(tuple(_bodies(standing, look)), standing.notes)
    return _merged(standing, look, pairs)


def _merged(standing: Standing, look: Look, pairs: Pairs) -> Feet:
    """Those that meet are united, the others stay as they are."""
    if len(pairs) >= MOST_MEETINGS:
        raise ValueError(_told(standing, pairs, "pillars overlap", "so many cannot be united"))
    if not look.upright:
        raise ValueError(_told(standing, pairs, "pillars overlap", "only upright ones can be united"))
    uneven = pairs[standing.height_nm[pairs[:, 0]] != standing.height_nm[pairs[:, 1]]]
    if len(uneven):
        law = "only pillars of one height can be united"
        raise ValueError(_told(standing, uneven, "pillars of different heights overlap", law))
    joined = np.zeros(len(standing.at_um), dtype=bool)
    joined[pairs.ravel()] = True
    both = tuple(_bodies(standing.some(joined), look))
    by_height = [
        [body for body in both if body.height_um == height] for height in sorted({one.height_um for one in both})
    ]
    whole = [Upright(united([body.part(0.0) for body in bodies]), bodies[0].height_um) for bodies in by_height]
    pieces = sum(body.foot.shape.pieces for body in whole)
    note = f"{int(joined.sum())} pillars that overlap are united into {pieces}, {CHORDS} by at most {UNION_SAGITTA_UM:g} µm"
    return Feet((*_bodies(standing.some(~joined), look), *whole), (*standing.notes, note))


def _bodies(standing: Standing, look: Look) -> Iterator[Body]:
    """Pillars of one height together."""
    for height, some in _by_height(standing.height_nm):
        across = standing.across_um[some]
        equal = len(across) and np.ptp(across) == 0
        yield from look.form(height).bodies(Points(standing.at_um[some]), float(across[0]) if equal else across)


def _by_height(height_nm: Heights) -> Iterator[tuple[float, Pairs]]:
    """Each distinct height in µm, and which pillars have it."""
    for height in np.unique(height_nm):
        yield int(height) / 1000, np.flatnonzero(height_nm == height)


def cut(bodies: tuple[Body, ...], room: Room) -> tuple[Body, ...]:
    """What of upright bodies lies in the room."""
    if not all(isinstance(body, Upright) for body in bodies):
        raise ValueError("at_edge='clipped': pillars with a taper or a fillet must stay whole")
    found = list[Body]()
    for body in bodies:
        whole = Region((body.part(0.0),))
        left = clipped(whole, room.outline, room.margin_um)
        found += [body] if left is whole else [Upright(part, body.height_um) for part in left.parts]
    return tuple(found)


def _told(standing: Standing, pairs: Pairs, what: str, law: str) -> str:
    """What is wrong, where first, and how often."""
    x, y = standing.at_um[pairs[0, 0]]
    often = "at least " if len(pairs) >= MOST_MEETINGS else ""
    number = f"{often}{len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}"
    return f"{what} at x_um={x:.10g}, y_um={y:.10g} ({number}); {law}"
