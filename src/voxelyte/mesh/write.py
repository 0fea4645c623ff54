"""Mesh files, all in millimetres: PLY by trimesh; STL and 3MF here, piece by piece.

trimesh's STL exporter holds the whole file twice, which takes a whole plate of pillars to 1.9 GB.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from voxelyte.errors import FormatError, unknown
from voxelyte.files import written_whole
from voxelyte.mesh.build import SAGITTA_UM, surface_of
from voxelyte.mesh.stl import write_stl
from voxelyte.mesh.surface import Surface
from voxelyte.mesh.three_mf import write_3mf
from voxelyte.solids import Solid

MM_PER_UM = 1e-3


def write_mesh(
    solid: Solid, path: str | os.PathLike[str], sagitta_um: float = SAGITTA_UM, move_um: tuple[float, float] = (0.0, 0.0)
) -> Surface:
    """Write `solid`, moved by `move_um`, as a watertight mesh in mm; the suffix of `path` (.3mf, .ply, .stl) picks the format."""
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        raise FormatError(unknown("mesh format", suffix, SUFFIXES))
    surface = surface_of(solid, sagitta_um).moved(*move_um)
    with written_whole(path) as file:
        _WRITERS[suffix](surface, file)
    return surface


def _write_ply(surface: Surface, file: IO[bytes]) -> None:
    from trimesh.exchange.ply import export_ply

    mesh = surface.to_trimesh()
    mesh.vertices *= MM_PER_UM
    file.write(export_ply(mesh, vertex_normal=False, include_attributes=False))


_WRITERS = {".3mf": write_3mf, ".ply": _write_ply, ".stl": write_stl}
SUFFIXES = tuple(_WRITERS)
