"""Recipes: TOML to values, changes to them, where they are found, and what is said of a wrong one."""

from __future__ import annotations

import os
import string
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelyte.datafiles import MAX_BYTES
from voxelyte.errors import RecipeError
from voxelyte.printer import Panel
from voxelyte.recipes import Recipe, load_printer, load_recipe, load_resin, recipe_names
from voxelyte.settings import parse_outline, parse_setting

PANEL = Panel(width_px=192, height_px=108, pitch_x_um=62.0, pitch_y_um=62.0)
MINE = """
name = "mine"
title = "My film"
geometry = "pillars"
base_um = 75
diameter_um = 100
height_um = 150
gap_um = 200
outline = { shape = "disc", diameter_um = 5000 }
"""


def written(folder: Path, text: str | bytes, name: str = "mine.toml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def fault_of(text: str | bytes, folder: Path) -> str:
    """What is said of a recipe with this text."""
    with pytest.raises(RecipeError) as caught:
        load_recipe(written(folder, text))
    return str(caught.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recipes")


class TestFiles:
    def test_text_is_kept_word_for_word(self, tmp_path: Path) -> None:
        assert load_recipe(written(tmp_path, MINE)).text == MINE

    def test_parameters_are_those_of_the_text(self, tmp_path: Path) -> None:
        recipe = load_recipe(written(tmp_path, MINE))
        table = tomllib.loads(MINE)
        head = {"name": recipe.name, "title": recipe.title, "geometry": recipe.geometry}
        assert {**head, **recipe.parameters} == table

    def test_byte_order_mark_and_windows_line_ends_are_read(self, tmp_path: Path) -> None:
        text = b"\xef\xbb\xbf" + MINE.replace("\n", "\r\n").encode()
        plain = load_recipe(written(tmp_path, MINE))
        assert load_recipe(written(tmp_path, text)).parameters == plain.parameters

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("name = 'a'\nbase_um = \n", "mine.toml: line 2, column 11: "),
            ("name = 'a'\nbase_um =", "mine.toml: line 2, column 10: "),
            ("name = 1\nname = 2\n", "mine.toml: line 2, column 9: "),
            ("name = 'a", "mine.toml: line 1, column 10: "),
            (b"name = '\xff'", "mine.toml: byte 8 is not UTF-8 text"),
            ("a = " + "[" * 100_000, "mine.toml: tables or lists are nested too deep"),
            ("#" * (MAX_BYTES + 1), f"mine.toml: longer than {MAX_BYTES} bytes"),
        ],
    )
    def test_broken_toml_is_placed(self, text: str | bytes, said: str, tmp_path: Path) -> None:
        fault = fault_of(text, tmp_path)
        assert said in fault
        assert "\n" not in fault

    def test_missing_file_and_folder(self, tmp_path: Path) -> None:
        with pytest.raises(RecipeError, match=r"nix\.toml: no such file"):
            load_recipe(tmp_path / "nix.toml")
        (tmp_path / "a.toml").mkdir()
        with pytest.raises(RecipeError, match=r"a\.toml: is not a file"):
            load_recipe(tmp_path / "a.toml")

    @given(st.binary(max_size=200))
    def test_any_bytes_end_in_a_recipe_or_a_recipe_error(self, folder: Path, data: bytes) -> None:
        attempt(lambda: load_recipe(written(folder, data)))

    @given(st.integers(0, len(MINE)), st.text(string.printable + "é\0µ", max_size=12), st.integers(0, 12))
    def test_any_slip_of_the_pen_ends_in_a_recipe_or_a_recipe_error(
        self, folder: Path, at: int, new: str, cut: int
    ) -> None:
        file = written(folder, MINE[:at] + new + MINE[at + cut :])
        for load in (load_recipe, load_printer, load_resin):
            attempt(lambda load=load: load(file))


def attempt(load: Any) -> Any:
    """What `load` gives, or None after a RecipeError; any other error fails the test."""
    try:
        return load()
    except RecipeError:
        return None


class TestNames:
    @pytest.mark.parametrize(
        ("load", "wrong", "right"),
        [
            (load_recipe, "p-3dce", "p-3dse"),
            (load_printer, "asiga-mx", "asiga-max"),
            (load_resin, "pegda-litfsi-lzto", "pegda-litfsi-llzto"),
        ],
    )
    def test_misspelt_name_is_answered_with_the_nearest(self, load: Any, wrong: str, right: str) -> None:
        with pytest.raises(RecipeError, match=f"'{wrong}'; did you mean '{right}'"):
            load(wrong)

    @given(st.text(max_size=20))
    def test_any_name_is_found_or_refused(self, name: str) -> None:
        attempt(lambda: load_recipe(name))

    def test_users_folder_comes_first_and_the_working_folder_never(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mine = MINE.replace('"mine"', '"p-3dse"')
        for root in ("here", "there"):
            written(tmp_path / root / "geometries", mine, "p-3dse.toml")
        written(tmp_path / "there/geometries", MINE)
        monkeypatch.chdir(tmp_path / "here")
        assert load_recipe("p-3dse").title != "My film"
        monkeypatch.setenv("VOXELYTE_PATH", os.pathsep.join(["", str(tmp_path / "there")]))
        assert load_recipe("p-3dse").title == "My film"
        assert {"mine", "f-se"} < set(recipe_names())

    def test_importing_is_light(self) -> None:
        heavy = {"shapely", "trimesh", "PIL", "serial", "rich"}
        code = f"import sys, voxelyte.recipes; print({heavy} & set(sys.modules))"
        assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


class TestFaults:
    def test_all_are_said_at_once_each_with_the_files_name(self, tmp_path: Path) -> None:
        text = MINE.replace("height_um = 150", "heigth_um = 150\nmargin_um = nan")
        text = text.replace("base_um = 75", "base_um = -1").replace('title = "My film"', "title = 3")
        lines = fault_of(text, tmp_path).splitlines()
        prefix = f"{tmp_path / 'mine.toml'}: "
        assert all(line.startswith(prefix) for line in lines)
        assert {line.removeprefix(prefix) for line in lines} == {
            "title=3 must be text",
            "base_um=-1 must be greater than 0",
            "height_um is missing",
            "margin_um=nan must be a finite number",
            "heigth_um is not a known key; did you mean height_um?",
        }

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"pillars"', '"pilars"', "no geometry 'pilars'; did you mean 'pillars'?"),
            ('geometry = "pillars"', "", "geometry is missing"),
            ("base_um = 75", "base_um = inf", "base_um=inf must be a finite number"),
            ("base_um = 75", 'base_um = "75"', "base_um='75' must be a number"),
            ("base_um = 75", "base_um = true", "base_um=True must be a number"),
            ("base_um = 75", "base_um = 1979-05-27", "base_um=datetime.date(1979, 5, 27) must be"),
            ("base_um = 75", "base_um = 0x" + "f" * 5000, "base_um=<a huge number> must be"),
            ("base_um = 75", "base_um = 75\nself = 1", "self is not a known key; known: "),
            ('"disc"', '"disk"', "outline.shape='disk' must be one of 'disc', "),
            ('shape = "disc", ', "", "outline.shape is missing"),
            ("5000", "0", "outline.diameter_um=0 must be greater than 0"),
            ("5000", "5000, width_um = 3", "outline.width_um is not a known key; did you mean diameter_um?"),
            ('{ shape = "disc", diameter_um = 5000 }', "3", "outline=3 must be a table"),
        ],
    )
    def test_field_value_and_law_are_named(self, old: str, new: str, said: str, tmp_path: Path) -> None:
        assert said in fault_of(MINE.replace(old, new), tmp_path)

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("gap_um = 200", "pitch_um = 90", "pitch_um=90 must exceed diameter_um=100"),
            ("gap_um = 200", "", "exactly one of the two must be given"),
            ("gap_um = 200", "gap_um = 200\npitch_um = 300", "exactly one of the two must be given"),
            ("5000", "50", "no whole pillar fits the outline"),
            ("height_um = 150", "height_um = 150.0001", "height_um=150.0001 must lie on the 1 nm grid"),
        ],
    )
    def test_laws_between_keys_are_told_with_the_files_name(
        self, old: str, new: str, said: str, tmp_path: Path
    ) -> None:
        file = written(tmp_path, MINE.replace(old, new))
        with pytest.raises(RecipeError) as caught:
            load_recipe(file).solid(PANEL)
        assert str(caught.value).startswith(f"{file}: ")
        assert said in str(caught.value)


class TestLike:
    def test_takes_what_it_does_not_state(self, tmp_path: Path) -> None:
        written(tmp_path, MINE)
        head = 'name = "b"\ntitle = "B"\ngeometry = "pillars"\n'
        other = f'{head}like = "mine.toml"\nheight_um = 60\nnotes = ["b"]\n'
        mine, b = load_recipe(tmp_path / "mine.toml"), load_recipe(written(tmp_path, other, "b.toml"))
        assert b.parameters == {**mine.parameters, "height_um": 60}
        assert (b.name, b.title, b.text, b.notes) == ("b", "B", other, ("b",))

    def test_pitch_takes_the_place_of_gap(self, tmp_path: Path) -> None:
        head = 'name = "b"\ntitle = "B"\ngeometry = "pillars"\n'
        b = load_recipe(written(tmp_path, f'{head}like = "p-3dse"\npitch_um = 310\n'))
        assert "gap_um" not in b.parameters
        assert "gap_um" not in b.sources
        assert b.solid(PANEL).count > 0

    def test_origin_of_a_changed_number_is_forgotten(self, tmp_path: Path) -> None:
        head = 'name = "b"\ntitle = "B"\ngeometry = "pillars"\n'
        b = load_recipe(written(tmp_path, f'{head}like = "p-3dse"\nheight_um = 60\n'))
        assert set(load_recipe("p-3dse").sources) - set(b.sources) == {"height_um"}

    def test_circles_are_seen(self, tmp_path: Path) -> None:
        head = 'name = "x"\ntitle = "X"\ngeometry = "pillars"\n'
        written(tmp_path, f'{head}like = "./sub/../b.toml"\n', "a.toml")
        (tmp_path / "sub").mkdir()
        written(tmp_path, f'{head}like = "a.toml"\n', "b.toml")
        with pytest.raises(RecipeError, match="leads back to this file"):
            load_recipe(tmp_path / "a.toml")

    @pytest.mark.parametrize(
        ("like", "said"),
        [
            ('"p-3dze"', "did you mean 'p-3dse'"),
            ('"f-se"', "geometry='pillars' must be 'planar', that of like='f-se'"),
            ("3", "like=3 must be text"),
        ],
    )
    def test_wrong_likes(self, like: str, said: str, tmp_path: Path) -> None:
        text = f'name = "b"\ntitle = "B"\ngeometry = "pillars"\nlike = {like}\n'
        if "planar" not in said:
            assert said in fault_of(text, tmp_path)
        else:
            assert said in fault_of(text + "diameter_um = 1\nheight_um = 1\n", tmp_path)


SETTINGS = st.builds(
    "{}={}".format,
    st.sampled_from(["gap_um", "outline", "outline.shape", "base_um", "margin_um"]),
    st.text(max_size=12),
)
SIZES = ("base_um", "diameter_um", "height_um", "pitch_um", "margin_um", "outline.diameter_um")


class TestSettings:
    def test_change_what_they_say_and_nothing_else(self) -> None:
        before = load_recipe("p-3dse")
        after = before.with_settings(["diameter_um=200", "outline.diameter_um=19000.5"])
        assert after.parameters == {
            **before.parameters,
            "diameter_um": 200,
            "outline": {"shape": "disc", "diameter_um": 19000.5},
        }
        assert before == load_recipe("p-3dse")
        assert set(before.sources) - set(after.sources) == {"diameter_um", "outline.diameter_um"}

    def test_none_is_the_same_recipe(self) -> None:
        recipe = load_recipe("p-3dse")
        assert recipe.with_settings([]) is recipe

    def test_pitch_takes_the_place_of_gap_and_back(self) -> None:
        recipe = load_recipe("p-3dse")
        pitched = recipe.with_settings(["pitch_um=310"])
        assert ("gap_um" in pitched.parameters, "gap_um" in pitched.sources) == (False, False)
        assert pitched.with_settings(["gap_um=200"]).parameters == recipe.parameters

    def test_gap_and_pitch_together_are_refused(self) -> None:
        with pytest.raises(RecipeError, match="gap_um=200 and pitch_um=300: only one of the two can be set"):
            load_recipe("p-3dse").with_settings(["gap_um=200", "pitch_um=300"])

    def test_another_shape_forgets_the_sizes_of_the_last(self) -> None:
        recipe = load_recipe("p-3dse").with_settings(["outline.shape=plate"])
        assert recipe.parameters["outline"] == {"shape": "plate"}
        wide = load_recipe("p-3dse").with_settings(
            ["outline.width_um=9000", "outline.shape=rectangle", "outline.depth_um=8000"]
        )
        assert wide.parameters["outline"] == {"shape": "rectangle", "width_um": 9000, "depth_um": 8000}

    @pytest.mark.parametrize(
        ("texts", "said"),
        [
            (["diamter_um=3"], "p-3dse.toml as changed: diamter_um is not a known key; did you mean diam"),
            (["height_um=-1"], "p-3dse.toml as changed: height_um=-1 must be greater than 0"),
            (["height_um=0"], "height_um=0 must be greater than 0"),
            (["height_um=nan"], "height_um=nan must be a finite number"),
            (["height_um=-inf"], "height_um=-inf must be a finite number"),
            (["height_um=high"], "height_um='high' must be a number"),
            (["height_um=1", "height_um=2"], "height_um is set twice"),
            (["height_um"], "setting 'height_um' must read key=value"),
            (["=3"], "setting '=3' must read key=value"),
            (["height_um="], "is neither a TOML value nor a bare word"),
            (["height_um=1\nbase_um=2"], "is neither a TOML value nor a bare word"),
            (["base_um.x=3"], "base_um.x cannot be set: base_um=75 is not a table"),
            (["title=x"], "title cannot be set; only parameters can"),
            (["geometry=spiral"], "geometry cannot be set"),
            (["sources.base_um=x"], "sources.base_um cannot be set"),
        ],
    )
    def test_wrong_ones_say_why(self, texts: list[str], said: str) -> None:
        with pytest.raises(RecipeError) as caught:
            load_recipe("p-3dse").with_settings(texts)
        assert said in str(caught.value)

    def test_all_wrong_ones_are_said_at_once(self) -> None:
        with pytest.raises(RecipeError) as caught:
            load_recipe("p-3dse").with_settings(["height_um=-1", "base_um=0", "x=1"])
        assert len(str(caught.value).splitlines()) == 3

    @given(st.one_of(st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.booleans()))
    def test_a_number_is_read_back(self, value: Any) -> None:
        assert parse_setting(f"a.b = {str(value).lower()}") == ("a.b", value)

    @given(st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]*", fullmatch=True))
    def test_a_bare_word_is_a_text(self, word: str) -> None:
        key, value = parse_setting(f"k={word}")
        assert key == "k"
        assert value == word or word in ("true", "false", "nan", "inf")

    @given(st.lists(st.one_of(st.text(max_size=30), SETTINGS), max_size=3))
    def test_any_texts_end_in_a_recipe_or_a_recipe_error(self, texts: list[str]) -> None:
        recipe = load_recipe("p-3dse")
        changed = attempt(lambda: recipe.with_settings(texts))
        assert changed is None or isinstance(changed, Recipe)

    @given(st.dictionaries(st.sampled_from(SIZES), st.floats(5e-324, 1e9)))
    def test_any_sizes_end_in_a_solid_or_a_recipe_error(self, sizes: dict[str, float]) -> None:
        texts = [f"{key}={value!r}" for key, value in sizes.items()]
        attempt(lambda: load_recipe("p-3dse").with_settings(texts).solid(PANEL))


class TestOutlines:
    def test_plate_is_the_panel(self) -> None:
        solid = load_recipe("f-se").with_outline("plate").solid(PANEL)
        assert solid.footprint_um2 == pytest.approx(192 * 108 * 62**2)

    def test_plate_without_a_panel_is_refused(self) -> None:
        with pytest.raises(RecipeError, match="plate"):
            load_recipe("f-se").with_outline("plate").solid()

    @given(width=st.integers(1, 10**6), depth=st.decimals(1, 10**6, places=3))
    def test_lengths_are_read_as_written(self, width: int, depth: Any) -> None:
        rectangle = {"shape": "rectangle", "width_um": float(width), "depth_um": float(depth)}
        assert parse_outline(f"rectangle:{width}x{depth}") == rectangle
        assert parse_outline(f"disc:{depth}") == {"shape": "disc", "diameter_um": float(depth)}

    @pytest.mark.parametrize(
        ("text", "table"),
        [
            ("rectangle:30000x20000,r=2000", {"shape": "rectangle", "width_um": 3e4, "depth_um": 2e4, "corner_radius_um": 2e3}),
            ("coin:cr2032", {"shape": "coin", "preset": "CR2032"}),
            ("coin:CR2016,separator", {"shape": "coin", "preset": "CR2016", "part": "separator"}),
            ("edge.svg", {"shape": "file", "path": "edge.svg"}),
            ("my films/Edge.DXF,unit=mm", {"shape": "file", "path": "my films/Edge.DXF", "unit": "mm"}),
        ],
    )
    def test_other_shapes(self, text: str, table: dict[str, Any]) -> None:
        assert parse_outline(text) == table

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("coin:CR9999", "outline.preset='CR9999' must be 'CR2016', 'CR2025' or 'CR2032'"),
            ("coin:CR2032,can", "outline.part='can' must be 'film', 'electrode' or 'separator'"),
            ("rectangle:300x200,r=101", "corner_radius_um=101 must not exceed 100, half the shorter side"),
            ("no/such.svg", "outline.path='no/such.svg': no such file"),
            ("a.svg,unit=ell", "outline.unit='ell' must be"),
        ],
    )
    def test_wrong_shapes_name_the_field(self, text: str, said: str) -> None:
        with pytest.raises(RecipeError) as caught:
            load_recipe("f-se").with_outline(text).solid(PANEL)
        assert said in str(caught.value)

    @given(st.one_of(st.text(max_size=20), st.from_regex(r"(disc|rectangle|plate|coin):?[0-9.xr=,-]*(\.svg|\.dxf)?")))
    def test_anything_else_is_refused(self, text: str) -> None:
        attempt(lambda: load_recipe("f-se").with_outline(text).solid(PANEL))

    @pytest.mark.parametrize("text", ["", "disk:3", "disc", "disc:", "disc:-3", "disc:1e9", "plate:"])
    def test_wrong_ones_tell_the_right_form(self, text: str) -> None:
        with pytest.raises(RecipeError, match="must be plate, disc:DIAMETER_UM, coin:CR2032"):
            load_recipe("f-se").with_outline(text)

    def test_nothing_is_no_size(self) -> None:
        with pytest.raises(RecipeError, match=r"outline\.diameter_um=0\.0 must be greater than 0"):
            load_recipe("f-se").with_outline("disc:0")
