"""Half of a symmetric film: any film with registration marks in its margin, as drawn or as its mirror image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from voxelyte.bodies import Body, Upright
from voxelyte.region import Part, Points, Region
from voxelyte.shapes import Disc, Polygon
from voxelyte.solids._film import Film
from voxelyte.values import Length, NotNegative, Value

if TYPE_CHECKING:
    import shapely

SAGITTA_UM = 0.05
"""How far the polygon of a base with holes leaves its curves: under a thousandth of a pixel."""

ARM = 0.2
"""Width of a cross's arms, of its size."""

WAYS = {"right": (1.0, 0.0), "back": (0.0, 1.0), "left": (-1.0, 0.0)}
"""Where marks stand, seen from the film's origin: no turn but the whole one lays all three on each other."""

Kind = Literal["crosses", "holes", "none"]


class Marks(Value):
    """Registration marks: crosses of `mark_um` on the base, or holes of that diameter through it, `edge_um` from the film's edge."""

    kind: Kind
    mark_um: Length
    edge_um: NotNegative
    height_um: Length | None = None


@dataclass(frozen=True, eq=False)
class TurnedOver:
    """A body with x and -x exchanged."""

    body: Body

    @property
    def height_um(self) -> float:
        """From the foot to the top."""
        return self.body.height_um

    @property
    def upright(self) -> bool:
        """Whether the section is the same `Part` at every height."""
        return self.body.upright

    @property
    def volume_um3(self) -> float:
        """That of the body."""
        return self.body.volume_um3

    @property
    def wall_um2(self) -> float:
        """That of the body."""
        return self.body.wall_um2

    def part(self, z_um: float) -> Part:
        """The section at a height above the foot."""
        return self._foot if self.upright else self.body.part(z_um).mirrored()

    @cached_property
    def _foot(self) -> Part:
        return self.body.part(0.0).mirrored()

    def stations_um(self, sagitta_um: float) -> tuple[float, ...]:
        """Those of the body."""
        return self.body.stations_um(sagitta_um)


class Half(Film):
    """`film` with `marks`; `turned` is its mirror image, x and -x exchanged."""

    feature: ClassVar[str] = "features"
    film: Any
    marks: Marks
    turned: bool = False

    @classmethod
    def marked(cls, film: Film, marks: Marks, turned: bool = False) -> Half:
        """Raises RecipeError where a mark does not find room between features and edge."""
        return cls(outline=film.outline, base_um=film.base_um, film=film, marks=marks, turned=turned)

    @model_validator(mode="after")
    def _marks_have_room(self) -> Half:
        if self.marks.kind != "none":
            faults = list(self._faults())
            if faults:
                raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        import shapely

        if self.marks.kind == "crosses" and self._mark_height_um is None:
            yield "mark_height_um is missing: a film without features does not say how high its crosses are"
        base = _polygons(self.film.base)
        pieces = np.asarray(self.film.features.to_shapely(1.0).geoms)
        need_um = self.marks.mark_um + 2 * self.marks.edge_um
        for way, (x_um, y_um) in zip(WAYS, self._at_um, strict=True):
            mark = shapely.Polygon(self._mark.boundary[0] + (x_um, y_um))
            if not base.contains(mark):
                yield f"mark_um={self.marks.mark_um:g}: the mark at the {way} does not lie within the base"
            elif shapely.intersects(pieces, mark).any():
                law = f"must leave {need_um:g} µm (mark_um + 2 mark_edge_um) there, by its margin_um"
                yield f"the mark at the {way}, x={x_um:.0f} y={y_um:.0f} µm, reaches into the features: the film {law}"

    @property
    def _mark(self) -> Polygon:
        size_um = self.marks.mark_um
        if self.marks.kind == "holes":
            return Polygon(tuple(Disc(size_um / 2).rings(SAGITTA_UM)))
        long, short = size_um / 2, size_um * ARM / 2
        arm = [(long, -short), (long, short), (short, short)]
        return Polygon((np.array([_turn(point, quarters) for quarters in range(4) for point in arm]),))

    @property
    def _mark_height_um(self) -> float | None:
        levels = self.film.levels_um
        return levels[-1] - levels[1] if self.marks.height_um is None and len(levels) > 2 else self.marks.height_um

    @cached_property
    def _at_um(self) -> list[tuple[float, float]]:
        """Centres of the marks: from the origin to the edge, and back by clearance and half a mark."""
        import shapely

        edge = shapely.boundary(_polygons(self.film.base))
        x0, y0, x1, y1 = self.film.base.bounds_um
        far, back_um = x1 - x0 + y1 - y0, self.marks.edge_um + self.marks.mark_um / 2
        found = []
        for x, y in WAYS.values():
            crossed = shapely.get_coordinates(edge.intersection(shapely.LineString([(0, 0), (x * far, y * far)])))
            reach_um = float(np.hypot(*crossed.T).max(initial=0.0)) - back_um
            found.append((x * reach_um, y * reach_um))
        return found

    @cached_property
    def base(self) -> Region:
        """That of the film, with holes where it has any, and mirrored."""
        drawn: Region = self._pierced() if self.marks.kind == "holes" else self.film.base
        return drawn.mirrored() if self.turned else drawn

    def _pierced(self) -> Region:
        """The base as a polygon, with the marks as holes."""
        base = [ring for part in self.film.base.parts for own in part.rings(SAGITTA_UM) for ring in part.copies(own)]
        hole = self._mark.boundary[0][::-1]
        return Region((Part(Polygon((*base, *(hole + at for at in self._at_um)))),))

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """Those of the film, and the crosses."""
        bodies: tuple[Body, ...] = self.film.bodies
        height_um = self._mark_height_um
        if self.marks.kind == "crosses" and height_um is not None:
            bodies = (*bodies, Upright(Part(self._mark, Points(np.array(self._at_um))), height_um))
        return tuple(TurnedOver(one) for one in bodies) if self.turned else bodies

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of the film."""
        return tuple(self.film.notes)

    @property
    def cell_area_factor(self) -> float | None:
        """That of the film."""
        factor: float | None = self.film.cell_area_factor
        return factor


def _turn(point: tuple[float, float], quarters: int) -> tuple[float, float]:
    """A point turned about the origin by quarters of a turn, counter-clockwise."""
    for _ in range(quarters):
        point = -point[1], point[0]
    return point


def _polygons(region: Region) -> shapely.Geometry:
    import shapely

    return shapely.union_all(list(region.to_shapely(SAGITTA_UM).geoms))
