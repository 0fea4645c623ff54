"""Film to mesh: a wall around every section, a face at every step, a lid and a floor."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.inside import inside
from voxelyte.mesh.outline import DrawnRegion, drawn_region
from voxelyte.mesh.plane import TOUCHING, CoarseOutlineError, Triangles
from voxelyte.mesh.steps import step
from voxelyte.meshed import MeshSolid
from voxelyte.region import Region
from voxelyte.solids import Solid

if TYPE_CHECKING:
    import trimesh

SAGITTA_UM = 1.0
"""A sixtieth of a 62 µm pixel. A 100 µm pillar gets 16 sides, a 16 mm disc 200; both keep their area."""

LEAST_SAGITTA_UM = 0.01


class Slab(NamedTuple):
    """What lies between two heights with one section."""

    bottom_um: float
    top_um: float
    outline: DrawnRegion


def mesh_of(solid: Solid, sagitta_um: float = SAGITTA_UM) -> trimesh.Trimesh:
    """`solid` as a watertight mesh in µm, normals outward; polygons leave curves by at most `sagitta_um`."""
    import trimesh

    if not (isfinite(sagitta_um) and sagitta_um >= LEAST_SAGITTA_UM):
        raise SliceError(f"sagitta_um={sagitta_um} must be at least {LEAST_SAGITTA_UM}")
    if isinstance(solid, MeshSolid):  # it has triangles of its own
        return trimesh.Trimesh(*solid.mesh_um, process=False, validate=False)
    points, faces = _drawn(solid, sagitta_um)
    _refuse_open(faces, len(points))
    return trimesh.Trimesh(points, faces, process=False, validate=False)


def _drawn(solid: Solid, sagitta_um: float) -> tuple[NDArray[np.float64], Triangles]:
    """Points and faces; drawn finer than asked where only short edges can be joined."""
    for finer in (1, 4, 16):
        try:
            return _closed(_slabs(solid, sagitta_um / finer))
        except CoarseOutlineError as fault:
            last = fault
    raise last


def _slabs(solid: Solid, sagitta_um: float) -> list[Slab]:
    """One slab for each section; levels at which nothing changes fall away."""
    levels, slabs = solid.levels_um, list[tuple[float, float, Region]]()
    for bottom, top in pairwise(levels):
        section = solid.section(bottom)
        if not section.parts:
            raise SliceError(f"section between z_um={bottom:g} and {top:g} must not be empty")
        if slabs and slabs[-1][2] is section:
            slabs[-1] = (slabs[-1][0], top, section)
        else:
            slabs.append((bottom, top, section))
    drawn = [Slab(bottom, top, drawn_region(section, sagitta_um)) for bottom, top, section in slabs]
    return _nested(drawn, sagitta_um)


def _nested(slabs: list[Slab], sagitta_um: float) -> list[Slab]:
    """Every slab inside the one below it."""
    for k, (below, slab) in enumerate(pairwise(slabs), start=1):
        slabs[k] = slab._replace(outline=inside(slab.outline, below.outline, sagitta_um, slab.bottom_um))
    return slabs


def _closed(slabs: list[Slab]) -> tuple[NDArray[np.float64], Triangles]:
    """Points and faces. Each slab has its points twice, at its bottom and at its top."""
    points, faces, first = [], [slabs[0].outline.caps()[:, ::-1]], 0
    for slab, above in zip(slabs, [*slabs[1:], None], strict=True):
        size = len(slab.outline.points)
        points += [_at(slab.outline.points, slab.bottom_um), _at(slab.outline.points, slab.top_um)]
        faces.append(_walls(slab.outline, first, first + size))
        first += size
        if above is None:
            faces.append(first + slab.outline.caps())
        else:
            open_faces, corners = step(slab.outline, above.outline)
            points.append(_at(corners, slab.top_um))
            faces.append(first + _own_points_first(open_faces, size, len(above.outline.points), len(corners)))
        first += size + (len(corners) if above else 0)
    return np.concatenate(points), np.concatenate(faces)


def _own_points_first(faces: Triangles, lower: int, upper: int, own: int) -> Triangles:
    """A step counts lower, upper, own points; in the mesh its own stand before those of the slab above."""
    is_own = faces >= lower + upper
    is_upper = (faces >= lower) & ~is_own
    return np.asarray(faces + own * is_upper - upper * is_own)


def _at(points: NDArray[np.float64], z_um: float) -> NDArray[np.float64]:
    return np.column_stack((points, np.full(len(points), z_um)))


def _walls(outline: DrawnRegion, bottom: int, top: int) -> Triangles:
    """Two triangles for each boundary edge; solid is left of the edge, so that outside is right."""
    a, b = outline.edges.T
    lower = np.column_stack((bottom + a, bottom + b, top + b))
    upper = np.column_stack((bottom + a, top + b, top + a))
    return np.concatenate((lower, upper))


def _refuse_open(faces: Triangles, points: int) -> None:
    """Watertight: every directed edge occurs once, and its reverse once."""
    ends = np.roll(faces, -1, axis=1)
    there, back = np.sort((faces * points + ends).ravel()), np.sort((ends * points + faces).ravel())
    if (there[1:] == there[:-1]).any() or not np.array_equal(there, back):
        raise SliceError(f"no closed mesh: {TOUCHING}")
