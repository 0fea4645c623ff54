"""Segments: a figure known by the directed edges of its boundary, in no order. A section of a mesh is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from voxelyte.shapes import Ring, ring_area

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Segments:
    """Directed segments that together close; solid is on the left of each.

    `ends_um` is float64[4, n]: x and y where each begins, x and y where it ends. At every point as many end as begin, to
    the bit. Area and perimeter need no order; rings are linked when somebody asks.
    """

    ends_um: Floats

    @cached_property
    def area_um2(self) -> float:
        """Signed area; what is enclosed twice counts twice."""
        x, y, _, _ = self.bounds_um
        x0, y0, x1, y1 = self.ends_um - np.array([[x], [y], [x], [y]])
        return float((x0 * y1 - x1 * y0).sum() / 2)

    @cached_property
    def perimeter_um(self) -> float:
        """Length of all segments."""
        x0, y0, x1, y1 = self.ends_um
        return float(np.hypot(x1 - x0, y1 - y0).sum())

    @cached_property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        x0, y0, _, _ = self.ends_um
        return float(x0.min()), float(y0.min()), float(x0.max()), float(y0.max())

    @cached_property
    def pieces(self) -> int:
        """As many as it has outer rings."""
        return sum(ring_area(ring) > 0 for ring in self._rings)

    def rings(self, sagitta_um: float) -> list[Ring]:
        """The segments linked to rings; where several meet in a point, each ring keeps as far left as it can."""
        return list(self._rings)

    @cached_property
    def _rings(self) -> tuple[Ring, ...]:
        return tuple(linked(self.ends_um))


def edges_of(rings: list[Ring]) -> Floats:
    """float64[4, n]: the edges of rings, outer ones counter-clockwise, holes clockwise."""
    edges = [np.concatenate((ring, np.roll(ring, -1, axis=0)), axis=1) for ring in rings]
    return np.ascontiguousarray(np.concatenate(edges).T)


def linked(ends_um: Floats) -> Iterator[Ring]:
    """Closed rings out of directed segments, float64[4, n]; each segment is in one of them."""
    begin, end = ends_um[0] + 1j * ends_um[1], ends_um[2] + 1j * ends_um[3]
    following = _following(begin, end).tolist()
    left = np.ones(len(begin), dtype=bool)
    for first in range(len(begin)):
        if not left[first]:
            continue
        ring, at = [first], following[first]
        while at != first:
            ring.append(at)
            at = following[at]
        left[ring] = False
        corners = begin[ring]
        yield np.column_stack((corners.real, corners.imag))


def _following(begin: NDArray[np.complex128], end: NDArray[np.complex128]) -> NDArray[np.intp]:
    """For each segment the one that goes on where it ends."""
    by_begin, by_end = np.lexsort((begin.imag, begin.real)), np.lexsort((end.imag, end.real))
    if not np.array_equal(begin[by_begin], end[by_end]):
        raise ValueError("segments do not close")
    following = np.zeros(len(begin), dtype=np.intp)
    following[by_end] = by_begin
    at = begin[by_begin]
    meeting = np.flatnonzero(np.concatenate(([False], at[1:] == at[:-1], [False])))
    for stop in (run[-1] + 1 for run in np.split(meeting, np.flatnonzero(np.diff(meeting) > 1) + 1) if len(run)):
        start = stop - 1
        while start and at[start - 1] == at[stop - 1]:
            start -= 1
        _pair(following, begin, end, by_end[start:stop], by_begin[start:stop])
    return following


def _pair(
    following: NDArray[np.intp],
    begin: NDArray[np.complex128],
    end: NDArray[np.complex128],
    arriving: NDArray[np.intp],
    leaving: NDArray[np.intp],
) -> None:
    """Where several segments meet, each arriving one goes on with the leaving one that turns furthest left."""
    rest = list(leaving)
    for one in arriving:
        turns = np.angle((end[rest] - begin[rest]) / (end[one] - begin[one]))
        # Straight back is the sharpest turn to the right: it would enclose nothing.
        turns[turns > np.pi - 1e-12] = -np.pi
        following[one] = rest.pop(int(turns.argmax()))
