"""Does a part enclose room twice? Its masks show that once, its area and volume count it twice."""

from __future__ import annotations

from voxelyte.meshed.solid import MeshSolid
from voxelyte.meshed.united import united
from voxelyte.segments import Segments

LOOKED = 15
LEAST = 1e-6
"""Share of an area that may be enclosed twice by rounding."""


def crossing_notes(solid: MeshSolid) -> tuple[str, ...]:
    """A note where a body crosses itself, as far as `LOOKED` sections between bottom and top show."""
    top_um = solid.levels_um[-1]
    for k in range(LOOKED):
        z_um = top_um * (2 * k + 1) / (2 * LOOKED)
        for part in solid.section(z_um).parts:
            if isinstance(part.shape, Segments):
                area_um2, once_um2 = part.shape.area_um2, Segments(united(part.shape.ends_um)).area_um2
                if area_um2 - once_um2 > LEAST * area_um2:
                    counted = (
                        f"at {z_um:g} µm its area is {once_um2 / 1e6:.4g} mm², and counts as {area_um2 / 1e6:.4g} mm²"
                    )
                    return (
                        f"a body crosses itself: {counted}; volume and side walls count twice what it encloses twice",
                    )
    return ()
