"""Half of a symmetric film: any film with registration marks in its margin, as drawn or as its mirror image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from voxelyte.bodies import Body, Upright
from voxelyte.errors import RecipeError
from voxelyte.heights import to_nm
from voxelyte.outline import EDGE_SAGITTA_UM
from voxelyte.region import EMPTY, Part, Points, Region
from voxelyte.shapes import Disc, Polygon
from voxelyte.solids._film import Film
from voxelyte.values import Length, NotNegative, Value

if TYPE_CHECKING:
    import shapely

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

    @cached_property
    def figure(self) -> Polygon:
        """One mark, about its own middle."""
        if self.kind == "holes":
            return Polygon(tuple(Disc(self.mark_um / 2).rings(EDGE_SAGITTA_UM)))
        long, short = self.mark_um / 2, self.mark_um * ARM / 2
        arm = [(long, -short), (long, short), (short, short)]
        return Polygon((np.array([_turn(point, quarters) for quarters in range(4) for point in arm]),))


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


@dataclass(frozen=True, eq=False)
class Half:
    """`film` with `marks`; `turned` is its mirror image, x and -x exchanged.

    Raises RecipeError where a mark does not find room between features and edge.
    """

    film: Film
    marks: Marks
    turned: bool = False
    feature: ClassVar[str] = "features"
    _known: dict[tuple[Region, bool], Region] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        faults = [] if self.marks.kind == "none" else list(self._faults())
        if faults:
            raise RecipeError("\n".join(faults))

    def _faults(self) -> Iterator[str]:
        import shapely

        if self.marks.kind == "crosses" and self._mark_height_um is None:
            yield "mark_height_um is missing: a film without features does not say how high its crosses are"
        base, size_um = _polygons(self._floor), self.marks.mark_um
        above = [_polygons(Region((body.part(0.0),))) for body in self.film.standing]
        for (x_um, y_um), way in zip(self._at_um, WAYS, strict=True):
            mark = shapely.Polygon(self.marks.figure.boundary[0] + (x_um, y_um))
            if not base.contains(mark):
                yield f"mark_um={size_um:g}: the mark at the {way} does not lie within the base"
            elif any(one.intersects(mark) for one in above):
                law = f"must leave {size_um + 2 * self.marks.edge_um:g} µm (mark_um + 2 mark_edge_um) there, by its margin_um"
                yield f"the mark at the {way}, x={x_um:z.0f} y={y_um:z.0f} µm, reaches into the features: the film {law}"

    @property
    def _floor(self) -> Region:
        """The uppermost section of the base: what is engraved lies in it."""
        return self.film.section(self.base_um - 5e-4)

    @property
    def _mark_height_um(self) -> float | None:
        highest_um = max((body.height_um for body in self.film.bodies), default=None)
        return highest_um if self.marks.height_um is None else self.marks.height_um

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

    @property
    def base_um(self) -> float:
        """Thickness of the base."""
        return self.film.base_um

    @cached_property
    def crosses(self) -> Body | None:
        """The marks that stand on the base."""
        if self.marks.kind != "crosses" or self._mark_height_um is None:
            return None
        return Upright(Part(self.marks.figure, Points(np.array(self._at_um))), self._mark_height_um)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """All that stands on the base: features, what the film is dressed with, crosses."""
        every = (*self.film.standing, *((self.crosses,) if self.crosses else ()))
        return tuple(TurnedOver(one) for one in every) if self.turned else every

    @property
    def standing(self) -> tuple[Body, ...]:
        """All bodies."""
        return self.bodies

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Those of the film, and the tops of the crosses."""
        return tuple(sorted({*self.film.levels_um, self._top_of_crosses_um}))

    @cached_property
    def _top_of_crosses_um(self) -> float:
        height_um = 0.0 if self.crosses is None else self.crosses.height_um
        return (to_nm(self.base_um, "base_um") + to_nm(height_um, "mark_height_um")) / 1000

    @property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""
        x0, y0, _, x1, y1, _ = self.film.bounds_um
        return (-x1, y0, 0.0, -x0, y1, self.levels_um[-1]) if self.turned else (x0, y0, 0.0, x1, y1, self.levels_um[-1])

    def section(self, z_um: float) -> Region:
        """That of the film with its marks."""
        if not 0 <= z_um < self.levels_um[-1]:
            return EMPTY
        section = self.film.section(z_um)
        key = section, self.base_um <= z_um < self._top_of_crosses_um
        if key in self._known:
            return self._known[key]
        made = self._marked(section, z_um, *key[1:])
        if self.steady(z_um):
            self._known[key] = made
        return made

    def _marked(self, section: Region, z_um: float, crossed: bool) -> Region:
        if self.marks.kind == "holes" and z_um < self.base_um:
            section = self._pierced(section)
        if crossed and self.crosses is not None:
            section = Region((*section.parts, self.crosses.part(0.0)))
        return section.mirrored() if self.turned else section

    def _pierced(self, floor: Region) -> Region:
        """A section of the base as a polygon, with the marks as holes."""
        base = [ring for part in floor.parts for own in part.rings(EDGE_SAGITTA_UM) for ring in part.copies(own)]
        hole = self.marks.figure.boundary[0][::-1]
        return Region((Part(Polygon((*base, *(hole + at for at in self._at_um)))),))

    def steady(self, z_um: float) -> bool:
        """As the film."""
        return self.film.steady(z_um)

    @property
    def thinnest_um(self) -> dict[str, float]:
        """Those of the film."""
        return self.film.thinnest_um

    @property
    def narrowest_um(self) -> dict[str, float]:
        """Those of the film."""
        return self.film.narrowest_um

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of the film."""
        return self.film.notes

    @property
    def count(self) -> int:
        """Features and crosses."""
        return self.film.count + (0 if self.crosses is None else len(WAYS))

    @property
    def cell_area_factor(self) -> float | None:
        """That of the film."""
        return self.film.cell_area_factor

    @property
    def _holes_um2(self) -> float:
        return len(WAYS) * self.marks.figure.area_um2 if self.marks.kind == "holes" else 0.0

    @property
    def volume_um3(self) -> float:
        """The film with its crosses, without its holes."""
        crosses = 0.0 if self.crosses is None else self.crosses.volume_um3
        return self.film.volume_um3 + crosses - self._holes_um2 * self.base_um

    @property
    def footprint_um2(self) -> float:
        """Of the base, without the holes."""
        return self.film.footprint_um2 - self._holes_um2

    @property
    def side_wall_um2(self) -> float:
        """Of features and crosses."""
        return self.film.side_wall_um2 + (0.0 if self.crosses is None else self.crosses.wall_um2)

    @property
    def void_um3(self) -> float:
        """Room that is not solid, over the whole footprint, up to the highest top."""
        return self.footprint_um2 * self.levels_um[-1] - self.volume_um3


def _turn(point: tuple[float, float], quarters: int) -> tuple[float, float]:
    """A point turned about the origin by quarters of a turn, counter-clockwise."""
    for _ in range(quarters):
        point = -point[1], point[0]
    return point


def _polygons(region: Region) -> shapely.MultiPolygon:
    import shapely

    return shapely.union_all(list(region.to_shapely(EDGE_SAGITTA_UM).geoms))
