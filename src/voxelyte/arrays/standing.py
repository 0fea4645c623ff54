"""What stands where in an array, and how large: the places of a lattice that an outline holds, with their sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from voxelyte.arrays.free import Calculated, Concentric, Listed, Random, Sunflower
from voxelyte.arrays.heights import heights_nm
from voxelyte.arrays.lattices import Hexagonal, Periodic, Square, Staggered
from voxelyte.arrays.near import Truly, meeting
from voxelyte.arrays.room import Floats, Room
from voxelyte.arrays.sizes import AnySize, least, most, sizes
from voxelyte.arrays.throwing import Throw
from voxelyte.region import Lattice

AnyLattice = Square | Hexagonal | Staggered | Concentric | Sunflower | Random | Listed | Calculated
Heights = NDArray[np.int64]
Pairs = NDArray[np.intp]
MOST_MEETINGS = 1_000_000
"""Pairs that meet and are still all looked for."""
TOUCHING = 1e-9
"""Share of their distance within which two count as touching, which is as bad as to overlap."""


def _as_lattice(value: Any) -> Any:
    """From Python points or a function stand for a lattice of their own."""
    if isinstance(value, np.ndarray | list | tuple):
        return {"kind": "points", "points_um": value}
    return {"kind": "function", "places": value} if callable(value) else value


ArrayLattice = Annotated[AnyLattice, Field(discriminator="kind"), BeforeValidator(_as_lattice)]


Reach = Callable[[Floats, Heights], Floats]
"""How far features of these sizes across and of these heights in nm reach from their middles."""


@dataclass(frozen=True, eq=False)
class Standing:
    """float64[n, 2], float64[n], int64[n], float64[n]: places, sizes across, heights, and how far each reaches from its middle.

    `notes` says what was left out or rounded.
    """

    at_um: Floats
    across_um: Floats
    height_nm: Heights
    reach_um: Floats
    notes: tuple[str, ...] = ()

    def some(self, which: NDArray[Any]) -> Standing:
        """Some of them."""
        at, across, height, reach = (self.at_um, self.across_um, self.height_nm, self.reach_um)
        return Standing(at[which], across[which], height[which], reach[which], self.notes)

    def meetings(self, truly: Truly | None = None) -> Pairs:
        """intp[n, 2]: pairs whose circles touch or overlap, and which `truly` meet."""
        return meeting(self.at_um, self.reach_um * (1 + TOUCHING), MOST_MEETINGS, truly)

    def nearer_than(self, gap_um: float, truly: Truly | None = None) -> Pairs:
        """intp[n, 2]: pairs whose circles do not keep a gap, and which `truly` are too near."""
        return meeting(self.at_um, (self.reach_um + gap_um / 2) * (1 - TOUCHING), MOST_MEETINGS, truly)


@dataclass(frozen=True)
class Array:
    """What is asked for. `whole`: only features that lie in the room wholly; else all that reach into it."""

    lattice: AnyLattice
    room: Room
    across_um: AnySize
    height_um: AnySize
    height_step_um: float | None
    gap_um: float | None
    pitch_um: float | None
    whole: bool
    reach_um: Reach

    @cached_property
    def standing(self) -> Standing:
        """All that stand."""
        at = self._points()
        some = self.room.holds(at, 0.0) if self.whole else np.ones(len(at), dtype=bool)
        across, height, told = self._sizes(at, some)
        reach = self.reach_um(across, height)
        some_at = at[some]
        inside = self.room.holds(some_at, reach) if self.whole else self.room.may_hold(some_at, -reach)
        number = int(inside.sum())
        found = Standing(some_at, across, height, reach, (*self._told(len(at), number), *told))
        return found.some(inside)

    def lattices(self, reach_um: float) -> list[Lattice] | None:
        """Equal features that reach that far from their middles, in columns and rows; None where there are none."""
        lattice = self.lattice
        if not (isinstance(lattice, Periodic) and lattice.straight):
            return None
        axes = lattice.axes(self.pitch_um or 0.0, self.room, reach_um, 0.0 if self.whole else reach_um)
        if not self.whole:
            return [Lattice(x, y, np.ones((len(y), len(x)), dtype=bool)) for x, y in axes if len(x) and len(y)]
        found = [_trimmed(x, y, self.room.crossings(x, y, reach_um)) for x, y in axes]
        return [one for one in found if one.count]

    def _sizes(self, at: Floats, some: NDArray[np.bool_]) -> tuple[Floats, Heights, tuple[str, ...]]:
        """Sizes and heights at some of the points, and what there is to be said of them."""
        across, high = (
            sizes(size, name, at, self.room, self._column(name), some)
            for name, size in (("diameter_um", self.across_um), ("height_um", self.height_um))
        )
        return across, *heights_nm(high, at[some], self.height_step_um)

    def _points(self) -> Floats:
        """All places that may be inside."""
        lattice = self.lattice
        if isinstance(lattice, Random):
            return self._thrown(lattice)
        if isinstance(lattice, Listed):
            return lattice.at_um
        if isinstance(lattice, Calculated):
            return lattice.within(self.room)
        reach = self._reach_of(most)
        return lattice.points(self.pitch_um or 0.0, self.room, reach, 0.0 if self.whole else reach)

    def _reach_of(self, extreme: Callable[[AnySize, str, Floats], float]) -> float:
        """The least or the most that anything reaches; of functions a guess."""
        x0, y0, x1, y1 = self.room.bounds_um
        grid = np.stack(np.meshgrid(np.linspace(x0, x1, 64), np.linspace(y0, y1, 64)), axis=-1).reshape(-1, 2)
        grid = grid[self.room.holds(grid, 0.0)]
        across = np.array([max(0.001, extreme(self.across_um, "diameter_um", grid))])
        height = np.array([max(1, round(most(self.height_um, "height_um", grid) * 1000))])
        return float(self.reach_um(across, height)[0])

    def _thrown(self, lattice: Random) -> Floats:
        def reach_um(at: Floats) -> Floats:
            return self.reach_um(*self._sizes(at, np.ones(len(at), dtype=bool))[:2])

        steep = not (isinstance(self.across_um, float) and isinstance(self.height_um, float))
        throw = Throw(self.room, reach_um, self._reach_of(least), steep, self.gap_um, self.pitch_um)
        return throw.places(lattice.seed, lattice.count)

    def _column(self, name: str) -> Floats | None:
        table = self.lattice.table if isinstance(self.lattice, Listed) else None
        return None if table is None else table.columns.get(name)

    def _told(self, points: int, inside: int) -> tuple[str, ...]:
        """Where the places come from, and which of them are left out."""
        lattice, told = self.lattice, list[str]()
        if isinstance(lattice, Listed) and lattice.table is not None:
            told.append(f"{points} points from {lattice.table.name}, SHA-256 {lattice.table.digest[:16]}")
        if lattice.spaced == "listed" and inside < points:
            law = "keeps the margin to the outline as a whole" if self.whole else "reaches into the outline"
            told.append(f"{points - inside} of {points} points are left out: no pillar there {law}")
        if isinstance(lattice, Random) and lattice.count is not None and inside < lattice.count:
            told.append(f"{inside} of {lattice.count} random pillars fit: no room is left for more")
        return tuple(told)


def _trimmed(x_um: Floats, y_um: Floats, present: NDArray[np.bool_]) -> Lattice:
    """A lattice without columns and rows that are empty."""
    columns, rows = present.any(axis=0), present.any(axis=1)
    return Lattice(x_um[columns], y_um[rows], present[rows][:, columns])
