"""Arrays in files: CSV tables, recipes, their JSON Schema, and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from voxelyte.arrays.table import read_table
from voxelyte.cli import main
from voxelyte.errors import RecipeError
from voxelyte.recipes import load_recipe
from voxelyte.schema import json_schema
from voxelyte.solids.pillars import PillarFilm

HEAD = 'name = "mine"\ntitle = "My film"\ngeometry = "pillars"\nlike = "p-3dse"\n'
TABLE = "x_um,y_um,diameter_um,height_um\n0,0,100,150\n500,0,80.5,150\n-1000,250.25,120,100\n"
BY_TABLE = HEAD + 'diameter_um = "csv"\nheight_um = "csv"\nlattice = { kind = "points", csv = "pillars.csv" }\n'

number = st.floats(-1e6, 1e6)
rows = st.lists(st.tuples(number, number, st.floats(0.001, 1e3), st.floats(0.001, 1e3)), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def written(folder, text, name="pillars.csv"):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def fault_of(folder, text):
    with pytest.raises(RecipeError) as caught:
        read_table(written(folder, text), "pillars.csv")
    return str(caught.value)


class TestTables:
    @given(rows, st.permutations(["x_um", "y_um", "diameter_um", "height_um"]), st.integers(2, 4), st.sampled_from(["\n", "\r\n", "\r"]))
    def test_numbers_are_read_as_written(self, folder, values, names, columns, end):
        names = [name for name in names if name in ("x_um", "y_um", "diameter_um", "height_um")[:columns]]
        where = dict(zip(("x_um", "y_um", "diameter_um", "height_um"), zip(*values, strict=True), strict=True))
        lines = [", ".join(names), "", *(",".join(repr(where[name][n]) for name in names) for n in range(len(values)))]
        table = read_table(written(folder, b"\xef\xbb\xbf" + end.join(lines).encode()))
        assert {name: table.columns[name].tolist() for name in names} == {name: list(where[name]) for name in names}
        assert table.at_um.tolist() == [list(row[:2]) for row in values]

    @given(st.binary(max_size=300))
    def test_any_bytes_end_in_a_table_or_a_recipe_error(self, folder, data):
        attempt(lambda: read_table(written(folder, data)))

    @given(st.integers(0, len(TABLE)), st.text(max_size=8), st.integers(0, 8))
    def test_any_slip_of_the_pen_ends_in_a_table_or_a_recipe_error(self, folder, at, new, cut):
        text = TABLE[:at] + new + TABLE[at + cut :]
        table = attempt(lambda: read_table(written(folder, text.encode("utf-8", "surrogatepass"))))
        if table is not None:
            assert all(np.isfinite(column).all() for column in table.columns.values())

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "line 1 must name the columns x_um, y_um; x_um and y_um missing"),
            ("x_um\n1\n", "y_um missing"),
            ("x_um;y_um\n1;2\n", "columns are parted by commas"),
            ("x_um,y_um,diam_um\n1,2,3\n", "line 1: 'diam_um' is no known column; known: x_um, y_um, diameter_um, height_um"),
            ("x_um,y_um,x_um\n1,2,3\n", "line 1 names a column twice"),
            ("x_um,y_um\n", "no points below the line of names"),
            ("x_um,y_um\n1,2\n3\n", "line 3 has 1 cells; must have 2"),
            ("x_um,y_um\n1,2\n\n3,b\n", "line 4: y_um='b' must be a number"),
            ("x_um,y_um\n1,nan\n", "line 2: y_um=nan must be at least -1e+09 and at most 1e9"),
            ("x_um,y_um\n1,1_0\n", "line 2: y_um='1_0' must be a number"),
            ("x_um,y_um,diameter_um\n1,1,0\n", "line 2: diameter_um=0 must be at least 0.001"),
            ("x_um,y_um\n1,1e10\n", "line 2: y_um=1e10 must be at least -1e+09 and at most 1e9"),
            ('x_um,y_um\n1,"2\n', "unexpected end of data"),
            (b"x_um,y_um\n\xff", "byte 10 is not UTF-8 text"),
            (b"x_um,y_um\n" + b" " * 5000, "longer than 5000 bytes"),
            ("x_um,y_um\n" + "1,1\n" * 101, "more than 100 points"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_line(self, folder, text, said, monkeypatch):
        monkeypatch.setattr("voxelyte.arrays.table.MOST_EACH", 100)
        monkeypatch.setattr("voxelyte.arrays.table.MAX_BYTES", 5000)
        fault = fault_of(folder, text)
        assert fault.startswith("pillars.csv: ")
        assert said in fault

    def test_missing_file_and_folder(self, tmp_path):
        with pytest.raises(RecipeError, match=r"nix\.csv: no such file"):
            read_table(tmp_path / "nix.csv")
        with pytest.raises(RecipeError, match="is not a file"):
            read_table(tmp_path)


def attempt(make):
    try:
        return make()
    except RecipeError:
        return None


class TestRecipes:
    def test_each_line_is_a_pillar(self, tmp_path):
        written(tmp_path, TABLE)
        film = load_recipe(written(tmp_path, BY_TABLE, "mine.toml")).solid()
        assert (film.count, film.levels_um) == (3, (0.0, 75.0, 175.0, 225.0))
        volume = np.pi / 4 * (100**2 * 150 + 80.5**2 * 150 + 120**2 * 100)
        assert film.volume_um3 - film.footprint_um2 * 75 == pytest.approx(volume)
        assert any(note.startswith("3 points from pillars.csv, SHA-256 ") for note in film.notes)

    def test_a_path_begins_at_the_folder_of_the_recipe_that_states_it(self, tmp_path, monkeypatch):
        written(tmp_path, TABLE, "a/pillars.csv")
        written(tmp_path, BY_TABLE, "a/mine.toml")
        child = HEAD.replace("p-3dse", "../a/mine.toml") + "base_um = 50\n"
        assert load_recipe(written(tmp_path, child, "b/child.toml")).solid().count == 3
        monkeypatch.chdir(tmp_path)
        written(tmp_path, "x_um,y_um\n7,7\n", "here.csv")
        changed = load_recipe("a/mine.toml").with_settings(["lattice.csv=here.csv", "diameter_um=100", "height_um=50"])
        assert changed.solid().count == 1
        assert changed.with_settings(["base_um=50"]).solid().count == 1
        assert load_recipe("a/mine.toml").with_settings(["base_um=50"]).solid().count == 3

    def test_a_missing_table_and_column_are_told_with_the_recipes_name(self, tmp_path):
        recipe = load_recipe(written(tmp_path, BY_TABLE, "mine.toml"))
        with pytest.raises(RecipeError, match=r"mine\.toml: pillars\.csv: no such file"):
            recipe.solid()
        written(tmp_path, "x_um,y_um,diameter_um\n0,0,100\n")
        with pytest.raises(RecipeError, match=r"height_um='csv' needs lattice\.csv with a column height_um"):
            recipe.solid()

    def test_a_column_that_nobody_asks_for_is_refused(self, tmp_path):
        written(tmp_path, TABLE)
        recipe = load_recipe(written(tmp_path, BY_TABLE.replace('diameter_um = "csv"', ""), "mine.toml"))
        with pytest.raises(RecipeError, match=r"pillars\.csv has a column diameter_um: diameter_um='csv' takes it"):
            recipe.solid()

    def test_another_kind_forgets_the_keys_of_the_last(self):
        recipe = load_recipe("p-3dse").with_settings(["lattice.kind=random", "lattice.seed=3"])
        other = recipe.with_settings(["lattice.kind=hexagonal"])
        assert other.parameters["lattice"] == {"kind": "hexagonal"}
        assert other.with_settings(["lattice.turn_deg=30"]).parameters["lattice"] == {"kind": "hexagonal", "turn_deg": 30}


def tables(**keys):
    return st.fixed_dictionaries({}, optional=keys)


@st.composite
def designs(draw):
    """Tables such as a recipe can hold, right ones and some that are not."""
    moved = {"turn_deg": st.integers(-400, 400), "origin_um": st.just([10, 20.5])}
    kind = draw(st.sampled_from(["square", "hexagonal", "staggered", "concentric", "sunflower", "random", "points", "function", "cubic"]))
    own = {
        "staggered": {"row_pitch_um": st.floats(0, 500)},
        "random": {"seed": st.integers(-1, 5), "count": st.integers(0, 9)},
        "points": {"points_um": st.just([[0, 0], [900, 1]]), "csv": st.just("a.csv")},
    }.get(kind, {})
    keys = own if kind == "random" else own | moved
    size = st.floats(-1, 300) | st.just("csv") | st.just([100, 80]) | st.just("wide") | tables(
        along=st.sampled_from(["x", "radius", "z"]), from_um=st.just(80), to_um=st.just(120.5), end_um=st.just(900)
    )
    return {"lattice": {"kind": kind, **draw(tables(**keys))}} | draw(
        tables(
            diameter_um=size, height_um=size, height_step_um=st.just(5), at_edge=st.sampled_from(["whole", "clipped", "cut"]),
            merge=st.booleans() | st.just("yes"), top_ratio=st.just(0.5), fillet_um=st.just(5), hollow_um=st.just(5),
            cross_section=st.just({"shape": "star", "points": 6}), margin_um=st.just(5),
        )
    )


class TestSchema:
    SCHEMA = Draft202012Validator(json_schema("geometry"))

    @given(designs())
    def test_an_editor_accepts_what_a_recipe_accepts(self, tmp_path_factory, design):
        table = {"name": "mine", "title": "t", "geometry": "pillars", "like": "p-3dse", **design}
        folder = tmp_path_factory.getbasetemp()
        text = "\n".join(f"{key} = {toml(value)}" for key, value in table.items())
        if attempt(lambda: load_recipe(written(folder, text, "mine.toml"))) is not None:
            self.SCHEMA.validate(table)

    @pytest.mark.parametrize("kind", ["function", "cubic"])
    def test_a_function_is_for_python_alone(self, kind, tmp_path):
        table = {"name": "mine", "title": "t", "geometry": "pillars", "like": "p-3dse", "lattice": {"kind": kind}}
        assert not self.SCHEMA.is_valid(table)
        with pytest.raises(RecipeError, match=r"lattice\."):
            load_recipe(written(tmp_path, HEAD + f'lattice = {{ kind = "{kind}" }}\n', "mine.toml"))


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


class TestCommandLine:
    def run(self, *arguments):
        return CliRunner().invoke(main, ["slice", "p-3dse", "--outline", "disc:3000", *arguments, "-o", "film.voxelyte"])

    @pytest.fixture(autouse=True)
    def _in_a_folder_of_its_own(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def test_merge_unites_what_overlaps(self):
        refused = self.run("--set", "pitch_um=90")
        assert refused.exit_code == 2
        assert "pitch_um=90 must exceed diameter_um=100" in refused.output
        assert not Path("film.voxelyte").exists()
        united = self.run("--set", "pitch_um=90", "--merge")
        assert united.exit_code == 0, united.output
        assert "are united into 1" in united.output

    def test_heights_from_to_are_shown(self):
        said = self.run("--set", 'height_um={ along = "x", from_um = 100, to_um = 200 }', "--set", "height_step_um=50")
        assert said.exit_code == 0, said.output
        assert "pillars of 100 to 200 µm on it" in said.output
        assert "rounded to steps of 50 µm" in said.output

    def test_a_long_list_of_points_is_cut_short(self):
        points = [[float(n), 0.0] for n in range(0, 1400, 7)]
        made = self.run("--set", f"lattice={{kind='points', points_um={points}}}", "--set", "gap_um=0.5", "--set", "diameter_um=5")
        assert made.exit_code == 0, made.output
        shown = CliRunner().invoke(main, ["inspect", "film.voxelyte"]).output
        assert "lattice.points_um=[[0.0, 0.0], [7.0, 0.0]" in shown
        assert "1393" not in shown


def test_python_reads_tables_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, TABLE)
    outline = {"shape": "disc", "diameter_um": 4000.0}
    film = PillarFilm(outline=outline, base_um=75.0, diameter_um="csv", height_um="csv", lattice={"kind": "points", "csv": "pillars.csv"})
    assert film.count == 3
