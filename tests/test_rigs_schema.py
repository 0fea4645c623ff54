"""The JSON Schema of rig.toml: an editor that follows it marks no file that can be loaded, and most that cannot."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from rig_fakes import LIGHTS, rig_text

from voxelyte.cli import main
from voxelyte.datafiles import shipped
from voxelyte.members import members
from voxelyte.rigs.rig import _checked, _with_printer
from voxelyte.schema import json_schema

BY = {"folder": "stage", "window": "stage", "gating": "light", "visitech": "light"}
UNITS = {"_um": "in µm", "_mm": "in mm", "_mm_s": "in mm/s", "_s": "in seconds", "_nm": "in nm", "_mw_cm2": "in mW/cm²"}


@cache
def rules():
    return Draft202012Validator(json_schema("rig"))


@cache
def known():
    """Every key of every table."""
    return sorted({key for one in (rules().schema, *rules().schema["$defs"].values()) for key in one.get("properties", {})})


def table(light="folder", text=""):
    return tomllib.loads(text or rig_text(BY[light], light))


def loads(rig):
    told, faults = _with_printer(rig)
    return _checked(told, faults) is not None and not faults


def test_the_command_prints_it():
    said = CliRunner().invoke(main, ["schema", "rig"])
    assert said.exit_code == 0
    assert json.loads(said.stdout) == json_schema("rig")
    Draft202012Validator.check_schema(json_schema("rig"))


def test_every_key_is_described_with_its_unit():
    schema = json_schema("rig")
    for one in (schema, *schema["$defs"].values()):
        for key, entry in one.get("properties", {}).items():
            ending = max((unit for unit in UNITS if key.endswith(unit)), key=len, default="")
            assert entry["description"].endswith("."), key
            assert UNITS.get(ending, "") in entry["description"], key


def test_the_document_and_the_schema_name_the_same_keys():
    text = Path(__file__).parents[1].joinpath("docs", "rigs.md").read_text(encoding="utf-8")
    told = {key for key in known() if any(f"{mark}{key}" in text for mark in ("`", "`[", "<"))}
    assert set(known()) - told <= {"sure", "where", "notes", "sources", "min_um", "max_um", "step_um", "grey_levels"}


@pytest.mark.parametrize("light", LIGHTS)
def test_sound_files_are_accepted(light):
    rules().validate(table(light))


def test_the_example_and_what_a_printer_brings_are_accepted():
    rules().validate(tomllib.loads(shipped("profiles/rigs/example.toml").read_text(encoding="utf-8")))
    rig = table()
    for key in ("panel", "layer", "wavelength_nm", "build_height_mm"):
        del rig[key]
    assert not rules().is_valid(rig)
    rules().validate(rig | {"printer": "asiga-max", "panel": {"mirror_x": True}})


@pytest.mark.parametrize(("old", "new"), [
    ("travel_mm = 80", "travle_mm = 80"),
    ("travel_mm = 80", "travel_mm = 0"),
    ("max_exposure_s = 60, ", ""),
    ('dialect = "grbl"', 'dialect = "gbrl"'),
    ('home = "away"', 'home = "up"'),
    ('engine = "folder"', 'engine = "fold"'),
    ('folder = "shown"', "display = 1"),
    ('by = "stage"', 'by = "nobody"'),
    ("width_px = 12", "width_px = 12.5"),
    ('name = "test-rig"\n', ""),
])
def test_wrong_files_are_marked(old, new):
    text = rig_text()
    assert old in text
    assert not rules().is_valid(table(text=text.replace(old, new)))
    assert not loads(table(text=text.replace(old, new)))


VALUES = st.one_of(
    st.integers(-2, 200), st.floats(-2, 200), st.booleans(), st.sampled_from(["grbl", "away", "folder", "M5", "finish", "x", ""])
)


@given(data=st.data())
def test_a_file_that_can_be_loaded_is_never_marked(data):
    rig = table(data.draw(st.sampled_from(sorted(LIGHTS))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(["", "panel", "layer", "limits", "stage", "light", "lamp"]))
        keys = rig if not place else rig[place] if isinstance(rig.get(place), dict) else {}
        keys[data.draw(st.sampled_from(known()))] = data.draw(VALUES)
    if loads(rig):
        rules().validate(rig)


def test_it_knows_every_dialect_and_engine():
    definitions = json_schema("rig")["$defs"]
    assert definitions["StageSettings"]["properties"]["dialect"]["enum"] == list(members("stages"))
    engines = {one["properties"]["engine"].get("const") for one in definitions.values() if "engine" in one.get("properties", {})}
    assert engines == set(members("lights"))
