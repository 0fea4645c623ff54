"""Pillars of any cross-section that taper, have a fillet at the foot, or are hollow.

The section at a height is the cross-section of the diameter there, grown by the fillet. Every hole, the hollow and those that a
polygon brings along, is upright: of the size it has at the foot without a fillet, at every height; neither taper nor fillet act
on it. It goes through the pillar and not into the base.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import pi

import numpy as np
from numpy.typing import NDArray

from voxelyte.cross_section import AnyCrossSection
from voxelyte.grown import Grown
from voxelyte.profile import NODES, WEIGHTS, Profile
from voxelyte.region import Part, Places, Points
from voxelyte.shapes import Disc, Polygon, Ring, Rings, Shape, ring_area

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shaped:
    """Pillars whose section changes on the way: all of one size, or all similar at every height."""

    cross_section: AnyCrossSection
    profile: Profile
    places: Places
    hollow_um: float = 0.0
    upright: bool = False

    @property
    def height_um(self) -> float:
        """From the foot to the top."""
        return self.profile.height_um

    def part(self, z_um: float) -> Part:
        """Discs stay discs, a lattice of equal pillars stays a lattice; else one shape, its largest copy of scale 1."""
        size, ring = self.profile.diameter_at(z_um), self.cross_section.outer
        if ring is None:
            size = size + 2 * self.profile.fillet_at(z_um)
        largest = float(size.max())
        shape = self._disc(largest) if ring is None else self._polygon(largest, ring, z_um)
        return Part(shape, self.places if len(size) == 1 else Points(self.places.at_um, size / largest))

    def _disc(self, diameter_um: float) -> Shape:
        widest_um = float(self._widest_um.max())
        if self.hollow_um:
            return Rings((diameter_um / 2, self.hollow_um / 2), (widest_um / 2, self.hollow_um / 2))
        return Disc(diameter_um / 2, widest_um / 2)

    def _polygon(self, diameter_um: float, plain: Ring, z_um: float) -> Shape:
        ring = diameter_um * plain
        if not self.profile.fillet_um:
            return Polygon((ring, *self._holes)) if self._holes else self.cross_section.sized(diameter_um)
        grown_um, most_um = float(self.profile.fillet_at(z_um)[0]), float(self.profile.spread_um[0])
        return Grown(ring, grown_um, most_um, self._holes)

    @cached_property
    def _holes(self) -> tuple[Floats, ...]:
        """All of them, upright; those with corners."""
        own = tuple(self.profile.diameter_um[0] * hole for hole in self.cross_section.openings)
        ring = self.cross_section.outer
        return own if ring is None or not self.hollow_um else (*own, self.hollow_um * ring[::-1])

    @property
    def _widest_um(self) -> Floats:
        """Largest diameter of any section, where that is a disc."""
        foot = self.profile.diameter_um + 2 * self.profile.spread_um
        return np.maximum(foot, self.profile.top_um)

    def stations_um(self, sagitta_um: float) -> tuple[float, ...]:
        """Foot, steps of the fillet, top."""
        return self.profile.stations_um(sagitta_um)

    @property
    def _copies(self) -> int:
        """How many pillars each size stands for."""
        return self.places.count if len(self.profile.diameter_um) == 1 else 1

    @cached_property
    def volume_um3(self) -> float:
        """Frustum and fillet, less the holes; the fillet by Gauss and Legendre, see `profile.NODES`."""
        shape, profile, arc = self.cross_section.measure, self.profile, self.profile.arc
        foot, top = profile.diameter_um, profile.top_um
        frustum = shape.area * (foot * foot + foot * top + top * top) / 3 * profile.height_um
        grown = shape.perimeter * arc.diameter_um * arc.out_um + shape.rounding * arc.out_um**2
        fillet = (grown * arc.sin * arc.weight).sum(axis=0)
        return float((frustum + fillet - self._hole_area_um2 * profile.height_um).sum()) * self._copies

    @cached_property
    def wall_um2(self) -> float:
        """Leaning wall, fillet and the walls of the holes; the fillet by Gauss and Legendre, see `profile.NODES`."""
        profile, shape = self.profile, self.cross_section.measure
        slope = np.hypot(1, shape.apothems[:, None] * profile.narrowing)
        girth = (shape.lengths[:, None] * slope).sum(axis=0)
        middle = (profile.diameter_at(profile.joint_um) + profile.top_um) / 2
        straight = girth * middle * (profile.height_um - profile.joint_um)
        holes = self._hole_perimeter_um * profile.height_um
        return float((straight + self._fillet_um2 + holes).sum()) * self._copies

    @property
    def _fillet_um2(self) -> Floats:
        """Surface of the fillet: strips along the edges, and around the corners."""
        shape, arc = self.cross_section.measure, self.profile.arc
        strips = shape.perimeter * arc.diameter_um + (2 * shape.rounding - shape.corners.sum()) * arc.out_um
        surface = (strips * arc.weight).sum(axis=0)
        for turn in shape.corners if self.profile.fillet_um else ():
            # Across the corner the bare edge leans more than the walls beside it, by the secant of the angle from its middle.
            angle = turn / 2 * NODES[:, None, None]
            lean = self.profile.lean * (1 - np.cos(angle) / np.cos(turn / 2))
            run = np.hypot(arc.sin, lean * arc.sin - arc.cos)
            around = (turn / 2 * WEIGHTS[:, None, None] * run).sum(axis=0)
            surface = surface + (arc.out_um * around * arc.weight).sum(axis=0)
        return np.asarray(surface)

    @property
    def _hole_area_um2(self) -> float:
        if self.cross_section.outer is None:
            return pi * self.hollow_um**2 / 4
        return -sum(ring_area(hole) for hole in self._holes)

    @property
    def _hole_perimeter_um(self) -> float:
        if self.cross_section.outer is None:
            return pi * self.hollow_um
        return Polygon(self._holes).perimeter_um
