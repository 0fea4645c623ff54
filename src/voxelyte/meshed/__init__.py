"""Meshes of other programs as solids: STL, 3MF, PLY and OBJ, sliced as a recipe is.

`read_mesh(path)` gives a `MeshSolid`. A section is what its triangles cut from a plane: directed segments that go
straight into the masks. A mesh that does not close is refused, with what is wrong and where, or repaired on request.
"""

from voxelyte.meshed.drawn import SUFFIXES, UNITS, Drawn
from voxelyte.meshed.solid import FLAT_MM2, MeshSolid, read_mesh

__all__ = ["FLAT_MM2", "SUFFIXES", "UNITS", "Drawn", "MeshSolid", "read_mesh"]
