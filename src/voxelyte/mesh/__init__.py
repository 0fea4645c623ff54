"""Meshes of films for other programs: watertight, one body, outward normals.

A mesh is an output and never a station on the way to a mask. `mesh_of(solid)` is in µm;
`write_mesh(solid, path)` writes millimetres, as STL and PLY readers expect.
"""

from voxelyte.mesh.build import SAGITTA_UM, mesh_of
from voxelyte.mesh.write import SUFFIXES, write_mesh

__all__ = ["SAGITTA_UM", "SUFFIXES", "mesh_of", "write_mesh"]
