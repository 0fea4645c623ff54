"""What pillars look like, apart from where they stand and how wide they are: cross-section, height, taper, fillet, hole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxelyte.bodies import Body, Upright
from voxelyte.cross_section import DISC, AnyCrossSection
from voxelyte.errors import RecipeError
from voxelyte.grown import grows
from voxelyte.profile import Profile
from voxelyte.region import Part, Places, Points
from voxelyte.shaped import Shaped

Floats = NDArray[np.float64]
Diameters = float | Floats
"""One for all pillars, or float64[n] in the order of their places."""

MAX_SIZES = 1000
"""Distinct sizes accepted of pillars that are not similar at every height: each is a body of its own."""


@dataclass(frozen=True, eq=False)
class PillarForm:
    """Pillars that are `height_um` high.

    At the top they have `top_diameter_um`, or the share `top_ratio` of the diameter at the foot; without either they do not taper.
    `fillet_um` is the radius of the fillet at the foot, which touches base and wall; `diameter_um` is that of the bare wall where it
    would meet the base. `hollow_um` is the diameter of an upright hole of the same cross-section, through the whole pillar.
    """

    cross_section: AnyCrossSection = DISC
    height_um: float = 0.0
    top_diameter_um: Diameters | None = None
    top_ratio: float | None = None
    fillet_um: float = 0.0
    hollow_um: float = 0.0

    def profile(self, diameter_um: Diameters) -> Profile:
        """Walls of pillars of these diameters. Raises RecipeError where the form cannot have them."""
        foot = _lengths("diameter_um", diameter_um)
        top = self._top(foot)
        foot, top = (np.broadcast_to(one, np.broadcast_shapes(foot.shape, top.shape)) for one in (foot, top))
        apothem = self.cross_section.measure.apothem
        if apothem is None and self.fillet_um and (foot != top).any():
            raise RecipeError(
                f"fillet_um={self.fillet_um:g}: a polygon that tapers can have a fillet only if all its edges are equally far "
                "from its centre; else they lean differently, and no one circle touches them all"
            )
        profile = Profile(foot, top, _length("height_um", self.height_um), self.fillet_um, apothem or 0.0)
        self._check_fillet(profile)
        self._check_holes(profile)
        return profile

    def reach_um(self, diameter_um: Diameters) -> Floats:
        """Radius of the circle around each pillar that holds it at every height, float64[1] or float64[n]."""
        profile, reach = self.profile(diameter_um), self.cross_section.reach
        return np.maximum(reach(1.0) * profile.diameter_um + profile.spread_um, reach(1.0) * profile.top_um)

    def bodies(self, places: Places, diameter_um: Diameters) -> tuple[Body, ...]:
        """The pillars at these places.

        One body where all are of one size, or similar at every height: discs with any taper and fillet, and others without a fillet;
        neither of them hollow. Else one body for each distinct size.
        """
        profile = self.profile(diameter_um)
        several = len(profile.diameter_um) > 1
        if several and len(profile.diameter_um) != places.count:
            raise RecipeError(
                f"{len(profile.diameter_um)} diameters for {places.count} pillars: one for each, or one for all"
            )
        if not places.count:
            return ()
        if not several or self._similar(profile):
            return (self._body(profile, places),)
        return tuple(self._body(*one) for one in self._sizes(profile, places))

    def body(self, places: Places, diameter_um: Diameters) -> Body:
        """The one body that pillars of one size, or similar ones, are. Raises RecipeError where they are several or none."""
        bodies = self.bodies(places, diameter_um)
        if len(bodies) != 1:
            raise RecipeError(f"diameter_um: these {places.count} pillars are {len(bodies)} bodies, not one")
        return bodies[0]

    def _top(self, foot: Floats) -> Floats:
        if self.top_diameter_um is not None and self.top_ratio is not None:
            raise RecipeError("top_diameter_um and top_ratio: only one of the two can be given")
        if self.top_ratio is not None:
            return _lengths("top_ratio x diameter_um", self.top_ratio * foot)
        return foot if self.top_diameter_um is None else _lengths("top_diameter_um", self.top_diameter_um)

    def _check_fillet(self, profile: Profile) -> None:
        _length_or_none("fillet_um", self.fillet_um)
        joint_um = float(profile.joint_um.max(initial=0))
        if joint_um > profile.height_um * (1 + 1e-12):
            raise RecipeError(
                f"fillet_um={self.fillet_um:g} meets the wall at {joint_um:g}; must not exceed height_um={profile.height_um:g}"
            )
        outer = self.cross_section.outer
        if outer is None or not self.fillet_um:
            return
        least = profile.diameter_um.argmin()
        if not grows(profile.diameter_um[least] * outer, float(profile.spread_um[least])):
            size = f"diameter_um={profile.diameter_um[least]:g}"
            raise RecipeError(
                f"fillet_um={self.fillet_um:g} closes a gap in the outline of the cross-section at {size}"
            )

    def _check_holes(self, profile: Profile) -> None:
        _length_or_none("hollow_um", self.hollow_um)
        for name, size in (("diameter_um", profile.diameter_um), ("top diameter", profile.top_um)):
            if self.hollow_um >= size.min(initial=np.inf):
                raise RecipeError(f"hollow_um={self.hollow_um:g} must be less than the {name} of {size.min():g}")
        if self.hollow_um and self.cross_section.openings:
            raise RecipeError(f"hollow_um={self.hollow_um:g}: the polygon has holes of its own")
        if (self.hollow_um or self.cross_section.openings) and len(profile.diameter_um):
            self._check_nested(profile)

    def _check_nested(self, profile: Profile) -> None:
        """Whether the upright holes lie within the foot and within the top, and so within all between."""
        outer, own = self.cross_section.outer, self.cross_section.openings
        if outer is None:
            return
        import shapely

        if (self.cross_section.measure.apothems <= 0).any() and (profile.diameter_um != profile.top_um).any():
            raise RecipeError("a hollow polygon can taper only if its whole boundary is seen from its centre")
        for foot, top in np.unique(np.column_stack((profile.diameter_um, profile.top_um)), axis=0):
            holes = [foot * hole for hole in own] or [self.hollow_um * outer]
            for size in (foot, top):
                if not all(shapely.Polygon(size * outer).contains_properly(shapely.Polygon(hole)) for hole in holes):
                    raise RecipeError(f"the hole of a pillar must lie within its cross-section at diameter {size:g} µm")

    def _similar(self, profile: Profile) -> bool:
        """Whether pillars of distinct sizes are copies of one shape at every height."""
        straight = bool((profile.diameter_um == profile.top_um).all()) and not self.fillet_um
        if self.hollow_um or (self.cross_section.openings and not straight):
            return False
        return self.cross_section.outer is None or not self.fillet_um

    def _sizes(self, profile: Profile, places: Places) -> Iterator[tuple[Profile, Places]]:
        """The pillars of each distinct size."""
        both = np.column_stack((profile.diameter_um, profile.top_um))
        sizes, which = np.unique(both, axis=0, return_inverse=True)
        if len(sizes) > MAX_SIZES:
            raise RecipeError(
                f"diameter_um: {len(sizes)} distinct sizes of pillars that are hollow or have corners and a fillet; "
                f"must not exceed {MAX_SIZES}"
            )
        for n in range(len(sizes)):
            members = np.flatnonzero(which.ravel() == n)
            yield profile.some(members[:1]), Points(places.at_um[members])

    def _body(self, profile: Profile, places: Places) -> Body:
        foot, largest = profile.diameter_um, float(profile.diameter_um.max())
        if self.fillet_um or (foot != profile.top_um).any():
            return Shaped(self.cross_section, profile, places, self.hollow_um)
        shape = self.cross_section.sized(largest, self.hollow_um)
        return Upright(Part(shape, places if len(foot) == 1 else Points(places.at_um, foot / largest)), self.height_um)


def body_of(
    cross_section: AnyCrossSection, places: Places, diameter_um: Diameters, height_um: float, **form: Any
) -> Body:
    """The body of such pillars; `form` is the other fields of `PillarForm`, by name.

    Raises RecipeError where the sizes cannot be, or are several bodies.
    """
    return PillarForm(cross_section, height_um, **form).body(places, diameter_um)


def _lengths(name: str, given: Diameters) -> Floats:
    """As float64[n], each a length."""
    lengths = np.atleast_1d(np.asarray(given, dtype=np.float64))
    wrong = ~(np.isfinite(lengths) & (lengths >= 0.001) & (lengths <= 1e9))
    if wrong.any() or lengths.ndim > 1:
        one = f"{lengths[wrong].flat[0]:g}" if wrong.any() else "a table"
        raise RecipeError(f"{name}={one} must be at least 0.001 µm (1 nm), and at most 1e9")
    return lengths


def _length(name: str, given: float) -> float:
    return float(_lengths(name, given)[0])


def _length_or_none(name: str, given: float) -> None:
    if given != 0:
        _lengths(name, given)
