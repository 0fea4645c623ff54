"""Sections one on another, each with upright walls, as a film's base has them, or a film known by its outlines.

Rings that go on unchanged from one section to the next make one wall; all others end at a face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.figure import Figure, Triangles, joined, polygons
from voxelyte.mesh.inside import inside
from voxelyte.mesh.plane import filled
from voxelyte.region import Region
from voxelyte.solids import Solid

MAX_POINTS = 40_000_000
"""Corners of a mesh that are accepted: fourteen whole plates, about 4 GB."""


class Slab(NamedTuple):
    """What lies between two heights with one section."""

    bottom_um: float
    top_um: float
    section: Region


@dataclass(frozen=True, eq=False)
class Stack:
    """The mesh of slabs without the face on top of them."""

    points_um: NDArray[np.float64]
    faces: Triangles
    top: Figure
    """The uppermost section, numbered as in the mesh."""
    z_um: float
    free: NDArray[np.bool_] | None = None
    """Which of its rings end there, where not all do."""

    @property
    def edge(self) -> Figure:
        """Its rings that end there."""
        return self.top if self.free is None else self.top.kept(self.free)


def slabs_of(solid: Solid, top_um: float) -> list[Slab]:
    """One slab for each section up to `top_um`; levels at which nothing changes fall away."""
    slabs = list[Slab]()
    for bottom, top in pairwise(level for level in solid.levels_um if level <= top_um):
        section = solid.section(bottom)
        if not section.parts:
            raise SliceError(f"section between z_um={bottom:g} and {top:g} must not be empty")
        if not solid.steady(bottom):
            raise SliceError(
                f"section between z_um={bottom:g} and {top:g} must not change on the way: no mesh is known for that"
            )
        if slabs and slabs[-1].section is section:
            slabs[-1] = slabs[-1]._replace(top_um=top)
        else:
            slabs.append(Slab(bottom, top, section))
    return slabs


def figure_of(region: Region, sagitta_um: float) -> Figure:
    """`region` as polygons that leave its curves by at most `sagitta_um`, ring by ring."""
    found = []
    for part in region.parts:
        rings = part.rings(sagitta_um)
        refuse_many(sum(map(len, rings)) * part.places.count, sagitta_um)
        copies = np.concatenate([part.copies(ring) for ring in rings], axis=1)
        lengths = np.tile([len(ring) for ring in rings], len(copies)).astype(np.int64)
        found.append(Figure(copies.reshape(-1, 2), lengths, np.arange(copies.size // 2)))
    return replace(joined(found), numbers=np.arange(sum(len(one.points) for one in found)))


def refuse_many(corners: int, sagitta_um: float) -> None:
    """More corners than a mesh may have."""
    if corners > MAX_POINTS:
        raise SliceError(f"sagitta_um={sagitta_um:g} gives {corners} corners; must not exceed {MAX_POINTS}")


def stacked(slabs: Sequence[Slab], sagitta_um: float) -> Stack:
    """Floor, walls and steps of these slabs, each of which must lie inside the one below it."""
    lower = figure_of(slabs[0].section, sagitta_um)
    points, faces, first = [at(lower.points, 0.0)], [filled(lower)[:, ::-1]], len(lower.points)
    for slab, above in zip(slabs, [*slabs[1:], None], strict=True):
        top = replace(lower, numbers=np.arange(first, first + len(lower.points)))
        points.append(at(top.points, slab.top_um))
        faces.append(_walls(lower, top))
        first += len(top.points)
        if above is None:
            return Stack(np.concatenate(points), np.concatenate(faces), top, slab.top_um)
        lower, face = _step(top, figure_of(above.section, sagitta_um), first, (sagitta_um, slab.top_um))
        faces.append(face)
        new = lower.numbers >= first
        points.append(at(lower.points[new], slab.top_um))
        first += int(new.sum())
    raise SliceError("a solid without levels has no mesh")


def at(points: NDArray[np.float64], z_um: float) -> NDArray[np.float64]:
    """float64[n, 3]: points of the plane at a height."""
    return np.column_stack((points, np.full(len(points), z_um)))


def _walls(bottom: Figure, top: Figure) -> Triangles:
    """Two triangles for each boundary edge; solid is left of the edge, so that outside is right."""
    (a, b), (c, d) = bottom.edges.T, top.edges.T
    return np.concatenate((np.column_stack((a, b, d)), np.column_stack((a, d, c))))


def _step(lower: Figure, upper: Figure, first: int, where: tuple[float, float]) -> tuple[Figure, Triangles]:
    """The section above a step, its new corners numbered from `first`, and the face that it leaves open."""
    known = {ring.tobytes(): k for k, ring in enumerate(lower.rings)}
    same = np.array([known.get(ring.tobytes(), -1) for ring in upper.rings])
    stays = np.isin(np.arange(len(lower.lengths)), same)
    ends_there, new = lower.kept(~stays), upper.kept(same < 0)
    new = replace(new, numbers=np.arange(first, first + len(new.points)))
    if len(new.points):
        import shapely

        sagitta_um, z_um = where
        base = shapely.multipolygons(polygons(lower))
        new = replace(new, points=inside(new.points, base, sagitta_um, z_um))
    face = filled(joined((ends_there, new.turned)))
    return joined((lower.kept(stays), new)), face
