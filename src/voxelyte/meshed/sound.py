"""Is a mesh the surface of a solid? What is wrong with it, and where, in the file's own unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import Drawn, Points, Triangles
from voxelyte.meshed.joined import Joined, doubled

SHOWN = 3
"""Places that are named of each fault."""
CURE = "repair the mesh, or let --repair try"


class Body(NamedTuple):
    """Triangles that hang together: which they are, the box around them (least x, y, z, greatest x, y, z), and their volume."""

    box: NDArray[np.float64]
    volume: float

    @property
    def hollow(self) -> bool:
        """It is turned inwards: the wall of a cavity."""
        return self.volume < 0

    def meets(self, other: Body) -> bool:
        """Whether the boxes share room."""
        return bool((self.box[:3] < other.box[3:]).all() and (other.box[:3] < self.box[3:]).all())

    def within(self, other: Body) -> bool:
        """Whether the box lies in the other's."""
        return bool((other.box[:3] <= self.box[:3]).all() and (self.box[3:] <= other.box[3:]).all())


class Sound(NamedTuple):
    """A mesh that closes: its triangles, the number of each one's body, the bodies, and what was passed over."""

    drawn: Drawn
    body: NDArray[np.int64]
    bodies: tuple[Body, ...]


def sound(drawn: Drawn) -> Sound:
    """The mesh with equal points made one; FormatError says everything that keeps it from being a solid."""
    _refuse([*_numbers(drawn)])
    welded = drawn.welded()
    kept = _with_corners(welded)
    if not len(kept.faces):
        raise FormatError("no triangle has three different corners")
    joined = Joined(kept.faces, len(kept.points))
    _refuse([*(() if joined.closed else _edges(kept, joined)), *_twice(kept, joined)])
    number = joined.bodies
    bodies = bodies_of(kept.points, kept.faces, number)
    _refuse([*_turned(kept, bodies)])
    return Sound(kept, number, bodies)


def bodies_of(points: Points, faces: Triangles, number: NDArray[np.int64]) -> tuple[Body, ...]:
    """Box and volume of each body."""
    if not number.any():
        return (Body(np.concatenate((points.min(axis=0), points.max(axis=0))), float(_volumes(points, faces).sum())),)
    order = np.argsort(number, kind="stable")
    start = np.flatnonzero(np.diff(number[order], prepend=-1))
    corners, each = faces[order].ravel(), 3 * start
    low, high = (
        np.stack([end.reduceat(axis[corners], each) for axis in points.T], axis=1) for end in (np.minimum, np.maximum)
    )
    volume = np.add.reduceat(_volumes(points, faces[order]), start)
    return tuple(Body(box, float(one)) for box, one in zip(np.hstack((low, high)), volume, strict=True))


def _volumes(points: Points, faces: Triangles) -> NDArray[np.float64]:
    """Of the tetrahedra from the middle of all points to each triangle."""
    x, y, z = (points - (points.min(axis=0) + points.max(axis=0)) / 2).T
    (ax, bx, cx), (ay, by, cy), (az, bz, cz) = (np.ascontiguousarray(axis)[faces.T] for axis in (x, y, z))
    return np.asarray((ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)) / 6)


def _with_corners(drawn: Drawn) -> Drawn:
    """Without triangles of which two corners are one: they are no surface, and to leave them out opens nothing."""
    a, b, c = drawn.faces.T
    real = (a != b) & (b != c) & (c != a)
    if real.all():
        return _used(drawn)
    note = f"{int((~real).sum())} triangles without area, of which two corners are one, are passed over"
    return _used(replace(drawn, faces=drawn.faces[real], notes=(*drawn.notes, note)))


def _used(drawn: Drawn) -> Drawn:
    """Without points that no triangle has."""
    used = np.zeros(len(drawn.points), dtype=bool)
    used[drawn.faces] = True
    if used.all():
        return drawn
    return replace(drawn, points=drawn.points[used], faces=(np.cumsum(used) - 1)[drawn.faces])


def _numbers(drawn: Drawn) -> Iterator[str]:
    if np.isfinite(drawn.points).all():
        return
    finite: NDArray[np.bool_] = np.all(np.isfinite(drawn.points), axis=1)
    wrong = np.flatnonzero(~finite[drawn.faces].all(axis=1))
    if len(wrong):
        yield f"{len(wrong)} triangles have a corner that is no finite number: the first is triangle {int(wrong[0])}"


def _edges(drawn: Drawn, joined: Joined) -> Iterator[str]:
    for edges, said in (
        (joined.open_edges, "open edges, with a triangle on one side only"),
        (joined.turned_edges, "edges between triangles of opposite sense (inconsistent winding)"),
    ):
        if len(edges):
            yield f"{len(edges)} {said}: {_places(drawn, edges)}"


def _twice(drawn: Drawn, joined: Joined) -> Iterator[str]:
    # A triangle that is there twice has edges that four triangles have.
    count = doubled(drawn.faces) if joined.crowded else 0
    if count:
        yield f"{count} {'triangle is' if count == 1 else 'triangles are'} there twice"


def _turned(drawn: Drawn, bodies: tuple[Body, ...]) -> Iterator[str]:
    full = [one for one in bodies if not one.hollow]
    astray = [one for one in bodies if one.volume == 0 or (one.hollow and not any(one.within(other) for other in full))]
    if astray:
        x, y, z = astray[0].box[:3]
        what = (
            "without volume"
            if astray[0].volume == 0
            else "inside out (its normals point inwards, its volume is negative)"
        )
        count = f"{len(astray)} of {len(bodies)} bodies {'is' if len(astray) == 1 else 'are'}"
        yield f"{count} {what}: the first from ({x:g}, {y:g}, {z:g}) {drawn.unit} on"


def _places(drawn: Drawn, edges: NDArray[np.int64]) -> str:
    """The first edges from the lowest up, as coordinates."""
    ends = np.sort(drawn.points[edges].view("f8,f8,f8")[..., 0], axis=1, order=("f2", "f1", "f0"))
    first = ends[np.argsort(ends[:, 0], order=("f2", "f1", "f0"), kind="stable")][:SHOWN].tolist()
    said = ["({:.6g}, {:.6g}, {:.6g}) to ({:.6g}, {:.6g}, {:.6g})".format(*start, *end) for start, end in first]
    return f"{'; '.join(said)}{' …' if len(edges) > SHOWN else ''} {drawn.unit}"


def _refuse(faults: list[str]) -> None:
    if faults:
        raise FormatError("\n".join([*faults, CURE]))
