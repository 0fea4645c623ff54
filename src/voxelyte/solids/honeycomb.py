"""A film with a honeycomb: walls of one width between hexagonal cells."""

from __future__ import annotations

from functools import cached_property
from math import sqrt
from typing import ClassVar

from pydantic import Field, model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.cross_section import HexagonSection
from voxelyte.pierced import Pierced
from voxelyte.region import Part
from voxelyte.solids._film import Film
from voxelyte.solids._walls import Turn, crossings, inset, reach
from voxelyte.values import Length, NotNegative


class HoneycombFilm(Film):
    """Walls of `width_um` and `height_um` between hexagonal cells that are `cell_um` wide across flats.

    Rows of cells run along x, the flats between them facing left and right; all is turned counter-clockwise by `turn_deg`. A cell lies
    in the middle; the walls end where they are `margin_um` from the outline.
    """

    feature: ClassVar[str] = "honeycombs"
    cell_um: Length = Field(description="Width of a cell across flats in µm.")
    width_um: Length
    height_um: Length
    turn_deg: Turn = 0.0
    margin_um: NotNegative = 0.0

    @model_validator(mode="after")
    def _walls_possible(self) -> HoneycombFilm:
        if not self.walls.area_um2 > 0:
            raise ValueError(
                f"cell_um={self.cell_um:g} with margin_um={self.margin_um:g}: no wall lies within the outline"
            )
        return self

    @property
    def thinnest_um(self) -> dict[str, float]:
        """The walls' width."""
        return {"width_um": self.width_um}

    @property
    def narrowest_um(self) -> dict[str, float]:
        """The cells' width."""
        return {"cell_um": self.cell_um}

    @property
    def spacing_um(self) -> float:
        """From the middle of a cell to that of the next."""
        return self.cell_um + self.width_um

    @property
    def cell_fraction(self) -> float:
        """Wall area per unit cell of the endless honeycomb."""
        return 1 - (self.cell_um / self.spacing_um) ** 2

    @property
    def cell_area_factor(self) -> float:
        """Surface over footprint of the endless honeycomb: 1 + the walls of a cell over its unit cell."""
        return 1 + 4 * self.cell_um * self.height_um / self.spacing_um**2

    @cached_property
    def walls(self) -> Pierced:
        """The shape of all walls together; a honeycomb's cells stand on two lattices of rows and columns."""
        room, pitch = inset(self.drawn, self.margin_um), self.spacing_um
        row, reach_um = sqrt(3) * pitch, reach(room) + 2 * pitch
        shifts = ((0.0, 0.0), (pitch / 2, row / 2))
        places = (crossings((x, pitch), (y, row), reach_um, self.turn_deg) for x, y in shifts)
        return Pierced.of(room, HexagonSection(turn_deg=self.turn_deg).sized(self.cell_um), tuple(places))

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The walls."""
        return (Upright(Part(self.walls), self.height_um),)


SOLID = HoneycombFilm
