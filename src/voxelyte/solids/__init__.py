"""Solids: one geometry a file. A solid answers one question, what is solid at height z, and knows its own measures."""

from __future__ import annotations

from typing import ClassVar, Protocol

from voxelyte.region import Region


class Solid(Protocol):
    """A film. `section` is half open in z and gives the same object while nothing changes."""

    feature: ClassVar[str]

    @property
    def levels_um(self) -> tuple[float, ...]:
        """Every z at which the section changes, ascending, from 0 to the top."""

    @property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""

    def section(self, z_um: float) -> Region:
        """What is solid at height `z_um`."""

    def steady(self, z_um: float) -> bool:
        """Whether the section is one and the same object between the levels around `z_um`; else every layer there has its own."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""

    @property
    def count(self) -> int:
        """How many features stand on the base."""

    @property
    def cell_area_factor(self) -> float | None:
        """Surface over footprint of the features' endless lattice, where they stand on one."""

    @property
    def volume_um3(self) -> float:
        """Exact volume."""

    @property
    def footprint_um2(self) -> float:
        """Exact area of the base."""

    @property
    def side_wall_um2(self) -> float:
        """Exact area of the features' side walls; the edge of the base does not count."""

    @property
    def void_um3(self) -> float:
        """Room between the features, over the whole footprint, up to their tops."""
