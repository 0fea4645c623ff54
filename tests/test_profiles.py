"""Shipped data: every number has an origin, the paper's numbers are right, editors can check it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from voxelyte.datafiles import FOLDERS, titles
from voxelyte.dosing import resin_for
from voxelyte.errors import RecipeError
from voxelyte.formats import all_formats
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
from voxelyte.source import Source, Sureness

ROOT = Path(__file__).parents[1]
FILES = [(kind, file) for kind in FOLDERS for file in sorted((ROOT / FOLDERS[kind]).glob("*.toml"))]
LOADERS = {"geometry": load_recipe, "printer": load_printer, "resin": load_resin}
CHOSEN = Source(sure="chosen", where="covered by the whole panel's source")
PLATES = {"exposure-ladder", "fig-s8", "symmetric"}
OUTLINED = {"p-3dse-cr2032", "p-3dse-pouch"}
SWEEP = [(diameter, height) for diameter in (200, 300) for height in (50, 100, 150, 200)]


def numbers(table: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of all numbers and lists of numbers in a table, and of what is true or false, such as a mirror."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from numbers(value, f"{path}.{key}" if path else key)
    elif isinstance(table, int | float) or (isinstance(table, list) and any(isinstance(one, int | float) for one in table)):
        yield path


def covers(source: str, number: str) -> bool:
    return f"{number}.".startswith(f"{source}.")


def test_the_shipped_files_are_these() -> None:
    sweep = {f"p-3dse-d{diameter}-h{height:03}" for diameter, height in SWEEP}
    targets = {"dose-pads", "dot-array", "f-mark", "line-ladder", "pixel-checker", "siemens-star", "vernier"}
    arrays = {"p-3dse-hex", "p-3dse-graded", "p-3dse-random"}
    walls = {"grid", "honeycomb", "rings", "spiral-2"}
    assert set(recipe_names()) == {"f-se", "s-3dse", "p-3dse"} | sweep | arrays | walls | targets | OUTLINED | PLATES
    assert set(printer_names()) == set(STATED)
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
            by_path, by_name = (vars(one) | {"origin": "", "folder": "", "folders": ""} for one in (by_path, by_name))
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


@pytest.mark.parametrize("name", sorted({*recipe_names()} - PLATES - OUTLINED))
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
    "anycubic-photon-d2": (130.56, 73.44, 165),
    "asiga-max": (119, 67, 75),
    "asiga-max-x27": (51.8, 29.2, 75),
    "asiga-max-x35": (67.2, 37.8, 75),
    "asiga-max-x43": (82.6, 46.4, 75),
    "athena-12k": (218.88, 122.88, 245),
    "athena-8k": (218.88, 123.12, 245),
    "elegoo-mars-4-ultra": (153.36, 77.76, 165),
    "elegoo-saturn-4-ultra-12k": (218.88, 122.88, 220),
    "elegoo-saturn-4-ultra-16k": (211.68, 118.37, 220),
    "generic-50um": (96, 54, 100),
    "generic-nanodlp": (96, 54, 100),
    "nova3d-bene6": (143.43, 89.6, 180),
    "phrozen-sonic-mini-4k": (134.4, 75.6, 130),
    "phrozen-sonic-mini-8k": (165, 71.28, 180),
    "phrozen-sonic-mini-8k-s": (165.792, 71.28, 170),
    "prusa-sl1": (68.04, 120.96, 150),
    "prusa-sl1s": (81, 128, 150),
}
ASIGA_CLASS = [name for name in STATED if name.startswith(("asiga", "generic-50um"))]


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


# Which panels are fed turned over, and in what grey their files end: facts of FORMATS that no number above shows.
TURNED_OVER = {
    **dict.fromkeys(STATED, (True, False)),
    **dict.fromkeys((*ASIGA_CLASS, "generic-nanodlp"), (False, False)),
    "nova3d-bene6": (False, True),
}
GREY = dict.fromkeys(STATED, 256) | {
    "phrozen-sonic-mini-4k": 128,
    "phrozen-sonic-mini-8k": 128,
    "anycubic-photon-d2": 16,
}
LIGHT = {"asiga-max-x27": (385, 20.5), "elegoo-mars-4-ultra": (405, 2.78), "anycubic-photon-d2": (405, 2.5)}
FORMATS = {
    **dict.fromkeys(ASIGA_CLASS, ".voxelyte"),
    **dict.fromkeys(("prusa-sl1", "prusa-sl1s"), ".sl1"),
    **dict.fromkeys(("elegoo-mars-4-ultra", "elegoo-saturn-4-ultra-12k", "elegoo-saturn-4-ultra-16k"), ".goo"),
    **dict.fromkeys(("athena-8k", "athena-12k", "generic-nanodlp"), ".nanodlp"),
    "nova3d-bene6": ".nova.cws",
    "phrozen-sonic-mini-4k": ".ctb",
    "phrozen-sonic-mini-8k-s": ".prz",
}


@pytest.mark.parametrize("name", printer_names())
def test_panel_and_format_are_the_machines(name: str) -> None:
    printer = load_printer(name)
    assert (printer.panel.mirror_x, printer.panel.mirror_y) == TURNED_OVER[name]
    assert printer.panel.grey_levels == GREY[name]
    assert printer.format == FORMATS.get(name)


@pytest.mark.parametrize("name", printer_names())
def test_how_sure_the_mirror_is_stands_in_the_file(name: str) -> None:
    stated = tomllib.loads((ROOT / FOLDERS["printer"] / f"{name}.toml").read_text())["panel"]
    assert {"mirror_x", "mirror_y"} <= stated.keys()
    if load_printer(name).sources.get("panel.mirror_x", CHOSEN).sure == "seen":
        assert "f-mark" in " ".join(load_printer(name).notes)


@pytest.mark.parametrize("name", printer_names())
def test_only_measured_light_has_a_number(name: str) -> None:
    printer = load_printer(name)
    if name in LIGHT:
        assert (printer.wavelength_nm, printer.irradiance_mw_cm2) == LIGHT[name]
        assert printer.sources["irradiance_mw_cm2"].sure == "measured"
        assert "measure yours" in " ".join(printer.notes)
    else:
        assert printer.irradiance_mw_cm2 is None


@pytest.mark.parametrize("name", [name for name in STATED if name not in FORMATS])
def test_a_machine_without_a_format_says_the_way(name: str) -> None:
    said = " ".join(load_printer(name).notes)
    assert "No format is stated" in said
    assert "PNG stack" in said
    assert "convert it with UVtools" in said


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


# docs/printers.md has a row for each printer in two tables, and doses in a third.

GROUPS = {
    "panel": ("panel.width_px", "panel.height_px", "panel.pitch_x_um", "panel.pitch_y_um"),
    "mirror": ("panel.mirror_x", "panel.mirror_y"),
    "height": ("build_height_mm",),
    "layers": ("layer.min_um", "layer.max_um", "layer.step_um"),
    "motion": ("motion.lift_mm", "motion.lift_mm_s", "motion.retract_mm_s"),
    "light": ("irradiance_mw_cm2",),
}


def machine_row(printer: Printer) -> list[str]:
    """The cells of the table of machines."""
    panel, pitches = printer.panel, {printer.panel.pitch_x_um: 0, printer.panel.pitch_y_um: 0}
    width_mm, depth_mm = (f"{size_um / 1000:.7g}" for size_um in panel.size_um)
    turned = [axis for axis, mirrored in (("x", panel.mirror_x), ("y", panel.mirror_y)) if mirrored]
    return [
        f"`{printer.name}`",
        f"{panel.width_px} × {panel.height_px}",
        " × ".join(f"{pitch:g}" for pitch in pitches),
        f"{width_mm} × {depth_mm} × {printer.build_height_mm:g}",
        f"{panel.grey_levels}",
        " and ".join(turned) or "–",
        f"`{printer.format}`" if printer.format else "–",
        *(f"{light:g}" if light else "–" for light in (printer.wavelength_nm, printer.irradiance_mw_cm2)),
    ]


def sureness_row(printer: Printer) -> list[str]:
    """The cells of the table of sources: the least sure of each group."""
    levels = get_args(Sureness)
    cells = [f"`{printer.name}`"]
    for group in GROUPS.values():
        found = [source.sure for path, source in printer.sources.items() for key in group if covers(path, key)]
        cells.append(max(found, key=levels.index, default="–"))
    return cells


@pytest.fixture(scope="module")
def document() -> list[str]:
    return (ROOT / "docs" / "printers.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("row", [machine_row, sureness_row])
def test_the_documents_tables_are_the_profiles(document: list[str], row: Any) -> None:
    wanted = [row(load_printer(name)) for name in printer_names()]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in document if line.startswith("| `")]
    assert [one for one in rows if len(one) == len(wanted[0])] == wanted


def test_the_documents_doses_are_what_a_slice_gives(document: list[str]) -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in document if line.startswith("| `")]
    doses = [one for one in rows if len(one) == 4]
    assert len(doses) == 3
    for name, irradiance, time, dose in doses:
        made, _ = resin_for(load_printer(name.strip("`")), load_resin("pegda-litfsi-llzto"))
        assert irradiance.startswith(f"{made.irradiance_mw_cm2:g} mW/cm²")
        assert (time, dose) == (f"{made.exposure_s:g} s", f"{made.dose_mj_cm2:g} mJ/cm²")


def test_the_documents_own_profile_is_one(document: list[str]) -> None:
    start = document.index("```toml")
    text = "\n".join(document[start + 1 : document.index("```", start)])
    assert Printer.of(tomllib.loads(text)).irradiance_mw_cm2 == 3.1


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


def test_the_archive_that_a_machine_takes_is_one_that_is_written():
    known = {suffix for fmt in all_formats() for suffix in fmt.suffixes}
    wanted = {name: load_printer(name).format for name in printer_names()}
    assert {name: suffix for name, suffix in wanted.items() if suffix is not None and suffix not in known} == {}
    assert {fmt.suffixes[0] for fmt in all_formats()} - set(wanted.values()) == UNCLAIMED


UNCLAIMED = {".chitubox.zip", ".cws", ".nordin.zip", ".pngs.zip", ".slc", ".uvj", ".v2.ctb", ".rgb.nanodlp"}
"""Formats of programs and of machines without a profile here."""
