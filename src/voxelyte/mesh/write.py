"""Mesh files: binary STL and PLY by trimesh, 3MF by this package; all in millimetres."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from voxelyte.errors import FormatError, unknown
from voxelyte.files import written_whole
from voxelyte.mesh.build import SAGITTA_UM, mesh_of
from voxelyte.mesh.three_mf import write_3mf
from voxelyte.solids import Solid

if TYPE_CHECKING:
    import trimesh

MM_PER_UM = 1e-3


def write_mesh(solid: Solid, path: str | os.PathLike[str], sagitta_um: float = SAGITTA_UM) -> None:
    """Write `solid` as a watertight mesh in mm; the suffix of `path` (.3mf, .ply, .stl) picks the format."""
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        raise FormatError(unknown("mesh format", suffix, SUFFIXES))
    mesh = mesh_of(solid, sagitta_um)
    mesh.apply_scale(MM_PER_UM)
    with written_whole(path) as file:
        _WRITERS[suffix](mesh, file)


def _write_stl(mesh: trimesh.Trimesh, file: IO[bytes]) -> None:
    from trimesh.exchange.stl import export_stl

    file.write(export_stl(mesh))


def _write_ply(mesh: trimesh.Trimesh, file: IO[bytes]) -> None:
    from trimesh.exchange.ply import export_ply

    file.write(export_ply(mesh, vertex_normal=False, include_attributes=False))


_WRITERS = {".3mf": write_3mf, ".ply": _write_ply, ".stl": _write_stl}
SUFFIXES = tuple(_WRITERS)
