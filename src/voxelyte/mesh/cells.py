"""Cells of a lattice: the face around one copy is cut into triangles once, and copied by number.

Places that are integer combinations of two short vectors u and v have a cell each, all that is nearer to it than to
any other: a rectangle, or a hexagon. Its corners are the centres of the circles through the neighbours: of A(i, j)
= (p, p + u, p + v) and of B(i, j) = (p + u, p + u + v, p + v), where p is the place i u + j v; so they have integer
names, and cells side by side share them to the last bit. Square, rectangular, staggered, hexagonal and turned
arrays are all the same to this file, and so are arrays of several bodies and of copies of distinct sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.copies import Copies
from voxelyte.mesh.figure import Figure, Triangles, joined, polygons
from voxelyte.mesh.plane import doubled_areas, filled
from voxelyte.mesh.surface import unmatched

EVEN = 1e-6
"""How far (of a pitch) a place may lie off its crossing, and how near a foot may come to the edge of its cell."""
FEWEST, BLOCK = 9, 16
"""Places that make a lattice worth while; cells of a block, along i and along j."""
HEXAGON = ((0, 0, 0), (-1, 0, 1), (-1, 0, 0), (-1, -1, 1), (0, -1, 0), (0, -1, 1))
RECTANGLE = ((0, 0, 0), (-1, 0, 0), (-1, -1, 0), (0, -1, 0))
"""Steps in i and j to the triangle that each corner is the centre of, and whether that is an A (0) or a B (1)."""


class Lattice(NamedTuple):
    """Crossings at origin + i u + j v."""

    origin: NDArray[np.float64]
    basis: NDArray[np.float64]
    """float64[2, 2]: u and v, the shortest, 60° to 90° apart."""

    @property
    def corners(self) -> tuple[tuple[int, int, int], ...]:
        """Names of the corners of cell (0, 0), counter-clockwise."""
        u, v = self.basis
        return RECTANGLE if abs(u @ v) < EVEN * (u @ u) else HEXAGON

    def at_um(self, names: NDArray[np.int64]) -> NDArray[np.float64]:
        """Where corners lie, float64[n, 2], by their names int64[n, 3]."""
        u, v = self.basis
        centres = np.stack((_circumcentre(u, v), u + v - _circumcentre(u, v)))
        return np.asarray(self.origin + names[:, :2] @ self.basis + centres[names[:, 2]])


class Tiles(NamedTuple):
    """Whole cells of several bodies."""

    corners_um: NDArray[np.float64]
    edge: Figure
    """Around all cells, counter-clockwise; numbered through `corners_um`."""
    whole: tuple[NDArray[np.bool_], ...]
    """For each body: which of its copies have a cell."""
    corners: tuple[NDArray[np.int64], ...]
    """For each body: int64[cells, corners], the corners of those."""
    faces: tuple[Triangles, ...]
    """For each body: triangles of one cell, its corners first, then those of the foot."""


def no_tiles(bodies: Sequence[Copies]) -> Tiles:
    """For bodies on no lattice."""
    none = np.zeros((0, 3), dtype=np.int64)
    whole = tuple(np.zeros(body.count, dtype=bool) for body in bodies)
    return Tiles(np.zeros((0, 2)), Figure.of([]), whole, (none,) * len(bodies), (none,) * len(bodies))


def tiles_of(bodies: Sequence[Copies], base: object) -> Tiles:
    """The cells of `bodies` that lie wholly within `base`, a shapely geometry; none where the places are no lattice."""
    several = [body for body in bodies if body.count >= FEWEST]
    for chosen in [several, *([one] for one in sorted(several, key=lambda one: -one.count) if len(several) > 1)]:
        lattice = lattice_of(np.concatenate([body.at_um for body in chosen])) if chosen else None
        faces = {} if lattice is None else {id(body): _face(lattice, body) for body in chosen}
        known = {key: face for key, face in faces.items() if face is not None}
        if lattice is not None and len(known) == len(chosen):
            others = [body for body in bodies if body not in chosen]
            return _whole(lattice, bodies, known, without(base, others))
    return no_tiles(bodies)


def lattice_of(at_um: NDArray[np.float64]) -> Lattice | None:
    """The lattice on which every place lies, one place on each crossing; None for places in no order."""
    origin = at_um[np.hypot(*(at_um - at_um.mean(axis=0)).T).argmin()]
    ways = at_um - origin
    ways = ways[np.argsort(np.round(np.hypot(*ways.T), 6), kind="stable")[1:40]]
    cross = ways[0, 0] * ways[:, 1] - ways[0, 1] * ways[:, 0]
    aside = np.flatnonzero(np.abs(cross) > 0.1 * (ways[0] @ ways[0]))
    if not len(aside):
        return None
    u, v = ways[0], ways[aside[0]] * np.sign(cross[aside[0]])
    lattice = Lattice(origin, np.stack((u, v if u @ v > -EVEN * (u @ u) else u + v)))
    names = crossings(lattice, at_um)
    off = np.abs(at_um - origin - names @ lattice.basis).max()
    if off > EVEN * np.hypot(*u) or len(np.unique(names @ (1 << 20, 1))) < len(names):
        return None
    return lattice


def crossings(lattice: Lattice, at_um: NDArray[np.float64]) -> NDArray[np.int64]:
    """int64[n, 2]: i and j of the nearest crossing."""
    return np.rint((at_um - lattice.origin) @ np.linalg.inv(lattice.basis)).astype(np.int64)


def _face(lattice: Lattice, body: Copies) -> Triangles | None:
    """One cell without its foot: corners of the cell, then those of the foot; None where a foot leaves its cell.

    A triangle's area is, in the scale of the foot, positive between two scales where it is so at both.
    """
    if body.shift_um is not None:
        return None
    scale, foot = body.scales[0], body.stations[0]
    least, most = (1.0, 1.0) if scale is None else (float(scale.min()), float(scale.max()))
    cell = lattice.at_um(np.array(lattice.corners)) - lattice.origin
    ways, (x, y) = np.roll(cell, -1, axis=0) - cell, (most * foot.points).T
    left = ways[:, :1] * (y - cell[:, 1:]) - ways[:, 1:] * (x - cell[:, :1])
    if (left <= EVEN * np.hypot(*lattice.basis[0]) * np.hypot(*ways.T)[:, None]).any():
        return None
    around = Figure(most * foot.points, foot.lengths, foot.numbers + len(cell)).turned
    faces = filled(joined((Figure.of([cell]), around)))
    smallest = np.concatenate((cell, least * foot.points))
    return faces if doubled_areas(smallest, faces).min() > 0 else None


def without(base: object, others: Sequence[Copies]) -> object:
    """`base` without what these cover of it."""
    import shapely

    if not others:
        return base
    feet = [one for body in others for one in polygons(body.feet(np.ones(body.count, dtype=bool)))]
    return shapely.difference(base, shapely.union_all(feet))


def _whole(lattice: Lattice, bodies: Sequence[Copies], faces: dict[int, Triangles], room: object) -> Tiles:
    """Cells within `room`; none that touches the rest of them in one point only."""
    steps = np.array(lattice.corners)
    names = [
        _names(lattice, body, steps) if id(body) in faces else np.zeros((0, len(steps), 3), np.int64) for body in bodies
    ]
    cells = np.concatenate(names)
    outlines = lattice.at_um(cells.reshape(-1, 3)).reshape(*cells.shape[:2], 2)
    whole = within(room, outlines, cells[:, 0, :2] // BLOCK)
    low = cells.reshape(-1, 3).min(axis=0)
    span = np.ptp(cells.reshape(-1, 3), axis=0) + 1
    keys = (cells - low) @ (span[1] * 2, 2, 1)
    while len(twice := _twice(edges := _rim(keys[whole]))):
        whole &= ~np.isin(keys, twice).any(axis=1)
    used, corners_um = _once(keys[whole].ravel(), outlines[whole].reshape(-1, 2))
    splits = np.cumsum([len(one) for one in names])[:-1]
    chosen = np.split(whole, splits)
    return Tiles(
        corners_um,
        _loops(np.searchsorted(used, edges), corners_um),
        tuple(one if len(one) else np.zeros(body.count, bool) for one, body in zip(chosen, bodies, strict=True)),
        tuple(np.searchsorted(used, key[one]) for key, one in zip(np.split(keys, splits), chosen, strict=True)),
        tuple(faces.get(id(body), np.zeros((0, 3), np.int64)) for body in bodies),
    )


def within(room: object, outlines: NDArray[np.float64], blocks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which cells lie within `room`: asked for blocks of them first, and one by one only for those at its edge."""
    import shapely

    shapely.prepare(room)
    order = np.lexsort(blocks.T)
    starts = np.flatnonzero(np.diff(blocks[order], axis=0, prepend=blocks[order][:1] - 1).any(axis=1))
    low = np.minimum.reduceat(outlines[order].min(axis=1), starts)
    high = np.maximum.reduceat(outlines[order].max(axis=1), starts)
    sure = np.zeros(len(outlines), dtype=bool)
    sure[order] = np.repeat(
        shapely.contains_properly(room, shapely.box(*low.T, *high.T)), np.diff(starts, append=len(outlines))
    )
    asked = np.flatnonzero(~sure)
    sure[asked] = shapely.contains_properly(room, shapely.polygons(outlines[asked]))
    return sure


def _names(lattice: Lattice, body: Copies, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[copies, corners, 3]: the names of the corners of each copy's cell."""
    at = crossings(lattice, body.at_um)
    return steps + np.column_stack((at, np.zeros(len(at), dtype=np.int64)))[:, None]


def _rim(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Directed edges of cells whose reverse no other cell has."""
    edges = unmatched(np.stack((keys, np.roll(keys, -1, axis=1)), axis=-1).reshape(-1, 2))
    assert edges is not None  # a lattice has one place on each crossing
    return edges


def _twice(edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Corners from which two edges go."""
    starts = np.sort(edges[:, 0])
    return np.asarray(starts[1:][starts[1:] == starts[:-1]])


def _once(keys: NDArray[np.int64], points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every key once, ascending, and a point that has it."""
    order = np.argsort(keys)
    sorted_keys = keys[order]
    new = np.concatenate((np.ones(min(1, len(keys)), dtype=bool), sorted_keys[1:] != sorted_keys[:-1]))
    return sorted_keys[new], points[order[new]]


def _loops(edges: NDArray[np.int64], points: NDArray[np.float64]) -> Figure:
    """Directed edges, one from each corner, as closed rings."""
    following = dict(edges.tolist())
    numbers, lengths = list[int](), list[int]()
    while following:
        start = at = next(iter(following))
        before = len(numbers)
        while True:
            numbers.append(at)
            at = following.pop(at)
            if at == start:
                break
        lengths.append(len(numbers) - before)
    found = np.array(numbers, dtype=np.int64)
    return Figure(points[found], np.array(lengths, dtype=np.int64), found)


def _circumcentre(u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the triangle 0, u, v."""
    turned = np.array(((v[1], -u[1]), (-v[0], u[0])))
    return np.asarray(turned @ (u @ u, v @ v) / (2 * (u[0] * v[1] - u[1] * v[0])))
