"""Measures of a mesh above a height: what of its surface is neither floor nor top."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.meshed.planes import Planes

Floats = NDArray[np.float64]

LEVEL = 1e-6
"""Triangles that lean less than this are level: their height over their length."""


def wall_above_um2(planes: Planes, z_um: float) -> float:
    """Area above a height of all triangles that are not level."""
    rising = np.flatnonzero((planes.high_um > z_um) & (planes.high_um > planes.low_um))
    corners = planes.points_um[planes.faces[rising]]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    size = np.ptp(corners[..., :2], axis=1).max(axis=1)
    walls = np.ptp(corners[..., 2], axis=1) > LEVEL * size
    return float((area * _above(corners[..., 2], z_um))[walls].sum())


def _above(z: Floats, z_um: float) -> Floats:
    """The part of each triangle that is above a height, by the heights of its corners, float64[n, 3]."""
    low, middle, high = np.sort(z, axis=1).T
    upper, lower = np.where(high > middle, high - middle, 1.0), np.where(middle > low, middle - low, 1.0)
    tip = (high - z_um) ** 2 / ((high - low) * upper)
    foot = (z_um - low) ** 2 / ((high - low) * lower)
    return np.where(z_um <= low, 1.0, np.where(z_um < middle, 1 - foot, tip))


def still(planes: Planes, levels_um: tuple[float, ...], lean_um: float) -> NDArray[np.bool_]:
    """For each slab between two levels, whether only walls cross it that are upright: that lean by at most `lean_um` in all."""
    levels = np.asarray(levels_um)
    x, y, z = (np.ascontiguousarray(axis) for axis in planes.points_um.T)
    (ax, bx, cx), (ay, by, cy), (az, bz, cz) = (axis[planes.faces.T] for axis in (x, y, z))
    bx, cx, by, cy, bz, cz = bx - ax, cx - ax, by - ay, cy - ay, bz - az, cz - az
    height = planes.high_um - planes.low_um
    across = np.hypot(by * cz - bz * cy, bz * cx - bx * cz)
    which = np.flatnonzero((np.abs(bx * cy - by * cx) * height > lean_um * across) | (height == 0))
    first = np.searchsorted(levels, planes.low_um[which], side="right") - 1
    last = np.searchsorted(levels, planes.high_um[which], side="left") - 1
    touched = np.zeros(len(levels), dtype=np.int64)
    real = first <= last
    np.add.at(touched, first[real], 1)
    np.add.at(touched, last[real] + 1, -1)
    return np.asarray(np.cumsum(touched)[:-1] == 0)
