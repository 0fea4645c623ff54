"""A triangulated surface, and the proof that it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import trimesh

STEP = 500_000
"""Triangles held at a time."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles with outward normals that bound a body: each directed edge once, and its reverse once."""

    points_um: NDArray[np.float64]
    """float64[n, 3]."""
    faces: NDArray[np.int32]
    """int32[n, 3]."""

    @property
    def volume_um3(self) -> float:
        """Of what it bounds."""
        total, middle = 0.0, self.points_um.mean(axis=0)
        for start in range(0, len(self.faces), STEP):
            a, b, c = np.moveaxis(self.points_um[self.faces[start : start + STEP]] - middle, 1, 0)
            total += float(np.einsum("ij,ij->", a, np.cross(b, c)))
        return total / 6

    @property
    def size_um(self) -> tuple[float, float, float]:
        """Width, depth and height of its box."""
        x, y, z = np.ptp(self.points_um, axis=0).tolist()
        return x, y, z

    def moved(self, x_um: float, y_um: float) -> Surface:
        """The same surface, shifted."""
        return Surface(self.points_um + np.array((x_um, y_um, 0.0)), self.faces) if x_um or y_um else self

    def to_trimesh(self) -> trimesh.Trimesh:
        """The same triangles for trimesh, in µm."""
        import trimesh

        return trimesh.Trimesh(self.points_um, self.faces, process=False, validate=False)


def edges_of(faces: NDArray[np.integer]) -> NDArray[np.int64]:
    """int64[n, 2]: the three directed edges of each triangle."""
    return np.stack((faces, np.roll(faces, -1, axis=1)), axis=-1).reshape(-1, 2).astype(np.int64)


def unmatched(edges: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Those directed edges, int64[n, 2], whose reverse is not among them; None where one occurs twice."""
    size = int(edges.max()) + 1 if len(edges) else 1
    there, back = np.sort(edges @ (size, 1)), np.sort(edges @ (1, size))
    if (there[1:] == there[:-1]).any():
        return None
    if np.array_equal(there, back):
        return np.zeros((0, 2), dtype=np.int64)
    at = np.minimum(np.searchsorted(back, there), len(back) - 1)
    return np.column_stack(np.divmod(there[back[at] != there], size))
