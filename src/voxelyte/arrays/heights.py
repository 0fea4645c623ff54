"""Heights of an array on the 1 nm grid: each distinct one is a level, so they are few, and rounded only in stated steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.arrays.room import Floats
from voxelyte.errors import SliceError
from voxelyte.heights import to_nm

MOST_HEIGHTS = 200
"""Distinct heights that are accepted in one film."""


def heights_nm(given_um: Floats, at_um: Floats, step_um: float | None) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """int64[n]: the heights, and what there is to be said of them. With a step each is the nearest multiple, the higher of two."""
    told: tuple[str, ...] = ()
    if step_um is None:
        height = _exact(given_um, at_um)
    else:
        try:
            step = to_nm(step_um, "height_step_um")
        except SliceError as fault:
            raise ValueError(str(fault)) from None
        height = (np.floor(given_um * 1000 / step + 0.5) * step).astype(np.int64)
        _refuse(height <= 0, given_um, at_um, f"must be at least half of height_step_um={step_um:g}")
        told = _told(given_um, height, step_um)
    levels = len(np.unique(height))
    if levels > MOST_HEIGHTS:
        law = f"each is a level of its own; must not exceed {MOST_HEIGHTS}: height_step_um makes them fewer"
        raise ValueError(f"height_um gives {levels} distinct heights, {law}")
    return height, told


def _exact(given_um: Floats, at_um: Floats) -> NDArray[np.int64]:
    nearest = np.rint(given_um * 1000)
    # As in heights.to_nm: decimal µm are not exact in binary.
    off = np.abs(given_um * 1000 - nearest) > 1e-6 * np.maximum(1.0, nearest * 1e-6)
    _refuse(off, given_um, at_um, "must lie on the 1 nm grid (0.001 µm); height_step_um rounds to steps")
    return np.asarray(nearest.astype(np.int64))


def _refuse(wrong: NDArray[np.bool_], given_um: Floats, at_um: Floats, law: str) -> None:
    """The first that is wrong, with its place."""
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        x, y = at_um[first]
        raise ValueError(f"height_um={float(given_um[first])!r} at x_um={x:g}, y_um={y:g} {law}")


def _told(given_um: Floats, height: NDArray[np.int64], step_um: float) -> tuple[str, ...]:
    off = float(np.abs(given_um - height / 1000).max(initial=0.0))
    if off < 1e-6:
        return ()
    levels = len(np.unique(height))
    return (f"heights are rounded to steps of {step_um:g} µm, by at most {off:.3g} µm: {levels} levels",)
