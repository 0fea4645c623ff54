"""Shipped data: every number has an origin, the paper's numbers are right, editors can check it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from voxelyte.datafiles import FOLDERS, titles
from voxelyte.errors import RecipeError
from voxelyte.members import members
from voxelyte.printer import Printer
from voxelyte.recipes import (
    load_printer,
    load_recipe,
    load_resin,
    printer_names,
    recipe_model,
    recipe_names,
    resin_names,
)
from voxelyte.resin import Resin
from voxelyte.schema import json_schema

ROOT = Path(__file__).parents[1]
FILES = [(kind, file) for kind in FOLDERS for file in sorted((ROOT / FOLDERS[kind]).glob("*.toml"))]
LOADERS = {"geometry": load_recipe, "printer": load_printer, "resin": load_resin}
SWEEP = [(diameter, height) for diameter in (200, 300) for height in (50, 100, 150, 200)]


def numbers(table: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of all numbers in a table."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from numbers(value, f"{path}.{key}" if path else key)
    elif isinstance(table, int | float) and not isinstance(table, bool):
        yield path


def covers(source: str, number: str) -> bool:
    return f"{number}.".startswith(f"{source}.")


def test_the_shipped_files_are_these() -> None:
    sweep = {f"p-3dse-d{diameter}-h{height:03}" for diameter, height in SWEEP}
    assert set(recipe_names()) == {"f-se", "s-3dse", "p-3dse"} | sweep
    asiga = {"asiga-max", "asiga-max-x27", "asiga-max-x35", "asiga-max-x43"}
    assert set(printer_names()) == asiga | {"prusa-sl1s", "generic-50um"}
    assert resin_names() == ("pegda-litfsi-llzto",)


@pytest.mark.parametrize(("kind", "file"), FILES, ids=lambda value: getattr(value, "stem", value))
class TestEveryFile:
    def test_each_number_has_one_origin_and_each_origin_a_number(self, kind: Any, file: Path) -> None:
        table = tomllib.loads(file.read_text())
        sources = table.pop("sources")
        for number in numbers(table):
            assert sum(covers(source, number) for source in sources) == 1, number
        for source in sources:
            assert any(covers(source, number) for number in numbers(table)), source

    def test_each_origin_says_something(self, kind: Any, file: Path) -> None:
        for source in LOADERS[kind](file.stem).sources.values():
            assert len(source.where) >= 10

    def test_its_name_is_the_files_and_its_title_is_listed(self, kind: Any, file: Path) -> None:
        value = LOADERS[kind](file.stem)
        assert value.name == file.stem
        assert titles(kind)[file.stem] == value.title != ""

    def test_a_path_gives_what_the_name_gives(self, kind: Any, file: Path) -> None:
        by_path, by_name = LOADERS[kind](file), LOADERS[kind](file.stem)
        if kind == "geometry":
            by_path, by_name = (vars(one) | {"origin": ""} for one in (by_path, by_name))
        assert by_path == by_name

    def test_its_schema_accepts_it(self, kind: Any, file: Path) -> None:
        Draft202012Validator(json_schema(kind)).validate(tomllib.loads(file.read_text()))


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_knows_the_origin_of_what_it_took_from_another(name: str) -> None:
    recipe = load_recipe(name)
    for number in numbers(recipe.parameters):
        assert sum(covers(source, number) for source in recipe.sources) == 1, number


# The numbers of Mu et al. 2024, Nano-Micro Lett. 16:86, restated here and not read from the files.


def test_planar_film_is_the_papers() -> None:
    assert load_recipe("f-se").solid().levels_um == (0, 75)


def test_pillar_film_is_the_papers() -> None:
    film: Any = load_recipe("p-3dse").solid()
    assert (film.base_um, film.diameter_um, film.height_um, film.gap_um) == (75, 100, 150, 200)
    assert film.cell_area_factor == pytest.approx(1.524, abs=5e-4)
    assert film.cell_fraction == pytest.approx(0.0873, abs=5e-5)


@pytest.mark.parametrize(("diameter", "height"), SWEEP)
def test_sweep_is_the_papers(diameter: int, height: int) -> None:
    film: Any = load_recipe(f"p-3dse-d{diameter}-h{height:03}").solid()
    assert (film.base_um, film.diameter_um, film.height_um, film.gap_um) == (75, diameter, height, 200)


@pytest.mark.parametrize(
    ("name", "area_factor"),
    [("d200-h050", 1.196), ("d200-h200", 1.785), ("d300-h050", 1.188), ("d300-h200", 1.754)],
)
def test_sweep_area_factors(name: str, area_factor: float) -> None:
    film: Any = load_recipe(f"p-3dse-{name}").solid()
    assert film.cell_area_factor == pytest.approx(area_factor, abs=5e-4)


def test_spiral_film_is_the_papers() -> None:
    film: Any = load_recipe("s-3dse").solid()
    assert (film.base_um, film.width_um, film.height_um) == (75, 100, 150)


@pytest.mark.parametrize("name", recipe_names())
def test_films_are_coin_cell_discs(name: str) -> None:
    assert load_recipe(name).parameters["outline"] == {"shape": "disc", "diameter_um": 16000}


def test_slurry_is_the_papers() -> None:
    resin = load_resin("pegda-litfsi-llzto")
    assert (resin.layer_um, resin.exposure_s, resin.wavelength_nm, resin.irradiance_mw_cm2) == (50, 6, 405, 9)
    assert resin.dose_mj_cm2 == 54
    assert resin.printed_on in printer_names()
    assert resin.sources["irradiance_mw_cm2"].sure == "inferred"
    remarks = " ".join(resin.notes)
    for fact in ("9 W cm⁻²", "1.5 : 1 : 0.10, 0.15 or 0.20 : 0.0075", "2000 cP", "below 30 %", "BAPO", "TPO"):
        assert fact in remarks


# Plates as the makers or resellers state them (width, depth, height in mm; the first two rounded).
STATED = {
    "asiga-max": (119, 67, 75),
    "asiga-max-x27": (51.8, 29.2, 75),
    "asiga-max-x35": (67.2, 37.8, 75),
    "asiga-max-x43": (82.6, 46.4, 75),
    "prusa-sl1s": (81, 128, 150),
    "generic-50um": (96, 54, 100),
}


@pytest.mark.parametrize("name", printer_names())
def test_pixels_times_pitch_is_the_stated_plate(name: str) -> None:
    printer = load_printer(name)
    width, depth, height = STATED[name]
    assert printer.panel.size_um == pytest.approx((width * 1000, depth * 1000), abs=50)
    assert printer.build_height_mm == height


def test_asiga_max_is_the_papers_machine_and_nobody_measured_its_light() -> None:
    printer = load_printer("asiga-max")
    assert (printer.panel.width_px, printer.panel.height_px) == (1920, 1080)
    assert printer.panel.pitch_x_um == printer.panel.pitch_y_um == 62
    assert printer.wavelength_nm == 405
    assert printer.irradiance_mw_cm2 is None


@pytest.mark.parametrize("name", [one for one in printer_names() if one.startswith("asiga")])
def test_nothing_about_asigas_firmware_is_claimed(name: str) -> None:
    printer = load_printer(name)
    for path, source in printer.sources.items():
        if path.partition(".")[0] in ("layer", "motion", "max_exposure_s"):
            assert source.sure == "chosen"
    assert "say nothing of Asiga's own firmware" in " ".join(printer.notes)


@pytest.mark.parametrize("name", printer_names())
def test_every_printer_can_make_the_papers_layers(name: str) -> None:
    printer = load_printer(name)
    for thickness_um in (25, 50):
        assert printer.layer.min_um <= thickness_um <= printer.layer.max_um
        assert thickness_um % printer.layer.step_um == 0
    assert printer.max_exposure_s is not None
    assert printer.max_exposure_s >= 6


@pytest.mark.parametrize("name", printer_names())
def test_printer_survives_json(name: str) -> None:
    printer = load_printer(name)
    assert Printer.of(json.loads(printer.model_dump_json())) == printer


@pytest.mark.parametrize("name", resin_names())
def test_resin_survives_json(name: str) -> None:
    resin = load_resin(name)
    assert Resin.of(json.loads(resin.model_dump_json())) == resin


# Schemas.


@pytest.mark.parametrize("kind", FOLDERS)
def test_schema_is_one_and_describes_every_key_with_its_unit(kind: Any) -> None:
    schema = json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    units = {"_um": "µm", "_mm": "mm", "_mm_s": "mm/s", "_s": "seconds", "_nm": "nm", "_mw_cm2": "mW/cm²"}
    for one in (schema, *schema["$defs"].values()):
        for key, entry in one.get("properties", {}).items():
            ending = max((unit for unit in units if key.endswith(unit)), key=len, default="")
            assert entry["description"].endswith(f" in {units[ending]}." if ending else "."), key


def test_geometry_schema_knows_every_member() -> None:
    assert set(members("solids")) <= set(json_schema("geometry")["$defs"])


MODELS = [recipe_model(name) for name in members("solids")]
KEYS = sorted({key for model in MODELS for key in model.model_fields} - {"like", "sources"})
TABLES = st.dictionaries(
    st.sampled_from([*KEYS, "diamter_um"]),
    st.one_of(
        st.integers(-5, 500),
        st.floats(-5, 500),
        st.booleans(),
        st.sampled_from(["planar", "pillars", "spiral", "x"]),
        st.sampled_from([{"shape": "plate"}, {"shape": "disc", "diameter_um": 9000}, {"diameter_um": 9000}]),
        st.just({"shape": "disc", "width_um": 3}),
        st.just({"shape": "rectangle", "width_um": 1, "depth_um": 2}),
        st.just(["a note"]),
    ),
)


@given(base=st.sampled_from([load_recipe(name) for name in ("f-se", "p-3dse", "s-3dse")]), changes=TABLES)
def test_schema_accepts_exactly_what_the_loader_accepts(base: Any, changes: dict[str, Any]) -> None:
    head = {"name": base.name, "title": base.title, "geometry": base.geometry}
    table = {**head, **base.parameters, **changes}
    assert Draft202012Validator(json_schema("geometry")).is_valid(table) == loads(table)


def loads(table: dict[str, Any]) -> bool:
    if table["geometry"] not in members("solids"):
        return False
    try:
        recipe_model(table["geometry"]).of(table)
    except RecipeError:
        return False
    return True
