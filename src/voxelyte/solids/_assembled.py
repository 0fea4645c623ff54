"""A symmetric film as it is used: two halves back to back, features outwards."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from voxelyte.heights import to_nm
from voxelyte.region import EMPTY, Region
from voxelyte.solids import Solid

NEAR_UM = 1e-7


@dataclass(frozen=True, eq=False)
class Assembled:
    """`half`, and below it the mirror half turned over, which coincides with its reflection in z."""

    half: Solid
    feature: ClassVar[str] = "features"

    @property
    def middle_um(self) -> float:
        """Where the two backs meet."""
        return self.half.levels_um[-1]

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Those of the lower half from its tops up, then those of the upper one; nothing changes where they meet."""
        middle = to_nm(self.middle_um, "level_um")
        own = [to_nm(level, "level_um") for level in self.half.levels_um[1:]]
        return tuple(nm / 1000 for nm in (*(middle - nm for nm in reversed(own)), *(middle + nm for nm in own)))

    @property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""
        x0, y0, _, x1, y1, _ = self.half.bounds_um
        return x0, y0, 0.0, x1, y1, 2 * self.middle_um

    def section(self, z_um: float) -> Region:
        """That of the half, as far from the middle."""
        return self.half.section(self._from_middle_um(z_um)) if 0 <= z_um < 2 * self.middle_um else EMPTY

    def steady(self, z_um: float) -> bool:
        """As the half there."""
        return self.half.steady(self._from_middle_um(z_um)) if 0 <= z_um < 2 * self.middle_um else True

    def _from_middle_um(self, z_um: float) -> float:
        """Height in the half. Downwards a slab holds its top and not its foot: a height on a level is that just inside."""
        if z_um >= self.middle_um:
            return z_um - self.middle_um
        away = self.middle_um - z_um
        foot_um = self.half.levels_um[bisect_left(self.half.levels_um, away - NEAR_UM) - 1]
        return max(foot_um, away - NEAR_UM)

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""
        law = "as assembled it is for simulation: printed so, its base would hang on the tops of the lower features"
        return (*self.half.notes, f"{law}; form = 'halves' is what to print")

    @property
    def count(self) -> int:
        """Features on both sides."""
        return 2 * self.half.count

    @property
    def cell_area_factor(self) -> float | None:
        """That of the half."""
        return self.half.cell_area_factor

    @property
    def volume_um3(self) -> float:
        """Of both halves."""
        return 2 * self.half.volume_um3

    @property
    def footprint_um2(self) -> float:
        """Of the base."""
        return self.half.footprint_um2

    @property
    def side_wall_um2(self) -> float:
        """On both sides."""
        return 2 * self.half.side_wall_um2

    @property
    def void_um3(self) -> float:
        """On both sides."""
        return 2 * self.half.void_um3
