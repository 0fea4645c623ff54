"""Solids that are made of solids: plates of films, films back to back, and those that have triangles of their own.

A solid says so by what it has. `pieces`: each with the `solid` that it is and its `offset` (x, y) in µm. `half`: what
stands on its upper side, and hangs mirrored from its lower one. `mesh_um`: float64[n, 3] points and int[n, 3] triangles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.build import MESH_SAGITTA_UM, built, checked_sagitta
from voxelyte.mesh.surface import Surface

if TYPE_CHECKING:
    import trimesh

    from voxelyte.solids import Solid


def mesh_of(solid: Solid, sagitta_um: float = MESH_SAGITTA_UM) -> trimesh.Trimesh:
    """`solid` as a watertight mesh in µm, normals outward; polygons leave curves by at most `sagitta_um`."""
    return surface_of(solid, sagitta_um).to_trimesh()


def surface_of(solid: Any, sagitta_um: float = MESH_SAGITTA_UM) -> Surface:
    """`solid` as one watertight surface; SliceError where it has none. Films of a plate that stand apart are bodies of it."""
    checked_sagitta(sagitta_um)
    if hasattr(solid, "mesh_um"):
        points, faces = solid.mesh_um
        return Surface(np.asarray(points, dtype=np.float64), np.asarray(faces, dtype=np.int32))
    if hasattr(solid, "half"):
        return back_to_back(surface_of(solid.half, sagitta_um))
    if hasattr(solid, "pieces"):
        return together(
            [placed for one, offsets in films_of(solid) for placed in _placed(surface_of(one, sagitta_um), offsets)]
        )
    return built(solid, sagitta_um)


def films_of(plate: Any) -> list[tuple[Any, NDArray[np.float64]]]:
    """The different solids on a plate, and float64[n, 2], where each stands."""
    found = dict[int, tuple[Any, list[tuple[float, float]]]]()
    for piece in plate.pieces:
        found.setdefault(id(piece.solid), (piece.solid, []))[1].append(piece.offset)
    return [(solid, np.array(offsets, dtype=np.float64)) for solid, offsets in found.values()]


def _placed(surface: Surface, offsets: NDArray[np.float64]) -> Iterator[Surface]:
    return (surface.moved(x, y) for x, y in offsets.tolist())


def together(surfaces: Sequence[Surface]) -> Surface:
    """Surfaces that do not meet, as one."""
    firsts = np.cumsum([0, *(len(one.points_um) for one in surfaces[:-1])])
    faces = [one.faces + np.int32(first) for one, first in zip(surfaces, firsts, strict=True)]
    return Surface(np.concatenate([one.points_um for one in surfaces]), np.concatenate(faces))


def back_to_back(upper: Surface) -> Surface:
    """A surface that stands on z = 0 and its mirror image below, without the faces where they meet; the lowest point at z = 0."""
    low = upper.points_um[:, 2] == 0
    faces = upper.faces[~low[upper.faces].all(axis=1)]
    below = np.where(low, np.arange(len(low)), len(low) + np.cumsum(~low) - 1).astype(np.int32)
    points = np.concatenate((upper.points_um, upper.points_um[~low] * (1.0, 1.0, -1.0)))
    points[:, 2] += upper.points_um[:, 2].max()
    return Surface(points, np.concatenate((faces, below[faces[:, ::-1]])))
