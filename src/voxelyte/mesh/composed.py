"""Meshes of what is made of others: the films of a plate side by side, two halves back to back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from voxelyte.errors import SliceError
from voxelyte.solids import Solid
from voxelyte.solids.plate import Plate
from voxelyte.solids.symmetric import Assembled

if TYPE_CHECKING:
    import trimesh

Meshed = Callable[[Solid, float], "trimesh.Trimesh"]


def composed(solid: Plate | Assembled, sagitta_um: float, mesh_of: Meshed) -> trimesh.Trimesh:
    """The films' own meshes, each at its place; equal films are meshed once."""
    return _back_to_back(solid, sagitta_um, mesh_of) if isinstance(solid, Assembled) else _side_by_side(solid, sagitta_um, mesh_of)


def _side_by_side(plate: Plate, sagitta_um: float, mesh_of: Meshed) -> trimesh.Trimesh:
    if plate.merge:
        raise SliceError("merge=true: films that were united have masks, but no mesh is made of them")
    known = {film.solid: film.solid for film in plate.films}
    meshes = {solid: mesh_of(solid, sagitta_um) for solid in known}
    points, faces, first = [], [], 0
    for film in plate.films:
        mesh = meshes[film.solid]
        points.append(mesh.vertices + (film.x_um, film.y_um, 0.0))
        faces.append(mesh.faces + first)
        first += len(mesh.vertices)
    return _mesh(np.concatenate(points), np.concatenate(faces))


def _back_to_back(whole: Assembled, sagitta_um: float, mesh_of: Meshed) -> trimesh.Trimesh:
    """The half and its reflection share the points of the back, which is no surface any more."""
    half = mesh_of(whole.half, sagitta_um)
    points, faces = np.asarray(half.vertices), np.asarray(half.faces)
    on_back = points[:, 2] == 0
    kept = faces[~on_back[faces].all(axis=1)]
    number = np.where(on_back, np.arange(len(points)), len(points) + np.cumsum(~on_back) - 1)
    middle = (0.0, 0.0, whole.middle_um)
    below = points[~on_back] * (1.0, 1.0, -1.0) + middle
    return _mesh(np.concatenate((points + middle, below)), np.concatenate((kept, number[kept][:, ::-1])))


def _mesh(points: np.ndarray, faces: np.ndarray) -> trimesh.Trimesh:  # type: ignore[type-arg]
    import trimesh

    return trimesh.Trimesh(points, faces, process=False, validate=False)
