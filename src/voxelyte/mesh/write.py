"""Mesh files, all in millimetres: PLY by trimesh; STL and 3MF here, piece by piece.

trimesh's STL exporter holds the whole file twice, which takes a whole plate of pillars to 1.9 GB.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from voxelyte.errors import FormatError, unknown
from voxelyte.files import written_whole
from voxelyte.mesh.build import SAGITTA_UM, mesh_of
from voxelyte.mesh.three_mf import write_3mf
from voxelyte.solids import Solid

if TYPE_CHECKING:
    import trimesh

MM_PER_UM = 1e-3
TRIANGLES = 100_000  # held at a time
STL_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])


def write_mesh(solid: Solid, path: str | os.PathLike[str], sagitta_um: float = SAGITTA_UM) -> None:
    """Write `solid` as a watertight mesh in mm; the suffix of `path` (.3mf, .ply, .stl) picks the format."""
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        raise FormatError(unknown("mesh format", suffix, SUFFIXES))
    mesh = mesh_of(solid, sagitta_um)
    mesh.vertices *= MM_PER_UM
    with written_whole(path) as file:
        _WRITERS[suffix](mesh, file)


def _write_stl(mesh: trimesh.Trimesh, file: IO[bytes]) -> None:
    """80 bytes of text, the count, and for each triangle its normal, its corners and 2 bytes of nothing."""
    file.write(b"voxelyte, unit mm".ljust(80))
    file.write(np.uint32(len(mesh.faces)).astype("<u4").tobytes())
    for start in range(0, len(mesh.faces), TRIANGLES):
        corners = mesh.vertices[mesh.faces[start : start + TRIANGLES]]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(normal, axis=1, keepdims=True)
        records = np.zeros(len(corners), dtype=STL_RECORD)
        records["normal"] = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
        records["corners"] = corners
        file.write(records.tobytes())


def _write_ply(mesh: trimesh.Trimesh, file: IO[bytes]) -> None:
    from trimesh.exchange.ply import export_ply

    file.write(export_ply(mesh, vertex_normal=False, include_attributes=False))


_WRITERS = {".3mf": write_3mf, ".ply": _write_ply, ".stl": _write_stl}
SUFFIXES = tuple(_WRITERS)
