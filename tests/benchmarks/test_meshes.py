"""Meshes of the whole build plate, 5.8 million triangles, against memcpy of the same numbers."""

from __future__ import annotations

from functools import cache, partial
from io import BytesIO

import numpy as np
import pytest

from voxelyte.mesh import surface_of, unit_cell, write_mesh
from voxelyte.mesh.stl import write_stl
from voxelyte.outline import RectangleOutline
from voxelyte.recipes import load_printer, load_recipe
from voxelyte.solids.pillars import PillarFilm

WIDTH_UM, DEPTH_UM = load_printer("asiga-max").panel.size_um
FILM = {"base_um": 75.0, "diameter_um": 100.0, "height_um": 150.0, "gap_um": 200.0}


@cache
def plate(lattice="square"):
    film = PillarFilm(outline=RectangleOutline(width_um=WIDTH_UM, depth_um=DEPTH_UM), lattice={"kind": lattice}, **FILM)
    assert film.count > 88_000
    return film


def memcpy(size: int) -> partial[None]:
    """Copying so many bytes."""
    source = np.full(size, 7, dtype=np.uint8)
    return partial(np.copyto, np.zeros_like(source), source)


def size_of(surface) -> int:
    return surface.points_um.nbytes + surface.faces.nbytes


@pytest.mark.parametrize(("lattice", "most"), [("square", 90), ("hexagonal", 100)])
def test_watertight_mesh_of_the_whole_plate(against, lattice, most):
    """Built, and proven closed."""
    film = plate(lattice)
    surface = surface_of(film)
    assert len(surface.faces) > 5_800_000
    against(partial(surface_of, film), memcpy(size_of(surface)), most, rounds=5)


def test_binary_stl_of_the_whole_plate(against, tmp_path):
    """292 MB, to a file."""
    surface = surface_of(plate())

    def write():
        with (tmp_path / "film.stl").open("wb") as file:
            write_stl(surface, file)

    against(write, memcpy(84 + 50 * len(surface.faces)), 80, rounds=5)


def test_3mf_of_the_whole_plate(against, tmp_path):
    """As components; what it is held against is the STL's bytes."""
    path = tmp_path / "film.3mf"
    against(partial(write_mesh, plate(), path, components=True), memcpy(292_000_000), 10, rounds=5)
    assert path.stat().st_size < 5_000_000


def test_feet_in_no_order(against):
    """A plate of 44,000 pillars of distinct sizes that stand on no lattice."""
    rng = np.random.default_rng(1)
    x, y = (one.ravel() for one in np.meshgrid(np.arange(-58_800, 58_801, 420.0), np.arange(-32_760, 32_761, 420.0)))
    points = np.column_stack((x, y)) + rng.uniform(-100, 100, (len(x), 2))
    listed = {"kind": "points", "points_um": points}
    film = PillarFilm(
        outline=RectangleOutline(width_um=WIDTH_UM, depth_um=DEPTH_UM),
        lattice=listed,
        base_um=75.0,
        height_um=150.0,
        diameter_um=tuple(rng.uniform(60, 180, len(x)).tolist()),
    )
    surface = surface_of(film)
    against(partial(surface_of, film), memcpy(size_of(surface)), 400, rounds=3)


def test_unit_cell(against):
    """A quarter of a million tetrahedra, against writing them down."""
    film = load_recipe("p-3dse").solid()
    cell = unit_cell(film, 8.0)
    assert len(cell.tetrahedra) > 250_000

    def written():
        np.savetxt(BytesIO(), cell.tetrahedra[:20_000], fmt="%d")

    against(partial(unit_cell, film, 8.0), written, 100, rounds=3)
