"""Gmsh's MSH 4.1 as text: named volumes and surfaces, and which nodes of opposite sides belong together.

By the Gmsh reference manual, "MSH file format", version 4.1. One entity for each region and for each surface;
nodes are listed with the entity of the lowest dimension that they lie on. Coordinates are mm.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.files import written_whole
from voxelyte.mesh.build import MESH_SAGITTA_UM
from voxelyte.mesh.cell_layers import SURFACES, VOLUMES
from voxelyte.mesh.unit_cell import UnitCell, unit_cell
from voxelyte.solids import Solid

MM_PER_UM = 1e-3
TRIANGLE, TETRAHEDRON = 2, 4
ROWS = 65_536
OPPOSITE = {"x_max": "x_min", "y_max": "y_min"}


def write_unit_cell(
    solid: Solid, path: str | os.PathLike[str], size_um: float | None = None, sagitta_um: float = MESH_SAGITTA_UM
) -> UnitCell:
    """Write the periodic cell of `solid` as .msh, in elements of about `size_um`; gives the cell."""
    if Path(path).suffix.lower() != ".msh":
        raise FormatError(f"path={path}: a unit cell is written as .msh")
    cell = unit_cell(solid, size_um, sagitta_um)
    with written_whole(path) as file:
        for text in msh(cell):
            file.write(text.encode("ascii"))
    return cell


def msh(cell: UnitCell) -> Iterator[str]:
    """The file's text, piece by piece."""
    yield "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Comments\nvoxelyte, unit mm\n$EndComments\n"
    names = [(2, k, name) for k, name in enumerate(SURFACES, 1)] + [(3, k, name) for k, name in enumerate(VOLUMES, 1)]
    yield (
        f"$PhysicalNames\n{len(names)}\n"
        + "".join(f'{dimension} {tag} "{name}"\n' for dimension, tag, name in names)
        + "$EndPhysicalNames\n"
    )
    yield from _entities(cell)
    yield from _nodes(cell)
    yield from _elements(cell)
    yield from _periodic(cell)


def _entities(cell: UnitCell) -> Iterator[str]:
    """Their boxes, and the physical group of the same number."""
    yield f"$Entities\n0 0 {len(SURFACES)} {len(VOLUMES)}\n"
    for k in range(len(SURFACES)):
        yield f"{k + 1} {_box(cell, cell.triangles[cell.surface == k])} 1 {k + 1} 0\n"
    for k in range(len(VOLUMES)):
        around = [one + 1 for one in range(len(SURFACES)) if _touches(cell, one, k)]
        yield f"{k + 1} {_box(cell, cell.tetrahedra[cell.volume == k])} 1 {k + 1} {len(around)} {' '.join(map(str, around))}\n"
    yield "$EndEntities\n"


def _touches(cell: UnitCell, surface: int, volume: int) -> bool:
    """Is every node of some triangle there a node of the volume?"""
    held = np.zeros(len(cell.points_um), dtype=bool)
    held[cell.tetrahedra[cell.volume == volume]] = True
    return bool(held[cell.triangles[cell.surface == surface]].all(axis=1).any())


def _box(cell: UnitCell, elements: NDArray[np.int64]) -> str:
    points = cell.points_um[np.unique(elements)] * MM_PER_UM
    ends = (0.0,) * 6 if not len(points) else (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    return " ".join(f"{end:.9g}" for end in ends)


def _nodes(cell: UnitCell) -> Iterator[str]:
    home = np.zeros((len(cell.points_um), 2), dtype=np.int64)
    for k in reversed(range(len(VOLUMES))):
        home[cell.tetrahedra[cell.volume == k].ravel()] = 3, k + 1
    for k in reversed(range(len(SURFACES))):
        home[cell.triangles[cell.surface == k].ravel()] = 2, k + 1
    blocks = np.unique(home, axis=0)
    size = len(home)
    yield f"$Nodes\n{len(blocks)} {size} 1 {size}\n"
    for dimension, tag in blocks.tolist():
        here = np.flatnonzero((home == (dimension, tag)).all(axis=1))
        yield f"{dimension} {tag} 0 {len(here)}\n"
        yield from _rows("%d\n", (here + 1)[:, None])
        yield from _rows("%.12g %.12g %.12g\n", cell.points_um[here] * MM_PER_UM)
    yield "$EndNodes\n"


def _elements(cell: UnitCell) -> Iterator[str]:
    blocks = [(2, k, TRIANGLE, cell.triangles[cell.surface == k]) for k in range(len(SURFACES))]
    blocks += [(3, k, TETRAHEDRON, cell.tetrahedra[cell.volume == k]) for k in range(len(VOLUMES))]
    blocks = [block for block in blocks if len(block[3])]
    size, first = sum(len(block[3]) for block in blocks), 1
    yield f"$Elements\n{len(blocks)} {size} 1 {size}\n"
    for dimension, k, kind, elements in blocks:
        yield f"{dimension} {k + 1} {kind} {len(elements)}\n"
        numbers = np.arange(first, first + len(elements))
        yield from _rows("%d" + " %d" * elements.shape[1] + "\n", np.column_stack((numbers, elements + 1)))
        first += len(elements)
    yield "$EndElements\n"


def _periodic(cell: UnitCell) -> Iterator[str]:
    """Sides and their masters: the affine map from the master, then every node with its own."""
    yield f"$Periodic\n{len(OPPOSITE)}\n"
    for axis, (side, master) in enumerate(OPPOSITE.items()):
        shift = [cell.size_um[axis] * MM_PER_UM if axis == k else 0.0 for k in range(3)]
        rows = [[*(1.0 if k == row else 0.0 for k in range(3)), shift[row]] for row in range(3)] + [
            [0.0, 0.0, 0.0, 1.0]
        ]
        pairs = cell.periodic[side]
        yield f"2 {SURFACES.index(side) + 1} {SURFACES.index(master) + 1}\n"
        yield "16 " + " ".join(f"{one:.12g}" for row in rows for one in row) + f"\n{len(pairs)}\n"
        yield from _rows("%d %d\n", pairs + 1)
    yield "$EndPeriodic\n"


def _rows(line: str, table: NDArray[np.generic]) -> Iterator[str]:
    for start in range(0, len(table), ROWS):
        rows = table[start : start + ROWS]
        yield line * len(rows) % tuple(rows.ravel().tolist())
