"""Cross-sections of pillars: disc, square, hexagon, star, and any polygon.

Each is drawn for a diameter; what that is of it, its docstring says. Its centre is the pillar's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from voxelyte.grown import edge_lengths, edge_normals, rounding, turns
from voxelyte.shapes import Disc, Polygon, Rectangle, Ring, Rings, Shape, ring_area
from voxelyte.values import Value

if TYPE_CHECKING:
    import shapely

Coordinate = Annotated[float, Field(ge=-1e9, le=1e9, strict=True, allow_inf_nan=False)]
Corner = tuple[Coordinate, Coordinate]
Corners = Annotated[tuple[Corner, ...], Field(min_length=3, max_length=10_000)]
Turn = Annotated[
    float,
    Field(ge=-360, le=360, strict=True, allow_inf_nan=False, description="Turned counter-clockwise, in degrees."),
]
EVEN = 1e-9
"""How far (of a diameter) edges may differ in their distance from the centre and still count as equally far."""


@dataclass(frozen=True, eq=False)
class Measure:
    """The boundary of a cross-section of diameter 1.

    Edges have `lengths` and lie `apothems` from the centre; `rounding` is Steiner's k (see `grown`); `corners` are the turns
    of those that turn outwards.
    """

    area: float
    lengths: NDArray[np.float64]
    apothems: NDArray[np.float64]
    rounding: float
    corners: NDArray[np.float64]

    @property
    def perimeter(self) -> float:
        """Length of the boundary."""
        return float(self.lengths.sum())

    @property
    def apothem(self) -> float | None:
        """Distance of every edge from the centre; None where they differ."""
        return float(self.apothems[0]) if np.ptp(self.apothems) <= EVEN else None


class DiscSection(Value):
    """A disc; `diameter_um` is its diameter."""

    shape: Literal["disc"] = "disc"

    @property
    def outer(self) -> None:
        """A disc has no corners."""
        return None

    @property
    def openings(self) -> tuple[Ring, ...]:
        """None of its own."""
        return ()

    @property
    def measure(self) -> Measure:
        """One edge that is everywhere half a diameter away."""
        return Measure(pi / 4, np.array([pi]), np.array([0.5]), pi, np.zeros(0))

    def sized(self, diameter_um: float, hollow_um: float = 0.0) -> Shape:
        """The disc, less a disc of diameter `hollow_um`."""
        return Rings((diameter_um / 2, hollow_um / 2)) if hollow_um else Disc(diameter_um / 2)

    def unit(self) -> Shape:
        """The disc of diameter 1."""
        return self.sized(1.0)

    def reach(self, diameter_um: float) -> float:
        """Radius of the circle around it."""
        return diameter_um / 2


class _Cornered(Value):
    """What all cross-sections with corners share; turned counter-clockwise by `turn_deg`, seen from above."""

    turn_deg: Turn = 0.0

    @property
    def plain(self) -> Ring:
        """The ring of diameter 1, counter-clockwise, not turned."""
        raise NotImplementedError

    @cached_property
    def outer(self) -> Ring:
        """The ring of diameter 1, counter-clockwise."""
        return turned(self.plain, self.turn_deg)

    @property
    def openings(self) -> tuple[Ring, ...]:
        """Its own holes at diameter 1, clockwise."""
        return ()

    @cached_property
    def measure(self) -> Measure:
        """Of the outer ring."""
        ring, turn = self.outer, turns(self.outer)
        apothems = (ring * edge_normals(ring)).sum(axis=1)
        return Measure(ring_area(ring), edge_lengths(ring), apothems, rounding(turn), turn[turn > 0])

    def sized(self, diameter_um: float, hollow_um: float = 0.0) -> Shape:
        """The polygon, less its own holes and a similar polygon of diameter `hollow_um` around the same centre."""
        holes = [diameter_um * hole for hole in self.openings]
        return Polygon((diameter_um * self.outer, *holes, *([hollow_um * self.outer[::-1]] if hollow_um else [])))

    def unit(self) -> Shape:
        """The one of diameter 1."""
        return self.sized(1.0)

    def reach(self, diameter_um: float) -> float:
        """Radius of the circle around its centre that holds it."""
        return diameter_um * float(np.hypot(*self.outer.T).max())


class SquareSection(_Cornered):
    """A square; `diameter_um` is its side."""

    shape: Literal["square"] = "square"

    @property
    def plain(self) -> Ring:
        """Sides parallel to x and y."""
        return np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])

    def sized(self, diameter_um: float, hollow_um: float = 0.0) -> Shape:
        """A rectangle where its sides are parallel to x and y and it is not hollow."""
        if hollow_um or self.turn_deg % 90:
            return super().sized(diameter_um, hollow_um)
        return Rectangle(diameter_um, diameter_um)


class HexagonSection(_Cornered):
    """A regular hexagon; `diameter_um` is its width across flats, which lie to the left and right."""

    shape: Literal["hexagon"] = "hexagon"

    @property
    def plain(self) -> Ring:
        """Corners at the front and at the back."""
        turn = np.radians(60 * np.arange(6) + 30)
        return np.asarray(np.column_stack((np.cos(turn), np.sin(turn))) / np.sqrt(3))


class StarSection(_Cornered):
    """A star of `points`, one of them at the back; `diameter_um` is that of the circle through its tips.

    `waist` is the diameter of the circle through its inner corners, as a share of that. The default is a pentagram's.
    """

    shape: Literal["star"] = "star"
    points: int = Field(5, ge=3, le=1000, strict=True, description="How many tips it has.")
    waist: float = Field(
        0.381966,
        gt=0,
        lt=1,
        strict=True,
        allow_inf_nan=False,
        description="Circle through the inner corners, as a share of the one through the tips.",
    )

    @property
    def plain(self) -> Ring:
        """Tips and inner corners in turn."""
        turn = pi / 2 + np.arange(2 * self.points) * pi / self.points
        radius = np.tile([0.5, 0.5 * self.waist], self.points)
        return np.asarray(radius[:, None] * np.column_stack((np.cos(turn), np.sin(turn))))


class PolygonSection(_Cornered):
    """A polygon given by its `corners`, in any unit, with any `holes`; `diameter_um` is its largest extent, from corner to corner.

    Its centre is that of its area, holes included.
    """

    shape: Literal["polygon"] = "polygon"
    corners: Corners = Field(description="Corners [x, y] in any unit, in either sense.")
    holes: tuple[Corners, ...] = Field((), max_length=1000, description="Corners of each hole.")

    @classmethod
    def of_shapely(cls, polygon: shapely.Polygon, turn_deg: float = 0.0) -> PolygonSection:
        """The cross-section of any shapely polygon."""
        rings = [
            [(float(x), float(y)) for x, y, *_ in ring.coords[:-1]] for ring in (polygon.exterior, *polygon.interiors)
        ]
        return cls(corners=tuple(rings[0]), holes=tuple(map(tuple, rings[1:])), turn_deg=turn_deg)

    @model_validator(mode="after")
    def _simple(self) -> PolygonSection:
        import shapely

        drawn = shapely.Polygon(self.corners, self.holes)
        if not drawn.is_valid or not drawn.area > 1e-9 * drawn.length**2:
            why = shapely.is_valid_reason(drawn) if not drawn.is_valid else "it has no area"
            raise ValueError(f"corners and holes must bound one polygon: {why}")
        return self

    @cached_property
    def _frame(self) -> tuple[NDArray[np.float64], float]:
        """Centre, and largest extent."""
        import shapely

        drawn = shapely.Polygon(self.corners, self.holes)
        edge = shapely.get_coordinates(drawn.convex_hull)
        extent = max(float(np.hypot(*(edge - corner).T).max()) for corner in edge)
        return shapely.get_coordinates(drawn.centroid)[0], extent

    def _placed(self, corners: Sequence[Corner], anticlockwise: bool) -> Ring:
        centre, extent = self._frame
        ring = (np.array(corners, dtype=np.float64) - centre) / extent
        return ring if (ring_area(ring) > 0) == anticlockwise else ring[::-1]

    @property
    def plain(self) -> Ring:
        """The corners, brought to extent 1 around the centre."""
        return self._placed(self.corners, True)

    @cached_property
    def openings(self) -> tuple[Ring, ...]:
        """The holes, in the same frame."""
        return tuple(turned(self._placed(hole, False), self.turn_deg) for hole in self.holes)


CrossSection = Annotated[
    DiscSection | SquareSection | HexagonSection | StarSection | PolygonSection, Field(discriminator="shape")
]
AnyCrossSection = DiscSection | SquareSection | HexagonSection | StarSection | PolygonSection
DISC = DiscSection()


def turned(ring: Ring, turn_deg: float) -> Ring:
    """A ring turned counter-clockwise; quarter turns to the last bit."""
    quarters, rest = divmod(turn_deg, 90)
    x, y = ring.T
    for _ in range(int(quarters) % 4):
        x, y = -y, x
    c, s = (cos(radians(rest)), sin(radians(rest))) if rest else (1.0, 0.0)
    return np.column_stack((x * c - y * s, x * s + y * c))
