"""What stands where in an array, and how large: the places of a lattice that an outline holds, with their sizes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from voxelyte.arrays.free import Calculated, Listed, Random, Rings, Sunflower
from voxelyte.arrays.heights import heights_nm
from voxelyte.arrays.lattices import Hexagonal, Periodic, Rectangular, Square, Staggered
from voxelyte.arrays.near import meeting
from voxelyte.arrays.room import Floats, Room
from voxelyte.arrays.sizes import AnySize, least, most, sizes
from voxelyte.arrays.throwing import Throw
from voxelyte.region import Lattice

AnyLattice = Square | Rectangular | Hexagonal | Staggered | Rings | Sunflower | Random | Listed | Calculated
MOST_MEETINGS = 1_000_000
"""Pairs that meet and are still all looked for."""
TOUCHING = 1e-9
"""Share of their distance within which two count as touching, which is as bad as to overlap."""


def _as_lattice(value: Any) -> Any:
    """From Python points or a function stand for a lattice of their own."""
    if isinstance(value, np.ndarray | list | tuple):
        return {"kind": "points", "points_um": value}
    return {"kind": "function", "points": value} if callable(value) else value


ArrayLattice = Annotated[AnyLattice, Field(discriminator="kind"), BeforeValidator(_as_lattice)]


@dataclass(frozen=True, eq=False)
class Standing:
    """float64[n, 2], float64[n], int64[n]: places, sizes across and heights. `notes` says what was left out or rounded."""

    at_um: Floats
    across_um: Floats
    height_nm: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    def some(self, which: NDArray[Any]) -> Standing:
        """Some of them."""
        return replace(self, at_um=self.at_um[which], across_um=self.across_um[which], height_nm=self.height_nm[which])


@dataclass(frozen=True)
class Array:
    """What is asked for. `reach` is how far a feature 1 µm across reaches from its middle, `foot_um` what its foot adds to that."""

    lattice: AnyLattice
    room: Room
    across_um: AnySize
    height_um: AnySize
    height_step_um: float | None
    gap_um: float | None
    pitch_um: float | None
    whole: bool
    reach: float
    foot_um: float = 0.0

    @cached_property
    def standing(self) -> Standing:
        """All that stand: whole ones only, or else all that reach into the room."""
        at = self._points()
        across = sizes(self.across_um, "diameter_um", at, self.room, self._column("diameter_um"))
        given = sizes(self.height_um, "height_um", at, self.room, self._column("height_um"))
        reach = self.reach_um(across)
        inside = self.room.holds(at, reach if self.whole else -reach)
        at, across = at[inside], across[inside]
        height, told = heights_nm(given[inside], at, self.height_step_um)
        return Standing(at, across, height, (*self._told(inside), *told))

    def lattices(self) -> list[Lattice] | None:
        """Equal features in columns and rows; None where there are none."""
        lattice, across = self.lattice, self.across_um
        if not (isinstance(lattice, Periodic) and lattice.straight and isinstance(across, float)):
            return None
        reach = across * self.reach + self.foot_um
        axes = lattice.axes(self.pitch_um or 0.0, self.room, reach, self._beyond_um)
        found = [_trimmed(x, y, self.room.crossings(x, y, reach if self.whole else -reach)) for x, y in axes]
        return [one for one in found if one.count]

    def reach_um(self, across_um: Floats) -> Floats:
        """How far each reaches from its middle."""
        return across_um * self.reach + self.foot_um

    def meetings(self, standing: Standing) -> NDArray[np.intp]:
        """intp[n, 2]: pairs that touch or overlap."""
        return meeting(standing.at_um, self.reach_um(standing.across_um) * (1 + TOUCHING), MOST_MEETINGS)

    def too_near(self, standing: Standing) -> NDArray[np.intp]:
        """intp[n, 2]: pairs that do not keep the gap that is asked of listed and of random places."""
        if self.gap_um is None or self.lattice.spaced not in ("listed", "random"):
            return np.zeros((0, 2), dtype=np.intp)
        return meeting(
            standing.at_um, (self.reach_um(standing.across_um) + self.gap_um / 2) * (1 - TOUCHING), MOST_MEETINGS
        )

    def _points(self) -> Floats:
        """All places that may be inside."""
        lattice = self.lattice
        if isinstance(lattice, Random):
            return self._thrown(lattice)
        if isinstance(lattice, Listed):
            return lattice.at_um
        if isinstance(lattice, Calculated):
            return lattice.within(self.room)
        reach = self.across_um * self.reach + self.foot_um if isinstance(self.across_um, float) else 0.0
        return lattice.points(self.pitch_um or 0.0, self.room, reach, self._beyond_um)

    @property
    def _beyond_um(self) -> float:
        """How far outside the room something may stand that reaches into it."""
        if self.whole:
            return 0.0
        return most(self.across_um, self._sample()) * self.reach + self.foot_um

    def _thrown(self, lattice: Random) -> Floats:
        def reach_um(at: Floats) -> Floats:
            return self.reach_um(sizes(self.across_um, "diameter_um", at, self.room, None))

        least_um = self.reach_um(np.array([least(self.across_um, self._sample())]))[0]
        steep = not isinstance(self.across_um, float)
        throw = Throw(self.room, reach_um, float(least_um), steep, self.gap_um, self.pitch_um)
        return throw.places(lattice.seed, lattice.count)

    def _sample(self) -> Floats:
        """Some points all over the room."""
        x0, y0, x1, y1 = self.room.bounds_um
        grid = np.stack(np.meshgrid(np.linspace(x0, x1, 64), np.linspace(y0, y1, 64)), axis=-1).reshape(-1, 2)
        return grid[self.room.holds(grid, 0.0)]

    def _column(self, name: str) -> Floats | None:
        table = self.lattice.table if isinstance(self.lattice, Listed) else None
        return None if table is None else table.columns.get(name)

    def _told(self, inside: NDArray[np.bool_]) -> tuple[str, ...]:
        """Where the places come from, and which of them are left out."""
        found = []
        if isinstance(self.lattice, Listed) and self.lattice.table is not None:
            table = self.lattice.table
            found.append(f"{len(inside)} points from {table.name}, SHA-256 {table.digest[:16]}")
        left = int((~inside).sum())
        if self.lattice.spaced == "listed" and left:
            found.append(f"{left} of {len(inside)} points are left out: no whole pillar there keeps the margin")
        if isinstance(self.lattice, Random) and self.lattice.count is not None and inside.sum() < self.lattice.count:
            found.append(f"{int(inside.sum())} of {self.lattice.count} random pillars fit: no room is left for more")
        return tuple(found)


def _trimmed(x_um: Floats, y_um: Floats, present: NDArray[np.bool_]) -> Lattice:
    """A lattice without columns and rows that are empty."""
    columns, rows = present.any(axis=0), present.any(axis=1)
    return Lattice(x_um[columns], y_um[rows], present[rows][:, columns])
