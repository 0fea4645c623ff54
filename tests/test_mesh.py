"""Meshes: closed, one body, outward, as big as the solid; sections of a mesh are sections of the film."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from typing import ClassVar
from zipfile import ZipFile

import numpy as np
import pytest
import trimesh
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from peak_memory import peak_bytes

from voxelyte.errors import FormatError, RecipeError, SliceError, VoxelyteError
from voxelyte.mesh import SUFFIXES, mesh_of, surface_of, write_mesh
from voxelyte.mesh.figure import Figure
from voxelyte.mesh.plane import filled
from voxelyte.mesh.stl import RECORD as STL_RECORD
from voxelyte.mesh.surface import edges_of, unmatched
from voxelyte.region import EMPTY, Lattice, Part, Points, Region
from voxelyte.shapes import Disc, Polygon, Rectangle, ring_area
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm
from voxelyte.solids.spiral import SpiralFilm


@dataclass
class Stack:
    """A solid of any sections, one on another, each 50 µm high."""

    sections: tuple[Region, ...]
    feature: ClassVar[str] = "pieces"
    count: int = 0
    height_um: float = field(default=50.0)

    @property
    def levels_um(self):
        return tuple(self.height_um * k for k in range(len(self.sections) + 1))

    def steady(self, z_um):
        return True

    def section(self, z_um):
        return self.sections[int(z_um // self.height_um)] if 0 <= z_um < self.levels_um[-1] else EMPTY

    @property
    def bounds_um(self):
        x0, y0, x1, y1 = self.sections[0].bounds_um
        return x0, y0, 0.0, x1, y1, self.levels_um[-1]

    @property
    def volume_um3(self):
        return sum(section.area_um2 for section in self.sections) * self.height_um

    footprint_um2 = side_wall_um2 = void_um3 = 0.0


def rectangle(width_um, depth_um):
    return {"shape": "rectangle", "width_um": float(width_um), "depth_um": float(depth_um)}


def disc(diameter_um):
    return {"shape": "disc", "diameter_um": float(diameter_um)}


def pillars(outline=None, **other):
    values = {"base_um": 75.0, "diameter_um": 100.0, "height_um": 150.0, "gap_um": 200.0, "margin_um": 20.0}
    return PillarFilm(outline=outline or rectangle(2000, 1300), **(values | other))


def spiral(outline=None, **other):
    wall = {"width_um": 100.0, "height_um": 150.0, "gap_um": 200.0, "inner_radius_um": 300.0}
    return SpiralFilm(outline=outline or disc(3000), **({"base_um": 75.0, "margin_um": 20.0} | wall | other))


def assert_closed(mesh, bodies=1):
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    assert len(np.unique(mesh.faces)) == len(mesh.vertices)
    assert body_count(mesh) == bodies


def body_count(mesh):
    """Bodies by spreading the least number over every triangle until nothing changes."""
    name = np.arange(len(mesh.vertices))
    while True:
        least = name[mesh.faces].min(axis=1)
        spread = name.copy()
        np.minimum.at(spread, mesh.faces.ravel(), np.repeat(least, 3))
        spread = spread[spread]
        if np.array_equal(spread, name):
            return len(np.unique(name))
        name = spread


def section_area(mesh, z_um):
    """Area of the mesh's section, by Green's formula over the oriented triangle and plane segments."""
    corners = mesh.vertices[mesh.faces]
    above = corners[:, :, 2] > z_um
    cut = corners[above.any(axis=1) & ~above.all(axis=1)]
    total = 0.0
    for triangle in cut:
        up = triangle[:, 2] > z_um
        ends = {}
        for k in range(3):
            a, b = triangle[k], triangle[(k + 1) % 3]
            if up[k] != up[(k + 1) % 3]:
                ends["down" if up[k] else "up"] = (a + (z_um - a[2]) / (b[2] - a[2]) * (b - a))[:2]
        (ax, ay), (bx, by) = ends["up"], ends["down"]
        total += (ax * by - bx * ay) / 2
    return abs(total)


FILMS = {
    "disc": PlanarFilm(outline=disc(3000), base_um=75.0),
    "rectangle": PlanarFilm(outline=rectangle(300, 200), base_um=75.0),
    "pillars": pillars(),
    "pillars on a disc": pillars(disc(3000)),
    "spiral": spiral(),
}


@pytest.mark.parametrize("solid", FILMS.values(), ids=FILMS)
def test_films_are_one_closed_body_of_genus_0(solid):
    mesh = mesh_of(solid)
    assert_closed(mesh)
    assert mesh.euler_number == 2
    assert mesh.bounds.ravel() == pytest.approx(solid.bounds_um, abs=1.0)
    assert mesh.area_faces.min() > 0


@pytest.mark.parametrize("sagitta_um", [0.05, 1.0, 20.0])
def test_discs_and_rectangles_keep_their_volume_exactly(sagitta_um):
    for solid in (pillars(), pillars(disc(3000), margin_um=50.0), FILMS["disc"]):
        assert mesh_of(solid, sagitta_um).volume == pytest.approx(solid.volume_um3, rel=1e-11)


@pytest.mark.parametrize("sagitta_um", [0.1, 1.0, 5.0])
def test_a_spiral_keeps_its_volume_to_a_sagitta_along_its_edge(sagitta_um):
    solid = spiral()
    assert abs(mesh_of(solid, sagitta_um).volume - solid.volume_um3) <= sagitta_um * solid.side_wall_um2


@pytest.mark.parametrize("solid", [pillars(), spiral()], ids=["pillars", "spiral"])
def test_sections_of_the_mesh_are_sections_of_the_film(solid):
    mesh = mesh_of(solid)
    for z_um in (0.5, 74.5, 75.5, 224.5):
        section = solid.section(z_um)
        assert section_area(mesh, z_um) == pytest.approx(section.area_um2, abs=section.perimeter_um * 0.5)


@settings(max_examples=40, deadline=None)
@given(
    diameter_um=st.floats(20, 400),
    gap_um=st.floats(10, 300),
    width_um=st.floats(450, 3000),
    depth_um=st.floats(450, 3000),
    height_um=st.integers(1, 500).map(float),
    round_outline=st.booleans(),
    margin_um=st.sampled_from([0.0, 3.0, 20.0]),
)
def test_any_pillar_film_is_closed(width_um, depth_um, round_outline, margin_um, **sizes):
    outline = disc(width_um) if round_outline else rectangle(width_um, depth_um)
    try:
        solid = pillars(outline, margin_um=margin_um, **sizes)
    except RecipeError:  # no whole pillar fits
        reject()
    mesh = mesh_of(solid)
    assert_closed(mesh)
    assert mesh.euler_number == 2
    bound = 1e-9 * solid.volume_um3 if margin_um else 2 * solid.side_wall_um2
    assert abs(mesh.volume - solid.volume_um3) <= bound


@settings(max_examples=15, deadline=None)
@given(
    width_um=st.floats(20, 200),
    gap_um=st.floats(30, 300),
    outer_radius_um=st.floats(400, 1500),
    margin_um=st.sampled_from([0.0, 10.0]),
)
def test_any_spiral_film_is_closed(width_um, gap_um, **sizes):
    try:
        solid = spiral(width_um=width_um, gap_um=gap_um, inner_radius_um=width_um + gap_um, **sizes)
    except RecipeError:  # too narrow, or too large for the outline
        reject()
    mesh = mesh_of(solid)
    assert_closed(mesh)
    assert mesh.euler_number == 2


def test_features_that_touch_the_edge_are_moved_off_it_by_sagittas_only():
    solid = pillars(rectangle(3100, 3100), margin_um=0.0)
    mesh = mesh_of(solid)
    assert_closed(mesh)
    assert abs(mesh.volume - solid.volume_um3) <= 2 * solid.side_wall_um2
    assert_closed(mesh_of(spiral(margin_um=0.0)))


def test_a_lattice_with_gaps_has_a_closed_base():
    solid = pillars(disc(4000))
    lattice = solid.features.parts[0].places
    present = lattice.present.copy()
    present[2:5, 3:6] = present[6, 6] = present[7, 7] = False
    holes = Stack((solid.base, Region((Part(Disc(50.0), Lattice(lattice.x_um, lattice.y_um, present)),))))
    mesh = mesh_of(holes)
    assert_closed(mesh)
    assert mesh.volume == pytest.approx(holes.volume_um3, rel=1e-11)


def test_hollow_pillars_pyramids_and_several_bodies():
    base, tube = Rectangle(2000, 2000), Polygon((Disc(100).rings(1.0)[0], Disc(60).rings(1.0)[0][::-1]))
    spread = Points(np.array([[-500.0, 0.0], [300.0, 300.0], [500.0, -600.0]]))
    tubes = Stack((Region((Part(base),)), Region((Part(tube, spread),))))
    pyramid = Stack(tuple(Region((Part(Disc(radius), spread),)) for radius in (200.0, 150.0, 80.0)))
    mixed = Stack((Region((Part(base),)), Region((Part(Disc(50.0), spread), Part(Rectangle(30, 40))))))
    for solid, bodies, euler in ((tubes, 1, 2), (pyramid, 3, 6), (mixed, 1, 2)):
        mesh = mesh_of(solid)
        assert_closed(mesh, bodies)
        assert mesh.euler_number == euler
        assert mesh.volume == pytest.approx(solid.volume_um3, rel=1e-11)


def test_unchanged_sections_make_one_wall():
    region = Region((Part(Rectangle(200, 100)),))
    assert len(mesh_of(Stack((region, region, region))).faces) == 12


def test_what_cannot_be_meshed_is_refused():
    base, wide = Region((Part(Rectangle(200, 100)),)), Region((Part(Rectangle(250, 90)),))
    with pytest.raises(SliceError, match="z_um=50 must lie inside"):
        mesh_of(Stack((base, wide)))
    with pytest.raises(SliceError, match="must not be empty"):
        mesh_of(Stack((base, EMPTY, base)))
    near = Points(np.array([[0.0, 0.0], [100.1, 0.0]]))
    with pytest.raises(SliceError, match="touch or cross"):
        mesh_of(Stack((Region((Part(Rectangle(900, 900)),)), Region((Part(Disc(50.0), near),)))))
    for sagitta_um in (0.0, -1.0, float("nan"), float("inf"), 1e-9):
        with pytest.raises(SliceError, match="sagitta_um="):
            mesh_of(pillars(), sagitta_um)


@pytest.mark.parametrize("corners", [4, 400, 3000])
def test_triangles_fill_a_figure_with_its_own_corners(corners):
    turn = np.arange(corners) * 2 * np.pi / corners
    outer = np.column_stack((np.cos(turn), np.sin(turn))) * (1000 + 100 * np.cos(5 * turn))[:, None]
    rings = [outer, (outer * 0.5)[::-1]]
    faces, points = filled(Figure.of(rings)), np.concatenate(rings)
    assert len(faces) == 2 * corners
    areas = [ring_area(points[face]) for face in faces]
    assert min(areas) > 0
    assert sum(areas) == pytest.approx(sum(ring_area(ring) for ring in rings), rel=1e-11)


def test_the_papers_film_has_sixteen_sided_pillars():
    solid = pillars(disc(16000))
    mesh = mesh_of(solid)
    assert_closed(mesh)
    tops = np.count_nonzero(mesh.vertices[:, 2] == 225.0)
    assert tops == 16 * solid.count > 16 * 2000


@pytest.mark.slow
def test_the_whole_plate():
    solid = pillars(rectangle(119040, 66960), margin_um=0.0)
    surface = surface_of(solid)
    assert solid.count == 88531
    left = unmatched(edges_of(surface.faces))
    assert left is not None
    assert not len(left)
    assert surface.volume_um3 == pytest.approx(solid.volume_um3, rel=1e-9)
    assert mesh_of(spiral(rectangle(119040, 66960))).is_watertight


PLATE = """
import sys
from voxelyte.mesh import write_mesh
from voxelyte.solids.pillars import PillarFilm

outline = {"shape": "rectangle", "width_um": 119040.0, "depth_um": 66960.0}
film = PillarFilm(outline=outline, base_um=75.0, diameter_um=100.0, height_um=150.0, gap_um=200.0)
path = sys.argv[1]
assert write_mesh(film, path, components=path.endswith(".3mf")).triangles > 5_000_000
"""


@pytest.mark.slow
def test_peak_memory_of_the_whole_plate(tmp_path):
    for suffix, most_bytes in ((".stl", 700_000_000), (".3mf", 200_000_000)):
        peak = peak_bytes(PLATE, tmp_path / f"film{suffix}")
        assert peak < most_bytes, f"{suffix}: {peak / 1e6:.0f} MB"
        (tmp_path / f"film{suffix}").unlink()


def test_the_whole_plate_as_3mf_is_small(tmp_path):
    solid = pillars(rectangle(119040, 66960), margin_um=0.0)
    written = write_mesh(solid, tmp_path / "plate.3mf", components=True)
    assert (tmp_path / "plate.3mf").stat().st_size < 200_000
    assert written.triangles > 5_300_000
    assert written.volume_um3 == pytest.approx(solid.volume_um3, rel=1e-9)


@pytest.mark.parametrize("suffix", [".stl", ".ply"])
def test_stl_and_ply_are_the_mesh_in_millimetres(tmp_path, suffix):
    solid, path = pillars(), tmp_path / f"film{suffix}"
    write_mesh(solid, path)
    mesh = trimesh.load_mesh(path)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(solid.volume_um3 * 1e-9, rel=1e-6)
    assert mesh.bounds.ravel() == pytest.approx(np.array(solid.bounds_um) / 1000, abs=1e-3)


def test_stl_normals_point_outward(tmp_path):
    write_mesh(pillars(), tmp_path / "film.stl")
    mesh, written = mesh_of(pillars()), np.fromfile(tmp_path / "film.stl", dtype=STL_RECORD, offset=84)
    assert (tmp_path / "film.stl").stat().st_size == 84 + 50 * len(mesh.faces)
    assert written["normal"] == pytest.approx(mesh.face_normals, abs=1e-5)


def test_3mf_is_the_mesh_and_says_its_unit(tmp_path):
    solid, path = pillars(), tmp_path / "film.3mf"
    write_mesh(solid, path)
    with ZipFile(path) as package:
        assert package.testzip() is None
        assert package.namelist() == ["[Content_Types].xml", "_rels/.rels", "3D/3dmodel.model"]
        assert "/3D/3dmodel.model" in package.read("_rels/.rels").decode()
        model = ElementTree.fromstring(package.read("3D/3dmodel.model"))
    space = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
    assert model.tag == f"{space}model"
    assert model.get("unit") == "millimeter"
    vertices = [[float(v.get(axis)) for axis in "xyz"] for v in model.iter(f"{space}vertex")]
    faces = [[int(t.get(key)) for key in ("v1", "v2", "v3")] for t in model.iter(f"{space}triangle")]
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(solid.volume_um3 * 1e-9, rel=1e-5)  # written to the nanometre
    assert [item.get("objectid") for item in model.iter(f"{space}item")] == ["1"]


SPACE = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"


def components(path):
    """Every placed mesh of a 3MF, in mm: a reader that follows the specification and shares no code with the writer."""
    with ZipFile(path) as package:
        model = ElementTree.fromstring(package.read("3D/3dmodel.model"))
    objects = {one.get("id"): one for one in model.iter(f"{SPACE}object")}
    (item,) = model.iter(f"{SPACE}item")
    placed = []
    for component in objects[item.get("objectid")].iter(f"{SPACE}component"):
        one = objects[component.get("objectid")]
        vertices = np.array([[float(v.get(axis)) for axis in "xyz"] for v in one.iter(f"{SPACE}vertex")])
        faces = [[int(t.get(key)) for key in ("v1", "v2", "v3")] for t in one.iter(f"{SPACE}triangle")]
        matrix = np.array(component.get("transform").split(), dtype=float).reshape(4, 3)
        placed.append(trimesh.Trimesh(vertices @ matrix[:3] + matrix[3], faces, process=False))
    return placed


def graded(**other):
    return pillars(diameter_um=lambda x_um, y_um: 80 + 0.02 * x_um, gap_um=None, pitch_um=300.0, **other)


@pytest.mark.parametrize(
    ("solid", "most"),
    [(pillars(disc(4000)), 40), (pillars(rectangle(2000, 1300), top_ratio=0.6), 20), (graded(), 40)],
    ids=["disc", "taper", "graded"],
)
def test_3mf_components_are_closed_and_add_up_to_the_film(tmp_path, solid, most):
    written = write_mesh(solid, tmp_path / "film.3mf", components=True)
    placed = components(tmp_path / "film.3mf")
    assert all(one.is_watertight and one.volume > 0 for one in placed)
    assert len(placed) == written.components <= most
    assert sum(len(one.faces) for one in placed) == written.triangles
    assert sum(one.volume for one in placed) == pytest.approx(solid.volume_um3 * 1e-9, rel=1e-5)
    assert written.volume_um3 == pytest.approx(solid.volume_um3, rel=1e-9)
    assert sum(body_count(one) for one in placed[1:]) == solid.count
    base, *bodies = placed
    assert base.bounds[:, 2] == pytest.approx((0, 0.075))
    for one in bodies:
        assert one.bounds[:, 2] == pytest.approx((0.075, 0.225))
    feet, places = np.concatenate([spots(one) for one in bodies]), solid.features.parts[0].places.at_um / 1000
    away = np.hypot(*(feet[:, None] - places[None]).T)
    assert away.min(axis=0).max() < 2e-6
    assert len(feet) == len(places)


def spots(mesh):
    """The middle of each body's foot."""
    foot = mesh.vertices[np.isclose(mesh.vertices[:, 2], 0.075)][:, :2]
    return foot.reshape(body_count(mesh), -1, 2).mean(axis=1)


def test_a_film_without_copies_is_one_surface_in_3mf(tmp_path):
    for solid in (spiral(), FILMS["disc"]):
        assert write_mesh(solid, tmp_path / "film.3mf", components=True).components == 1
    one, many = (write_mesh(pillars(), tmp_path / f"{apart}.3mf", components=apart) for apart in (False, True))
    assert one.components == 1 < many.components
    with pytest.raises(FormatError, match=r"only \.3mf has components"):
        write_mesh(pillars(), tmp_path / "film.stl", components=True)
    assert one.volume_um3 == pytest.approx(many.volume_um3)


def test_another_program_reads_the_components(tmp_path):
    """PrusaSlicer's own reader: manifold parts, and their volumes."""
    slicer = shutil.which("prusa-slicer")
    if slicer is None:
        pytest.skip("PrusaSlicer is not installed")
    solid = pillars(disc(3000))
    written = write_mesh(solid, tmp_path / "film.3mf", components=True)
    said = subprocess.run([slicer, "--info", tmp_path / "film.3mf"], capture_output=True, text=True, timeout=60, check=True)
    values = [tuple(word.strip() for word in line.split("=")) for line in said.stdout.splitlines() if "=" in line]
    assert [value for key, value in values if key == "manifold"] == ["yes"] * written.components
    volume = sum(float(value) for key, value in values if key == "volume")
    assert volume == pytest.approx(solid.volume_um3 * 1e-9, rel=1e-3)  # each is told to a millionth of a mm³


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_moved_mesh_is_the_same_mesh_elsewhere(tmp_path, suffix):
    for name, move_um in (("a", (0.0, 0.0)), ("b", (1000.0, -250.0))):
        write_mesh(pillars(), tmp_path / f"{name}{suffix}", move_um=move_um, components=suffix == ".3mf")
    if suffix == ".3mf":
        one, two = (trimesh.util.concatenate(components(tmp_path / f"{name}.3mf")) for name in "ab")
    else:
        one, two = (trimesh.load_mesh(tmp_path / f"{name}{suffix}", process=False) for name in "ab")
    assert np.abs(two.vertices - one.vertices - (1.0, -0.25, 0.0)).max() < 1e-6


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_what_was_there(tmp_path, suffix, monkeypatch):
    target = tmp_path / f"film{suffix}"
    target.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("voxelyte.files.os.fsync", full)
    with pytest.raises(VoxelyteError, match="cannot be written: No space left"):
        write_mesh(pillars(), target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_films_make_equal_bytes(tmp_path, suffix):
    for name in "ab":
        write_mesh(pillars(), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_unknown_suffixes_name_the_known_ones_and_failures_leave_no_file(tmp_path):
    with pytest.raises(FormatError, match=r"\.obj.*\.3mf, \.ply, \.stl"):
        write_mesh(pillars(), tmp_path / "film.obj")
    with pytest.raises(FormatError):
        write_mesh(pillars(), tmp_path / "film")
    base, wide = Region((Part(Rectangle(200, 100)),)), Region((Part(Rectangle(250, 90)),))
    with pytest.raises(SliceError):
        write_mesh(Stack((base, wide)), tmp_path / "film.stl")
    assert list(tmp_path.iterdir()) == []
