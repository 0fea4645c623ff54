"""The pillar film (p-3DSE of the paper): pillars in any array on a base."""

from __future__ import annotations

from functools import cached_property
from math import pi
from typing import ClassVar, Literal, NamedTuple

from pydantic import model_validator

from voxelyte.arrays.lattices import Periodic, Square
from voxelyte.arrays.room import Room
from voxelyte.arrays.sizes import Size
from voxelyte.arrays.standing import Array, ArrayLattice
from voxelyte.bodies import Body, Upright
from voxelyte.region import Part
from voxelyte.shapes import Disc
from voxelyte.solids._film import Film
from voxelyte.solids._pillars import Feet, check_spacing, check_step, stood
from voxelyte.values import Length, NotNegative


class Even(NamedTuple):
    """Equal, separate pillars on an endless lattice."""

    lattice: Periodic
    across_um: float
    height_um: float
    pitch_um: float

    @property
    def cell_um2(self) -> float:
        """Area for each pillar."""
        return self.lattice.cell(self.pitch_um).place_um2


class PillarFilm(Film):
    """Pillars of `diameter_um` and `height_um` on a `lattice`, either `gap_um` apart edge to edge or `pitch_um` centre to centre.

    Only whole pillars that keep `margin_um` to the outline, or with `at_edge="clipped"` also what is left of the others.
    Sizes are numbers, graded, one for each listed point or functions of the place. Pillars that touch are an error;
    `merge` unites them.
    """

    feature: ClassVar[str] = "pillars"
    diameter_um: Size
    height_um: Size
    height_step_um: Length | None = None
    lattice: ArrayLattice = Square()
    gap_um: Length | None = None
    pitch_um: Length | None = None
    margin_um: NotNegative = 0.0
    at_edge: Literal["whole", "clipped"] = "whole"
    merge: bool = False

    @model_validator(mode="after")
    def _array_possible(self) -> PillarFilm:
        check_spacing(self.lattice, self.diameter_um, self.gap_um, self.pitch_um, self.merge)
        if self.height_step_um is not None and isinstance(self.height_um, float):
            check_step(self.height_um, self.height_step_um)
        if not self.bodies:
            across = f"={self.diameter_um:g}" if isinstance(self.diameter_um, float) else ""
            raise ValueError(f"diameter_um{across} with margin_um={self.margin_um:g}: no whole pillar fits the outline")
        return self

    @property
    def spacing_um(self) -> float | None:
        """Centre to centre distance, however it was given; None where the array has no one distance."""
        if self.gap_um is None or self.lattice.spaced != "lattice" or not isinstance(self.diameter_um, float):
            return self.pitch_um
        return self.diameter_um + self.gap_um

    @property
    def cell_fraction(self) -> float | None:
        """Pillar area per unit cell of the endless lattice; None where pillars differ or stand on none."""
        even = self._even
        return even and pi * (even.across_um / 2) ** 2 / even.cell_um2

    @property
    def cell_area_factor(self) -> float | None:
        """1 + π d h / cell: surface over footprint of the endless lattice; None where pillars differ or stand on none."""
        even = self._even
        return even and 1 + pi * even.across_um * even.height_um / even.cell_um2

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, rounded or united."""
        return self._feet.notes

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """Pillars of one height are a body; those on a hexagonal or staggered lattice two."""
        return tuple(Upright(part, height_um) for part, height_um in self._feet.parts)

    @property
    def _even(self) -> Even | None:
        """What equal, separate pillars on an endless lattice are."""
        lattice, across, height, pitch = self.lattice, self.diameter_um, self.height_um, self.spacing_um
        if not (isinstance(lattice, Periodic) and isinstance(across, float) and isinstance(height, float) and pitch):
            return None
        return Even(lattice, across, height, pitch) if lattice.least_um(pitch) > across else None

    @cached_property
    def _feet(self) -> Feet:
        even, array = self._even, self._array
        lattices = array.lattices() if even else None
        if even and lattices is not None:
            return Feet([(Part(Disc(even.across_um / 2), one), even.height_um) for one in lattices], ())
        return stood(array, self.merge)

    @property
    def _array(self) -> Array:
        return Array(
            lattice=self.lattice,
            room=Room(self.drawn, self.margin_um),
            across_um=self.diameter_um,
            height_um=self.height_um,
            height_step_um=self.height_step_um,
            gap_um=self.gap_um,
            pitch_um=self.spacing_um,
            whole=self.at_edge == "whole",
            reach=0.5,
        )


SOLID = PillarFilm
