"""The cell from above, as triangles that follow the feet and match on opposite sides."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.edges import with_edges
from voxelyte.mesh.figure import Figure, Triangles, polygons
from voxelyte.mesh.plane import delaunay

CLEAR = 0.65
"""How far nodes inside stay from lines, in element sizes."""
OFF = 0.7548776662466927, 0.5698402909980532
"""Fractions whose multiples fill the unit square evenly: 1/p and 1/p² of the plastic number p."""


class Plane(NamedTuple):
    """Triangles of the cell."""

    width_um: float
    depth_um: float
    points_um: NDArray[np.float64]
    triangles: Triangles
    foot: NDArray[np.bool_]
    """Which triangles are in a foot."""
    ring: NDArray[np.int64]
    """int64[n]: for each node the place on the foot's rings at which it lies, counted in corners and cut edges; -1 for none."""
    share: NDArray[np.float64]
    """float64[n]: how far along the edge that begins there."""
    centre: NDArray[np.float64]
    """float64[n, 2]: of the foot on whose ring it lies."""
    twin: NDArray[np.int64]
    """int64[n]: the node that stands for this one and those a period away."""


class _Nodes:
    """Nodes by where they are, to a billionth of the cell."""

    def __init__(self, unit_um: float) -> None:
        self.unit_um, self.names, self.rows = unit_um, dict[tuple[int, int], int](), list[tuple[float, ...]]()

    def add(
        self, x: float, y: float, ring: int = -1, share: float = 0.0, centre: tuple[float, float] = (0.0, 0.0)
    ) -> int:
        name = round(x / self.unit_um), round(y / self.unit_um)
        if name not in self.names:
            self.names[name] = len(self.rows)
            self.rows.append((x, y, ring, share, *centre))
        return self.names[name]


def plane_of(width_um: float, depth_um: float, foot: Figure, centred: bool, size_um: float) -> Plane:
    """The cell cut into triangles of about `size_um`, and finer where the foot's rings are."""
    import shapely

    nodes, edges = _Nodes(1e-9 * max(width_um, depth_um)), list[tuple[int, int]]()
    _refuse_wide(foot, width_um, depth_um, centred)
    centres = [(width_um / 2, depth_um / 2)]
    if centred:
        centres += [(x, y) for y in (0.0, depth_um) for x in (0.0, width_um)]
    for centre in centres:
        edges += _rings(nodes, foot, centre, (width_um, depth_um), size_um)
    _sides(nodes, (width_um, depth_um), size_um)
    _fill(nodes, edges, (width_um, depth_um), size_um)
    rows = np.array(nodes.rows)
    points = rows[:, :2]
    triangles = _triangles(points, np.array(edges, dtype=np.int64))
    feet = shapely.union_all(
        [_polygon(Figure(foot.points + np.array(centre), foot.lengths, foot.numbers)) for centre in centres]
    )
    shapely.prepare(feet)
    inside = shapely.contains_xy(feet, points[triangles].mean(axis=1))
    twin = _twins(nodes, points, (width_um, depth_um))
    return Plane(
        width_um, depth_um, points, triangles, inside, rows[:, 2].astype(np.int64), rows[:, 3], rows[:, 4:6], twin
    )


def _refuse_wide(foot: Figure, width_um: float, depth_um: float, centred: bool) -> None:
    """A foot has to leave room to its neighbours."""
    x, y = np.abs(foot.points).max(axis=0)
    if 2 * x >= width_um or 2 * y >= depth_um or (centred and _reach(foot) * 2 >= np.hypot(width_um, depth_um) / 2):
        raise SliceError(f"a foot {2 * x:g} x {2 * y:g} µm leaves no room in a cell of {width_um:g} x {depth_um:g} µm")


def _reach(foot: Figure) -> float:
    return float(np.hypot(*foot.points.T).max())


def _rings(
    nodes: _Nodes, foot: Figure, centre: tuple[float, float], box: tuple[float, float], size_um: float
) -> list[tuple[int, int]]:
    """Nodes and edges of the foot at one place, as far as they are in the cell."""
    found = list[tuple[int, int]]()
    for start, end in zip(range(len(foot.points)), foot.following.tolist(), strict=True):
        a, b = foot.points[start], foot.points[end]
        shares = _cuts(a, b, size_um)
        at = [(share, p) for share in shares if _within(p := a + share * (b - a) + centre, box)]
        names = [
            nodes.add(_onto(p[0], box[0]), _onto(p[1], box[1]), end if share == 1 else start, share % 1.0, centre)
            for share, p in at
        ]
        found += [(one, two) for one, two in pairwise(names) if one != two]
    return found


def _cuts(a: NDArray[np.float64], b: NDArray[np.float64], size_um: float) -> list[float]:
    """Where an edge has nodes: its ends, evenly between, and where it crosses an axis through the middle of its foot."""
    shares = list(np.linspace(0.0, 1.0, max(1, ceil(float(np.hypot(*(b - a))) / size_um)) + 1))
    for axis in (0, 1):
        if a[axis] * b[axis] < 0 and min(abs(a[axis]), abs(b[axis])) > 1e-9 * np.hypot(*a):
            cut = float(a[axis] / (a[axis] - b[axis]))
            near = min(range(len(shares)), key=lambda k: abs(shares[k] - cut))
            if 0 < near < len(shares) - 1:
                shares[near] = cut
            else:
                shares.append(cut)
    return sorted(shares)


def _within(p: NDArray[np.float64], box: tuple[float, float]) -> bool:
    slack = 1e-9 * max(box)
    return bool(-slack <= p[0] <= box[0] + slack and -slack <= p[1] <= box[1] + slack)


def _onto(at: float, side: float) -> float:
    """A coordinate that rounding has moved off a side of the cell."""
    for line in (0.0, side):
        if abs(at - line) < 1e-9 * side:
            return line
    return float(at)


def _sides(nodes: _Nodes, box: tuple[float, float], size_um: float) -> None:
    """Nodes along the cell's sides: the feet's own, and between them evenly; the same on opposite sides."""
    rows = np.array(nodes.rows)
    for axis in (0, 1):
        on = (rows[:, 1 - axis] == 0) | (rows[:, 1 - axis] == box[1 - axis])
        fixed = np.unique(np.concatenate((np.round(rows[on, axis] / nodes.unit_um) * nodes.unit_um, (0.0, box[axis]))))
        fixed = fixed[np.concatenate(([True], np.diff(fixed) > 2 * nodes.unit_um))]
        fixed[-1] = box[axis]
        for low, high in pairwise(fixed.tolist()):
            for at in np.linspace(low, high, max(1, ceil((high - low) / size_um)) + 1).tolist():
                for across in (0.0, box[1 - axis]):
                    nodes.add(*((at, across) if axis == 0 else (across, at)))


def _fill(nodes: _Nodes, edges: list[tuple[int, int]], box: tuple[float, float], size_um: float) -> None:
    """Nodes in rows of equilateral triangles, clear of all lines."""
    import shapely

    points = np.array(nodes.rows)[:, :2]
    lines = shapely.union_all(
        [shapely.linestrings(points[list(edge)]) for edge in edges] + [shapely.box(0, 0, *box).exterior]
    )
    shapely.prepare(lines)
    rows, columns = max(1, round(box[1] / (size_um * 0.75**0.5))), max(1, round(box[0] / size_um))
    row, column = (one.ravel() for one in np.mgrid[0 : rows + 1, 0 : columns + 1])
    x = (column + (row % 2) / 2) * (box[0] / columns)
    y = row * (box[1] / rows)
    inside = (x > 0) & (x < box[0]) & (y > 0) & (y < box[1])
    spots = np.column_stack((x, y))[inside]
    clear = shapely.distance(lines, shapely.points(spots)) > CLEAR * size_um
    # Off their rows by a little, in no order: nodes on a line or on a circle can be joined in more than one way.
    off = np.modf(np.arange(len(spots))[:, None] * OFF)[0] - 0.5
    for x_um, y_um in (spots + 0.1 * size_um * off)[clear].tolist():
        nodes.add(x_um, y_um)


def _triangles(points: NDArray[np.float64], edges: NDArray[np.int64]) -> Triangles:
    """Delaunay's, with all edges; without those that have no area, between three nodes of one side."""
    faces = delaunay(Figure(points, np.array([len(points)]), np.arange(len(points))))
    on = np.stack((points == points.min(axis=0), points == points.max(axis=0)))
    flat = np.logical_or.reduce(on[:, faces].all(axis=2), axis=(0, 2))
    return with_edges(points, faces[~flat], edges)


def _polygon(foot: Figure) -> object:
    import shapely

    return shapely.multipolygons(polygons(foot))


def _twins(nodes: _Nodes, points: NDArray[np.float64], box: tuple[float, float]) -> NDArray[np.int64]:
    """Each node's like on the sides x = 0 and y = 0."""
    twin = np.arange(len(points))
    for k, (x, y) in enumerate(points.tolist()):
        if x == box[0] or y == box[1]:
            low = (0.0 if x == box[0] else x, 0.0 if y == box[1] else y)
            twin[k] = nodes.add(*low)
    if len(nodes.rows) != len(points):
        raise SliceError("opposite sides of the cell do not match; choose another size_um")
    return twin
