"""Curves of a DXF as chords: arcs between corners with bulges, and curves that are known point by point."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import asin, atan, ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import RecipeError
from voxelyte.outline.joined import MAX_POINTS
from voxelyte.shapes import Ring

Floats = NDArray[np.float64]

QUARTERS = np.array([0.25, 0.5, 0.75])
NEAR = 0.9
"""Share of the sagitta that is used where a piece is only looked at in its quarters."""


def flattened(corners: Floats, closed: bool, sagitta: float) -> Ring:
    """Points, float64[m, 2], along corners of x, y and bulge, float64[n, 3]; a closed line ends where it begins.

    A bulge is the tangent of a quarter of the arc's angle, above 0 where the arc turns counter-clockwise. Chords leave
    the arcs by at most `sagitta`, in the unit of the corners; they begin and end in the corners to the bit.
    """
    if closed and len(corners):
        corners = np.concatenate((corners, corners[:1]))
    pieces = [corners[:1, :2]]
    for start, end in pairwise(corners):
        pieces += [_between(start[:2], end[:2], float(start[2]), sagitta), end[None, :2]]
    return np.concatenate(pieces)


def _between(start: Floats, end: Floats, bulge: float, sagitta: float) -> Floats:
    """The corners of an arc between its ends; none where the arc leaves its chord by no more than `sagitta`."""
    half = (end - start) / 2
    length = float(np.hypot(*half))
    if abs(bulge) * length <= sagitta:
        return np.zeros((0, 2))
    radius = length * (1 / abs(bulge) + abs(bulge)) / 2
    turn = 4 * atan(bulge)
    number = abs(turn) / (4 * asin(min(0.5, sqrt(sagitta / (2 * radius)))))
    if not number <= MAX_POINTS:
        raise RecipeError(f"draws more than {MAX_POINTS} points; a larger sagitta_um makes fewer")
    to_centre = np.array((-half[1], half[0])) * (1 / bulge - bulge) / 2
    angles = np.linspace(0, turn, max(2, ceil(number)) + 1)[1:-1, None]
    x, y = (-half - to_centre).T
    spoke = np.hstack((x * np.cos(angles) - y * np.sin(angles), x * np.sin(angles) + y * np.cos(angles)))
    return np.asarray(start + half + to_centre + spoke)


def finely(curve: Callable[[Floats], Floats], at: Floats, sagitta: float) -> Floats:
    """Points, float64[m, k], of a curve from the first to the last of the parameters `at`, which split it into smooth pieces.

    Pieces are halved until their chords leave them by at most `sagitta`. They are looked at in their quarters: in the
    middle alone a piece that bends one way and then the other looks straight.
    """
    at = np.interp(np.arange(4 * len(at) - 3) / 4, np.arange(len(at)), at)
    done = np.zeros(len(at) - 1, dtype=bool)
    while not done.all():
        left = np.flatnonzero(~done)
        inner = at[left, None] + np.diff(at)[left, None] * QUARTERS
        start, end = curve(at[left]), curve(at[left + 1])
        off = _off(curve(inner.ravel()).reshape(len(left), 3, -1), start, end)
        bent = left[~(off <= NEAR * sagitta)]
        if len(at) + len(bent) > MAX_POINTS:
            raise RecipeError(f"draws more than {MAX_POINTS} points; a larger sagitta_um makes fewer")
        done[left] = True
        done[bent] = False
        at = np.insert(at, bent + 1, (at[bent] + at[bent + 1]) / 2)
        done = np.insert(done, bent + 1, False)
    return curve(at)


def _off(points: Floats, start: Floats, end: Floats) -> Floats:
    """How far the points of each piece, float64[n, 3, k], at most lie from its chord."""
    chord = (end - start)[:, None, :]
    along = ((points - start[:, None, :]) * chord).sum(axis=2) / np.maximum((chord**2).sum(axis=2), 1e-300)
    nearest = start[:, None, :] + along.clip(0, 1)[..., None] * chord
    return np.asarray(np.linalg.norm(points - nearest, axis=2).max(axis=1))
