"""voxelyte: from a battery chemist's idea of an electrolyte film to a printed film.

The public names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voxelyte.contours import ContourSolid, read_solid
    from voxelyte.converting import convert
    from voxelyte.drivers import Progress, connect
    from voxelyte.errors import (
        FormatError,
        LossyExport,
        PrinterConfused,
        PrinterError,
        PrinterRefused,
        PrinterTimeout,
        PrinterUnreachable,
        RecipeError,
        SliceError,
        VoxelyteError,
    )
    from voxelyte.formats import read_job, write_job
    from voxelyte.job import Exposure, Job, Layer, Mask, Provenance
    from voxelyte.layering import plan_layers
    from voxelyte.mesh import mesh_of, write_mesh
    from voxelyte.meshed import MeshSolid, read_mesh
    from voxelyte.outline import DiscOutline, PlateOutline, RectangleOutline
    from voxelyte.preview import write_preview
    from voxelyte.printer import LayerLimits, Motion, Panel, Printer
    from voxelyte.raster import coverage
    from voxelyte.recipes import load_printer, load_recipe, load_resin
    from voxelyte.region import Lattice, Part, Points, Region
    from voxelyte.resin import Resin
    from voxelyte.segments import Segments
    from voxelyte.shapes import Disc, Polygon, Rectangle
    from voxelyte.slicing import slice_solid
    from voxelyte.solids.f_mark import FMarkFilm
    from voxelyte.solids.pillars import PillarFilm
    from voxelyte.solids.planar import PlanarFilm
    from voxelyte.solids.spiral import SpiralFilm

_HOMES = {
    "contours": "ContourSolid read_solid",
    "converting": "convert",
    "drivers": "Progress connect",
    "errors": "FormatError LossyExport PrinterConfused PrinterError PrinterRefused PrinterTimeout PrinterUnreachable "
    "RecipeError SliceError VoxelyteError",
    "formats": "read_job write_job",
    "job": "Exposure Job Layer Mask Provenance",
    "layering": "plan_layers",
    "mesh": "mesh_of write_mesh",
    "meshed": "MeshSolid read_mesh",
    "outline": "DiscOutline PlateOutline RectangleOutline",
    "preview": "write_preview",
    "printer": "LayerLimits Motion Panel Printer",
    "raster": "coverage",
    "recipes": "load_printer load_recipe load_resin",
    "region": "Lattice Part Points Region",
    "resin": "Resin",
    "segments": "Segments",
    "shapes": "Disc Polygon Rectangle",
    "slicing": "slice_solid",
    "solids.f_mark": "FMarkFilm",
    "solids.pillars": "PillarFilm",
    "solids.planar": "PlanarFilm",
    "solids.spiral": "SpiralFilm",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "ContourSolid",
    "Disc",
    "DiscOutline",
    "Exposure",
    "FMarkFilm",
    "FormatError",
    "Job",
    "Lattice",
    "Layer",
    "LayerLimits",
    "LossyExport",
    "Mask",
    "MeshSolid",
    "Motion",
    "Panel",
    "Part",
    "PillarFilm",
    "PlanarFilm",
    "PlateOutline",
    "Points",
    "Polygon",
    "Printer",
    "PrinterConfused",
    "PrinterError",
    "PrinterRefused",
    "PrinterTimeout",
    "PrinterUnreachable",
    "Progress",
    "Provenance",
    "RecipeError",
    "Rectangle",
    "RectangleOutline",
    "Region",
    "Resin",
    "Segments",
    "SliceError",
    "SpiralFilm",
    "VoxelyteError",
    "connect",
    "convert",
    "coverage",
    "load_printer",
    "load_recipe",
    "load_resin",
    "mesh_of",
    "plan_layers",
    "read_job",
    "read_mesh",
    "read_solid",
    "slice_solid",
    "write_job",
    "write_mesh",
    "write_preview",
]


def __getattr__(name: str) -> Any:
    """A public name, from the module that it lives in."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'voxelyte' has no attribute {name!r}")
    return getattr(import_module(f"voxelyte.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
