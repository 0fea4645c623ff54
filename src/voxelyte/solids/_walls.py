"""What films of walls that leave holes share: the walls go up to the margin, and an opening lies in the middle."""

from __future__ import annotations

from math import cos, radians, sin
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from voxelyte.errors import RecipeError
from voxelyte.outline import DiscOutline, DrawnOutline, RectangleOutline, figure_of
from voxelyte.region import Lattice, Places, Points
from voxelyte.shapes import Disc, Rectangle, Ring, Shape

Floats = NDArray[np.float64]
Turn = Annotated[
    float,
    Field(ge=-360, le=360, strict=True, allow_inf_nan=False, description="All turned counter-clockwise, in degrees."),
]

MAX_HOLES = 2_000_000
"""Openings accepted: twenty whole plates of the paper's lattice."""

WALL_SAGITTA_UM = 0.01
"""Discs and straight edges are exact; round corners are drawn this fine."""


def inset(outline: DrawnOutline, margin_um: float) -> Shape:
    """All of an outline that is at least `margin_um` from its edge. Raises RecipeError where nothing is."""
    room = outline.inset(margin_um)
    if isinstance(room, DiscOutline | RectangleOutline) and isinstance(room.figure, Disc | Rectangle):
        return room.figure
    return figure_of([room.polygon(WALL_SAGITTA_UM)])


def crossings(x_um: tuple[float, float], y_um: tuple[float, float], reach_um: float, turn_deg: float) -> Places:
    """A lattice from `x_um` and `y_um`, each (first, pitch), as far as `reach_um` each way from the middle; turned about it."""
    x, y = (_line(first, pitch, reach_um) for first, pitch in (x_um, y_um))
    if len(x) * len(y) > MAX_HOLES:
        raise RecipeError(f"{len(x)} x {len(y)} openings; must not exceed {MAX_HOLES}")
    lattice = Lattice(x, y, np.ones((len(y), len(x)), dtype=bool))
    return lattice if turn_deg == 0 else Points(turned(lattice.at_um, turn_deg))


def turned(points: Ring, turn_deg: float) -> Ring:
    """Points turned counter-clockwise about the middle."""
    c, s = cos(radians(turn_deg)), sin(radians(turn_deg))
    return np.asarray(points @ np.array([[c, s], [-s, c]]))


def _line(first_um: float, pitch_um: float, reach_um: float) -> Floats:
    number = np.arange(np.ceil((-reach_um - first_um) / pitch_um), np.floor((reach_um - first_um) / pitch_um) + 1)
    return np.asarray(first_um + number * pitch_um, dtype=np.float64)


def reach(shape: Shape) -> float:
    """Radius of a circle around the middle that holds a shape."""
    x0, y0, x1, y1 = shape.bounds_um
    return shape.radius_um if isinstance(shape, Disc) else float(np.hypot(max(-x0, x1), max(-y0, y1)))
