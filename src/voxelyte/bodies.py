"""Bodies: what stands on the base of a film, copies of one shape that rise from a foot.

A body answers what its section is at any height above its foot. An upright one is the same at every height;
one that tapers or has a fillet changes on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voxelyte.region import Part


class Body(Protocol):
    """Copies of one shape, all of one height.

    At a given sagitta the shape's rings have the same number of corners at every height, so that a mesh can join
    them corner to corner.
    """

    @property
    def height_um(self) -> float:
        """From the foot to the top."""

    @property
    def upright(self) -> bool:
        """Whether the section is the same `Part` at every height."""

    @property
    def volume_um3(self) -> float:
        """Exact volume of all copies."""

    @property
    def wall_um2(self) -> float:
        """Exact area of the side walls of all copies, without their tops."""

    def part(self, z_um: float) -> Part:
        """The section at a height of 0 to `height_um` above the foot."""
        ...

    def stations_um(self, sagitta_um: float) -> tuple[float, ...]:
        """Heights from 0 to the top; straight walls from one to the next leave the surface by at most `sagitta_um`."""
        ...


@dataclass(frozen=True, eq=False)
class Upright:
    """Copies of one shape with upright walls."""

    foot: Part
    height_um: float
    upright: bool = True

    @property
    def volume_um3(self) -> float:
        """Area times height."""
        return self.foot.area_um2 * self.height_um

    @property
    def wall_um2(self) -> float:
        """Perimeter times height."""
        return self.foot.perimeter_um * self.height_um

    def part(self, z_um: float) -> Part:
        """The foot, at every height."""
        return self.foot

    def stations_um(self, sagitta_um: float) -> tuple[float, ...]:
        """Foot and top."""
        return 0.0, self.height_um
