"""voxelyte: from a battery chemist's idea of an electrolyte film to a printed film.

The public names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voxelyte.arrays.free import Calculated, Concentric, Listed, Random, Sunflower
    from voxelyte.arrays.lattices import Hexagonal, Square, Staggered
    from voxelyte.arrays.sizes import Graded
    from voxelyte.contours import ContourSolid, read_solid
    from voxelyte.converting import convert
    from voxelyte.cross_section import DiscSection, HexagonSection, PolygonSection, SquareSection, StarSection
    from voxelyte.dressing import Frame, Label, Notch, Tab
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
    from voxelyte.mesh import mesh_of, unit_cell, write_mesh, write_unit_cell
    from voxelyte.meshed import MeshSolid, read_mesh
    from voxelyte.outline import (
        CoinOutline,
        DiscOutline,
        FileOutline,
        PlateOutline,
        PolygonOutline,
        RectangleOutline,
        clipped,
    )
    from voxelyte.pillar_form import PillarForm
    from voxelyte.pixel_grid import PixelGrid
    from voxelyte.pixels import pixels_of, snapped
    from voxelyte.preview import write_preview
    from voxelyte.printer import LayerLimits, Motion, Panel, Printer
    from voxelyte.raster import coverage
    from voxelyte.recipes import load_printer, load_recipe, load_resin
    from voxelyte.region import Lattice, Part, Points, Region
    from voxelyte.resin import Resin
    from voxelyte.segments import Segments
    from voxelyte.shapes import Disc, Polygon, Rectangle, Rings
    from voxelyte.slicing import slice_solid
    from voxelyte.solids.dose_pads import DosePadsFilm
    from voxelyte.solids.dot_array import DotArrayFilm
    from voxelyte.solids.f_mark import FMarkFilm
    from voxelyte.solids.grid import GridFilm
    from voxelyte.solids.honeycomb import HoneycombFilm
    from voxelyte.solids.line_ladder import LineLadderFilm
    from voxelyte.solids.pillars import PillarFilm
    from voxelyte.solids.pixel_checker import PixelCheckerFilm
    from voxelyte.solids.planar import PlanarFilm
    from voxelyte.solids.plate import Placed, Plate, Wish
    from voxelyte.solids.rings import RingsFilm
    from voxelyte.solids.siemens_star import SiemensStarFilm
    from voxelyte.solids.spiral import SpiralFilm
    from voxelyte.solids.vernier import VernierFilm
    from voxelyte.tables import write_table

_HOMES = {
    "arrays.free": "Calculated Concentric Listed Random Sunflower",
    "arrays.lattices": "Hexagonal Square Staggered",
    "arrays.sizes": "Graded",
    "contours": "ContourSolid read_solid",
    "converting": "convert",
    "cross_section": "DiscSection HexagonSection PolygonSection SquareSection StarSection",
    "dressing": "Frame Label Notch Tab",
    "drivers": "Progress connect",
    "errors": "FormatError LossyExport PrinterConfused PrinterError PrinterRefused PrinterTimeout "
    "PrinterUnreachable RecipeError SliceError VoxelyteError",
    "formats": "read_job write_job",
    "job": "Exposure Job Layer Mask Provenance",
    "layering": "plan_layers",
    "mesh": "mesh_of unit_cell write_mesh write_unit_cell",
    "meshed": "MeshSolid read_mesh",
    "outline": "CoinOutline DiscOutline FileOutline PlateOutline PolygonOutline RectangleOutline clipped",
    "pillar_form": "PillarForm",
    "pixel_grid": "PixelGrid",
    "pixels": "pixels_of snapped",
    "preview": "write_preview",
    "printer": "LayerLimits Motion Panel Printer",
    "raster": "coverage",
    "recipes": "load_printer load_recipe load_resin",
    "region": "Lattice Part Points Region",
    "resin": "Resin",
    "segments": "Segments",
    "shapes": "Disc Polygon Rectangle Rings",
    "slicing": "slice_solid",
    "solids.dose_pads": "DosePadsFilm",
    "solids.dot_array": "DotArrayFilm",
    "solids.f_mark": "FMarkFilm",
    "solids.grid": "GridFilm",
    "solids.honeycomb": "HoneycombFilm",
    "solids.line_ladder": "LineLadderFilm",
    "solids.pillars": "PillarFilm",
    "solids.pixel_checker": "PixelCheckerFilm",
    "solids.planar": "PlanarFilm",
    "solids.plate": "Placed Plate Wish",
    "solids.rings": "RingsFilm",
    "solids.siemens_star": "SiemensStarFilm",
    "solids.spiral": "SpiralFilm",
    "solids.vernier": "VernierFilm",
    "tables": "write_table",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Calculated",
    "CoinOutline",
    "Concentric",
    "ContourSolid",
    "Disc",
    "DiscOutline",
    "DiscSection",
    "DosePadsFilm",
    "DotArrayFilm",
    "Exposure",
    "FMarkFilm",
    "FileOutline",
    "FormatError",
    "Frame",
    "Graded",
    "GridFilm",
    "HexagonSection",
    "Hexagonal",
    "HoneycombFilm",
    "Job",
    "Label",
    "Lattice",
    "Layer",
    "LayerLimits",
    "LineLadderFilm",
    "Listed",
    "LossyExport",
    "Mask",
    "MeshSolid",
    "Motion",
    "Notch",
    "Panel",
    "Part",
    "PillarFilm",
    "PillarForm",
    "PixelCheckerFilm",
    "PixelGrid",
    "Placed",
    "PlanarFilm",
    "Plate",
    "PlateOutline",
    "Points",
    "Polygon",
    "PolygonOutline",
    "PolygonSection",
    "Printer",
    "PrinterConfused",
    "PrinterError",
    "PrinterRefused",
    "PrinterTimeout",
    "PrinterUnreachable",
    "Progress",
    "Provenance",
    "Random",
    "RecipeError",
    "Rectangle",
    "RectangleOutline",
    "Region",
    "Resin",
    "Rings",
    "RingsFilm",
    "Segments",
    "SiemensStarFilm",
    "SliceError",
    "SpiralFilm",
    "Square",
    "SquareSection",
    "Staggered",
    "StarSection",
    "Sunflower",
    "Tab",
    "VernierFilm",
    "VoxelyteError",
    "Wish",
    "clipped",
    "connect",
    "convert",
    "coverage",
    "load_printer",
    "load_recipe",
    "load_resin",
    "mesh_of",
    "pixels_of",
    "plan_layers",
    "read_job",
    "read_mesh",
    "read_solid",
    "slice_solid",
    "snapped",
    "unit_cell",
    "write_job",
    "write_mesh",
    "write_preview",
    "write_table",
    "write_unit_cell",
]


def __getattr__(name: str) -> Any:
    """A public name, from the module that it lives in."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'voxelyte' has no attribute {name!r}")
    return getattr(import_module(f"voxelyte.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
