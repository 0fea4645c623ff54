"""Who may import whom, what an import costs, and what every member is: the shape of the house, read from its own files."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import voxelyte
from voxelyte.members import member, members

SRC = Path(voxelyte.__file__).parent
FILES = sorted(SRC.rglob("*.py"))
HEAVY = {"trimesh", "shapely", "numpy", "PIL", "serial", "pydantic", "rich"}
FOLDERS = ("solids", "formats", "drivers", "sim")

ALLOWED = {
    "errors": set(),
    "members": {"errors"},
    "values": {"errors"},
    "source": {"values"},
    "printer": {"source", "values"},
    "resin": {"source", "values"},
    "heights": {"errors"},
    "shapes": set(),
    "region": {"shapes"},
    "outline": {"errors", "region", "shapes", "values"},
    "layering": {"errors", "heights", "printer"},
    "tone": set(),
    "raster": {"printer", "raster", "region", "shapes", "tone"},
    "job": {"errors", "printer", "resin"},
    "solids": {"errors", "heights", "outline", "region", "shapes", "solids", "values"},
    "formats": {"errors", "files", "formats", "job", "members", "png", "printer", "resin", "values"},
    "drivers": {"drivers", "errors", "job", "members", "png", "printer", "resin", "values"},
    "sim": {"errors", "sim"},
}


def room(file: Path) -> str:
    """The folder or top-level module that a file belongs to."""
    return file.relative_to(SRC).parts[0].removesuffix(".py")


def imported(file: Path) -> set[tuple[str, ...]]:
    """Modules of ours that a file imports anywhere, as the parts after `voxelyte`; type checking does not count."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "voxelyte":
            parts = tuple((node.module or "").split(".")[1:])
            found |= {(*parts, alias.name) for alias in node.names} if len(parts) < 2 else {parts}
        elif isinstance(node, ast.Import):
            found |= {tuple(a.name.split(".")[1:]) for a in node.names if a.name.split(".")[0] == "voxelyte"}
    return found


@pytest.mark.parametrize("file", [f for f in FILES if room(f) in ALLOWED], ids=lambda f: str(f.relative_to(SRC)))
def test_imports_only_what_it_may(file):
    rooms = {parts[0] for parts in imported(file) if parts}
    assert rooms <= ALLOWED[room(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SRC)))
def test_nobody_imports_the_command_line(file):
    if room(file) not in ("cli", "__main__"):
        assert all(parts[:1] != ("cli",) for parts in imported(file))


@pytest.mark.parametrize("folder", FOLDERS)
def test_members_never_import_each_other(folder):
    names = {name.replace("-", "_") for name in members(folder)}
    for file in (SRC / folder).glob("*.py"):
        if file.stem in names:
            others = {parts[1] for parts in imported(file) if len(parts) > 1 and parts[0] == folder}
            assert not others & (names - {file.stem})


@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder in FOLDERS for name in members(folder)])
def test_every_member_ends_in_its_constant(folder, name):
    assert member(folder, name) is not None


def test_members_are_there():
    assert {"planar", "spiral", "pillars"} <= set(members("solids"))
    assert {"native", "sl1"} <= set(members("formats"))
    assert "stream" in members("drivers")
    assert members("sim") == ("asiga-max",)


def loaded_by(code: str) -> set[str]:
    """Top-level packages in memory after `code`, in an interpreter of its own."""
    tell = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_costs_nothing():
    assert not loaded_by("import voxelyte") & (HEAVY | {"click"})


def test_help_loads_nothing_heavy():
    code = "from voxelyte.cli import main\ntry: main(['--help'], standalone_mode=False)\nexcept SystemExit: pass"
    assert not loaded_by(code) & HEAVY


def test_slicing_needs_neither_shapely_nor_trimesh():
    code = "import voxelyte as v\np = v.load_printer('asiga-max')\nr = v.load_resin('pegda-litfsi-llzto')\n" + (
        "job = v.slice_solid(v.load_recipe('s-3dse').solid(p.panel), p, r)\n[m.pixels() for m in job.masks()]"
    )
    assert not loaded_by(code) & {"trimesh", "shapely", "PIL", "serial", "rich"}


def test_public_names_are_sorted_and_there():
    assert voxelyte.__all__ == sorted(voxelyte.__all__)
    assert all(getattr(voxelyte, name) is not None for name in voxelyte.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = voxelyte.nothing


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SRC)))
def test_rooms_are_small(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300
