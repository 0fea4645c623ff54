"""A film with a grid of crossing walls."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from pydantic import Field, model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.pierced import Pierced
from voxelyte.region import Part
from voxelyte.shapes import Polygon, Rectangle, Shape
from voxelyte.solids._film import Film
from voxelyte.solids._walls import Turn, crossings, inset, reach, turned
from voxelyte.values import Length, NotNegative


class GridFilm(Film):
    """Walls of `width_um` and `height_um` that cross at right angles, either `gap_um` apart or `pitch_um` from middle to middle.

    These two are counted along x; `gap_y_um` or `pitch_y_um` sets another distance along y. The whole grid is turned counter-clockwise
    by `turn_deg`. An opening lies in the middle; the walls end where they are `margin_um` from the outline.
    """

    feature: ClassVar[str] = "wall grids"
    width_um: Length
    height_um: Length
    gap_um: Length | None = None
    pitch_um: Length | None = None
    gap_y_um: Length | None = Field(None, description="Along y, where it is another than along x, in µm.")
    pitch_y_um: Length | None = Field(None, description="Along y, where it is another than along x, in µm.")
    turn_deg: Turn = 0.0
    margin_um: NotNegative = 0.0

    @model_validator(mode="after")
    def _walls_possible(self) -> GridFilm:
        if (self.gap_um is None) == (self.pitch_um is None):
            raise ValueError(f"gap_um={self.gap_um} and pitch_um={self.pitch_um}: exactly one of the two must be given")
        if self.gap_y_um is not None and self.pitch_y_um is not None:
            raise ValueError(
                f"gap_y_um={self.gap_y_um} and pitch_y_um={self.pitch_y_um}: only one of the two can be given"
            )
        for key, pitch_um in (("pitch_um", self.pitch_um), ("pitch_y_um", self.pitch_y_um)):
            if pitch_um is not None and pitch_um <= self.width_um:
                raise ValueError(f"{key}={pitch_um:g} must exceed width_um={self.width_um:g}")
        if not self.walls.area_um2 > 0:
            raise ValueError(
                f"gap_um={self.opening_um[0]:g} with margin_um={self.margin_um:g}: no wall lies within the outline"
            )
        return self

    @property
    def opening_um(self) -> tuple[float, float]:
        """Width and depth of an opening."""
        x_um = self.pitch_um - self.width_um if self.gap_um is None else self.gap_um  # type: ignore[operator]
        if self.pitch_y_um is not None:
            return x_um, self.pitch_y_um - self.width_um
        return x_um, x_um if self.gap_y_um is None else self.gap_y_um

    @property
    def thinnest_um(self) -> dict[str, float]:
        """The walls' width."""
        return {"width_um": self.width_um}

    @property
    def narrowest_um(self) -> dict[str, float]:
        """The openings' width and depth, also where the pitch says them."""
        x_um, y_um = self.opening_um
        return {"gap_um": x_um} if x_um == y_um else {"gap_um": x_um, "gap_y_um": y_um}

    @property
    def spacing_um(self) -> tuple[float, float]:
        """From the middle of a wall to that of the next, along x and y."""
        x_um, y_um = self.opening_um
        return x_um + self.width_um, y_um + self.width_um

    @property
    def cell_fraction(self) -> float:
        """Wall area per unit cell of the endless grid."""
        (gap_x, gap_y), (pitch_x, pitch_y) = self.opening_um, self.spacing_um
        return 1 - gap_x * gap_y / (pitch_x * pitch_y)

    @property
    def cell_area_factor(self) -> float:
        """Surface over footprint of the endless grid: 1 + the walls of an opening over its unit cell."""
        (gap_x, gap_y), (pitch_x, pitch_y) = self.opening_um, self.spacing_um
        return 1 + 2 * (gap_x + gap_y) * self.height_um / (pitch_x * pitch_y)

    @cached_property
    def walls(self) -> Pierced:
        """The shape of all walls together."""
        room = inset(self.drawn, self.margin_um)
        pitch_x, pitch_y = self.spacing_um
        places = crossings((0.0, pitch_x), (0.0, pitch_y), reach(room) + max(pitch_x, pitch_y), self.turn_deg)
        return Pierced.of(room, self._opening, (places,))

    @property
    def _opening(self) -> Shape:
        opening = Rectangle(*self.opening_um)
        return Polygon((turned(opening.rings(1.0)[0], self.turn_deg),)) if self.turn_deg else opening

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The walls."""
        return (Upright(Part(self.walls), self.height_um),)


SOLID = GridFilm
