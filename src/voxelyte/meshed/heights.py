"""Heights of a mesh on the 1 nm grid, and the flat faces that a layer plan must meet.

A mesh holds a height as a number near it: 0.075 mm as a 32-bit number is 0.0750000030. Triangles whose corners lie
within that rounding of one height are level; levels of enough area are read as the shortest decimal that the number
stands for, and every corner there is put on it. Other corners stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from voxelyte.meshed.drawn import UNITS, Drawn

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heights:
    """Each point's height above the lowest one, and those of the levels, in nm; `moved_nm` is how far any point was put."""

    z_um: Floats
    levels_nm: tuple[int, ...]
    moved_nm: float

    def notes(self, drawn: Drawn) -> tuple[str, ...]:
        """What was done to heights."""
        if self.moved_nm < 1e-3:
            return ()
        why = "32-bit numbers" if drawn.single else "numbers"
        count = len(self.levels_nm)
        return (
            f"heights are {why}: those of {count} levels were put on the 1 nm grid, by at most {self.moved_nm:.2g} nm",
        )


def heights_of(drawn: Drawn, flat_um2: float) -> Heights:
    """Bottom, top, and between them the level faces of at least `flat_um2` at one height."""
    z, nm_per = drawn.points[:, 2], UNITS[drawn.unit or "mm"]
    exact, levels, moved = z * nm_per, set[int](), 0.0
    for level in _with_ends(_flat(drawn, flat_um2), z, drawn.grain):
        nm, at = _nm(level.value, drawn.single, nm_per), (z >= level.low) & (z <= level.high)
        moved = max(moved, float(np.abs(exact[at] - nm).max()))
        exact[at] = nm
        levels.add(nm)
    bottom, top = min(levels), max(levels)
    z_um = (exact - bottom).clip(0, top - bottom) / 1000
    return Heights(z_um, tuple(sorted(nm - bottom for nm in levels)), moved)


@dataclass(frozen=True)
class _Level:
    """Numbers of a file, from least to greatest, that stand for one height, and the one that most of it has."""

    low: float
    high: float
    value: float


def _flat(drawn: Drawn, flat_um2: float) -> list[_Level]:
    """Heights at which enough lies level."""
    corners = drawn.points[drawn.faces[_level(drawn)]]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    um2 = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2 * (UNITS[drawn.unit or "mm"] / 1000) ** 2
    z, which = np.unique(corners[..., 2].ravel(), return_inverse=True)
    if not len(z):
        return []
    area = np.bincount(which.ravel(), weights=np.repeat(um2 / 3, 3))
    start = np.flatnonzero(np.diff(z, prepend=-np.inf) > drawn.grain)
    ends = [*start[1:].tolist(), len(z)]
    runs = [(z[a:b], area[a:b]) for a, b in zip(start.tolist(), ends, strict=True) if area[a:b].sum() >= flat_um2]
    return [_Level(float(at[0]), float(at[-1]), float(at[size.argmax()])) for at, size in runs]


def _with_ends(levels: list[_Level], z: Floats, grain: float) -> list[_Level]:
    """The levels, with the lowest and the highest point: on a level that they lie on but for the rounding, or for themselves."""
    for end in (float(z.min()), float(z.max())):
        near = [one for one in levels if one.low - grain <= end <= one.high + grain]
        kept = [one for one in levels if one not in near]
        value = near[0].value if near else end
        levels = [*kept, _Level(min([end, *(one.low for one in near)]), max([end, *(one.high for one in near)]), value)]
    return levels


def _level(drawn: Drawn) -> NDArray[np.intp]:
    """Triangles whose corners have one height, but for the rounding."""
    a, b, c = drawn.points[:, 2][drawn.faces.T]
    spread = np.maximum(np.maximum(a, b), c) - np.minimum(np.minimum(a, b), c)
    return np.flatnonzero(spread <= drawn.grain)


def _nm(value: float, single: bool, nm_per: int) -> int:
    """A file's number as the shortest decimal that it stands for, to the nm."""
    text = str(np.float32(value)) if single else repr(value)
    return round(Decimal(text) * nm_per)
