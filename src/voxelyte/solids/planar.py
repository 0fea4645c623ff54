"""The planar film (f-SE of the paper): a base and nothing on it."""

from __future__ import annotations

from voxelyte.solids._film import Film


class PlanarFilm(Film):
    """A slab of thickness `base_um`."""


SOLID = PlanarFilm
