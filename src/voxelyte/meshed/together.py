"""Bodies that may share room: which they are, and the segments of a layer with those that do united."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from voxelyte.meshed.joined import least_connected
from voxelyte.meshed.planes import Planes
from voxelyte.meshed.sound import Body
from voxelyte.meshed.united import united

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

AT_ONCE = 1 << 22
"""Pairs of boxes compared at a time."""


@dataclass(frozen=True, eq=False)
class Together:
    """The bodies of a mesh; `number` says which body each triangle is of."""

    planes: Planes
    number: Indices
    bodies: Sequence[Body]

    def cut(self, z_um: float) -> Floats:
        """float64[4, n]: the segments of a height; where bodies share room, those of what they make together."""
        crossed = self.planes.crossed(z_um)
        if not len(self._shared):
            return self.planes.cut(z_um, crossed)
        group = self._group[self.number[crossed]]
        found = [self.planes.cut(z_um, crossed[group < 0])]
        for one in np.unique(group[group >= 0]):
            members = crossed[group == one]
            ends_um = self.planes.cut(z_um, members)
            alone = len(np.unique(self.number[members])) == 1
            found.append(ends_um if alone or not ends_um.size else united(ends_um))
        return np.concatenate(found, axis=1)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is made of bodies that share room."""
        full = {int(body) for pair in self._shared for body in pair if not self.bodies[int(body)].hollow}
        both = [pair for pair in self._shared if all(int(body) in full for body in pair)]
        if not both:
            return ()
        count = len({int(body) for pair in both for body in pair})
        said = f"{count} of {len(self.bodies)} bodies are in each other's boxes: where they overlap they are united"
        return (f"{said}; volume and side walls count each body for itself",)

    @cached_property
    def _shared(self) -> Indices:
        """int64[n, 2]: bodies whose boxes share room."""
        if len(self.bodies) == 1:
            return np.zeros((0, 2), dtype=np.int64)
        boxes = np.stack([one.box for one in self.bodies])
        order = np.argsort(boxes[:, 0])
        boxes = boxes[order]
        until = np.searchsorted(boxes[:, 0], boxes[:, 3])
        found = [np.zeros((0, 2), dtype=np.int64)]
        for start, end in _runs(until - np.arange(len(boxes))):
            one, other = _following(start, end, until)
            meet = ((boxes[one, :3] < boxes[other, 3:]) & (boxes[other, :3] < boxes[one, 3:])).all(axis=1)
            found.append(order[np.column_stack((one[meet], other[meet]))])
        return np.concatenate(found)

    @cached_property
    def _group(self) -> Indices:
        """For each body the least of those that it shares room with, by one or several steps; -1 for a body by itself."""
        lead = least_connected(len(self.bodies), self._shared[:, 0], self._shared[:, 1])
        alone = np.ones(len(self.bodies), dtype=bool)
        alone[self._shared] = False
        return np.where(alone, -1, lead)


def _runs(pairs: Indices) -> list[tuple[int, int]]:
    """Ranges of boxes that have few pairs together; one box may have more."""
    until, runs, start = np.cumsum(pairs), list[tuple[int, int]](), 0
    while start < len(pairs):
        before = until[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(until, before + AT_ONCE, side="right")))
        runs.append((start, end))
        start = end
    return runs


def _following(start: int, end: int, until: Indices) -> tuple[Indices, Indices]:
    """Pairs of each box of a range with those after it that begin before it ends."""
    first = np.arange(start, end)
    counts = np.maximum(0, until[start:end] - first - 1)
    one = np.repeat(first, counts)
    step = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
    return one, one + 1 + step
