"""Arrays that are no endless lattice: rings, a sunflower, random places, listed ones, and those of a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import asin, cos, floor, pi, radians, sin, sqrt
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PrivateAttr, ValidationInfo, model_validator

from voxelyte.arrays.lattices import Angle, Point
from voxelyte.arrays.room import Floats, Room, bounded
from voxelyte.arrays.sizes import MOST_EACH, listed
from voxelyte.arrays.table import Table, read_table
from voxelyte.errors import RecipeError
from voxelyte.region import Bounds
from voxelyte.values import Text, Value

GOLDEN = pi * (3 - sqrt(5))
"""The golden angle, 137.5°."""

Whole = Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)]
Number = Annotated[int, Field(ge=1, le=10_000_000, strict=True)]
PointList = Annotated[tuple[Point, ...], Field(max_length=MOST_EACH)]


class Movable(Value):
    """What can be moved: turned by `turn_deg`, counter-clockwise, around its own origin, which comes to lie at `origin_um` (x, y)."""

    turn_deg: Angle = 0.0
    origin_um: Point = (0.0, 0.0)

    def moved(self, at_um: Floats) -> Floats:
        """The points as they stand on the plate."""
        if self.turn_deg:
            cos_, sin_ = cos(radians(self.turn_deg)), sin(radians(self.turn_deg))
            at_um = at_um @ np.array([[cos_, sin_], [-sin_, cos_]])
        return np.asarray(at_um + np.array(self.origin_um))

    def farthest_um(self, room: Room) -> float:
        """From the origin to the farthest corner of the room."""
        x0, y0, x1, y1 = room.bounds_um
        x, y = self.origin_um
        return sqrt(max(abs(x0 - x), abs(x1 - x)) ** 2 + max(abs(y0 - y), abs(y1 - y)) ** 2)


class Concentric(Movable):
    """A place at the origin and rings around it, `pitch_um` apart, on each as many places as stand `pitch_um` apart."""

    spaced: ClassVar[str] = "lattice"
    kind: Literal["concentric"] = "concentric"

    def points(self, pitch_um: float, room: Room, reach_um: float, beyond_um: float = 0.0) -> Floats:
        """float64[n, 2]: ring by ring, outwards."""
        number = floor((self.farthest_um(room) + beyond_um) / pitch_um * (1 + 1e-12)) + 1
        bounded((3 * number, number), f"pitch_um={pitch_um:g}")
        return self.moved(np.concatenate([_ring(k, pitch_um) for k in range(number)]))


def _ring(k: int, pitch_um: float) -> Floats:
    """The k-th ring: chords between neighbours are no shorter than the pitch."""
    count = floor(pi / asin(1 / (2 * k)) + 1e-9) if k else 1
    turn = 2 * pi / count * np.arange(count)
    return k * pitch_um * np.column_stack((np.cos(turn), np.sin(turn)))


class Sunflower(Movable):
    """Places on a spiral, each turned from the last by the golden angle: even, and without rows (Vogel, Math. Biosci. 44 (1979) 179).

    Each has the area pitch_um² to itself, as on a square lattice; the nearest stand 0.87 `pitch_um` apart.
    """

    spaced: ClassVar[str] = "area"
    kind: Literal["sunflower"] = "sunflower"

    def points(self, pitch_um: float, room: Room, reach_um: float, beyond_um: float = 0.0) -> Floats:
        """float64[n, 2]: from the origin outwards."""
        number = floor(pi * ((self.farthest_um(room) + beyond_um) / pitch_um) ** 2) + 1
        bounded((number,), f"pitch_um={pitch_um:g}")
        n = np.arange(number)
        radius = pitch_um / sqrt(pi) * np.sqrt(n + 0.5)
        return self.moved(radius[:, None] * np.column_stack((np.cos(n * GOLDEN), np.sin(n * GOLDEN))))


class Random(Value):
    """Random places: at least `gap_um` between edges, or `pitch_um` between centres. The `seed` picks one of all arrays.

    `count` of them, or without it as many as fit.
    """

    spaced: ClassVar[str] = "random"
    kind: Literal["random"] = "random"
    seed: Whole
    count: Number | None = None


class Listed(Movable):
    """Places that somebody listed: `points_um`, float64[n, 2], or those of a CSV file with the columns x_um and y_um.

    A path of `csv` begins at the recipe's folder, from Python at the working folder.
    """

    spaced: ClassVar[str] = "listed"
    kind: Literal["points"] = "points"
    points_um: Annotated[PointList | None, BeforeValidator(listed)] = None
    csv: Text | None = None
    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _one_of_both(self, info: ValidationInfo) -> Listed:
        if info.context:  # a solid made of checked values asks again, without one
            self._folder = info.context.get("lattice_folder", self._folder)
        if (self.points_um is None) == (self.csv is None):
            raise ValueError("lattice.points_um and lattice.csv: exactly one of the two must be given")
        if self.points_um == ():
            raise ValueError("lattice.points_um must hold a point")
        return self

    @cached_property
    def table(self) -> Table | None:
        """The file."""
        return None if self.csv is None else read_table(self._folder / self.csv, self.csv)

    @cached_property
    def at_um(self) -> Floats:
        """float64[n, 2]: the places on the plate, in the order of the list."""
        return self.moved(np.array(self.points_um, dtype=np.float64) if self.table is None else self.table.at_um)


class Calculated(Movable):
    """Places that a Python function gives, float64[n, 2] in µm.

    `places` takes one tuple: the room's least x and y, greatest x and y.
    """

    spaced: ClassVar[str] = "listed"
    kind: Literal["function"] = "function"
    places: Callable[[Bounds], Any]

    def within(self, room: Room) -> Floats:
        """float64[n, 2]: the places on the plate."""
        try:
            given = np.asarray(self.places(room.bounds_um), dtype=np.float64)
        except Exception as fault:
            raise RecipeError(f"lattice.places: the function failed: {type(fault).__name__}: {fault}") from fault
        if given.ndim != 2 or given.shape[1] != 2 or not np.isfinite(given).all():
            raise RecipeError(f"lattice.places gave an array of shape {given.shape}; must be finite, float64[n, 2]")
        if len(given) > MOST_EACH:
            raise RecipeError(f"lattice.places gave {len(given)} points; must not exceed {MOST_EACH}")
        return self.moved(given)
