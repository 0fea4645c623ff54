"""The face between feet that stand in no order: the triangles of their middles, drawn from foot to foot.

Neighbours in Delaunay's triangulation of the middles are linked: each by the corner of its foot that is farthest out
towards the other. Between three links lies a figure with an arc of each foot's ring as its corners: a triangle in the
middle, and along each link a strip between two arcs. Where all these triangles have area and lie on the base, they
are part of the face. What is left, near the edge and where a large foot stands in the way, is returned as a figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.cells import within
from voxelyte.mesh.copies import Copies
from voxelyte.mesh.figure import Figure, Triangles, joined
from voxelyte.mesh.plane import delaunay, doubled_areas
from voxelyte.mesh.surface import edges_of, unmatched

FEWEST = 300
"""Feet for which this is worth while."""
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Feet:
    """Rings of many feet, one each."""

    bodies: Sequence[Copies]
    figure: Figure
    middle: NDArray[np.float64]
    body: Ints
    """Which body each is of."""

    @property
    def starts(self) -> Ints:
        """Position of each foot's first corner."""
        return self.figure.ends - self.figure.lengths

    def corner(self, foot: Ints, steps: Ints) -> Ints:
        """Position of a foot's corner, counted around from its first."""
        return np.asarray(self.starts[foot] + steps % self.figure.lengths[foot])

    def towards(self, foot: Ints, other: Ints) -> Ints:
        """The corner of each foot, counted from its first, that is farthest out towards another foot."""
        way, found = self.middle[other] - self.middle[foot], np.zeros(len(foot), dtype=np.int64)
        for k, body in enumerate(self.bodies):
            here = np.flatnonzero(self.body[foot] == k)
            for some in np.array_split(here, len(here) // 100_000 + 1):
                found[some] = (way[some] @ body.stations[0].points.T).argmax(axis=1)
        return found


def linked(bodies: Sequence[Copies], room: object) -> tuple[Triangles, Figure] | None:
    """Triangles between the feet of `bodies`, numbered as in the mesh, and the figure that they leave of `room` beside its
    own rings; None for few feet and for hollow ones.
    """
    if sum(body.count for body in bodies) < FEWEST or any(len(body.stations[0].lengths) > 1 for body in bodies):
        return None
    every = [np.ones(body.count, dtype=bool) for body in bodies]
    figure = joined([body.feet(which) for body, which in zip(bodies, every, strict=True)])
    middle = np.concatenate([body.outlines().mean(axis=1) for body in bodies])
    if len(np.unique(middle, axis=0)) < len(middle):
        return None
    feet = _Feet(bodies, figure, middle, np.repeat(np.arange(len(bodies)), [body.count for body in bodies]))
    threes = delaunay(Figure(middle, np.array([len(middle)]), np.arange(len(middle))))
    links = feet.towards(*(one.ravel() for one in (threes, np.roll(threes, -1, axis=1)))).reshape(-1, 3)
    backs = feet.towards(*(one.ravel() for one in (threes, np.roll(threes, 1, axis=1)))).reshape(-1, 3)
    faces, owner = _between(feet, threes, links, backs)
    bad = np.bincount(owner[doubled_areas(figure.points, faces) <= 0], minlength=len(threes)) > 0
    good = ~bad & within(room, middle[threes], _blocks(middle[threes]))
    while len(crossed := _crossed(feet, threes, good)):
        good[crossed] = False
    return figure.numbers[faces[good[owner]]], _left(feet, threes[good])


def _blocks(outlines: NDArray[np.float64]) -> Ints:
    """Squares of some thirty triangles each."""
    side = np.sqrt(30 * np.ptp(outlines.reshape(-1, 2), axis=0).prod() / len(outlines))
    return np.asarray(np.floor(outlines[:, 0] / max(side, 1e-9)).astype(np.int64))


def _between(feet: _Feet, threes: Ints, links: Ints, backs: Ints) -> tuple[Triangles, Ints]:
    """All triangles between three feet, and which three that is.

    At each foot the arc runs, counter-clockwise, from the link to the next foot to that to the one before.
    """
    lengths = feet.figure.lengths[threes]
    arc = (backs - links) % lengths
    half = arc // 2
    found = [feet.corner(threes.ravel(), (links + half).ravel()).reshape(-1, 3)]
    owners = [np.arange(len(threes))]
    for k in range(3):
        one, other = threes[:, k], threes[:, (k + 1) % 3]
        rise, fall = half[:, k], (arc - half)[:, (k + 1) % 3]
        steps = rise + fall
        owner = np.repeat(np.arange(len(threes)), steps)
        t = np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)
        low, high = (((t + more) * rise[owner] + steps[owner] // 2) // steps[owner] for more in (0, 1))
        a = feet.corner(one[owner], links[owner, k] + low)
        b = feet.corner(other[owner], backs[owner, (k + 1) % 3] - (t - low))
        ahead = feet.corner(one[owner], links[owner, k] + low + 1)
        beyond = feet.corner(other[owner], backs[owner, (k + 1) % 3] - (t - low) - 1)
        found.append(np.column_stack((a, b, np.where(high > low, ahead, beyond))))
        owners.append(owner)
    return np.concatenate(found), np.concatenate(owners)


def _rim(threes: Ints) -> Ints:
    """int64[n, 2]: directed links that only one of these figures has."""
    edges = unmatched(edges_of(threes)) if len(threes) else np.zeros((0, 2), dtype=np.int64)
    assert edges is not None  # Delaunay's triangles do not overlap
    return edges


def _crossed(feet: _Feet, threes: Ints, good: NDArray[np.bool_]) -> Ints:
    """Those of the good figures with a link on the rim that some other foot there lies across."""
    import shapely

    rim = _rim(threes[good])
    near = np.zeros(len(feet.middle), dtype=bool)
    near[threes[~good]] = near[rim] = True
    start, end = rim.T
    ends = feet.corner(start, feet.towards(start, end)), feet.corner(end, feet.towards(end, start))
    links = shapely.linestrings(np.stack([feet.figure.points[one] for one in ends], axis=1))
    some = feet.figure.kept(near)
    rings = shapely.linearrings(some.points, indices=np.repeat(np.arange(len(some.lengths)), some.lengths))
    link, foot = shapely.STRtree(rings).query(links, predicate="intersects")
    foot = np.flatnonzero(near)[foot]
    bad = rim[np.unique(link[(foot != start[link]) & (foot != end[link])])]
    size = len(feet.middle)
    owned = np.isin(edges_of(threes) @ (size, 1), bad @ (size, 1)).reshape(-1, 3).any(axis=1)
    return np.flatnonzero(owned & good)


def _left(feet: _Feet, threes: Ints) -> Figure:
    """What is left beside these figures: the way around them from foot to foot, and feet that none of them touches."""
    edges = _rim(threes)
    touched = np.zeros(len(feet.middle), dtype=bool)
    touched[threes] = True
    alone = feet.figure.kept(~touched).turned
    return joined((alone, _ways(feet, edges[:, ::-1]))) if len(edges) else alone


def _ways(feet: _Feet, edges: Ints) -> Figure:
    """Closed ways along directed links, the open face on their left, and clockwise around each foot from link to link."""
    start, end = edges.T
    leaves, comes = feet.towards(start, end), feet.towards(end, start)
    onward = _onward(feet, edges)
    numbers, lengths, todo = list[int](), list[int](), set(range(len(edges)))
    while todo:
        first = link = min(todo)
        before = len(numbers)
        while True:
            todo.discard(link)
            after = onward[link]
            foot = int(end[link])
            size, at = int(feet.figure.lengths[foot]), int(feet.starts[foot])
            steps = int(comes[link] - leaves[after]) % size
            if not steps and _clockwise(feet, foot, int(start[link]), int(end[after])) > np.pi:
                steps = size
            around = [at + (int(comes[link]) - step) % size for step in range(steps + 1)]
            numbers += around if steps < size else around[:-1] + around[:1]
            link = after
            if link == first:
                break
        lengths.append(len(numbers) - before)
    found = np.array(numbers, dtype=np.int64)
    return Figure(feet.figure.points[found], np.array(lengths, dtype=np.int64), feet.figure.numbers[found])


def _onward(feet: _Feet, edges: Ints) -> list[int]:
    """For each link into a foot the first one out of it, clockwise."""
    out = dict[int, list[int]]()
    for k, foot in enumerate(edges[:, 0].tolist()):
        out.setdefault(foot, []).append(k)
    return [
        min(out[foot], key=lambda k: _clockwise(feet, foot, came, int(edges[k, 1]))) for came, foot in edges.tolist()
    ]


def _clockwise(feet: _Feet, foot: int, one: int, other: int) -> float:
    """Angle from the way to one foot clockwise to that to another, 0 to 2π."""
    (x, y), (u, v) = (feet.middle[k] - feet.middle[foot] for k in (one, other))
    return float(np.arctan2(y * u - x * v, x * u + y * v) % (2 * np.pi))
