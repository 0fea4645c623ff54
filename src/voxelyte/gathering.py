"""Regions at many offsets as few parts: what is equal in several films becomes copies of one shape.

Equal films in columns and rows are one `Lattice`, which the raster draws by its distinct pixel phases: a hundred bases
are one part, and so are the thirty thousand pillars on them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voxelyte.region import Lattice, Part, Places, Points, Region
from voxelyte.shapes import Disc

Floats = NDArray[np.float64]
Offset = tuple[float, float]

SPARSE = 4
"""Columns times rows of a common lattice per film that is there; beyond, the films keep lattices of their own."""


@dataclass
class _Group:
    """Equal parts, and the offsets at which they are wanted."""

    part: Part
    offsets: list[Offset] = field(default_factory=list)


def gathered(placed: Iterable[tuple[Region, Offset]]) -> Region:
    """Every region at its offset (x, y in µm), as one region; they must not overlap. Order is that of first use."""
    groups: dict[Hashable, _Group] = {}
    for region, offset in placed:
        for part in region.parts:
            groups.setdefault(_key(part), _Group(part)).offsets.append(offset)
    return Region(tuple(part for group in groups.values() for part in repeated(group.part, group.offsets)))


def _key(part: Part) -> Hashable:
    """Equal for equal shapes at equal places."""
    places = part.places
    arrays: tuple[NDArray[np.generic] | None, ...] = (places.at_um, places.scale)
    if isinstance(places, Lattice):
        arrays = places.x_um, places.y_um, places.present
    return part.shape, type(places), *(None if one is None else one.tobytes() for one in arrays)


def repeated(part: Part, offsets: list[Offset]) -> list[Part]:
    """The part at all offsets: as one part where its places allow it."""
    places = part.places
    if len(offsets) == 1:
        return [part.moved(*offsets[0])]
    if not isinstance(places, Lattice):
        return [Part(part.shape, _points(places, offsets))]
    common = _common(places, offsets)
    if common is not None:
        return [Part(part.shape, common)]
    if isinstance(part.shape, Disc) or places.count == 1:
        return [Part(part.shape, _points(places, offsets))]
    return [part.moved(*offset) for offset in offsets]


def _points(places: Places, offsets: list[Offset]) -> Points:
    """All places at all offsets, offset by offset."""
    at_um = (np.array(offsets)[:, None] + places.at_um).reshape(-1, 2)
    return Points(at_um, None if places.scale is None else np.tile(places.scale, len(offsets)))


def _common(lattice: Lattice, offsets: list[Offset]) -> Lattice | None:
    """One lattice of all copies, where they stand in columns and rows that do not reach into each other."""
    at = np.array(offsets)
    (x_um, column), (y_um, row) = (np.unique(axis, return_inverse=True) for axis in at.T)
    if len(x_um) * len(y_um) > SPARSE * len(offsets):
        return None
    if _reach_into_each_other(x_um, lattice.x_um) or _reach_into_each_other(y_um, lattice.y_um):
        return None
    there = np.zeros((len(y_um), len(x_um)), dtype=bool)
    there[row, column] = True
    return Lattice(
        (x_um[:, None] + lattice.x_um).ravel(),
        (y_um[:, None] + lattice.y_um).ravel(),
        np.kron(there, lattice.present),
    )


def _reach_into_each_other(offsets_um: Floats, lines_um: Floats) -> bool:
    """Whether the lines of one copy begin before those of the last one end."""
    return bool((np.diff(offsets_um) <= lines_um[-1] - lines_um[0]).any())
