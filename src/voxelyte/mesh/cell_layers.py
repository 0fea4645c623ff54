"""The cell's triangles drawn upward: layers of prisms, each cut into three tetrahedra.

A prism over nodes a < b < c is cut along the diagonals from the lower of two nodes below to the higher one above, so
that neighbours agree; nodes are ordered by their twins, so that opposite sides do too. Where the feet change on the
way up, the nodes around them go along, each like the mean of its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.cell_plane import Plane
from voxelyte.mesh.figure import Figure

VOLUMES = ("electrolyte", "void")
SURFACES = ("bottom", "base", "wall", "top", "void_top", "x_min", "x_max", "y_min", "y_max")
"""bottom: z = 0. base: its free face. wall and top: of the pillars. void_top: the void's end. The rest: the cell's sides."""


@dataclass(frozen=True, eq=False)
class Layers:
    """The base, and the stations of a foot above it."""

    base_um: float
    heights_um: tuple[float, ...]
    stations: tuple[Figure, ...]
    size_um: float

    @property
    def steps(self) -> list[tuple[float, float]]:
        """Height of each sheet of nodes, and the station (between two: in parts) that it has."""
        sheets = [(z, 0.0) for z in np.linspace(0.0, self.base_um, _parts(self.base_um, self.size_um) + 1).tolist()]
        for k, (low, high) in enumerate(pairwise(self.heights_um)):
            parts = _parts(high - low, self.size_um)
            rise = (np.arange(1, parts + 1) / parts).tolist()
            sheets += [(self.base_um + low + share * (high - low), k + share) for share in rise]
        return sheets

    def pairs(self, plane: Plane) -> dict[str, NDArray[np.int64]]:
        """Nodes on x_max and y_max, each with the one opposite."""
        (x, y), found = plane.points_um.T, dict[str, NDArray[np.int64]]()
        place = {point: k for k, point in enumerate(zip(x.tolist(), y.tolist(), strict=True))}
        first = len(x) * np.arange(len(self.steps))[:, None]
        for name, on in (("x_max", x == plane.width_um), ("y_max", y == plane.depth_um)):
            high = np.flatnonzero(on)
            low = [place[(0.0, y[k]) if name == "x_max" else (x[k], 0.0)] for k in high]
            found[name] = np.stack((first + high, first + np.array(low)), axis=-1).reshape(-1, 2)
        return found


def _parts(span_um: float, size_um: float) -> int:
    return max(1, ceil(span_um / size_um - 1e-9))


Meshed = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def layered(plane: Plane, layers: Layers) -> Meshed:
    """Points, tetrahedra and the number of each one's volume, triangles and the number of each one's surface."""
    sheets = layers.steps
    moves = [np.zeros_like(plane.points_um), *(_moved(plane, layers.stations[0], one) for one in layers.stations[1:])]
    points = np.concatenate([_sheet(plane, moves, z, station) for z, station in sheets])
    prisms = _tetrahedra(plane)
    nodes, count = len(plane.points_um), len(sheets) - 1
    tetrahedra = (prisms + nodes * np.arange(count)[:, None, None]).reshape(-1, 4)
    middle = np.array([(low + high) / 2 for (low, _), (high, _) in pairwise(sheets)])
    solid = (middle < layers.base_um)[:, None] | np.tile(plane.foot, 3)
    volume = np.where(solid, 0, 1).ravel().astype(np.int64)
    _refuse_turned(points, tetrahedra)
    triangles, surface = _surfaces(points, tetrahedra, volume, (plane.width_um, plane.depth_um, layers.base_um))
    return points, tetrahedra, volume, triangles, surface


def _sheet(plane: Plane, moves: list[NDArray[np.float64]], z_um: float, station: float) -> NDArray[np.float64]:
    """The nodes at one height."""
    low, share = int(station), station % 1.0
    move = moves[low] if not share else (1 - share) * moves[low] + share * moves[low + 1]
    return np.column_stack((plane.points_um + move, np.full(len(move), z_um)))


def _moved(plane: Plane, foot: Figure, station: Figure) -> NDArray[np.float64]:
    """float64[n, 2]: how far each node is from its place at the foot. Nodes on rings go with them, on sides along them."""
    fixed = np.zeros((len(plane.points_um), 2), dtype=bool)
    move = np.zeros(fixed.shape)
    on = np.flatnonzero(plane.ring >= 0)
    way, start = station.points - foot.points, plane.ring[on]
    share = plane.share[on, None]
    move[on] = (1 - share) * way[start] + share * way[foot.following[start]]
    x, y = plane.points_um.T
    for axis, side in ((0, (x == 0) | (x == plane.width_um)), (1, (y == 0) | (y == plane.depth_um))):
        if np.abs(move[side, axis]).max() > 1e-6:
            raise SliceError(
                "a pillar on the cell's edge does not keep to it on the way up: no periodic cell is known for that"
            )
        move[side, axis], fixed[side, axis] = 0.0, True
    fixed[on] = True
    if not way.any():
        return move
    for axis in (0, 1):
        move[:, axis] = _harmonic(plane, fixed[:, axis], move[:, axis])
    return move


def _harmonic(plane: Plane, fixed: NDArray[np.bool_], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """`value` where it is fixed, elsewhere the mean of the neighbours'; twins have one value."""
    ends = plane.twin[np.concatenate([plane.triangles[:, [k, (k + 1) % 3]] for k in range(3)])]
    a, b = np.unique(np.sort(ends, axis=1), axis=0).T
    known, free = np.zeros(len(value)), np.isin(np.arange(len(value)), plane.twin)
    known[plane.twin[fixed]], free[plane.twin[fixed]] = value[fixed], False

    def pull(v: NDArray[np.float64]) -> Any:
        slope = v[a] - v[b]
        return (np.bincount(a, slope, len(v)) - np.bincount(b, slope, len(v))) * free

    return np.asarray(_settled(pull, known)[plane.twin])


def _settled(pull: Callable[[NDArray[np.float64]], Any], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where nothing pulls, by conjugate gradients."""
    found, rest = start, np.asarray(-pull(start))
    step, size = rest.copy(), float(rest @ rest)
    goal = 1e-24 * size
    for _ in range(4 * len(start)):
        if size <= goal:
            break
        pulled = pull(step)
        way = size / float(step @ pulled)
        found, rest = found + way * step, np.asarray(rest - way * pulled)
        size, before = float(rest @ rest), size
        step = rest + size / before * step
    return found


def _tetrahedra(plane: Plane) -> NDArray[np.int64]:
    """int64[3 triangles, 4]: one layer of prisms, three tetrahedra each; the sheet above counts on from the one below."""
    order = np.argsort(plane.twin[plane.triangles], axis=1)
    a, b, c = np.take_along_axis(plane.triangles, order, axis=1).T
    up = len(plane.points_um)
    tetrahedra = np.concatenate(
        [np.column_stack(one) for one in ((a, b, c, c + up), (a, b, c + up, b + up), (a, a + up, b + up, c + up))]
    )
    # Sorting turned the prisms whose corners it swapped once; those tetrahedra are turned back.
    odd = np.tile(np.linalg.det(np.eye(3)[order]) < 0, 3)
    tetrahedra[odd] = tetrahedra[odd][:, [1, 0, 2, 3]]
    return tetrahedra


def _refuse_turned(points: NDArray[np.float64], tetrahedra: NDArray[np.int64]) -> None:
    a, b, c, d = np.moveaxis(points[tetrahedra], 1, 0)
    if np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a).min() <= 0:
        raise SliceError("the walls lean too far for elements of this size_um; choose a smaller one")


FACES = ((0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2))
"""Of a tetrahedron, outward."""


def _surfaces(
    points: NDArray[np.float64],
    tetrahedra: NDArray[np.int64],
    volume: NDArray[np.int64],
    box: tuple[float, float, float],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Faces at the outside, and those of the electrolyte towards the void."""
    faces = np.concatenate([tetrahedra[:, face] for face in FACES])
    inside = np.tile(volume, len(FACES))
    key = np.sort(faces, axis=1) @ (len(points) ** 2, len(points), 1)
    order = np.argsort(key, kind="stable")
    twice = np.zeros(len(key), dtype=bool)
    twice[1:] = key[order][1:] == key[order][:-1]
    first, second = order[np.flatnonzero(twice) - 1], order[twice]
    between = inside[first] != inside[second]
    wall = np.where(inside[first] == 0, first, second)[between]
    alone = np.ones(len(key), dtype=bool)
    alone[first] = alone[second] = False
    outer = np.flatnonzero(alone)
    chosen = np.concatenate((outer, wall))
    named = np.concatenate((_outside(points[faces[outer]], inside[outer], box), _between(points[faces[wall]], box[2])))
    return faces[chosen], named


def _outside(
    corners: NDArray[np.float64], inside: NDArray[np.int64], box: tuple[float, float, float]
) -> NDArray[np.int64]:
    """Numbers of the surfaces at the cell's outside."""
    name = np.where(inside == 0, SURFACES.index("top"), SURFACES.index("void_top"))
    for side, axis, at in (
        ("bottom", 2, 0.0),
        ("x_min", 0, 0.0),
        ("x_max", 0, box[0]),
        ("y_min", 1, 0.0),
        ("y_max", 1, box[1]),
    ):
        name[(corners[:, :, axis] == at).all(axis=1)] = SURFACES.index(side)
    return name


def _between(corners: NDArray[np.float64], base_um: float) -> NDArray[np.int64]:
    """Numbers of the surfaces between electrolyte and void."""
    flat = (corners[:, :, 2] == base_um).all(axis=1)
    return np.where(flat, SURFACES.index("base"), SURFACES.index("wall"))
