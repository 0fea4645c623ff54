"""Binary STL, streamed: 80 bytes of text, the count, and for each triangle its normal, its corners and 2 bytes of nothing."""

from __future__ import annotations

from typing import IO

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.surface import Surface

MM_PER_UM = 1e-3
STEP = 20_000
"""Triangles held at a time: what the processor's cache holds."""
RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])


def write_stl(surface: Surface, file: IO[bytes]) -> None:
    """Write `surface` in mm."""
    points = (surface.points_um * MM_PER_UM).astype("<f4")
    file.write(b"voxelyte, unit mm".ljust(80))
    file.write(np.uint32(len(surface.faces)).astype("<u4").tobytes())
    records = np.zeros(min(STEP, len(surface.faces)), dtype=RECORD)
    for start in range(0, len(surface.faces), STEP):
        corners = points.take(surface.faces[start : start + STEP], axis=0, mode="clip")
        some = records[: len(corners)]
        some["corners"], some["normal"] = corners, _normals(corners)
        file.write(some.data)


def _normals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[n, 3] of unit length; zero for a triangle without area."""
    (ax, ay, az), (bx, by, bz) = ((corners[:, k] - corners[:, 0]).T for k in (1, 2))
    normal = np.stack((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx))
    length = np.sqrt(np.einsum("ij,ij->j", normal, normal))
    return np.asarray((normal / np.maximum(length, np.finfo(np.float32).tiny)).T)
