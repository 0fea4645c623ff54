"""Outlines of a film, centred on the plate: a disc, a rectangle, a polygon, a drawing, or the whole build plate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from voxelyte.errors import RecipeError
from voxelyte.outline.clip import clipped, copies
from voxelyte.outline.coin import CoinOutline
from voxelyte.outline.corners import PolygonOutline
from voxelyte.outline.drawing import FileOutline
from voxelyte.outline.rectangle import PlateOutline, RectangleOutline
from voxelyte.outline.room import EDGE_SAGITTA_UM, TOUCH, DrawnOutline, Floats, figure_of, of_polygon
from voxelyte.outline.round import DiscOutline
from voxelyte.outline.rounded import RoundedRectangle
from voxelyte.outline.without import Without
from voxelyte.region import Part, Region

__all__ = [
    "EDGE_SAGITTA_UM",
    "TOUCH",
    "CoinOutline",
    "DiscOutline",
    "DrawnOutline",
    "FileOutline",
    "Floats",
    "Outline",
    "PlateOutline",
    "PolygonOutline",
    "RectangleOutline",
    "RoundedRectangle",
    "Without",
    "clipped",
    "copies",
    "drawn",
    "figure_of",
    "of_polygon",
    "region_of",
]

AnyOutline = DiscOutline | CoinOutline | RectangleOutline | PolygonOutline | FileOutline | PlateOutline
Outline = Annotated[AnyOutline, Field(discriminator="shape")]


def drawn(outline: AnyOutline) -> DrawnOutline:
    """The outline, if it has a size; a plate must be resolved by a printer first."""
    if isinstance(outline, PlateOutline):
        raise RecipeError("outline.shape='plate' needs a printer: outline.on(panel.size_um)")
    return outline


def region_of(outline: DrawnOutline) -> Region:
    """The outline filled."""
    return Region((Part(outline.figure),))
