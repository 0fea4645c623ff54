"""A film as a base and copies on it: what 3MF calls components.

The base is one closed mesh. Each body is a closed mesh of its own that stands on the base's face: the two share
nothing but that plane, so that volumes add up and what a reader unites is the film. Equal copies in a row are drawn
together, in runs of 1, 2, 4, ... 256, so that a whole plate is a thousand components and not a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.build import bodies_of, checked_sagitta, foot_of, with_bodies
from voxelyte.mesh.cells import FEWEST, crossings, lattice_of
from voxelyte.mesh.compose import films_of, surface_of
from voxelyte.mesh.copies import Copies, copies_of
from voxelyte.mesh.plane import filled
from voxelyte.mesh.surface import Surface
from voxelyte.solids import Solid

LONGEST = 256


class Piece(NamedTuple):
    """A closed surface, and where it stands."""

    surface: Surface
    at_um: NDArray[np.float64]
    """float64[n, 2]."""
    scale: NDArray[np.float64]
    """float64[n]: how much wider than drawn each is; heights stay."""


def pieces_of(solid: Any, sagitta_um: float) -> list[Piece] | None:
    """Base and bodies of `solid`, or those of all films of a plate; None where nothing on it repeats."""
    checked_sagitta(sagitta_um)
    if not hasattr(solid, "pieces"):
        return _film(solid, sagitta_um)
    found = list[Piece]()
    for one, offsets in films_of(solid):
        film = _film(one, sagitta_um) or [Piece(surface_of(one, sagitta_um), np.zeros((1, 2)), np.ones(1))]
        found += [
            Piece(piece.surface, (offsets[:, None] + piece.at_um).reshape(-1, 2), np.tile(piece.scale, len(offsets)))
            for piece in film
        ]
    return found


def _film(solid: Solid, sagitta_um: float) -> list[Piece] | None:
    """A film with more than one of something on its base; its frame and lettering are part of the base."""
    bodies = bodies_of(solid)
    drawn = [copies_of(body, 0, sagitta_um) for body in bodies]
    repeated = [copies for copies in drawn if copies.count > 1]
    if not repeated or not all(map(_alike, repeated)):
        return None
    foot_um = foot_of(solid)
    base = with_bodies(solid, [copies for copies in drawn if copies.count == 1], sagitta_um)
    pieces = [Piece(base, np.zeros((1, 2)), np.ones(1))]
    for copies in repeated:
        pieces += _runs(copies, foot_um)
    return pieces


def _alike(copies: Copies) -> bool:
    """Is each copy the first one, wider or narrower by one factor at all heights?"""
    foot = copies.scales[0]
    return all(
        (scale is None) == (foot is None)
        and (scale is None or np.allclose(scale * foot[0], scale[0] * foot, rtol=1e-12, atol=0.0))  # type: ignore[index]
        for scale in copies.scales
    )


def _runs(copies: Copies, foot_um: float) -> Iterator[Piece]:
    """Copies one by one, or in runs along the lattice that they stand on."""
    scale = copies.scales[0]
    lattice = lattice_of(copies.at_um) if scale is None and copies.count >= FEWEST else None
    if lattice is None:
        one = _row(copies, np.zeros((1, 2)), foot_um)
        yield Piece(one, copies.at_um, np.ones(copies.count) if scale is None else scale / scale[0])
        return
    column, row = crossings(lattice, copies.at_um).T
    order = np.lexsort((column, row))
    starts = np.flatnonzero(
        (np.diff(column[order], prepend=-(1 << 40)) != 1) | (np.diff(row[order], prepend=-(1 << 40)) != 0)
    )
    lengths = np.diff(starts, append=len(order))
    for length, which in _powers(starts, lengths):
        steps = np.arange(length)[:, None] * lattice.basis[0]
        yield Piece(_row(copies, steps, foot_um), copies.at_um[order[which]], np.ones(len(which)))


def _powers(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Runs cut into pieces whose lengths are powers of two: each length, and where those pieces start."""
    length, starts, lengths = LONGEST, starts.copy(), lengths.copy()
    while length:
        number = lengths // length
        if number.any():
            steps = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
            yield length, np.repeat(starts, number) + length * steps
        starts, lengths, length = starts + length * number, lengths - length * number, length // 2


def _row(copies: Copies, at_um: NDArray[np.float64], foot_um: float) -> Surface:
    """The first copy, closed below, as drawn at these places."""
    scales = tuple(None if scale is None else np.full(len(at_um), scale[0]) for scale in copies.scales)
    row = Copies(0, copies.heights_um, copies.stations, at_um, scales)
    points = np.zeros((row.stride * row.count, 3))
    row.place(points, foot_um)
    faces = np.concatenate((row.faces, filled(row.stations[0])[:, ::-1]))
    return Surface(points, (row.starts[:, None, None] + faces).reshape(-1, 3).astype(np.int32))
