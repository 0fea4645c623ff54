"""Mesh files: every format gives the same part, damage is named, lies and bombs cost nothing, repair says what it did."""

from __future__ import annotations

import json
import struct
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from meshed_parts import ball, box, lathe, moved, solid, stl, together

from voxelyte import load_recipe, read_job, read_mesh, write_mesh
from voxelyte.cli import main
from voxelyte.errors import FormatError, RecipeError
from voxelyte.meshed import drawn as drawn_module

PART = together(box((0, 0, 0), (4, 3, 0.075)), box((1, 1, 0.075), (2, 2, 0.225)))
VOLUME_UM3 = (4 * 3 * 0.075 + 0.15) * 1e9
NAMESPACE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
NO_POINT = '<triangles><triangle v1="0" v2="1" v3="9"/></triangles>'
NO_NUMBER = '<vertices><vertex x="one" y="0" z="0"/></vertices><triangles><triangle v1="0" v2="0" v3="0"/></triangles>'
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"


def text_stl(points, faces):
    def facet(corners):
        rows = "\n".join("vertex {:e} {:e} {:e}".format(*corner) for corner in corners)
        return f"facet normal 0 0 0\nouter loop\n{rows}\nendloop\nendfacet"

    return "\n".join(["solid part", *map(facet, points[faces]), "endsolid part"]).encode()


def obj(points, faces):
    rows = ["v {:.9g} {:.9g} {:.9g}".format(*point) for point in points]
    return "\n".join([*rows, *("f {} {} {}".format(*face) for face in faces + 1)]).encode()


def ply(points, faces):
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\nproperty float x\nproperty float y\nproperty float z\n"
    head += f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    rows = np.zeros(len(faces), dtype=[("n", "u1"), ("v", "<i4", 3)])
    rows["n"], rows["v"] = 3, faces
    return head.encode() + points.astype("<f4").tobytes() + rows.tobytes()


def mesh_xml(points, faces):
    corners = "".join('<vertex x="{:.9g}" y="{:.9g}" z="{:.9g}"/>'.format(*point) for point in points)
    triangles = "".join('<triangle v1="{}" v2="{}" v3="{}"/>'.format(*face) for face in faces)
    return f"<mesh><vertices>{corners}</vertices><triangles>{triangles}</triangles></mesh>"


def model(resources, build, head='unit="millimeter"'):
    return f'<model {head} xmlns="{NAMESPACE}" xmlns:p="{PRODUCTION}"><resources>{resources}</resources><build>{build}</build></model>'


def three_mf(**members):
    """A package; members are named by keywords, `root` being the first model."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        for name, text in members.items():
            package.writestr("3D/3dmodel.model" if name == "root" else f"3D/{name}.model", text)
    return file.getvalue()


def one_object(points, faces, head='unit="millimeter"'):
    return three_mf(root=model(f'<object id="1" type="model">{mesh_xml(points, faces)}</object>', '<item objectid="1"/>', head))


WRITERS = {"bin.stl": stl, "text.stl": text_stl, "part.obj": obj, "part.ply": ply, "part.3mf": one_object}


def put(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


class TestEveryFormat:
    @pytest.mark.parametrize("name", WRITERS)
    def test_gives_the_same_part(self, name, tmp_path):
        part = read_mesh(put(tmp_path, name, WRITERS[name](*PART)))
        assert part.levels_um == (0.0, 75.0, 225.0)
        assert part.bounds_um == (-2000, -1500, 0, 2000, 1500, 225)
        assert part.volume_um3 == pytest.approx(VOLUME_UM3, rel=1e-6)
        said = [note for note in part.notes if "states no unit: its numbers are taken as mm" in note]
        assert bool(said) == (not name.endswith("3mf"))

    @pytest.mark.parametrize("name", ["bin.stl", "part.obj", "part.ply"])
    def test_takes_a_unit_where_it_states_none(self, name, tmp_path):
        path = put(tmp_path, name, WRITERS[name](*PART))
        assert read_mesh(path, "cm").levels_um == (0.0, 750.0, 2250.0)
        assert not any("unit" in note for note in read_mesh(path, "mm").notes)
        with pytest.raises(RecipeError, match=r"no unit 'mmm'; did you mean 'mm'\?"):
            read_mesh(path, "mmm")

    @pytest.mark.parametrize("name", ["film.stl", "film.ply", "film.3mf"])
    def test_what_this_package_writes(self, name, tmp_path):
        film = load_recipe("p-3dse").with_outline("disc:2000").solid()
        write_mesh(film, tmp_path / name)
        part = read_mesh(tmp_path / name)
        assert part.levels_um == film.levels_um
        assert part.volume_um3 == pytest.approx(film.volume_um3, rel=1e-4)

    def test_an_obj_of_quads_is_cut_into_triangles(self, tmp_path):
        quads = "f 1 2 4 3\nf 5 7 8 6\nf 1 5 6 2\nf 3 4 8 7\nf 1 3 7 5\nf 2 6 8 4\n"
        corners = "".join(f"v {x} {y} {z}\n" for x in (0, 2) for y in (0, 2) for z in (0, 2))
        assert read_mesh(put(tmp_path, "cube.obj", (corners + quads).encode())).volume_um3 == pytest.approx(8e9)

    def test_another_suffix_names_those_there_are(self, tmp_path):
        with pytest.raises(FormatError, match=r"no mesh format '\.st'; did you mean '\.stl'\?"):
            read_mesh(put(tmp_path, "part.st", b""))


class Test3MF:
    def test_units_and_the_conflict_with_ones_own(self, tmp_path):
        path = put(tmp_path, "part.3mf", one_object(*PART, head='unit="micron"'))
        assert read_mesh(path, flat_mm2=1e-9).levels_um == (0.0, 0.075, 0.225)
        with pytest.raises(RecipeError, match=r"unit='mm': part\.3mf states its own, um"):
            read_mesh(path, "mm")
        path.write_bytes(one_object(*PART, head='unit="parsec"'))
        with pytest.raises(FormatError, match=r"part\.3mf: 3D/3dmodel\.model: unit 'parsec' must be micron, millimeter"):
            read_mesh(path)

    def test_components_stand_where_their_transforms_say(self, tmp_path):
        cube = f'<object id="1" type="model">{mesh_xml(*box((0, 0, 0), (1, 1, 1)))}</object>'
        pair = '<object id="2" type="model"><components><component objectid="1"/>'
        pair += '<component objectid="1" transform="1 0 0 0 1 0 0 0 1 3 0 0"/></components></object>'
        build = '<item objectid="2"/><item objectid="2" transform="-1 0 0 0 1 0 0 0 1 -1 5 0"/>'
        part = read_mesh(put(tmp_path, "plate.3mf", three_mf(root=model(cube + pair, build))))
        assert (part.shells, part.volume_um3) == (4, pytest.approx(4e9))
        assert part.bounds_um == (-4500, -3000, 0, 4500, 3000, 1000)

    def test_an_object_in_another_model_of_the_package(self, tmp_path):
        cube = model(f'<object id="7" type="model">{mesh_xml(*box((0, 0, 0), (1, 1, 1)))}</object>', "")
        root = '<object id="1" type="model"><components><component objectid="7" p:path="/3D/cube.model"/></components></object>'
        data = three_mf(root=model(root, '<item objectid="1"/>', 'requiredextensions="p"'), cube=cube)
        assert read_mesh(put(tmp_path, "two.3mf", data)).volume_um3 == pytest.approx(1e9)

    def test_supports_are_passed_over_and_told(self, tmp_path):
        cube = mesh_xml(*box((0, 0, 0), (1, 1, 1)))
        objects = f'<object id="1" type="model">{cube}</object><object id="2" type="support">{cube}</object>'
        part = read_mesh(put(tmp_path, "part.3mf", three_mf(root=model(objects, '<item objectid="1"/><item objectid="2"/>'))))
        assert part.volume_um3 == pytest.approx(1e9)
        assert "3D/3dmodel.model: an object of type support is passed over" in part.notes

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (three_mf(other="<model/>"), "3D/3dmodel.model is missing"),
            (three_mf(root="<model>"), "3D/3dmodel.model: byte 7: no element found"),
            (three_mf(root='<!DOCTYPE a [<!ENTITY b "c">]><model/>'), "a document type is not read"),
            (three_mf(root=model("", "")), "its build holds no mesh"),
            (three_mf(root=model("", '<item objectid="4"/>')), "there is no object 4"),
            (three_mf(root=model("", "<item/>")), "objectid is missing"),
            (three_mf(root=model("", '<item objectid="1" transform="1 2 3"/>')), "cannot reshape"),
            (three_mf(root=model(f'<object id="1"><mesh>{NO_POINT}</mesh></object>', '<item objectid="1"/>')),
             "object 1: a triangle names vertex 9 of 0"),
            (three_mf(root=model(f'<object id="1"><mesh>{NO_NUMBER}</mesh></object>', '<item objectid="1"/>')), "object 1: could not"),
            (three_mf(root=model('<object id="1"><components><component objectid="1"/></components></object>', '<item objectid="1"/>')),
             "components must not nest deeper than 16"),
            (three_mf(root=model("", "", 'requiredextensions="b" xmlns:b="http://beams"')), "it requires what is not read: http://beams"),
            (three_mf(root=model("", "<item objectid='1'/>") + " " * 3_000_000), "must not swell to"),
            (b"PK\x03\x04 and no more", "not a whole 3MF"),
        ],
    )  # fmt: skip
    def test_damage_is_named_with_its_member(self, data, said, tmp_path):
        with pytest.raises(FormatError) as caught:
            read_mesh(put(tmp_path, "part.3mf", data))
        assert said in str(caught.value)
        assert str(caught.value).startswith("part.3mf: ")

    def test_components_of_components_do_not_multiply_without_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr("voxelyte.meshed.three_mf.MAX_TRIANGLES", 10_000)
        levels = "".join(
            f'<object id="{i}"><components>{f"""<component objectid="{i - 1}"/>""" * 10}</components></object>' for i in range(2, 12)
        )
        empty = '<object id="1"><mesh><vertices/><triangles/></mesh></object>'
        with pytest.raises(FormatError, match="more than 10000 triangles"):
            read_mesh(put(tmp_path, "bomb.3mf", three_mf(root=model(empty + levels, '<item objectid="11"/>'))))

    def test_no_copy_is_placed_before_all_are_counted(self, tmp_path, monkeypatch):
        monkeypatch.setattr("voxelyte.meshed.three_mf_model.Object.mesh", None)
        cube = f'<object id="1">{mesh_xml(*box((0, 0, 0), (1, 1, 1)))}</object>'
        levels = "".join(
            f'<object id="{i}"><components>{f"""<component objectid="{i - 1}"/>""" * 40}</components></object>' for i in range(2, 15)
        )
        with pytest.raises(FormatError, match="more than 50000000 triangles"):
            read_mesh(put(tmp_path, "bomb.3mf", three_mf(root=model(cube + levels, '<item objectid="14"/>'))))

    def test_a_chain_that_is_known_in_part_is_as_deep_as_it_is(self, tmp_path):
        cube = f'<object id="0">{mesh_xml(*box((0, 0, 0), (1, 1, 1)))}</object>'
        chain = "".join(f'<object id="{i}"><components><component objectid="{i - 1}"/></components></object>' for i in range(1, 2000))
        build = "".join(f'<item objectid="{i}"/>' for i in range(2000))
        with pytest.raises(FormatError, match="must not nest deeper than 16"):
            read_mesh(put(tmp_path, "chain.3mf", three_mf(root=model(cube + chain, build))))

    def test_what_is_not_printed_is_passed_over(self, tmp_path):
        cube = f'<object id="1">{mesh_xml(*box((0, 0, 0), (1, 1, 1)))}</object>'
        build = '<item objectid="1"/><item objectid="1" printable="0" transform="1 0 0 0 1 0 0 0 1 5 0 0"/>'
        part = read_mesh(put(tmp_path, "part.3mf", three_mf(root=model(cube, build))))
        assert part.shells == 1
        assert "3D/3dmodel.model: <item printable=0> is passed over" in part.notes

    def test_models_of_one_package_share_their_unit(self, tmp_path):
        cube = model(f'<object id="7">{mesh_xml(*box((0, 0, 0), (1, 1, 1)))}</object>', "", 'unit="inch"')
        root = '<object id="1"><components><component objectid="7" p:path="/3D/cube.model"/></components></object>'
        with pytest.raises(FormatError, match="its unit, 'inch', must be that of the first model, 'millimeter'"):
            read_mesh(put(tmp_path, "part.3mf", three_mf(root=model(root, '<item objectid="1"/>'), cube=cube)))


def ply_of(polygons, points, order, kinds=("float", "uchar", "int")):
    """A PLY of polygons of any lengths, as text (order "") or binary ("<", ">")."""
    point, counted, index = kinds
    named = {"": "ascii", "<": "binary_little_endian", ">": "binary_big_endian"}[order]
    head = f"ply\nformat {named} 1.0\ncomment by hand\nelement vertex {len(points)}\n"
    head += "".join(f"property {point} {axis}\n" for axis in "xyz")
    head += f"element face {len(polygons)}\nproperty list {counted} {index} vertex_index\nproperty uchar flag\nend_header\n"
    letters = {"float": "f", "double": "d", "uchar": "B", "int": "i", "ushort": "H", "uint": "I"}
    if not order:
        rows = [" ".join(map(repr, point)) for point in np.asarray(points, dtype=float).tolist()]
        return (head + "\n".join([*rows, *(" ".join(map(str, [len(one), *one, 7])) for one in polygons)]) + "\n").encode()
    body = b"".join(struct.pack(f"{order}3{letters[point]}", *point_) for point_ in points)
    return head.encode() + body + b"".join(
        struct.pack(f"{order}{letters[counted]}{len(one)}{letters[index]}B", len(one), *one, 7) for one in polygons
    )


CORNERS_OF_L = [(0, 0), (4, 0), (4, 1), (1, 1), (1, 3), (0, 3)]
L_POINTS = [(x, y, z) for z in (0, 1) for x, y in CORNERS_OF_L]
L_POLYGONS = [[5, 4, 3, 2, 1, 0], [6, 7, 8, 9, 10, 11], *([i, (i + 1) % 6, (i + 1) % 6 + 6, i + 6] for i in range(6))]


class TestPly:
    @pytest.mark.parametrize("order", ["", "<", ">"])
    @pytest.mark.parametrize("kinds", [("float", "uchar", "int"), ("double", "ushort", "uint")])
    def test_polygons_of_any_length(self, order, kinds, tmp_path):
        part = read_mesh(put(tmp_path, "part.ply", ply_of(L_POLYGONS, L_POINTS, order, kinds)))
        assert part.volume_um3 == pytest.approx(6e9)
        assert part.section(500.0).area_um2 == pytest.approx(6e6)

    @pytest.mark.parametrize("order", ["", "<", ">"])
    def test_even_and_uneven_tables_say_the_same(self, order, tmp_path):
        points, faces = box((0, 0, 0), (4, 3, 2))
        data = ply_of(faces.tolist(), points, order)
        part, walked = (read_mesh(put(tmp_path, "part.ply", data)).mesh_um for _ in range(2))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("voxelyte.meshed.ply._even", lambda *_: None)
            walked = read_mesh(put(tmp_path, "part.ply", data)).mesh_um
        assert all(np.array_equal(one, other) for one, other in zip(part, walked, strict=True))

    @pytest.mark.parametrize(
        ("order", "change", "said"),
        [
            ("<", lambda data: data[:-5], "ends in row 7 of face, of 8"),
            ("", lambda data: data[:-6], "ends in row 7 of face, of 8"),
            ("<", lambda data: data + b"more", "holds more than its header declares: 4 bytes are left"),
            ("", lambda data: data.replace(b"face 8", b"face 6"), "holds more than its header declares"),
            ("", lambda data: data.replace(b"face 8", b"face 9"), "ends in row 8 of face, of 9"),
            ("", lambda data: data.replace(b"4 0 1 7 6 7", b"4 0 1 7 -6 7"), "a triangle names point -6, counted from 0, of 12"),
            ("", lambda data: data.replace(b"4 0 1 7 6 7", b"4 0 1.5 7 6 7"), "a number that is not whole"),
            ("", lambda data: data.replace(b"4 0 1 7 6 7", b"-4 0 1 7 6 7"), "row 2 of face: a list of -4 numbers"),
            ("", lambda data: data.replace(b"4 0 1 7 6 7", b"2 0 1 7"), "a face has 2 corners; must have three or more"),
            ("", lambda data: data.replace(b"4.0", b"four"), "could not convert"),
            ("", lambda data: data.replace(b"vertex_index", b"corners"), "header: face.vertex_indices is missing"),
            ("", lambda data: data.replace(b"float z", b"float w"), "header: vertex.z is missing"),
            ("", lambda data: data.replace(b"float z", b"quad z"), "header: 'property quad z' is not read"),
            ("", lambda data: data.replace(b"ascii", b"ebcdic"), "header: 'format ebcdic 1.0' is not read"),
        ],
    )
    def test_what_is_wrong_is_said(self, order, change, said, tmp_path):
        with pytest.raises(FormatError) as caught:
            read_mesh(put(tmp_path, "part.ply", change(ply_of(L_POLYGONS, L_POINTS, order))))
        assert str(caught.value).startswith("part.ply: ")
        assert said in str(caught.value)


class TestObj:
    def test_tabs_comments_and_joined_lines(self, tmp_path):
        data = obj(*PART).replace(b" ", b"\t").replace(b"\tf", b" f").replace(b"f\t1\t", b"f\t1 \\\n", 1)
        assert read_mesh(put(tmp_path, "part.obj", data)).volume_um3 == pytest.approx(VOLUME_UM3)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("f 1 2", "line 17: 'f 1 2' is not a face of at least three points, counted from 1"),
            ("f 0 1 2", "line 17: 'f 0 1 2' is not a face"),
            ("f 1.5 2 3", "line 17: 'f 1.5 2 3' is not a face"),
            ("f 1/ 2", "line 17: 'f 1/ 2' is not a face"),
            ("v 1 2", "line 17: 'v 1 2' is not a point of at least three numbers"),
            ("v 1,5 2 3", "line 17: 'v 1,5 2 3' is not a point"),
        ],
    )
    def test_lines_that_are_none_are_named(self, line, said, tmp_path):
        head, faces = obj(*PART).split(b"\nf", 1)
        data = head + b"\n" + line.encode() + b"\nf" + faces
        assert data.split(b"\n")[16] == line.encode()
        with pytest.raises(FormatError) as caught:
            read_mesh(put(tmp_path, "part.obj", data))
        assert said in str(caught.value)


class TestDamage:
    @pytest.mark.parametrize(
        ("name", "data", "said"),
        [
            ("a.stl", b"", "byte 0: 0 bytes are too few for an STL"),
            ("a.stl", bytes(80) + (7).to_bytes(4, "little") + bytes(75), "byte 80: 7 triangles do not fit into the file, which holds 1.50"),
            ("a.stl", bytes(80) + b"\xff\xff\xff\xff", "byte 80: 4294967295 triangles do not fit"),
            ("a.stl", b"solid x\nfacet normal 0 0 0\nouter loop\nvertex 1 2 3\n", "1 corners of 0 facets"),
            ("a.stl", text_stl(*PART).replace(b"3.0", b"3,0"), "could not convert"),
            (
                "a.ply",
                b"ply\nformat ascii 1.0\nelement vertex 99999999999\nproperty float x\nend_header\n",
                "header: 99999999999 of vertex do not fit",
            ),
            ("a.ply", b"no ply", "byte 0: no PLY header"),
            ("a.ply", ply(*PART)[:-40], "ends in row "),
            ("a.stl", stl(PART[0] * 1e30, PART[1]), "reaches 4e+30 mm from its origin; must not exceed 10000 mm"),
            ("a.obj", b"v 1 2 3\n\0", "byte 8: an OBJ is a text"),
            ("a.obj", b"v 1 2 3\n", "byte 0: an OBJ has lines of faces"),
            ("a.obj", b"v 1 2 3\nv 2 2 3\nv 1 4 3\nf 1 2 9\n", "a.obj: "),
        ],
    )
    def test_is_named_with_its_place(self, name, data, said, tmp_path):
        with pytest.raises(FormatError) as caught:
            read_mesh(put(tmp_path, name, data))
        assert said in str(caught.value)
        assert str(caught.value).startswith(f"{name}: ")

    def test_each_fault_is_a_line_with_the_files_name_and_its_unit(self, tmp_path):
        points, faces = box((0, 0, 0), (4, 3, 2))
        faces[3] = faces[3, ::-1]
        with pytest.raises(FormatError) as caught:
            read_mesh(put(tmp_path, "part.stl", stl(points, faces[:-1])))
        lines = str(caught.value).splitlines()
        assert [line.startswith("part.stl: ") for line in lines] == [True] * 3
        assert "3 open edges, with a triangle on one side only: (" in lines[0]
        assert "(4, 0, 0)" in lines[1]
        assert lines[1].endswith(" mm")
        assert "let --repair try" in lines[2]

    def test_a_solid_may_be_called_anything(self, tmp_path):
        data = text_stl(*PART).replace(b"solid part", b"solid vertex 1 2 3 endfacet facet")
        assert read_mesh(put(tmp_path, "part.stl", data)).volume_um3 == pytest.approx(VOLUME_UM3)

    def test_files_that_are_too_large_are_not_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(drawn_module, "MAX_BYTES", 100)
        with pytest.raises(FormatError, match="bytes must be at most 100"):
            read_mesh(put(tmp_path, "part.stl", stl(*PART)))

    @given(st.sampled_from(sorted(WRITERS)), st.data())
    @settings(max_examples=150, deadline=None)
    def test_bytes_changed_anywhere_give_a_part_or_a_named_error(self, tmp_path_factory, name, data):
        whole = bytearray(WRITERS[name](*PART))
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(whole) - 1))
            whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(min_size=0, max_size=4))
        path = put(tmp_path_factory.mktemp("fuzz"), name, bytes(whole))
        said = name
        try:
            part = read_mesh(path)
            part.section(part.levels_um[-1] / 2)
        except FormatError as fault:
            said = str(fault)
        assert said.startswith(name)

    @given(st.sampled_from(sorted(WRITERS)), st.floats(0, 1))
    @settings(max_examples=60, deadline=None)
    def test_a_file_cut_off_anywhere_is_refused(self, tmp_path_factory, name, share):
        whole = WRITERS[name](*PART)
        path = put(tmp_path_factory.mktemp("cut"), name, whole[: int(share * (len(whole) - 16))])
        left = said = None
        try:
            left = read_mesh(path)
        except FormatError as fault:
            said = str(fault)
        # An OBJ file says neither how long it is nor where it ends: whole bodies may be left.
        assert name in (said or "") or (name == "part.obj" and left.shells < solid(PART).shells)


class TestRepair:
    def test_nothing_is_repaired_unless_asked(self, tmp_path):
        points, faces = ball(5.0)
        path = put(tmp_path, "part.stl", stl(points, np.delete(faces, [40, 41, 500], axis=0)))
        with pytest.raises(FormatError, match="open edges"):
            read_mesh(path)
        part = read_mesh(path, repair=True)
        assert part.volume_um3 == pytest.approx(solid(ball(5000.0)).volume_um3, rel=1e-3)
        assert any(note.startswith("repair: filled holes with ") for note in part.notes)

    def test_triangles_are_turned_over(self, tmp_path):
        points, faces = ball(5.0)
        faces[::7] = faces[::7, ::-1]
        part = read_mesh(put(tmp_path, "part.stl", stl(points, faces)), repair=True)
        assert part.volume_um3 == pytest.approx(solid(ball(5000.0)).volume_um3, rel=1e-6)
        assert f"repair: turned {len(faces[::7])} triangles over" in part.notes

    def test_points_that_nearly_meet_are_made_one(self, tmp_path):
        points, faces = ball(5.0)
        loose = points[faces].reshape(-1, 3) + np.random.default_rng(1).uniform(-1e-8, 1e-8, (3 * len(faces), 3))
        part = read_mesh(put(tmp_path, "part.obj", obj(loose, np.arange(len(loose)).reshape(-1, 3))), repair=True)
        assert part.shells == 1

    def test_what_is_whole_stays_and_that_is_said(self, tmp_path):
        part = read_mesh(put(tmp_path, "part.stl", stl(*PART)), repair=True)
        assert "repair: there was nothing to do" in part.notes
        assert part.levels_um == (0.0, 75.0, 225.0)

    def test_twice_is_once(self, tmp_path):
        points, faces = ball(5.0)
        part = read_mesh(put(tmp_path, "part.stl", stl(points, np.vstack([faces, faces[:100]]))), repair=True)
        assert "repair: left out 100 triangles that were there twice, or of which two corners are one" in part.notes


class TestCommands:
    def run(self, *words):
        return CliRunner().invoke(main, [str(word) for word in words])

    @pytest.fixture
    def part(self, tmp_path):
        return put(tmp_path, "part.stl", stl(*PART))

    def test_slice(self, part, tmp_path):
        done = self.run("slice", part, "--printer", "asiga-max", "-o", tmp_path / "part.voxelyte")
        assert done.exit_code == 0, done.output
        job = read_job(tmp_path / "part.voxelyte")
        assert [layer.thickness_um for layer in job.layers] == [25, 50, 50, 50, 50]
        said = job.provenance.parameters
        assert {key: said[key] for key in ("geometry", "file", "unit", "layering")} == {
            "geometry": "mesh", "file": "part.stl", "unit": "mm", "layering": "first"
        }  # fmt: skip
        assert len(said["sha256"]) == 64
        assert "part.stl states no unit" in done.output

    def test_unit_place_and_flat_faces(self, part, tmp_path):
        done = self.run("slice", part, "--unit", "um", "--layer-um", "0.05", "-o", tmp_path / "x.voxelyte")
        assert "layer thickness" in done.output
        done = self.run("inspect", part, "--unit", "cm", "--json")
        assert json.loads(done.output)["size_um"] == [40_000, 30_000, 2250]
        done = self.run("slice", part, "--keep-xy", "--flat-mm2", "2", "--json", "-o", tmp_path / "x.voxelyte")
        assert json.loads(done.output)["levels_um"] == [0, 75, 225]
        assert read_job(tmp_path / "x.voxelyte").layers[0].exposures[0].mask.pixels()[:, :960].any() == np.False_

    def test_every_command_takes_it(self, part, tmp_path):
        for words in (
            ["preview", part, "-o", tmp_path / "part.png"],
            ["mesh", part, "-o", tmp_path / "again.3mf"],
            ["export", part, "--for", "asiga-max", "-o", tmp_path / "folder"],
            ["inspect", part],
            ["slice", part, "-o", tmp_path / "part.slc"],
            ["print", part, "--runs", tmp_path / "runs"],
        ):
            done = self.run(*words)
            assert done.exit_code == 0, f"{words[0]}: {done.output} {done.exception}"
        assert read_mesh(tmp_path / "again.3mf").levels_um == (0.0, 75.0, 225.0)

    def test_a_part_without_a_flat_face_goes_through_too(self, tmp_path):
        put(tmp_path, "ball.stl", stl(*moved(ball(1.0, 12, 24), 0, 0, 5)))
        for words in (
            ["preview", "-o", tmp_path / "a.png"],
            ["export", "--for", "asiga-max", "-o", tmp_path / "folder"],
            ["slice", "--json", "-o", tmp_path / "a.sl1"],
        ):
            done = self.run(words[0], tmp_path / "ball.stl", *words[1:])
            assert done.exit_code == 0, f"{words[0]}: {done.output} {done.exception}"
        assert json.loads(done.output)["area_factor"] is None

    @pytest.mark.parametrize("option", [["--set", "base_um=50"], ["--outline", "plate"]])
    def test_what_only_a_recipe_can_change_is_refused(self, option, part, tmp_path):
        done = self.run("slice", part, *option, "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 2
        assert f"{option[0]}: {part} is a mesh; only a recipe can be changed" in done.output

    @pytest.mark.parametrize("option", [["--unit", "um"], ["--repair"], ["--keep-xy"], ["--flat-mm2", "1"]])
    def test_what_only_a_mesh_takes_is_refused_elsewhere(self, option, tmp_path):
        done = self.run("slice", "p-3dse", *option, "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 2
        assert f"{option[0]}: p-3dse is no mesh file" in done.output

    def test_a_broken_one_says_how_to_go_on(self, tmp_path):
        points, faces = lathe(lambda *_: 3.0, [0, 1], 24)
        path = put(tmp_path, "part.stl", stl(points, faces[:-1]))
        done = self.run("slice", path, "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 2
        assert "error: part.stl: 3 open edges" in done.output
        assert "let --repair try" in done.output
        done = self.run("slice", path, "--repair", "-o", tmp_path / "film.voxelyte")
        assert done.exit_code == 0, done.output
        assert "note      repair: filled holes with 1 new triangles" in done.output
