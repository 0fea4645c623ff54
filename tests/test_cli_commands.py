"""The commands as a user gives them, in a folder of their own."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from voxelyte import read_job
from voxelyte.cli import main
from voxelyte.members import members


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `voxelyte` with words; the result's exit code must be the one expected."""
    monkeypatch.chdir(tmp_path)

    def call(*words, code=0):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return call


def test_print_tells_film_layers_result_and_record(run, tmp_path):
    said = run("print", "p-3dse", "--to", "sim://asiga-max?speed=inf").output
    for words in ("2,188 pillars of 150 µm", "25 + 50 + 50 + 50 + 50 µm = 225 µm", "6 s a layer", "54 mJ/cm²",
                  "1.524 for an endless lattice", "height 225 µm of 225 µm", "as designed"):  # fmt: skip
        assert words in said
    (folder,) = (tmp_path / "voxelyte-runs").iterdir()
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["outcome"] == "complete"
    assert [one["on_time_s"] for one in record["exposures"]] == pytest.approx([6.0] * 5, abs=1e-3)
    assert record["cured"]["agrees"]
    assert len(record["mask_sha256"]) == 2
    assert str(folder.name) in said
    with Image.open(folder / "preview.png") as picture:
        assert picture.width >= 1000


def test_print_json_is_one_document(run):
    told = json.loads(run("print", "f-se", "--to", "sim://asiga-max?speed=inf", "--json").stdout)
    assert told["thickness_um"] == [25.0, 50.0]
    assert told["cured"]["agrees"]


def test_print_an_archive(run):
    run("slice", "s-3dse", "-o", "film.voxelyte")
    said = run("print", "film.voxelyte", "--to", "sim://asiga-max?speed=inf").output
    assert "against the masks" in said
    assert "as designed" in said


def test_failed_print_leaves_a_true_record(run, tmp_path):
    said = run("print", "p-3dse", "--to", "sim://asiga-max?speed=inf&fault=refuse@3", code=1).output
    assert "error:" in said
    (folder,) = (tmp_path / "voxelyte-runs").iterdir()
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["outcome"].startswith("failed: ")
    assert record["cured"] is None
    assert len(record["exposures"]) < 5


@pytest.mark.parametrize("suffix", [".voxelyte", ".sl1"])
def test_slice_and_inspect(run, suffix):
    run("slice", "p-3dse", "--printer", "prusa-sl1s", "--layer-um", "25", "-o", f"film{suffix}")
    told = json.loads(run("inspect", f"film{suffix}", "--json").stdout)
    assert told["layers"] == 9
    assert told["height_um"] == 225.0
    assert [row["thickness_um"] for row in told["layer"]] == [25.0] * 9
    assert told["layer"][-1]["exposures"][0]["lit_mm2"] == pytest.approx(17.1845, rel=2e-3)  # equal pillars round alike


def test_settings_change_the_film(run):
    words = ("--set", "diameter_um=200", "--set", "gap_um=150", "--outline", "disc:8000", "--layering", "75,50,50,50")
    told = json.loads(run("slice", "p-3dse", *words, "-o", "a.voxelyte", "--json").stdout)
    assert told["thickness_um"] == [75.0, 50.0, 50.0, 50.0]
    assert told["features"] == pytest.approx(3.14159 * 4**2 / 0.35**2, rel=0.12)
    assert read_job("a.voxelyte").provenance.parameters["diameter_um"] == 200


def test_rounding_says_its_error(run):
    said = run("slice", "p-3dse", "--layering", "round", "-o", "a.voxelyte").output
    assert "75 → 100 µm (+25)" in said
    assert "225 → 250 µm (+25)" in said


def test_whole_plate(run):
    told = json.loads(run("slice", "p-3dse", "--outline", "plate", "-o", "plate.voxelyte", "--json").stdout)
    assert told["features"] == 88_531


def test_own_recipe_file(run, tmp_path):
    text = 'name = "mine"\ntitle = "Mine"\ngeometry = "pillars"\nlike = "p-3dse"\nheight_um = 60\n'
    (tmp_path / "mine.toml").write_text(text)
    told = json.loads(run("slice", "mine.toml", "-o", "mine.voxelyte", "--json").stdout)
    assert told["thickness_um"] == [25.0, 50.0, 10.0, 50.0]
    assert read_job("mine.voxelyte").provenance.recipe == text


@pytest.mark.parametrize("suffix", ["stl", "ply", "3mf"])
def test_mesh(run, tmp_path, suffix):
    run("mesh", "p-3dse", "--outline", "disc:3000", "-o", f"film.{suffix}")
    assert (tmp_path / f"film.{suffix}").stat().st_size > 1000


def test_preview(run, tmp_path):
    run("preview", "s-3dse", "-o", "film.png")
    with Image.open(tmp_path / "film.png") as picture:
        assert picture.format == "PNG"


def test_list_names_everything(run):
    told = json.loads(run("list", "--json").stdout)
    assert {"f-se", "s-3dse", "p-3dse", "p-3dse-d200-h050", "p-3dse-d300-h200"} <= told["designs"].keys()
    assert {"asiga-max", "asiga-max-x27", "asiga-max-x35", "asiga-max-x43", "prusa-sl1s"} <= told["printers"].keys()
    assert len(told["formats"]) == len(members("formats"))
    assert "p-3dse" in run("list").output


@pytest.mark.parametrize("kind", ["geometry", "printer", "resin"])
def test_schema(run, kind):
    assert json.loads(run("schema", kind).stdout)["$schema"].endswith("2020-12/schema")


def test_binary_panel_is_a_threshold_of_the_same_film(run):
    run("slice", "p-3dse", "--grey-levels", "2", "-o", "a.voxelyte")
    for mask in read_job("a.voxelyte").masks():
        assert set(mask.pixels().flat) <= {0, 255}
