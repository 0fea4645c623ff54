"""A part that is known by its mesh, sliced for a printer as a recipe is."""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError, RecipeError
from voxelyte.meshed.drawn import UNITS, Drawn, read_drawn
from voxelyte.meshed.heights import Heights, heights_of
from voxelyte.meshed.measures import still, wall_above_um2
from voxelyte.meshed.planes import Planes
from voxelyte.meshed.repair import repaired
from voxelyte.meshed.sound import Sound, sound
from voxelyte.meshed.together import Together
from voxelyte.region import EMPTY, Part, Region
from voxelyte.segments import Segments

FLAT_MM2 = 0.001
"""Level faces of less area at one height set no boundary between layers: an eighth of the top of a 100 µm pillar."""


@dataclass(frozen=True, eq=False)
class MeshSolid:
    """The solid within a mesh, its lowest point on the plate.

    `shift_um` moves the file's x and y; without it the middle of the part's box is put on the plate's centre.
    Level faces of at least `flat_mm2` at one height are met by the layers exactly. Raises FormatError for a mesh that is
    not the surface of a solid, with all that is wrong with it and where.
    """

    drawn: Drawn
    shift_um: tuple[float, float] | None = None
    flat_mm2: float = FLAT_MM2
    feature: ClassVar[str] = "pieces"

    def __post_init__(self) -> None:
        if not self.flat_mm2 > 0:
            raise RecipeError(f"flat_mm2={self.flat_mm2} must be greater than 0")
        if len(self.levels_um) < 2:
            raise FormatError("all triangles lie at one height: there is no solid")

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Bottom, top, and between them every height at which enough lies level."""
        return tuple(nm / 1000 for nm in self._heights.levels_nm)

    @cached_property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z. In x and y to 0.1 µm, so that a part of the plate's own size is not larger than it."""
        points = self._planes.points_um
        (x0, y0, _), (x1, y1, _) = points.min(axis=0), points.max(axis=0)
        x0, y0, x1, y1 = (round(float(um), 1) for um in (x0, y0, x1, y1))
        return x0, y0, 0.0, x1, y1, self.levels_um[-1]

    def section(self, z_um: float) -> Region:
        """What is solid at height `z_um`; half open in z."""
        if not 0 <= z_um < self.levels_um[-1]:
            return EMPTY
        slab = bisect_right(self.levels_um, z_um) - 1
        if not self._still[slab]:
            return self._made(z_um)
        if slab not in self._kept:
            self._kept[slab] = self._made((self.levels_um[slab] + self.levels_um[slab + 1]) / 2)
        return self._kept[slab]

    def steady(self, z_um: float) -> bool:
        """Whether only upright walls cross the room between the levels around `z_um`."""
        return not 0 <= z_um < self.levels_um[-1] or bool(self._still[bisect_right(self.levels_um, z_um) - 1])

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was taken for granted, passed over, repaired or united."""
        return (*self._sound.drawn.notes, *self._heights.notes(self.drawn), *self._together.notes, *self._standing)

    @cached_property
    def count(self) -> int:
        """How many pieces the topmost section has, where it stands on another one."""
        slab = len(self.levels_um) - 2
        return self.section(self.levels_um[-2]).count if slab and self._still[slab] else 0

    @property
    def cell_area_factor(self) -> float | None:
        """Not known of meshes."""
        return None

    @property
    def mesh_um(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Points, float64[m, 3] in µm where the part stands, and triangles, int64[n, 3]."""
        return self._planes.points_um, self._planes.faces

    @property
    def shells(self) -> int:
        """How many closed surfaces the mesh has; a cavity is one."""
        return len(self._sound.bodies)

    @property
    def volume_um3(self) -> float:
        """Of all bodies, cavities taken off."""
        return float(sum(body.volume for body in self._sound.bodies)) * self._um_per**3

    @cached_property
    def footprint_um2(self) -> float:
        """Area of what lies on the plate; 0 for a part that stands on a point or an edge."""
        return self.section(0.0).area_um2

    @cached_property
    def side_wall_um2(self) -> float:
        """All that is not level above an upright base; 0 without one."""
        return wall_above_um2(self._planes, self.levels_um[1]) if self._on_base else 0.0

    @cached_property
    def void_um3(self) -> float:
        """Room above an upright base, beside what stands on it; 0 without one."""
        if not self._on_base:
            return 0.0
        return max(0.0, self.footprint_um2 * self.levels_um[-1] - self.volume_um3)

    @property
    def _on_base(self) -> bool:
        return len(self.levels_um) > 2 and bool(self._still[0])

    @cached_property
    def _standing(self) -> tuple[str, ...]:
        if self.footprint_um2 >= self.flat_mm2 * 1e6:
            return ()
        return (f"no flat face of {self.flat_mm2:g} mm² lies on the plate: little holds the part there",)

    @cached_property
    def _sound(self) -> Sound:
        return sound(self.drawn)

    @property
    def _um_per(self) -> float:
        return UNITS[self.drawn.unit or "mm"] / 1000

    @cached_property
    def _heights(self) -> Heights:
        return heights_of(self._sound.drawn, self.flat_mm2 * 1e6)

    @cached_property
    def _planes(self) -> Planes:
        drawn = self._sound.drawn
        xy_um = drawn.points[:, :2] * self._um_per
        centred = -(xy_um.min(axis=0) + xy_um.max(axis=0)) / 2
        shift_um = centred if self.shift_um is None else np.asarray(self.shift_um)
        return Planes(np.column_stack((xy_um + shift_um, self._heights.z_um)), drawn.faces)

    @cached_property
    def _together(self) -> Together:
        return Together(self._planes, self._sound.body, self._sound.bodies)

    @cached_property
    def _still(self) -> NDArray[np.bool_]:
        return still(self._planes, self.levels_um, 2 * self.drawn.grain * self._um_per)

    @cached_property
    def _kept(self) -> dict[int, Region]:
        """Sections of slabs in which nothing changes."""
        return {}

    def _made(self, z_um: float) -> Region:
        ends_um = self._together.cut(z_um)
        return Region((Part(Segments(ends_um)),)) if ends_um.size else EMPTY


def read_mesh(
    path: str | os.PathLike[str],
    unit: str | None = None,
    *,
    repair: bool = False,
    shift_um: tuple[float, float] | None = None,
    flat_mm2: float = FLAT_MM2,
) -> MeshSolid:
    """The part in an STL, 3MF, PLY or OBJ; FormatError names the file.

    `unit` (nm, um, mm, cm, m, inch, foot) is for files that state none, which are in mm without it. `repair` lets a mesh
    that does not close be repaired; what was done is in `notes`.
    """
    drawn = read_drawn(Path(path), unit)
    try:
        return MeshSolid(repaired(drawn) if repair else drawn, shift_um, flat_mm2)
    except FormatError as fault:
        lines = "\n".join(f"{Path(path).name}: {line}" for line in str(fault).splitlines())
        raise FormatError(lines) from None
