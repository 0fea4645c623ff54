"""Edges that a triangulation lacks, forced into it one by one (Anglada, Computers & Graphics 21, 1997).

The triangles that the edge crosses are taken out; what is left on either side of it is cut anew, each triangle so
that no corner of its side lies in its circumcircle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import SliceError
from voxelyte.mesh.figure import Triangles

FLAT = 1e-12
"""Doubled area of a triangle without any, in squares of its longest edge."""
ROUNDS = 20
CROSSING = "outlines of a section touch or cross; widen gap_um or lessen sagitta_um"


def with_edges(points: NDArray[np.float64], faces: Triangles, edges: NDArray[np.int64]) -> Triangles:
    """`faces` with every one of `edges`, int64[n, 2], an edge of some triangle."""
    faces = _without_flat(points, faces)
    table = _Table(points, faces)
    missing = edges[~(table.has(edges) | table.has(edges[:, ::-1]))]
    for start, end in missing.tolist():
        table.force(start, end)
    return table.faces() if len(missing) else faces


def _without_flat(points: NDArray[np.float64], faces: Triangles) -> Triangles:
    """The triangulation with triangles without area joined to their neighbours; a row of corners may take several rounds."""
    for _ in range(ROUNDS):
        thin = flat(points, faces)
        if not len(thin):
            break
        table = _Table(points, faces)
        for a, b, c in thin.tolist():
            table.flip(a, b, c)
        faces = table.faces()
    return faces


def flat(points: NDArray[np.float64], faces: Triangles) -> Triangles:
    """Triangles whose corners lie in line, each turned so that its longest edge is the first."""
    ways = points[np.roll(faces, -1, axis=1)] - points[faces]
    lengths = np.hypot(ways[:, :, 0], ways[:, :, 1])
    areas = ways[:, 0, 0] * ways[:, 1, 1] - ways[:, 0, 1] * ways[:, 1, 0]
    thin = np.flatnonzero(areas <= FLAT * lengths.max(axis=1) ** 2)
    turned = (lengths[thin].argmax(axis=1)[:, None] + np.arange(3)) % 3
    return np.take_along_axis(faces[thin], turned, axis=1)


def enclosed(faces: Triangles, edges: NDArray[np.int64]) -> Triangles:
    """Triangles of a triangulation that has all of the directed `edges`, on whose left the figure lies: those in the figure.

    A triangle at an edge shows its side by how it runs along it; the others are as their neighbours are.
    """
    size = int(faces.max()) + 1
    side = _beside(faces, edges, size).astype(np.int8) - _beside(faces, edges[:, ::-1], size)
    unknown = np.flatnonzero(side == 0)
    there, back = _keys(faces, size), (np.roll(faces[unknown], -1, axis=1) * size + faces[unknown]).ravel()
    order = np.argsort(there) if len(unknown) else np.arange(1)
    at = np.minimum(np.searchsorted(there, back, sorter=order), len(there) - 1) if len(unknown) else np.arange(0)
    neighbour = np.where(there[order[at]] == back, order[at] // 3, len(faces)).reshape(-1, 3)
    side = np.append(side, np.int8(0))
    while len(unknown):
        found = np.sign(side[neighbour].sum(axis=1))
        if not found.any():
            break
        side[unknown] = found
        unknown, neighbour = unknown[found == 0], neighbour[found == 0]
    return np.asarray(faces[side[:-1] > 0])


def _keys(faces: Triangles, size: int) -> NDArray[np.int64]:
    """One number for each directed edge, three for each triangle."""
    return np.asarray((faces * size + np.roll(faces, -1, axis=1)).ravel())


def _beside(faces: Triangles, edges: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """Which triangles have one of these directed edges."""
    wanted, keys = np.sort(edges @ (size, 1)), _keys(faces, size)
    found = np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)
    return np.asarray((wanted[found] == keys).reshape(-1, 3).any(axis=1))


class _Table:
    """Triangles by their directed edges: those of the array, found by search, and those that were put in."""

    def __init__(self, points: NDArray[np.float64], faces: Triangles) -> None:
        self._points, self._faces, self._size = points, faces, len(points)
        keys = _keys(faces, self._size)
        self._order = np.argsort(keys)
        self._keys = keys[self._order]
        self._gone: set[int] = set()
        self._new: dict[tuple[int, int], int] = {}
        self._at: dict[int, set[tuple[int, int]]] = {}

    def has(self, edges: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Is each directed edge one of the array's?"""
        wanted = edges @ (self._size, 1)
        found = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return np.asarray(self._keys[found] == wanted)

    def faces(self) -> Triangles:
        """All triangles."""
        new = {min((a, b, c), (b, c, a), (c, a, b)) for (a, b), c in self._new.items()}
        kept = np.delete(self._faces, sorted(self._gone), axis=0)
        return np.concatenate((kept, np.array(sorted(new), dtype=np.int64).reshape(-1, 3)))

    def flip(self, a: int, b: int, c: int) -> None:
        """Take out a triangle without area: the edge `a`-`b`, on which `c` lies, goes to its neighbour's two halves."""
        other = self._third(b, a)
        if self._third(a, b) != c:  # changed by a flip before it
            return
        if other is not None and (self._third(c, other) is not None or self._third(other, c) is not None):
            return
        self._remove(a, b)
        if other is not None:
            self._remove(b, a)
            self._add(c, a, other)
            self._add(c, other, b)

    def force(self, start: int, end: int) -> None:
        """Make `start`-`end` an edge."""
        if self._third(start, end) is not None or self._third(end, start) is not None:
            return
        right, left = self._first(start, end)
        rights, lefts = [right], [left]
        self._remove(start, right)
        while True:
            third = self._third(left, right)
            if third is None:
                raise SliceError(CROSSING)
            self._remove(left, right)
            if third == end:
                break
            side = self._side(start, end, third)
            if side == 0:
                raise SliceError(CROSSING)
            left, right = (third, right) if side > 0 else (left, third)
            (lefts if side > 0 else rights).append(third)
        self._fill(start, end, lefts)
        self._fill(end, start, rights[::-1])

    def _first(self, start: int, end: int) -> tuple[int, int]:
        """The edge opposite `start`, in a triangle there, that the way to `end` crosses: its right end and its left one."""
        span = np.searchsorted(self._keys, (start * self._size, (start + 1) * self._size))
        there = [(start, int(key) % self._size) for key in self._keys[slice(*span)]]
        for _, right in [*there, *self._at.get(start, ())]:
            left = self._third(start, right)
            if left is not None and self._side(start, end, right) < 0 < self._side(start, end, left):
                return right, left
        raise SliceError(CROSSING)

    def _third(self, a: int, b: int) -> int | None:
        """The third corner of the triangle left of `a`-`b`."""
        if (a, b) in self._new:
            return self._new[a, b]
        index = self._index(a, b)
        return None if index is None else int(self._faces[index // 3, (index + 2) % 3])

    def _index(self, a: int, b: int) -> int | None:
        """Where the array has the directed edge, if that triangle is still there."""
        at = int(np.searchsorted(self._keys, a * self._size + b))
        if at == len(self._keys) or self._keys[at] != a * self._size + b:
            return None
        index = int(self._order[at])
        return None if index // 3 in self._gone else index

    def _remove(self, a: int, b: int) -> None:
        """Take out the triangle left of `a`-`b`."""
        c = self._third(a, b)
        assert c is not None
        if (a, b) not in self._new:
            index = self._index(a, b)
            assert index is not None
            self._gone.add(index // 3)
            return
        for edge in ((a, b), (b, c), (c, a)):
            del self._new[edge]
            self._at[edge[0]].discard(edge)

    def _add(self, a: int, b: int, c: int) -> None:
        for one, two, three in ((a, b, c), (b, c, a), (c, a, b)):
            self._new[one, two] = three
            self._at.setdefault(one, set()).add((one, two))

    def _fill(self, start: int, end: int, chain: list[int]) -> None:
        """Triangles between the edge and the corners left of it."""
        rest = [(start, end, chain)]
        while rest:
            a, b, between = rest.pop()
            if not between:
                continue
            best = 0
            for k in range(1, len(between)):
                if self._within(a, b, between[best], between[k]):
                    best = k
            self._add(a, b, between[best])
            rest += [(a, between[best], between[:best]), (between[best], b, between[best + 1 :])]

    def _side(self, a: int, b: int, c: int) -> float:
        """Positive where `c` lies left of the way from `a` to `b`."""
        (abx, aby), (acx, acy) = (
            (self._points[b] - self._points[a]).tolist(),
            (self._points[c] - self._points[a]).tolist(),
        )
        return float(abx * acy - aby * acx)

    def _within(self, a: int, b: int, c: int, d: int) -> bool:
        """Does `d` lie in the circle through `a`, `b`, `c` (counter-clockwise)?"""
        (ax, ay), (bx, by), (cx, cy) = ((self._points[one] - self._points[d]).tolist() for one in (a, b, c))
        aa, bb, cc = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
        return bool(ax * (by * cc - cy * bb) - ay * (bx * cc - cx * bb) + aa * (bx * cy - cx * by) > 0)
