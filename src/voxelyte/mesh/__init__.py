"""Meshes of films for other programs: watertight, normals outward; and the periodic cell of a film for simulation.

A mesh is an output and never a station on the way to a mask. `mesh_of(solid)` is in µm; `write_mesh(solid, path)`
writes millimetres, as STL, PLY and 3MF readers expect, and so does `write_unit_cell(solid, path)`.
"""

from voxelyte.mesh.build import MESH_SAGITTA_UM
from voxelyte.mesh.cell_layers import SURFACES, VOLUMES
from voxelyte.mesh.compose import mesh_of, surface_of
from voxelyte.mesh.msh import write_unit_cell
from voxelyte.mesh.surface import Surface
from voxelyte.mesh.unit_cell import UnitCell, unit_cell
from voxelyte.mesh.write import SUFFIXES, Written, write_mesh

__all__ = [
    "MESH_SAGITTA_UM",
    "SUFFIXES",
    "SURFACES",
    "VOLUMES",
    "Surface",
    "UnitCell",
    "Written",
    "mesh_of",
    "surface_of",
    "unit_cell",
    "write_mesh",
    "write_unit_cell",
]
