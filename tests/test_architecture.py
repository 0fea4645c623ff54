"""Who may import whom, what an import costs, and how a member looks: read from the files themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest

import voxelyte
from voxelyte.errors import VoxelyteError
from voxelyte.members import member, members

ROOT = Path(voxelyte.__file__).parent
FILES = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in sorted(ROOT.rglob("*.py"))}
CONSTANTS = {
    "solids": "SOLID", "formats": "FORMAT", "drivers": "DRIVER", "sim": "MACHINE",
    "stages": "STAGE", "lights": "LIGHT", "boards": "BOARD",
}
HOOKS = {"sim.protocol_sim"}  # pyserial's own naming, not a member
MEMBERS = [
    f"{folder}.{file.stem}" for folder in CONSTANTS for file in sorted((ROOT / folder).glob("*.py"))
    if not file.stem.startswith("_") and f"{folder}.{file.stem}" not in HOOKS
]
HEAVY = {"click", "trimesh", "shapely", "numpy", "PIL", "pygame", "serial", "pydantic", "rich"}


def named(node):
    """Modules of ours, without the package's name, that an import statement may load."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        # `from voxelyte.cli import making` may name a module or a thing in one.
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return set()
    ours = {name.removeprefix("voxelyte.") for name in names if name.startswith("voxelyte.")}
    return {name for name in ours if name in FILES} | {voxelyte._HOME_OF[name] for name in ours if name in voxelyte._HOME_OF}


@cache
def imports(module):
    """All imports, also those within functions and those that only a type checker sees."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    return frozenset(chain.from_iterable(named(node) for node in ast.walk(tree)))


def room(module):
    """The folder, or the file beside the folders, that a module belongs to."""
    return module.partition(".")[0]


# What each may load of the others; the rest of the package, above all these, may load any of them.
ALLOWED = {
    "errors": set(),
    "members": {"errors"},
    "laws": set(),
    "values": {"errors", "laws"},
    "source": {"values"},
    "heights": {"errors"},
    "bodies": {"region"},
    "grown": {"shapes"},
    "pierced": {"region", "shapes"},
    "cross_section": {"grown", "shapes", "values"},
    "profile": set(),
    "shaped": {"cross_section", "grown", "profile", "region", "shapes"},
    "pillar_form": {"bodies", "cross_section", "errors", "grown", "profile", "region", "shaped"},
    "tone": set(),
    "shapes": set(),
    "region": {"errors", "shapes"},
    "printer": {"pixel_grid", "source", "values"},
    "resin": {"source", "values"},
    "dosing": {"errors", "printer", "resin", "source"},
    "outline": {"errors", "region", "shapes", "values"},
    "dressing": {"bodies", "errors", "outline", "region", "shapes", "values"},
    "layering": {"errors", "heights", "printer"},
    "job": {"errors", "printer", "region", "resin"},
    "files": {"errors"},
    "keys": {"errors"},
    "png": {"errors", "printer"},
    "raster": {"pierced", "printer", "region", "segments", "shapes", "sorting", "tone"},
    "solids": {
        "arrays", "bodies", "cross_section", "dressing", "errors", "gathering", "heights", "members", "outline", "pierced",
        "pillar_form", "pixel_grid", "region", "shapes", "values",
    },
    "slicing": {
        "dosing", "errors", "exposing", "job", "layering", "pixels", "printer", "raster", "region", "resin", "solids", "tables",
        "tone",
    },
    "formats": {"errors", "files", "job", "members", "png", "printer", "region", "resin", "shapes", "values"},
    "drivers": {"errors", "formats", "job", "keys", "members", "png", "printer", "resin", "values"},
    "machine": {"errors"},
    "sim": {"errors", "machine"},
    "stages": {"errors", "machine", "members", "values"},
    "lights": {"errors", "files", "machine", "members", "png", "values"},
    "boards": {"errors", "machine", "members"},
    "rigs": {"datafiles", "errors", "lights", "machine", "members", "printer", "recipes", "source", "stages", "values"},
    "contours": {"errors", "formats", "region", "shapes"},
    "export": {"errors", "files", "formats", "job", "mesh", "png", "preview", "printer", "region", "resin", "solids", "source", "tables"},
    "runs": {"comparing", "drivers", "errors", "files", "formats", "job", "values"},
    "mesh": {"bodies", "errors", "files", "meshed", "outline", "region", "shapes", "solids"},
    "gathering": {"region", "shapes"},
    "exposing": {"errors", "region", "resin", "solids"},
    "tables": {"errors", "exposing", "files", "job", "resin", "solids", "values"},
    "pixel_grid": {"values"},
    "arrays": {"errors", "heights", "outline", "region", "shapes", "values"},
    "pixels": {"arrays", "errors", "files", "pixel_grid", "preview", "printer", "raster", "region", "shapes", "solids", "tone"},
    "segments": {"shapes"},
    "meshed": {"errors", "region", "segments", "shapes", "sorting"},
}


@pytest.mark.parametrize("module", [module for module in FILES if room(module) in ALLOWED])
def test_imports_only_what_it_may(module):
    rooms = {room(other) for other in imports(module)} - {room(module)}
    assert rooms <= ALLOWED[room(module)]


def test_slicing_knows_no_solid_but_the_protocol():
    assert imports("slicing").isdisjoint(MEMBERS)


def test_nobody_imports_the_command_line():
    users = {room(module) for module in FILES if "cli" in {room(other) for other in imports(module)}}
    assert users == {"cli", "__main__"}


@pytest.mark.parametrize("module", MEMBERS)
def test_members_never_import_each_other(module):
    assert imports(module).isdisjoint(set(MEMBERS) - {module})


def test_private_files_are_of_their_own_folder():
    """`_x.py` helps the folder that it lies in, and nobody else."""
    for module in FILES:
        folder = FILES[module].parent
        others = {one for one in imports(module) if one.rpartition(".")[2].startswith("_") and not FILES[one].is_relative_to(folder)}
        assert not others, f"{module} imports {others}"


@pytest.mark.parametrize("module", MEMBERS)
def test_a_member_ends_with_its_constant(module):
    last = ast.parse(FILES[module].read_text(encoding="utf-8")).body[-1]
    target = last.target if isinstance(last, ast.AnnAssign) else last.targets[0]
    assert target.id == CONSTANTS[module.partition(".")[0]]


@pytest.mark.parametrize("module", FILES)
def test_a_file_says_what_it_is_in_at_most_300_lines(module):
    text = FILES[module].read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text))


class TestRegistry:
    @pytest.mark.parametrize("folder", CONSTANTS)
    def test_members_are_the_files(self, folder):
        wanted = sorted(module.partition(".")[2].replace("_", "-") for module in MEMBERS if module.startswith(folder))
        assert list(members(folder)) == wanted
        assert wanted
        for name in wanted:
            module = import_module(f"voxelyte.{folder}.{name.replace('-', '_')}")
            assert member(folder, name) is getattr(module, CONSTANTS[folder])

    @pytest.mark.parametrize(
        ("folder", "name", "said"),
        [
            ("solids", "pilars", "no solid 'pilars'; did you mean 'pillars'?"),
            ("formats", "natve", "no format 'natve'; did you mean 'native'?"),
            ("formats", "_archive", "no format '_archive'; "),
            ("solids", "../errors", "no solid '../errors'; "),
            ("solids", "zzz", "no solid 'zzz'; known: dose-pads, dot-array, f-mark, "),
        ],
    )
    def test_an_unknown_member_names_the_nearest(self, folder, name, said):
        with pytest.raises(VoxelyteError) as caught:
            member(folder, name)
        assert str(caught.value).startswith(said)


def loaded_by(code):
    """The heavy packages that a fresh interpreter holds after `code`."""
    tell = "import sys; print('loaded', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True, timeout=60)
    return HEAVY & set(done.stdout.rpartition("loaded")[2].split())


class TestImports:
    def test_the_package_costs_nothing(self):
        assert loaded_by("import voxelyte; dir(voxelyte)") == set()

    @pytest.mark.parametrize(
        "command",
        ["", "print", "slice", "serve", "list", "runs", "resume", "rig check", "convert", "export", "pixels"],
    )
    def test_help_is_light(self, command):
        arguments = [*command.split(), "--help"]
        code = f"from voxelyte.cli import main\ntry: main({arguments})\nexcept SystemExit as end: assert not end.code"
        assert loaded_by(code) == {"click"}

    @pytest.mark.parametrize(
        "module", ["region", "raster", "solids.pillars", "solids.spiral", "slicing", "job", "mesh", "meshed", "preview"]
    )
    def test_masks_need_neither_shapely_nor_trimesh(self, module):
        assert loaded_by(f"import voxelyte.{module}").isdisjoint({"shapely", "trimesh", "PIL", "serial", "rich"})

    def test_slicing_and_painting_need_neither_either(self):
        code = (
            "from voxelyte import load_printer, load_recipe, load_resin, slice_solid\n"
            "job = slice_solid(load_recipe('s-3dse').with_outline('disc:3000').solid(), load_printer('asiga-max'), "
            "load_resin('pegda-litfsi-llzto'))\n"
            "[mask.pixels() for mask in job.masks()]"
        )
        assert loaded_by(code) == {"numpy", "pydantic"}


class TestPublicNames:
    def test_are_sorted_and_each_is_there_once(self):
        assert voxelyte.__all__ == sorted(set(voxelyte.__all__))
        assert dir(voxelyte) == voxelyte.__all__

    @pytest.mark.parametrize("name", voxelyte.__all__)
    def test_each_loads_and_says_what_it_is(self, name):
        found = getattr(voxelyte, name)
        assert found.__doc__
        assert found.__name__ == name

    def test_a_type_checker_sees_the_same_names(self):
        """The lazy table, `__all__` and the imports for type checkers say the same."""
        tree = ast.parse(FILES["__init__"].read_text(encoding="utf-8"))
        homes = {
            alias.name: node.module.removeprefix("voxelyte.")
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module.startswith("voxelyte.")
            for alias in node.names
        }
        assert homes == voxelyte._HOME_OF
        assert sorted(homes) == voxelyte.__all__

    def test_another_name_is_no_attribute(self):
        with pytest.raises(AttributeError, match="has no attribute 'Pilars'"):
            voxelyte.Pilars  # noqa: B018
