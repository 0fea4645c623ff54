"""Meshes of what is made of others: the films of a plate side by side, two halves back to back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from voxelyte.solids import Sections
from voxelyte.solids.plate import Plate
from voxelyte.solids.symmetric import Assembled

Floats = NDArray[np.float64]
Drawn = tuple[Floats, NDArray[np.int64]]
"""Points in µm, and triangles by point number."""


def composed(solid: Plate | Assembled, drawn: Callable[[Sections], Drawn]) -> Drawn:
    """A closed surface of closed ones; `drawn` gives that of a film. Equal films are drawn once."""
    return _back_to_back(solid, drawn) if isinstance(solid, Assembled) else _side_by_side(solid, drawn)


def _side_by_side(plate: Plate, drawn: Callable[[Sections], Drawn]) -> Drawn:
    known: dict[int, Drawn] = {}
    points, faces, first = list[Floats](), list[NDArray[np.int64]](), 0
    for piece in plate.pieces:
        if id(piece.solid) not in known:
            known[id(piece.solid)] = drawn(piece.solid)
        own, triangles = known[id(piece.solid)]
        points.append(own + np.array((*piece.offset, 0.0)))
        faces.append(triangles + first)
        first += len(own)
    return np.concatenate(points), np.concatenate(faces)


def _back_to_back(whole: Assembled, drawn: Callable[[Sections], Drawn]) -> Drawn:
    """The half and its reflection share the points of the back, which is no surface any more."""
    points, faces = drawn(whole.half)
    on_back = points[:, 2] == 0
    kept = faces[~on_back[faces].all(axis=1)]
    number = np.where(on_back, np.arange(len(points)), len(points) + np.cumsum(~on_back) - 1)
    middle = np.array((0.0, 0.0, whole.middle_um))
    below = points[~on_back] * (1.0, 1.0, -1.0) + middle
    return np.concatenate((points + middle, below)), np.concatenate((kept, number[kept][:, ::-1]))
