"""The spiral film (s-3DSE of the paper): an Archimedean wall, or several that wind into each other, on a base.

The wall's centre line is r = b t, with the polar angle t and b = pitch / 2π. The wall is all that lies within
half a width of it, measured at right angles, with flat ends. A band of constant width along a curve of length
L has exactly the area width x L, and its two long edges have together exactly the length 2 L (Steiner's
formulas), so area and side wall are closed forms. Other arms are the first one, turned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import asinh, cos, hypot, pi, sin, sqrt
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.region import Part
from voxelyte.shapes import Ring
from voxelyte.solids._round_walls import RoundWalls
from voxelyte.values import Length

MAX_TURNS = 20_000
"""Turns accepted: eighty times those of the paper's film over a whole plate."""

OVERLAP = 1e-4
"""How much of their width arms can overlap before it is seen."""


@dataclass(frozen=True)
class SpiralWall:
    """Walls of `width_um` along r = b t between the polar angles `start` and `end` (radians), turned by equal parts of a whole turn.

    Outwards they wind counter-clockwise seen from above, to the left; where `right` is set, the other way, mirrored in the x axis.
    """

    b_um: float
    width_um: float
    start: float
    end: float
    arms: int = 1
    right: bool = False

    @property
    def length_um(self) -> float:
        """Arc length of the centre lines of all arms."""
        return self.arms * (self._arc_um(self.end) - self._arc_um(self.start))

    @property
    def area_um2(self) -> float:
        """Width times length."""
        return self.width_um * self.length_um

    @property
    def perimeter_um(self) -> float:
        """Both long edges and both ends of each arm."""
        return 2 * self.length_um + 2 * self.arms * self.width_um

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """The square around the circle that the wall cannot leave."""
        reach_um = self.b_um * self.end + self.width_um / 2
        return -reach_um, -reach_um, reach_um, reach_um

    @property
    def pieces(self) -> int:
        """As many as it has arms."""
        return self.arms

    def rings(self, sagitta_um: float) -> list[Ring]:
        """Each arm out along its outer edge, back along its inner one."""
        first = self._arm(sagitta_um)
        arms = [_turned(first, 2 * pi * n / self.arms) if n else first for n in range(self.arms)]
        return [arm[::-1] * (1, -1) for arm in arms] if self.right else arms

    def overlap_um(self, sagitta_um: float) -> tuple[float, float] | None:
        """A place where an arm and the next one overlap, if any do: it would be on the first turn."""
        import shapely

        first = replace(self, end=min(self.end, self.start + 2 * pi))
        one, other = (shapely.Polygon(arm) for arm in first.rings(sagitta_um)[:2])
        both = shapely.intersection(one, other)
        return None if both.is_empty else tuple(shapely.get_coordinates(both.representative_point())[0])

    def _arm(self, sagitta_um: float) -> Ring:
        """The first arm."""
        t = self._angles(sagitta_um)
        cos, sin = np.cos(t), np.sin(t)
        # The normal of r = b t at t, pointing outwards: (sin, -cos) of t + arctan t, by the addition theorem.
        reach = self.width_um / 2 / np.sqrt(1 + t * t)
        out_x, out_y = (sin + t * cos) * reach, (t * sin - cos) * reach
        x, y = self.b_um * t * cos, self.b_um * t * sin
        outer, inner = (x + out_x, y + out_y), (x - out_x, y - out_y)
        return np.stack([np.concatenate((out, back[::-1])) for out, back in zip(outer, inner, strict=True)]).T

    def _arc_um(self, t: float) -> float:
        return self.b_um / 2 * (t * sqrt(1 + t * t) + asinh(t))

    def _angles(self, sagitta_um: float) -> NDArray[np.float64]:
        """Angles whose chords stay within the sagitta: steps of sqrt(8 s / radius), so equal steps of t^1.5.

        The shift stands for the wall's half width and for the faster turning near the centre.
        """
        shift = 1 + self.width_um / self.b_um
        first, last = (self.start + shift) ** 1.5, (self.end + shift) ** 1.5
        steps = 1.02 * sqrt(self.b_um / (8 * sagitta_um)) * (last - first) / 1.5
        return np.asarray(np.linspace(first, last, int(steps) + 9) ** (2 / 3) - shift)


def _turned(points: Ring, angle: float) -> Ring:
    """Points turned counter-clockwise about the origin."""
    return np.asarray(points @ np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]]))


class SpiralFilm(RoundWalls):
    """A wall of `width_um` and `height_um`, winding with `gap_um` (along the radius) between its turns.

    It lies between `inner_radius_um` and `outer_radius_um`; without the latter, in the largest circle within the margin. Of several
    `arms`, each has the gap to the next. `hand`: a left-handed spiral winds outwards counter-clockwise, seen from above, a right-handed
    one clockwise.
    """

    feature: ClassVar[str] = "spiral walls"
    inner_radius_um: Length
    arms: int = Field(1, ge=1, le=100, strict=True, description="Walls that wind into each other.")
    hand: Literal["left", "right"] = Field(
        "left", description="Outwards, a left-handed spiral winds counter-clockwise, seen from above."
    )

    @model_validator(mode="after")
    def _wall_possible(self) -> SpiralFilm:
        self.refuse_beyond_the_edge()
        if self.reach_um < self.inner_radius_um + self.width_um:
            raise self.no_room()
        if self.reach_um > MAX_TURNS * self.spacing_um:
            raise ValueError(f"width_um + gap_um={self.spacing_um:g} gives more than {MAX_TURNS} turns")
        self._refuse_overlap()
        return self

    def _refuse_overlap(self) -> None:
        """Near the centre an Archimedean spiral is steep and sharply bent: the wall would touch itself."""
        t = self.wall.start
        bend_um = self.wall.b_um * (1 + t * t) ** 1.5 / (2 + t * t)
        small = f"inner_radius_um={self.inner_radius_um:g} is too small"
        if self.width_um / 2 >= bend_um or self.arms * self.spacing_um * t / hypot(1, t) <= self.width_um:
            raise ValueError(f"{small}: a wall of width_um={self.width_um:g} would overlap itself there")
        place = self.wall.overlap_um(self.width_um * OVERLAP) if self.arms > 1 else None
        if place is not None:
            at = f"x={place[0]:g}, y={place[1]:g} µm"
            raise ValueError(f"{small}: arms of width_um={self.width_um:g} would overlap at {at}")

    @cached_property
    def wall(self) -> SpiralWall:
        """The wall's own shape."""
        b_um, half_um = self.arms * self.spacing_um / (2 * pi), self.width_um / 2
        start, end = (self.inner_radius_um + half_um) / b_um, (self.reach_um - half_um) / b_um
        return SpiralWall(b_um, self.width_um, start, end, self.arms, self.hand == "right")

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The wall."""
        return (Upright(Part(self.wall), self.height_um),)


SOLID = SpiralFilm
