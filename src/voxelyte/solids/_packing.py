"""Films in rows on a plate, from its back left corner, with a gap between them.

With a `step` all origins lie on whole pixels, so that equal films are drawn by equal pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor

from voxelyte.region import Bounds

Offset = tuple[float, float]

NEAR = 1e-6
"""Of a pixel, or of a µm: less than this is rounding."""


@dataclass(frozen=True)
class Room:
    """A plate of `size_um`, of which `edge_um` stays free all around; films are `gap_um` apart or more."""

    size_um: tuple[float, float]
    gap_um: float
    edge_um: float
    step_um: tuple[float, float] | None = None

    def packed(self, boxes: Sequence[Bounds], columns: int | None = None) -> list[Offset] | None:
        """Where the origin of each box (least x, y, greatest x, y about it) goes; None where they do not all fit.

        `columns` is the most in a row. Equal boxes are shared evenly among the least number of rows.
        """
        sizes = [self._measured(box) for box in boxes]
        if columns is None and len(set(sizes)) == 1:
            fitting = self._fitting(sizes[0])[0]
            columns = ceil(len(sizes) / ceil(len(sizes) / fitting)) if fitting else None
        rows = self._rows(sizes, columns)
        return None if rows is None else self._placed(rows)

    def most(self, box: Bounds) -> int:
        """How many such boxes fit."""
        columns, rows = self._fitting(self._measured(box))
        return columns * rows

    def _fitting(self, size: _Size) -> tuple[int, int]:
        (width, depth), (gap_x, gap_y) = self._span, self._gap
        columns = floor((width + gap_x) / (size.left + size.right + gap_x) + NEAR)
        rows = floor((depth + gap_y) / (size.front + size.back + gap_y) + NEAR)
        return max(0, columns), max(0, rows)

    def _rows(self, sizes: Sequence[_Size], columns: int | None) -> list[list[_Size]] | None:
        """In the order given, each row as long as it can be."""
        (width, depth), (gap_x, gap_y) = self._span, self._gap
        rows, used = list[list[_Size]](), 0.0
        for size in sizes:
            longer = used + gap_x + size.left + size.right
            if rows and longer <= width + NEAR and len(rows[-1]) != columns:
                rows[-1].append(size)
                used = longer
            else:
                rows.append([size])
                used = size.left + size.right
            if used > width + NEAR:
                return None
        deep = sum(_depth(row) for row in rows) + gap_y * (len(rows) - 1)
        return rows if deep <= depth + NEAR else None

    def _placed(self, rows: list[list[_Size]]) -> list[Offset]:
        """The block of all rows in the middle; each row begins at its left edge."""
        (gap_x, gap_y), (step_x, step_y) = self._gap, self.step_um or (1.0, 1.0)
        widths = [sum(one.left + one.right for one in row) + gap_x * (len(row) - 1) for row in rows]
        left = self._low(max(widths), 0)
        back = -self._low(sum(_depth(row) for row in rows) + gap_y * (len(rows) - 1), 1)
        found = []
        for row in rows:
            starts = accumulate((one.left + one.right + gap_x for one in row), initial=left)
            y = back - max(one.back for one in row)
            found += [((start + one.left) * step_x, y * step_y) for start, one in zip(starts, row, strict=False)]
            back -= _depth(row) + gap_y
        return found

    def _low(self, length: float, axis: int) -> float:
        """Where something of this length begins, when it stands in the middle."""
        return float(-(length // 2)) if self.step_um else -length / 2

    @property
    def _span(self) -> tuple[float, float]:
        """Width and depth of the room, in steps where there are any; as far on either side of the centre as whole steps go."""
        inner = [size / 2 - self.edge_um for size in self.size_um]
        if self.step_um is None:
            return 2 * inner[0], 2 * inner[1]
        x, y = (2 * floor(half / step + NEAR) for half, step in zip(inner, self.step_um, strict=True))
        return x, y

    @property
    def _gap(self) -> tuple[float, float]:
        return self._up(self.gap_um, 0), self._up(self.gap_um, 1)

    def _measured(self, box: Bounds) -> _Size:
        x0, y0, x1, y1 = box
        return _Size(self._up(-x0, 0), self._up(x1, 0), self._up(-y0, 1), self._up(y1, 1))

    def _up(self, length_um: float, axis: int) -> float:
        return length_um if self.step_um is None else ceil(length_um / self.step_um[axis] - NEAR)


@dataclass(frozen=True)
class _Size:
    """How far a film reaches from its origin, in steps or in µm."""

    left: float
    right: float
    front: float
    back: float


def _depth(row: Sequence[_Size]) -> float:
    """Of a row whose origins lie on one line."""
    return max(one.front for one in row) + max(one.back for one in row)
