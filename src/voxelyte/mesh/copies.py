"""A body as a mesh draws it: one pile of rings, joined corner to corner, and where its copies stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from voxelyte.bodies import Body
from voxelyte.errors import SliceError
from voxelyte.mesh.figure import Figure, Triangles
from voxelyte.mesh.plane import filled


@dataclass(eq=False)
class Copies:
    """All copies of one body. Points are numbered from `first`, copy by copy, from the foot to the top."""

    first: int
    heights_um: tuple[float, ...]
    """Of the stations above the foot."""
    stations: tuple[Figure, ...]
    """The rings of one copy at each height, of the shape's own size."""
    at_um: NDArray[np.float64]
    scales: tuple[NDArray[np.float64] | None, ...]
    shift_um: NDArray[np.float64] | None = None
    """float64[count, corners, 2]: by how much corners were moved off the base's edge, if any was."""
    on_rim: NDArray[np.bool_] | None = None
    """bool[count, corners]: whether the corner is one of the base's own, whose wall goes on upward; None where none is."""

    @property
    def count(self) -> int:
        """How many copies."""
        return len(self.at_um)

    @property
    def size(self) -> int:
        """Corners of one copy at one height."""
        return len(self.stations[0].points)

    @property
    def stride(self) -> int:
        """Points of one copy."""
        return self.size * len(self.heights_um)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Number of each copy's first point."""
        return self.first + self.stride * np.arange(self.count)

    def outlines(self, station: int = 0, which: slice | NDArray[np.generic] = slice(None)) -> NDArray[np.float64]:
        """float64[copies, corners, 2]: the copies at one height."""
        scale, ring = self.scales[station], self.stations[station].points
        drawn = self.at_um[which][:, None] + (ring if scale is None else scale[which, None, None] * ring)
        return np.asarray(drawn if self.shift_um is None else drawn + self.shift_um[which])

    def feet(self, which: NDArray[np.bool_]) -> Figure:
        """The outlines where they stand on the base, numbered as in the mesh."""
        numbers = self.starts[which][:, None] + np.arange(self.size)
        lengths = np.tile(self.stations[0].lengths, len(numbers))
        return Figure(self.outlines(0, which).reshape(-1, 2), lengths, numbers.ravel())

    def free_feet(self, which: NDArray[np.bool_]) -> Figure:
        """Those outlines that are not the base's own."""
        feet = self.feet(which)
        return feet if self.on_rim is None else feet.kept(~self.on_rim[which].ravel()[feet.ends - 1])

    @cached_property
    def faces(self) -> Triangles:
        """Walls and top of one copy, numbered from 0; its foot is open."""
        a, b = self.stations[0].edges.T
        found = []
        for low in range(0, self.stride - self.size, self.size):
            high = low + self.size
            found += [np.column_stack((low + a, low + b, high + b)), np.column_stack((low + a, high + b, high + a))]
        return np.concatenate((*found, self.stride - self.size + filled(self.stations[-1])))

    def place(self, points_um: NDArray[np.float64], z_um: float) -> None:
        """Write the points of all copies, which stand at `z_um`, into those of the mesh, float64[n, 3]."""
        last = self.first + self.stride * self.count
        points = points_um[self.first : last].reshape(self.count, len(self.heights_um), self.size, 3)
        for station, height_um in enumerate(self.heights_um):
            points[:, station, :, :2] = self.outlines(station)
            points[:, station, :, 2] = z_um + height_um


def copies_of(body: Body, first: int, sagitta_um: float) -> Copies:
    """`body` as polygons that leave its surface by at most `sagitta_um`."""
    heights_um = body.stations_um(sagitta_um)
    parts = [body.part(height_um) for height_um in heights_um]
    stations = tuple(Figure.of(part.rings(sagitta_um)) for part in parts)
    if any(not np.array_equal(one.lengths, stations[0].lengths) for one in stations):
        raise SliceError(f"a body of height_um={body.height_um:g} changes its number of corners on the way up")
    return Copies(first, heights_um, stations, parts[0].places.at_um, tuple(part.places.scale for part in parts))
