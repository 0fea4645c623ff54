"""The periodic cell: volumes that are known, sides that match node for node, surfaces that close, files that others read."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from math import pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from voxelyte.errors import FormatError, RecipeError, SliceError
from voxelyte.mesh import SURFACES, VOLUMES, unit_cell, write_unit_cell
from voxelyte.mesh.msh import msh
from voxelyte.recipes import load_recipe
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm
from voxelyte.solids.spiral import SpiralFilm

OUTLINE = {"shape": "rectangle", "width_um": 3000.0, "depth_um": 3000.0}
PLAIN = {"base_um": 75.0, "diameter_um": 100.0, "height_um": 150.0, "pitch_um": 300.0}
OPPOSITE = {"x_max": ("x_min", 0), "y_max": ("y_min", 1)}


def film(**other):
    return PillarFilm(outline=OUTLINE, **{**PLAIN, **other})


def named(cell, name):
    return cell.triangles[cell.surface == SURFACES.index(name)]


def assert_sound(cell):
    """Conforming, closed, periodic; every triangle a face of the region that it bounds."""
    width, depth, height = cell.size_um
    assert sum(map(cell.volume_um3, VOLUMES)) == pytest.approx(width * depth * height, rel=1e-12)
    assert cell.area_um2("bottom") == pytest.approx(width * depth)
    assert cell.area_um2("top") + cell.area_um2("void_top") == pytest.approx(width * depth)
    assert len(np.unique(cell.tetrahedra)) == len(cell.points_um)
    faces = np.sort(np.concatenate([np.delete(cell.tetrahedra, k, axis=1) for k in range(4)]), axis=1)
    _, times = np.unique(faces, axis=0, return_counts=True)
    assert times.max() == 2
    outer = sum(len(named(cell, name)) for name in SURFACES if name not in ("base", "wall"))
    assert (times == 1).sum() == outer
    for region in range(2):
        assert_closed_around(cell, region)
    assert_periodic(cell)


def assert_closed_around(cell, region):
    """The triangles at a region bound it: by Gauss's law they give its volume."""
    own = cell.tetrahedra[cell.volume == region]
    held = {
        tuple(face) for face in np.sort(np.concatenate([np.delete(own, k, axis=1) for k in range(4)]), axis=1).tolist()
    }
    at = np.array([tuple(face) in held for face in np.sort(cell.triangles, axis=1).tolist()])
    inward = np.isin(cell.surface, [SURFACES.index("base"), SURFACES.index("wall")]) & (region == 1)
    a, b, c = np.moveaxis(cell.points_um[cell.triangles[at]], 1, 0)
    bounded = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6 * np.where(inward[at], -1, 1)
    assert bounded.sum() == pytest.approx(cell.volume_um3(VOLUMES[region]), rel=1e-9)


def assert_periodic(cell):
    for name, (other, axis) in OPPOSITE.items():
        pairs = cell.periodic[name]
        away = cell.points_um[pairs[:, 0]] - cell.points_um[pairs[:, 1]]
        assert (away == np.eye(3)[axis] * cell.size_um[axis]).all()
        twin = dict(pairs.tolist())
        assert set(twin) == set(np.unique(named(cell, name)).tolist())
        there = {tuple(sorted(twin[node] for node in face)) for face in named(cell, name).tolist()}
        assert there == {tuple(sorted(face)) for face in named(cell, other).tolist()}


@pytest.mark.parametrize(
    ("lattice", "places", "sides"),
    [("square", 1, (300, 300)), ("hexagonal", 2, (300, 300 * sqrt(3))), ("staggered", 2, (300, 600))],
)
@pytest.mark.parametrize("size_um", [25.0, 60.0])
def test_upright_pillars_have_their_exact_volume(lattice, places, sides, size_um):
    cell = unit_cell(film(lattice={"kind": lattice}), size_um)
    assert_sound(cell)
    assert sorted(cell.size_um[:2]) == pytest.approx(sorted(sides))
    assert cell.size_um[2] == 225
    pillars = places * pi * 50**2
    base = cell.size_um[0] * cell.size_um[1]
    assert cell.volume_um3("electrolyte") == pytest.approx(base * 75 + pillars * 150, rel=1e-12)
    assert cell.area_um2("top") == pytest.approx(pillars)
    assert cell.area_um2("base") == pytest.approx(base - pillars)
    assert cell.area_um2("wall") == pytest.approx(places * 100 * pi * 150, rel=0.01)


@pytest.mark.parametrize("form", [{"top_ratio": 0.5}, {"top_ratio": 1.5}, {"fillet_um": 30.0}, {"hollow_um": 40.0},
                                  {"cross_section": {"shape": "star"}, "top_ratio": 0.8}])  # fmt: skip
@pytest.mark.parametrize("lattice", ["square", "hexagonal"])
def test_forms(form, lattice):
    solid = film(lattice={"kind": lattice}, **form)
    cell = unit_cell(solid, 20.0)
    assert_sound(cell)
    place = cell.size_um[0] * cell.size_um[1] / (1 if lattice == "square" else 2)
    pillar = (solid.volume_um3 - solid.footprint_um2 * 75) / solid.count
    wanted = (place * 75 + pillar) * (1 if lattice == "square" else 2)
    wall = cell.area_um2("wall") if form.get("fillet_um") else 0.0
    assert abs(cell.volume_um3("electrolyte") - wanted) <= 1.0 * wall + 1e-9 * wanted


@settings(max_examples=10, deadline=None)
@given(
    lattice=st.sampled_from(["square", "hexagonal", "staggered"]),
    shape=st.sampled_from(["disc", "square", "hexagon", "star"]),
    turn_deg=st.sampled_from([0.0, 17.0, 30.0, 90.0]),
    diameter_um=st.floats(40, 320),
    share=st.floats(0.12, 0.5),
    base_um=st.integers(10, 300).map(float),
)
def test_any_lattice_has_a_cell(lattice, shape, turn_deg, diameter_um, share, base_um):
    kind = {"kind": lattice, "turn_deg": turn_deg}
    try:
        solid = film(lattice=kind, cross_section={"shape": shape}, diameter_um=diameter_um, base_um=base_um)
    except RecipeError:  # pillars that touch
        reject()
    try:
        cell = unit_cell(solid, 300 * share)
    except SliceError:  # corners that reach past the middle between two pillars, beside each other
        assert shape != "disc"
        reject()
    assert_sound(cell)
    share_of_cell = cell.volume_um3("electrolyte") / (cell.size_um[0] * cell.size_um[1])
    assert share_of_cell == pytest.approx(base_um + solid.cell_fraction * 150, rel=1e-9)


def test_a_smaller_size_makes_more_elements_and_nothing_else_changes_them():
    solid = film()
    few, many = (unit_cell(solid, size_um) for size_um in (50.0, 15.0))
    assert len(many.tetrahedra) > 8 * len(few.tetrahedra)
    edges = many.points_um[many.tetrahedra[:, 0]] - many.points_um[many.tetrahedra[:, 1]]
    assert np.linalg.norm(edges, axis=1).max() < 2.5 * 15


def test_what_has_no_cell_is_told_so():
    spiral = SpiralFilm(outline={"shape": "disc", "diameter_um": 3000.0}, base_um=75.0, width_um=100.0, height_um=150.0,
                        gap_um=200.0, inner_radius_um=300.0)  # fmt: skip
    graded = film(diameter_um=lambda x_um, y_um: 60 + 0.02 * np.hypot(x_um, y_um))
    none = film(lattice={"kind": "random", "seed": 1})
    for solid in (spiral, graded, none, PlanarFilm(outline=OUTLINE, base_um=75.0)):
        with pytest.raises(SliceError, match="a unit cell needs equal features on one square"):
            unit_cell(solid)
    for size_um in (0.0, -1.0, 151.0, float("nan"), float("inf")):
        with pytest.raises(SliceError, match="size_um="):
            unit_cell(film(), size_um)
    with pytest.raises(SliceError, match=r"gives about .* tetrahedra; must not exceed"):
        unit_cell(film(), 0.1)
    with pytest.raises(SliceError, match="sagitta_um="):
        unit_cell(film(), 20.0, 0.0)


# --- files ---------------------------------------------------------------------------------------------------------


def sections(text):
    """The sections of an .msh by name: their lines."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name = line.removeprefix("$")
        found[name] = []
        for inner in lines:
            if inner == f"$End{name}":
                break
            found[name].append(inner)
    return found


def test_the_file_says_what_the_cell_is(tmp_path):
    cell = write_unit_cell(film(), tmp_path / "cell.msh", 40.0)
    parts = sections((tmp_path / "cell.msh").read_text())
    assert list(parts) == ["MeshFormat", "Comments", "PhysicalNames", "Entities", "Nodes", "Elements", "Periodic"]
    assert parts["MeshFormat"] == ["4.1 0 8"]
    assert parts["PhysicalNames"][1:] == [f'2 {k} "{name}"' for k, name in enumerate(SURFACES, 1)] + [
        '3 1 "electrolyte"', '3 2 "void"'
    ]  # fmt: skip
    assert parts["Entities"][0] == "0 0 9 2"
    count = len(cell.points_um)
    assert parts["Nodes"][0].split()[1:] == [str(count), "1", str(count)]
    assert int(parts["Elements"][0].split()[1]) == len(cell.triangles) + len(cell.tetrahedra)
    assert parts["Periodic"][0] == "2"


def test_equal_cells_make_equal_bytes_and_other_suffixes_are_refused(tmp_path):
    texts = {"".join(msh(unit_cell(film(), 50.0))) for _ in range(2)}
    assert len(texts) == 1
    with pytest.raises(FormatError, match=r"written as \.msh"):
        write_unit_cell(film(), tmp_path / "cell.stl")
    assert not list(tmp_path.iterdir())


def test_meshio_reads_names_and_volumes(tmp_path):
    """A program that shares no code."""
    meshio = pytest.importorskip("meshio")
    cell = write_unit_cell(load_recipe("p-3dse").solid(), tmp_path / "cell.msh", 40.0)
    mesh = meshio.read(tmp_path / "cell.msh")
    assert {name: tuple(tag) for name, tag in mesh.field_data.items()} == {
        **{name: (k, 2) for k, name in enumerate(SURFACES, 1)}, **{name: (k, 3) for k, name in enumerate(VOLUMES, 1)}
    }  # fmt: skip
    found = dict.fromkeys(VOLUMES, 0.0)
    for block, tags in zip(mesh.cells, mesh.cell_data["gmsh:physical"], strict=True):
        if block.type == "tetra":
            a, b, c, d = np.moveaxis(mesh.points[block.data], 1, 0)
            found[VOLUMES[tags[0] - 1]] += np.einsum("ij,ij->", np.cross(b - a, c - a), d - a) / 6
    for name in VOLUMES:
        assert found[name] == pytest.approx(cell.volume_um3(name) * 1e-9, rel=1e-9)


@pytest.mark.skipif(find_spec("gmsh") is None, reason="gmsh is not installed")
def test_gmsh_reads_groups_and_pairs(tmp_path):
    """The program whose format it is."""
    cell = write_unit_cell(film(lattice={"kind": "hexagonal"}, top_ratio=0.7), tmp_path / "cell.msh", 30.0)
    words = [sys.executable, str(Path(__file__).with_name("gmsh_facts.py")), str(tmp_path / "cell.msh")]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if "OSError: lib" in ran.stderr:  # one of the system's own that it needs
        pytest.skip(f"gmsh does not load: {ran.stderr.splitlines()[-1]}")
    found = json.loads(ran.stdout)
    assert sorted(found["numbers"]) == sorted((*SURFACES, *VOLUMES))
    for name in VOLUMES:
        volume, worst = found["volumes"][name]
        assert volume == pytest.approx(cell.volume_um3(name) * 1e-9, rel=1e-9)
        assert worst > 0.1
    for name, (other, _) in OPPOSITE.items():
        assert found["pairs"][name] == [found["numbers"][other], len(cell.periodic[name])]
