"""What a mesh file says: points, triangles and the unit, before anybody has judged it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError, RecipeError, unknown
from voxelyte.sorting import sorted_places

Points = NDArray[np.float64]
Triangles = NDArray[np.int64]

UNITS = {
    "nm": 1,
    "um": 1_000,
    "mm": 1_000_000,
    "cm": 10_000_000,
    "inch": 25_400_000,
    "foot": 304_800_000,
    "m": 1_000_000_000,
}
"""Nanometres in a unit."""

_READERS = {".stl": "stl", ".3mf": "three_mf", ".ply": "ply", ".obj": "obj"}
SUFFIXES = tuple(_READERS)

MAX_BYTES = 2**31
"""Largest file, and largest model within a 3MF, that is read."""
MAX_TRIANGLES = 50_000_000
"""Nine whole plates of 16-sided pillars."""
MAX_MM = 10_000.0
"""No coordinate lies farther out: there even 64-bit numbers are coarse against the 1 nm grid."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Triangles of a file, counter-clockwise seen from outside. `points` is float64[m, 3] in `unit`, `faces` int64[n, 3].

    `unit` is None where the file states none. `single`: the file holds 32-bit numbers, so that 0.075 is the nearest
    of them to 0.075.
    """

    points: Points
    faces: Triangles
    unit: str | None = None
    single: bool = False
    notes: tuple[str, ...] = ()

    def welded(self) -> Drawn:
        """The same with equal points, to the bit, made one; all must be finite."""
        points = self.points + 0.0  # -0.0 is 0.0
        first, which = _equal(points)
        return replace(self, points=points[first], faces=which[self.faces])

    @property
    def grain(self) -> float:
        """How far numbers of this size are rounded, in the file's unit; at least 1 nm."""
        largest = float(np.abs(self.points).max()) if len(self.points) else 0.0
        return max(1 / UNITS[self.unit or "mm"], float(np.spacing(np.float32(largest))) if self.single else 0.0)


def read_drawn(path: Path, unit: str | None = None) -> Drawn:
    """What the file says. `unit` is for files that state none, which are in mm without it; FormatError names the file."""
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise FormatError(unknown("mesh format", suffix, SUFFIXES))
    if unit is not None and unit not in UNITS:
        raise RecipeError(unknown("unit", unit, UNITS))
    read: Callable[[Path], Drawn] = import_module(f"voxelyte.meshed.{_READERS[suffix]}").read
    try:
        drawn = _bounded(path, read)
    except FormatError as fault:
        raise FormatError(f"{path.name}: {fault}") from None
    if drawn.unit is not None and unit not in (None, drawn.unit):
        raise RecipeError(f"unit={unit!r}: {path.name} states its own, {drawn.unit}")
    _refuse_far(path, drawn, unit)
    if drawn.unit is None and unit is None:
        note = f"{path.name} states no unit: its numbers are taken as mm (--unit changes that)"
        return replace(drawn, unit="mm", notes=(note, *drawn.notes))
    return replace(drawn, unit=drawn.unit or unit)


def _refuse_far(path: Path, drawn: Drawn, unit: str | None) -> None:
    far = float(np.abs(drawn.points[np.isfinite(drawn.points)]).max(initial=0.0))
    known = drawn.unit or unit or "mm"
    if far > MAX_MM * UNITS["mm"] / UNITS[known]:
        raise FormatError(f"{path.name}: reaches {far:g} {known} from its origin; must not exceed {MAX_MM:g} mm")


def within(faces: Triangles, count: int) -> Triangles:
    """The triangles, if all their corners are of `count` points; FormatError names the first that is not."""
    wrong = faces[(faces < 0) | (faces >= count)]
    if len(wrong):
        raise FormatError(f"a triangle names point {wrong[0]}, counted from 0, of {count}")
    return faces


def _bounded(path: Path, read: Callable[[Path], Drawn]) -> Drawn:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FormatError(f"{size} bytes must be at most {MAX_BYTES}")
        drawn = read(path)
    except OSError as fault:
        raise FormatError(f"cannot be read: {fault.strerror}") from None
    if not 0 < len(drawn.faces) <= MAX_TRIANGLES:
        raise FormatError(f"{len(drawn.faces)} triangles must be 1 to {MAX_TRIANGLES}")
    return drawn


MANY = 2**20
"""Points from which keys need all their bits, or two points that differ would have one key too often."""

_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], dtype=np.uint64)


def _equal(points: Points) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Index of the first of each set of equal points, and which set each point is of."""
    key = np.zeros(len(points), dtype=np.uint64)
    for axis, factor in zip(points.T, _FACTORS, strict=True):
        key = (key + np.ascontiguousarray(axis).view(np.uint64)) * factor
        key ^= key >> np.uint64(31)
    bits = 63 - len(points).bit_length() if len(points) < MANY else 63
    hashed, order = sorted_places((key >> np.uint64(64 - bits)).astype(np.int64), 2**bits - 1)
    new = np.diff(hashed, prepend=-1) != 0
    first = order[new]
    which = np.zeros(len(points), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    if (points[first[which]] == points).all():
        return first, which
    # Two different points have one key, which is as likely as it sounds: the slow way knows no keys.
    _, first, which = np.unique(points, axis=0, return_index=True, return_inverse=True)
    return first, which.reshape(-1).astype(np.int64)
