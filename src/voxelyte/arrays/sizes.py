"""Sizes of the features of an array: one for all, graded, one for each, or a function of the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic.json_schema import SkipJsonSchema

from voxelyte.arrays.lattices import Place
from voxelyte.arrays.room import Floats, Room
from voxelyte.values import Length, Value

MOST_EACH = 1_000_000
"""Sizes or points that can be listed one by one."""


class Graded(Value):
    """A size that goes evenly from `from_um` to `to_um` along x, along y or along the radius (the distance from the plate's centre).

    It does so between the positions `start_um` and `end_um`, and stays the same beyond them. Without them they are the
    outline's ends; along the radius its centre and its farthest point.
    """

    along: Literal["x", "y", "radius"]
    from_um: Length
    to_um: Length
    start_um: Place | None = None
    end_um: Place | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Graded:
        if self.start_um is not None and self.end_um is not None and self.start_um >= self.end_um:
            raise ValueError(f"end_um={self.end_um:g} must exceed start_um={self.start_um:g}")
        return self

    def at(self, at_um: Floats, room: Room) -> Floats:
        """float64[n]: the size at each of the points float64[n, 2]."""
        start, end = self._span(room)
        if self.along == "radius":
            x, y = at_um.T
            way = np.sqrt(x * x + y * y)
        else:
            way = at_um[:, "xy".index(self.along)]
        share = ((way - start) / (end - start)).clip(0.0, 1.0)
        return np.asarray(self.from_um + share * (self.to_um - self.from_um))

    def _span(self, room: Room) -> tuple[float, float]:
        """Where it starts and ends."""
        x0, y0, x1, y1 = room.outline.figure.bounds_um
        start, end = {"x": (x0, x1), "y": (y0, y1), "radius": (0.0, room.radius_um)}[self.along]
        start = start if self.start_um is None else self.start_um
        end = end if self.end_um is None else self.end_um
        if start >= end:
            raise ValueError(f"end_um={end:g} must exceed start_um={start:g}, along {self.along} in this outline")
        return start, end


def listed(value: Any) -> Any:
    """An array as lists, which are then checked number by number."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _kind(value: Any) -> str:
    if isinstance(value, dict | Graded):
        return "<graded>"
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim):
        return "<each>"
    if callable(value):
        return "<function>"
    return "<column>" if value == "csv" else "<number>"


Each = Annotated[tuple[Length, ...], Field(max_length=MOST_EACH)]
Function = Callable[[Floats, Floats], Any]
Size = Annotated[
    Annotated[Length, BeforeValidator(listed), Tag("<number>")]
    | Annotated[Graded, Tag("<graded>")]
    | Annotated[Literal["csv"], Tag("<column>")]
    | Annotated[Each, BeforeValidator(listed), Tag("<each>")]
    | SkipJsonSchema[Annotated[Function, Tag("<function>")]],
    Discriminator(_kind),
]
"""µm: a number, a `Graded`, "csv" (the column of the lattice's CSV file), one number for each listed point, or from Python a function.

The function takes x_um and y_um, float64[n], and gives float64[n] or one number.
"""
AnySize = float | Graded | str | tuple[float, ...] | Function


def sizes(
    size: AnySize, name: str, at_um: Floats, room: Room, column: Floats | None, which: NDArray[np.bool_]
) -> Floats:
    """float64[m]: the size at each of those of the points float64[n, 2] that `which` chooses.

    `column` is that of the lattice's CSV file. Raises ValueError where sizes are missing, too many or impossible.
    """
    if isinstance(size, float):
        return np.full(int(which.sum()), size)
    if isinstance(size, Graded):
        return size.at(at_um[which], room)
    if not isinstance(size, str | tuple):
        return _checked(_called(size, name, at_um[which]), name, at_um[which])
    column = np.asarray(size) if isinstance(size, tuple) else column
    if column is None:
        raise ValueError(f"{name}='csv' needs lattice.csv with a column {name}")
    if len(column) != len(at_um):
        raise ValueError(f"{name} holds {len(column)} sizes for {len(at_um)} points; must hold one for each")
    return column[which]


def least(size: AnySize, name: str, at_um: Floats) -> float:
    """The least that a size can be; of a function only a guess, from these points."""
    if isinstance(size, float):
        return size
    if isinstance(size, Graded):
        return min(size.from_um, size.to_um)
    return float(_guessed(size, name, at_um).min())


def most(size: AnySize, name: str, at_um: Floats) -> float:
    """The most that a size can be; of a function only a guess, from these points."""
    if isinstance(size, float):
        return size
    if isinstance(size, Graded):
        return max(size.from_um, size.to_um)
    return float(_guessed(size, name, at_um).max())


def _guessed(size: str | tuple[float, ...] | Function, name: str, at_um: Floats) -> Floats:
    """Some sizes that a function gives; what it gives where nothing stands need not be a size."""
    given = np.zeros(0) if isinstance(size, str | tuple) else _called(size, name, at_um)
    possible = given[(given >= 0.001) & (given <= 1e9)]
    return possible if len(possible) else np.array([0.001])


def _called(function: Function, name: str, at_um: Floats) -> Floats:
    """What a function of the user's says of each point."""
    try:
        given = np.asarray(function(at_um[:, 0], at_um[:, 1]), dtype=np.float64)
        return np.array(np.broadcast_to(given, len(at_um)))
    except Exception as fault:
        raise ValueError(
            f"{name}: the function failed for {len(at_um)} points: {type(fault).__name__}: {fault}"
        ) from fault


def _checked(given: Floats, name: str, at_um: Floats) -> Floats:
    """Sizes that can be; the first that cannot is told with its place."""
    wrong = np.flatnonzero(~((given >= 0.001) & (given <= 1e9)))
    if len(wrong):
        x, y = at_um[wrong[0]]
        raise ValueError(f"{name}={given[wrong[0]]:g} at x_um={x:g}, y_um={y:g} must be at least 0.001 and at most 1e9")
    return given
