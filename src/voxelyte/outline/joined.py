"""Lines of a drawing to one outline: ends joined, the largest ring outside, the others holes in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import RecipeError
from voxelyte.outline.sound import fault
from voxelyte.shapes import Ring, ring_area

JOIN_MM = 0.001
"""Ends of lines that lie within a micrometre of each other are one point."""
MAX_LINES = 5_000
MAX_POINTS = 200_000
MAX_MM = 10_000.0


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a file draws: lines of points in mm, float64[n, 2] each; those in `closed` end where they begin."""

    closed: list[Ring]
    open: list[Ring]


def outline_of(drawing: Drawing) -> list[Ring]:
    """The outer ring and its holes, in mm as drawn. RecipeError with the place, in mm, where that is no outline."""
    _bounded([*drawing.closed, *drawing.open])
    rings = [_distinct(ring) for ring in drawing.closed] + _joined(drawing.open)
    if not rings:
        raise RecipeError("draws no closed outline")
    outer, *holes = sorted(rings, key=lambda ring: -abs(ring_area(ring)))
    wrong = next((said for ring in rings if (said := fault(ring, unit="mm"))), None) or fault(outer, holes, unit="mm")
    if wrong:
        raise RecipeError(wrong)
    return [outer, *holes]


def _bounded(lines: list[Ring]) -> None:
    if len(lines) > MAX_LINES:
        raise RecipeError(f"draws {len(lines)} lines; must not exceed {MAX_LINES}")
    if sum(map(len, lines)) > MAX_POINTS:
        raise RecipeError(f"draws more than {MAX_POINTS} points; a larger sagitta_um makes fewer")
    for line in lines:
        if not (np.isfinite(line).all() and np.abs(line).max(initial=0.0) <= MAX_MM):
            raise RecipeError(f"draws beyond {MAX_MM:g} mm")


def _distinct(ring: Ring) -> Ring:
    """Without points that follow themselves, and without the first one again at the end."""
    return np.asarray(ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)])


def _joined(lines: list[Ring]) -> list[Ring]:
    """Rings of lines that meet end to end; RecipeError at an end that meets none, or more than one."""
    left = [line for line in lines if len(line) > 1]
    if not left:
        return []
    ends = np.array([(line[0], line[-1]) for line in left])
    free, rings = np.ones(len(left), dtype=bool), []
    for first in range(len(left)):
        if free[first]:
            rings.append(_distinct(_chain(left, ends, free, first)))
    return rings


def _chain(lines: list[Ring], ends: NDArray[np.float64], free: NDArray[np.bool_], first: int) -> Ring:
    """The ring that begins with line `first`; what it takes is no longer free."""
    free[first] = False
    chain, at = [lines[first]], lines[first][-1]
    while np.hypot(*(at - chain[0][0])) > JOIN_MM:
        near = (np.hypot(*(ends - at).transpose(2, 0, 1)) <= JOIN_MM) & free[:, None]
        which, end = np.nonzero(near)
        if len(which) != 1:
            said = "the outline is open" if not len(which) else f"{len(which) + 1} lines meet"
            raise RecipeError(f"{said} at x={at[0]:g}, y={at[1]:g} mm")
        line = lines[which[0]]
        chain.append(line if end[0] == 0 else line[::-1])
        free[which[0]], at = False, chain[-1][-1]
    return np.concatenate([line[:-1] for line in chain])
