"""The rectangle whose corners are quarters of a circle."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin, sqrt

import numpy as np

from voxelyte.shapes import Ring, circle_corners


@dataclass(frozen=True)
class RoundedRectangle:
    """A rectangle, `width_um` in x and `depth_um` in y, whose corners are arcs of `radius_um`."""

    width_um: float
    depth_um: float
    radius_um: float

    @property
    def area_um2(self) -> float:
        """The rectangle without what its corners lack of squares: (4 - π) r²."""
        return self.width_um * self.depth_um - (4 - pi) * self.radius_um**2

    @property
    def perimeter_um(self) -> float:
        """Straight sides and four quarters of a circle."""
        return 2 * (self.width_um + self.depth_um) - (8 - 2 * pi) * self.radius_um

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y."""
        return -self.width_um / 2, -self.depth_um / 2, self.width_um / 2, self.depth_um / 2

    @property
    def pieces(self) -> int:
        """One."""
        return 1

    def rings(self, sagitta_um: float) -> list[Ring]:
        """Straight sides flush with the true ones, and arcs as chords of the same area."""
        quarter = _quarter(self.radius_um, sagitta_um)
        right, back = self.width_um / 2 - self.radius_um, self.depth_um / 2 - self.radius_um
        x, y = quarter.T
        turned = (quarter, np.column_stack((-y, x)), -quarter, np.column_stack((y, -x)))
        middles = ((right, back), (-right, back), (-right, -back), (right, -back))
        return [np.concatenate([one + middle for one, middle in zip(turned, middles, strict=True)])]


def _quarter(radius_um: float, sagitta_um: float) -> Ring:
    """Corners from (r, 0) to (0, r). Those between lie a little outside the arc, so that its sector keeps its area.

    With n chords of angle d the fan of triangles has the area sin d / 2 [(n - 2) R² + 2 r R], which must be π r² / 4.
    """
    chords = circle_corners(radius_um, sagitta_um) // 4 + 1  # one more than a circle needs: these ends do not give way
    step, inner = pi / 2 / chords, chords - 2
    reach = (sqrt(1 + inner * pi / (2 * sin(step))) - 1) / inner
    turn = np.arange(1, chords) * step
    between = reach * np.column_stack((np.cos(turn), np.sin(turn)))
    return np.asarray(radius_um * np.concatenate(([(1.0, 0.0)], between, [(0.0, 1.0)])))
