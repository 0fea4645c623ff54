"""Mesh files, all in millimetres: PLY by trimesh; STL and 3MF here, piece by piece.

trimesh's STL exporter holds the whole file twice, which takes a whole plate of pillars to 1.9 GB.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, NamedTuple

from voxelyte.errors import FormatError, unknown
from voxelyte.files import written_whole
from voxelyte.mesh.build import MESH_SAGITTA_UM
from voxelyte.mesh.compose import surface_of
from voxelyte.mesh.instances import Piece, pieces_of
from voxelyte.mesh.stl import write_stl
from voxelyte.mesh.surface import Surface
from voxelyte.mesh.three_mf import write_3mf, write_pieces
from voxelyte.solids import Solid

MM_PER_UM = 1e-3


class Written(NamedTuple):
    """What a mesh file holds."""

    triangles: int
    """Of all copies."""
    volume_um3: float
    components: int
    """Placed meshes; 1 for one surface."""


def write_mesh(
    solid: Solid,
    path: str | os.PathLike[str],
    sagitta_um: float = MESH_SAGITTA_UM,
    move_um: tuple[float, float] = (0.0, 0.0),
    components: bool = False,
) -> Written:
    """Write `solid`, moved by `move_um`, as a watertight mesh in mm; the suffix of `path` (.3mf, .ply, .stl) picks the format.

    It is one closed surface. With `components` a 3MF has the base and, standing on its face, each body as a closed mesh
    of its own, drawn once and placed as often as it is there: small, but not every reader keeps them together.
    """
    suffix = _suffix(path, components)
    pieces = pieces_of(solid, sagitta_um) if components else None
    if pieces is not None:
        pieces = [piece._replace(at_um=piece.at_um + move_um) for piece in pieces]
        with written_whole(path) as file:
            write_pieces(pieces, file)
        return _counted(pieces)
    surface = surface_of(solid, sagitta_um).moved(*move_um)
    with written_whole(path) as file:
        _WRITERS[suffix](surface, file)
    return Written(len(surface.faces), surface.volume_um3, 1)


def _suffix(path: str | os.PathLike[str], components: bool) -> str:
    """The suffix, if there is a format for it that can do what is asked for."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise FormatError(unknown("mesh format", suffix, SUFFIXES))
    if components and suffix != ".3mf":
        raise FormatError(f"components=True with {suffix}: only .3mf has components")
    return suffix


def _counted(pieces: list[Piece]) -> Written:
    """All copies together."""
    triangles = sum(len(piece.surface.faces) * len(piece.scale) for piece in pieces)
    volume = sum(piece.surface.volume_um3 * float((piece.scale**2).sum()) for piece in pieces)
    return Written(triangles, volume, sum(len(piece.scale) for piece in pieces))


def _write_ply(surface: Surface, file: IO[bytes]) -> None:
    from trimesh.exchange.ply import export_ply

    scaled = Surface(surface.points_um * MM_PER_UM, surface.faces)
    file.write(export_ply(scaled.to_trimesh(), vertex_normal=False, include_attributes=False))


_WRITERS = {".3mf": write_3mf, ".ply": _write_ply, ".stl": write_stl}
SUFFIXES = tuple(_WRITERS)
