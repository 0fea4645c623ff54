"""The periodic cell of a lattice on a base, as tetrahedra for simulation: electrolyte, void, and the surfaces between.

The cell is [0, width] x [0, depth] x [0, top of the pillars]. On a square or rectangular lattice one pillar stands in
its middle; on a hexagonal or staggered one another stands on its corners, a quarter at each. A turned array is turned
back. Curves are the polygons of the surface mesh, so that prismatic regions have their exact volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.build import MESH_SAGITTA_UM, checked_sagitta, features_of, foot_of
from voxelyte.mesh.cell_layers import SURFACES, VOLUMES, Layers, layered
from voxelyte.mesh.cell_plane import plane_of
from voxelyte.mesh.cells import EVEN, lattice_of
from voxelyte.mesh.copies import Copies, copies_of
from voxelyte.mesh.figure import Figure
from voxelyte.solids import Solid

SIZES_ACROSS = 12
"""Elements along the shorter side of a cell, where no size is asked for."""
LATTICES = "square, rectangular, hexagonal or staggered"
MOST_ELEMENTS = 20_000_000


@dataclass(frozen=True, eq=False)
class UnitCell:
    """Tetrahedra of one cell; every surface is made of their faces."""

    size_um: tuple[float, float, float]
    """Width, depth and height."""
    points_um: NDArray[np.float64]
    """float64[n, 3]."""
    tetrahedra: NDArray[np.int64]
    """int64[n, 4], each of positive volume."""
    volume: NDArray[np.int64]
    """int64[n]: number of each one's region in `VOLUMES`."""
    triangles: NDArray[np.int64]
    """int64[n, 3]: outward at the cell's sides, out of the electrolyte at its boundary with the void."""
    surface: NDArray[np.int64]
    """int64[n]: number of each one's surface in `SURFACES`."""
    periodic: dict[str, NDArray[np.int64]]
    """For x_max and y_max: int64[n, 2], each node there and the one opposite, a width or a depth away to the last bit."""

    def volume_um3(self, name: str) -> float:
        """Volume of a region by its name in `VOLUMES`."""
        a, b, c, d = np.moveaxis(self.points_um[self.tetrahedra[self.volume == VOLUMES.index(name)]], 1, 0)
        return float(np.einsum("ij,ij->", np.cross(b - a, c - a), d - a)) / 6

    def area_um2(self, name: str) -> float:
        """Area of a surface by its name in `SURFACES`."""
        a, b, c = np.moveaxis(self.points_um[self.triangles[self.surface == SURFACES.index(name)]], 1, 0)
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()) / 2


def unit_cell(solid: Solid, size_um: float | None = None, sagitta_um: float = MESH_SAGITTA_UM) -> UnitCell:
    """The cell of the lattice that `solid` has on its base, in elements of about `size_um`; SliceError where it has none."""
    found = _cell_of(solid, checked_sagitta(sagitta_um))
    size = min(found.width_um, found.depth_um) / SIZES_ACROSS if size_um is None else size_um
    _refuse_size(size, found)
    plane = plane_of(found.width_um, found.depth_um, found.stations[0], found.centred, size)
    layers = Layers(found.base_um, found.heights_um, found.stations, size)
    points, tetrahedra, volume, triangles, surface = layered(plane, layers)
    return UnitCell(
        (found.width_um, found.depth_um, found.base_um + found.heights_um[-1]),
        points, tetrahedra, volume, triangles, surface, layers.pairs(plane),
    )  # fmt: skip


class _Cell(NamedTuple):
    width_um: float
    depth_um: float
    centred: bool
    """Whether a second pillar stands on the corners, a quarter at each."""
    base_um: float
    heights_um: tuple[float, ...]
    stations: tuple[Figure, ...]


def _cell_of(solid: Solid, sagitta_um: float) -> _Cell:
    """What repeats."""
    bodies = [copies_of(body, 0, sagitta_um) for body in features_of(solid)]
    places = np.concatenate([body.at_um for body in bodies]) if bodies else np.zeros((0, 2))
    lattice = lattice_of(places) if len(places) > 2 else None
    if lattice is None or not all(_same(body, bodies[0]) for body in bodies):
        raise SliceError(f"a unit cell needs equal features on one {LATTICES} lattice; this film has none")
    first, frame = bodies[0], _frame(lattice.basis)
    width_um, depth_um = np.hypot(*frame.periods.T).tolist()
    turn = (frame.periods / ((width_um,), (depth_um,))).T
    stations = tuple(
        Figure(_sized(first, k) @ turn, station.lengths, station.numbers) for k, station in enumerate(first.stations)
    )
    return _Cell(width_um, depth_um, frame.centred, foot_of(solid), first.heights_um, stations)


def _sized(body: Copies, station: int) -> NDArray[np.float64]:
    """Corners of the first copy at one height."""
    scale = body.scales[station]
    return np.asarray(body.stations[station].points * (1.0 if scale is None else scale[0]))


def _same(body: Copies, other: Copies) -> bool:
    """Are all copies of both alike, at every height?"""
    if body.heights_um != other.heights_um or body.size != other.size:
        return False
    alike = all(scale is None or float(np.ptp(scale)) <= EVEN * float(scale.max()) for scale in body.scales)
    return alike and all(np.allclose(_sized(body, k), _sized(other, k)) for k in range(len(body.stations)))


class _Frame(NamedTuple):
    periods: NDArray[np.float64]
    """float64[2, 2]: the two sides of the cell, at right angles, counter-clockwise."""
    centred: bool
    """Whether a cell has a second place in its middle."""


def _frame(basis: NDArray[np.float64]) -> _Frame:
    """The rectangle that repeats; along x and y where there is one, with the first side nearer to x."""
    ways = (basis[0], basis[1], basis[1] - basis[0])
    for along in sorted(ways, key=lambda way: abs(way).min() > EVEN * abs(way).max()):
        for other in ways:
            share = abs(other @ along) / (along @ along)
            across = np.array((-along[1], along[0])) * (along[0] * other[1] - along[1] * other[0]) / (along @ along)
            if np.hypot(*across) > EVEN * np.hypot(*along) and min(share, abs(share - 0.5)) < EVEN:
                centred = bool(share > 0.25)
                return _Frame(_righted(along, across * (2 if centred else 1)), centred)
    raise SliceError(f"a unit cell needs one {LATTICES} lattice; this film's is oblique")


def _righted(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both ways, the one nearer to x first and pointing to the right, the other to its left."""
    first, second = sorted((one, other), key=lambda way: -abs(way[0]) / np.hypot(*way))
    first = first if first[0] > 0 else -first
    return np.stack((first, second if first[0] * second[1] > first[1] * second[0] else -second))


def _refuse_size(size_um: float, cell: _Cell) -> None:
    """Elements that are no elements, or too many."""
    sides = (cell.width_um, cell.depth_um, cell.base_um + cell.heights_um[-1])
    most_um = min(cell.width_um, cell.depth_um) / 2
    if not (isfinite(size_um) and 0 < size_um <= most_um):
        raise SliceError(f"size_um={size_um:g} must be above 0 and at most {most_um:g}, half the cell's shorter side")
    elements = 6 * np.prod([side / size_um for side in sides])
    if elements > MOST_ELEMENTS:
        raise SliceError(f"size_um={size_um:g} gives about {elements:.2g} tetrahedra; must not exceed {MOST_ELEMENTS}")
