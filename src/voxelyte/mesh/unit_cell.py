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
from voxelyte.mesh.build import SAGITTA_UM, bodies_of, checked_sagitta, foot_of
from voxelyte.mesh.cell_layers import SURFACES, VOLUMES, Layers, layered
from voxelyte.mesh.cell_plane import plane_of
from voxelyte.mesh.cells import EVEN, lattice_of
from voxelyte.mesh.copies import Copies, copies_of
from voxelyte.mesh.figure import Figure
from voxelyte.solids import Solid

SIZES_ACROSS = 12
"""Elements along the shorter side of a cell, where no size is asked for."""
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


def unit_cell(solid: Solid, size_um: float | None = None, sagitta_um: float = SAGITTA_UM) -> UnitCell:
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
    """Whether a second pillar stands on the corners."""
    base_um: float
    heights_um: tuple[float, ...]
    stations: tuple[Figure, ...]


def _cell_of(solid: Solid, sagitta_um: float) -> _Cell:
    """What repeats."""
    bodies = [copies_of(body, 0, sagitta_um) for body in bodies_of(solid)]
    first = bodies[0] if bodies else None
    places = np.concatenate([body.at_um for body in bodies]) if bodies else np.zeros((0, 2))
    lattice = lattice_of(places) if len(places) > 2 else None
    if first is None or lattice is None or not all(_same(body, first) for body in bodies):
        raise SliceError(
            "a unit cell needs equal features on one square, rectangular, hexagonal or staggered lattice; this film has none"
        )
    frame, centred = _frame(lattice.basis)
    width_um, depth_um = (float(np.hypot(*way)) for way in frame)
    turn = np.array((frame[0] / width_um, frame[1] / depth_um)).T
    scales = [1.0 if scale is None else float(scale[0]) for scale in first.scales]
    stations = tuple(
        Figure(scale * station.points @ turn, station.lengths, station.numbers)
        for scale, station in zip(scales, first.stations, strict=True)
    )
    return _Cell(width_um, depth_um, centred, foot_of(solid), first.heights_um, stations)


def _same(body: Copies, other: Copies) -> bool:
    """Are all copies of both alike, at every height?"""
    alike = all(scale is None or float(np.ptp(scale)) <= EVEN * float(scale.max()) for scale in body.scales)
    return alike and body.heights_um == other.heights_um and all(
        one.points.shape == two.points.shape and np.allclose(one.points * (1 if s is None else s[0]), two.points * (1 if t is None else t[0]))
        for one, two, s, t in zip(body.stations, other.stations, body.scales, other.scales, strict=True)
    )  # fmt: skip


def _frame(basis: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Two periods at right angles, counter-clockwise, the first along x where one is, and whether a cell has a second place in its middle."""
    u, v = basis
    shortest = (u, v, v - u)
    axial = [one for one in shortest if abs(one).min() < EVEN * abs(one).max()]
    for along in (*axial, *shortest):
        for other in (u, v, v - u):
            across = other - along * (other @ along) / (along @ along)
            shift = abs(other @ along) / (along @ along)
            if abs(across).max() > EVEN and min(abs(shift), abs(shift - 0.5)) < EVEN:
                centred = shift > 0.25
                ways = [along, across * (2 if centred else 1)]
                ways.sort(key=lambda way: -abs(way[0]) / np.hypot(*way))
                first = ways[0] if ways[0] @ (1, 1e-9) > 0 else -ways[0]
                second = ways[1] if first[0] * ways[1][1] - first[1] * ways[1][0] > 0 else -ways[1]
                return np.stack((first, second)), centred
    raise SliceError("a unit cell needs a lattice with two periods at right angles; this film's are oblique")


def _refuse_size(size_um: float, cell: _Cell) -> None:
    """Elements that are no elements, or too many."""
    sides = (cell.width_um, cell.depth_um, cell.base_um + cell.heights_um[-1])
    most_um = min(cell.width_um, cell.depth_um) / 2
    if not (isfinite(size_um) and 0 < size_um <= most_um):
        raise SliceError(f"size_um={size_um:g} must be above 0 and at most {most_um:g}, half the cell's shorter side")
    elements = 6 * np.prod([side / size_um for side in sides])
    if elements > MOST_ELEMENTS:
        raise SliceError(f"size_um={size_um:g} gives about {elements:.2g} tetrahedra; must not exceed {MOST_ELEMENTS}")
