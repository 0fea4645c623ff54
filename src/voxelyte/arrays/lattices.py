"""Endless lattices: square, rectangular, hexagonal and staggered, turned and shifted as one likes.

Each is one or two rectangular lattices, so that without rotation (or with one by right angles) it stays columns and rows.
"""

from __future__ import annotations

from math import ceil, cos, floor, hypot, radians, sin, sqrt
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from voxelyte.arrays.room import Floats, Room, bounded, fitting
from voxelyte.values import Length, Value

Place = Annotated[float, Field(ge=-1e9, le=1e9, strict=True, allow_inf_nan=False)]
Point = tuple[Place, Place]
Angle = Annotated[float, Field(ge=-360, le=360, strict=True, allow_inf_nan=False)]

TOUCHING = 1e-9
"""Share of the room by which a line of a lattice may leave it for a number that is not exact in binary."""


class Cell(NamedTuple):
    """One cell of an endless lattice: its sides in x and y, and the places in it."""

    x_um: float
    y_um: float
    places_um: tuple[tuple[float, float], ...]

    @property
    def place_um2(self) -> float:
        """Area for each place."""
        return self.x_um * self.y_um / len(self.places_um)

    def turned(self) -> Cell:
        """By a quarter; the lattices here are their own mirror images."""
        return Cell(self.y_um, self.x_um, tuple((y, x) for x, y in self.places_um))


Axes = tuple[Floats, Floats]


class Periodic(Value):
    """`turn_deg` turns it counter-clockwise around `origin_um` (x, y), at which a place lies: without it, the plate's centre."""

    spaced: ClassVar[str] = "lattice"
    turn_deg: Angle = 0.0
    origin_um: Point | None = None

    def cell(self, pitch_um: float) -> Cell:
        """The cell where neighbours stand `pitch_um` apart."""
        raise NotImplementedError

    def least_um(self, pitch_um: float) -> float:
        """The least distance of two places."""
        return pitch_um

    @property
    def straight(self) -> bool:
        """Whether it has columns and rows along x and y."""
        return self.turn_deg % 90 == 0

    def axes(self, pitch_um: float, room: Room, reach_um: float, beyond_um: float = 0.0) -> list[Axes]:
        """Columns and rows of each rectangular lattice that it is made of, within the room or up to `beyond_um` outside it."""
        cell = self.cell(pitch_um)
        x0, y0, x1, y1 = room.bounds_um
        box = x0 - beyond_um, y0 - beyond_um, x1 + beyond_um, y1 + beyond_um
        return _axes(cell.turned() if self.turn_deg % 180 else cell, self.origin_um or (0.0, 0.0), box)

    def points(self, pitch_um: float, room: Room, reach_um: float, beyond_um: float = 0.0) -> Floats:
        """float64[n, 2]: all places within the room's bounds or up to `beyond_um` outside them, in any order."""
        if self.straight:
            return _crossed(self.axes(pitch_um, room, reach_um, beyond_um))
        x0, y0, x1, y1 = room.bounds_um
        if min(x1 - x0, y1 - y0) + 2 * beyond_um < 0:
            return np.zeros((0, 2))
        origin = np.array(self.origin_um or (0.0, 0.0))
        cos_, sin_ = cos(radians(self.turn_deg)), sin(radians(self.turn_deg))
        turn = np.array([[cos_, sin_], [-sin_, cos_]])
        corners = np.array([[x, y] for x in (x0 - beyond_um, x1 + beyond_um) for y in (y0 - beyond_um, y1 + beyond_um)])
        seen = (corners - origin) @ turn.T
        box = (*seen.min(axis=0).tolist(), *seen.max(axis=0).tolist())
        return np.asarray(_crossed(_axes(self.cell(pitch_um), (0.0, 0.0), box)) @ turn + origin)


class Square(Periodic):
    """Columns and rows `pitch_um` apart. Without rotation and origin as many of both as fit, centred."""

    kind: Literal["square"] = "square"

    def cell(self, pitch_um: float) -> Cell:
        """A square."""
        return Cell(pitch_um, pitch_um, ((0.0, 0.0),))

    def axes(self, pitch_um: float, room: Room, reach_um: float, beyond_um: float = 0.0) -> list[Axes]:
        """Columns and rows."""
        if self.origin_um is not None:
            return super().axes(pitch_um, room, reach_um, beyond_um)
        numbers = [fitting(span, 2 * reach_um, pitch_um) for span in room.spans_um]
        if min(numbers) < 1:
            return []
        numbers = [number + 2 * ceil(beyond_um / pitch_um) for number in numbers]
        bounded(tuple(numbers), f"pitch_um={pitch_um:g}")
        (columns, rows), (x, y) = numbers, room.middle_um
        return [(_centred(columns, pitch_um) + x, _centred(rows, pitch_um) + y)]


class Rectangular(Periodic):
    """Columns `pitch_um` apart and rows `row_pitch_um` apart: what a square lattice is on pixels that are not square."""

    kind: Literal["rectangular"] = "rectangular"
    row_pitch_um: Length

    def cell(self, pitch_um: float) -> Cell:
        """A rectangle."""
        return Cell(pitch_um, self.row_pitch_um, ((0.0, 0.0),))

    def least_um(self, pitch_um: float) -> float:
        """In a row or in a column."""
        return min(pitch_um, self.row_pitch_um)


class Hexagonal(Periodic):
    """Every place has six neighbours, `pitch_um` away, two of them along x: the densest lattice."""

    kind: Literal["hexagonal"] = "hexagonal"

    def cell(self, pitch_um: float) -> Cell:
        """Two places in a cell of pitch x pitch √3."""
        return Cell(pitch_um, pitch_um * sqrt(3), ((0.0, 0.0), (pitch_um / 2, pitch_um * sqrt(3) / 2)))


class Staggered(Periodic):
    """Rows `row_pitch_um` apart (without it, `pitch_um`), `pitch_um` between the places of a row, half of it from row to row."""

    kind: Literal["staggered"] = "staggered"
    row_pitch_um: Length | None = None

    def cell(self, pitch_um: float) -> Cell:
        """Two rows."""
        row_um = self.row_pitch_um or pitch_um
        return Cell(pitch_um, 2 * row_um, ((0.0, 0.0), (pitch_um / 2, row_um)))

    def least_um(self, pitch_um: float) -> float:
        """In a row, to the next row, or to the one after it."""
        row_um = self.row_pitch_um or pitch_um
        return min(pitch_um, 2 * row_um, hypot(pitch_um / 2, row_um))


def _axes(cell: Cell, origin: tuple[float, float], box: tuple[float, float, float, float]) -> list[Axes]:
    """Columns and rows within a box (least x and y, greatest x and y)."""
    x0, y0, x1, y1 = box
    found = []
    for x, y in cell.places_um:
        columns, rows = _run(origin[0] + x, cell.x_um, x0, x1), _run(origin[1] + y, cell.y_um, y0, y1)
        found.append((columns, rows))
    numbers = [(len(columns), len(rows)) for columns, rows in found]
    for pair in numbers:
        bounded(pair, f"pitch_um={cell.x_um:g}")
    return [
        (origin[0] + x + cell.x_um * np.asarray(columns), origin[1] + y + cell.y_um * np.asarray(rows))
        for (x, y), (columns, rows) in zip(cell.places_um, found, strict=True)
    ]


def _centred(number: int, step_um: float) -> Floats:
    """So many lines, their middle at 0."""
    return np.asarray((np.arange(number) - (number - 1) / 2) * step_um, dtype=np.float64)


def _run(first_um: float, step_um: float, low_um: float, high_um: float) -> range:
    """Which multiples of a step, counted from `first_um`, lie within."""
    slack = TOUCHING * max(abs(low_um), abs(high_um))
    return range(ceil((low_um - slack - first_um) / step_um), floor((high_um + slack - first_um) / step_um) + 1)


def _crossed(axes: list[Axes]) -> Floats:
    """All crossings of all columns and rows."""
    grids = [np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) for x, y in axes]
    return np.concatenate(grids) if grids else np.zeros((0, 2))
