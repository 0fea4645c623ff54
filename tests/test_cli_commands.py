"""The commands as a user gives them, in a folder of their own."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from voxelyte import read_job
from voxelyte.cli.ordering import Order
from voxelyte.job import pixel_hash
from voxelyte.members import members


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "60 pillars at the top"),
        (("--set", "frame.width_um=300", "--set", "frame.height_um=150"), "33 pieces at the top"),
        (("--set", "frame.width_um=300", "--set", "frame.height_um=200"), "1 piece at the top"),
    ],
)
def test_a_frame_is_no_pillar(run, words, said):
    """What stands at the top is called pillars only where nothing but pillars stands on the base."""
    print_ = ("print", "p-3dse", "--outline", "disc:3000", "--set", "margin_um=100", "--to", "sim://asiga-max?speed=inf")
    assert said in run(*print_, *words).output


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
    hashes = [pixel_hash(mask.pixels()) for mask in Order("p-3dse").made()[0].masks()]
    assert record["mask_sha256"] == hashes
    assert [one["mask"] for layer in record["asked"] for one in layer["exposures"]] == [0, 0, 1, 1, 1]
    assert record["machine"]["name"] == "asiga-max"
    assert not any(one["cut_short"] for one in record["exposures"])
    assert said.splitlines()[-2:] == [f"record    voxelyte-runs/{folder.name}/run.json",
                                      f"preview   voxelyte-runs/{folder.name}/preview.png"]  # fmt: skip
    with Image.open(folder / "preview.png") as picture:
        assert picture.width >= 1000


def test_print_json_is_one_document(run):
    told = json.loads(run("print", "f-se", "--to", "sim://asiga-max?speed=inf", "--json").stdout)
    assert told["thickness_um"] == [25.0, 50.0]
    assert told["cured"]["agrees"]


def test_print_shows_layer_height_and_time_left_without_a_terminal(run):
    said = run("print", "f-se", "--to", "sim://asiga-max?speed=inf").output
    assert [line for line in said.splitlines() if " left" in line] == [
        "  layer 1/2 done  z 25 µm  12 s left",
        "  layer 2/2 done  z 75 µm  0 s left",
    ]


def test_many_layers_are_told_in_ten_lines(run):
    said = run("print", "f-se", "--set", "base_um=1150", "--to", "sim://asiga-max?speed=inf", "--outline", "disc:500").output
    lines = [line for line in said.splitlines() if " left" in line]
    assert len(lines) == 10
    assert lines[-1].startswith("  layer 23/23 done  z 1150 µm")


def test_an_archive_says_what_made_it(run):
    run("slice", "p-3dse", "--set", "diameter_um=90", "-o", "film.voxelyte")
    said = run("inspect", "film.voxelyte").output
    for words in ("made by   voxelyte", "diameter_um=90", "outline.diameter_um=16000", "layering=first"):
        assert words in said
    told = json.loads(run("inspect", "film.voxelyte", "--json").stdout)
    assert told["mask_sha256"] == [pixel_hash(mask.pixels()) for mask in read_job("film.voxelyte").masks()]
    assert told["provenance"]["parameters"]["diameter_um"] == 90


def test_the_shape_of_a_known_name_is_not_hidden_by_a_file(run, tmp_path):
    (tmp_path / "f-se").write_text("not a film")
    assert run("slice", "f-se", "-o", "film.voxelyte").exit_code == 0


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
    assert record["outcome"] == "failed"
    assert "refuse@3 was asked for" in record["reason"]
    assert record["trace"]
    assert record["cured"] is None
    assert len(record["exposures"]) < 5


@pytest.mark.parametrize("suffix", [".voxelyte", ".sl1"])
def test_slice_and_inspect(run, suffix):
    run("slice", "p-3dse", "--printer", "prusa-sl1s", "--layer-um", "25", "--exposure-s", "8", "-o", f"film{suffix}")
    told = json.loads(run("inspect", f"film{suffix}", "--json").stdout)
    assert told["layers"] == 9
    assert told["height_um"] == 225.0
    assert [row["thickness_um"] for row in told["layer"]] == [25.0] * 9
    assert told["layer"][-1]["exposures"][0]["lit_mm2"] == pytest.approx(17.1845, rel=2e-3)  # equal pillars round alike


def test_the_dose_goes_to_another_machine_and_is_said(run):
    said = run("slice", "p-3dse", "--printer", "elegoo-mars-4-ultra", "-o", "a.voxelyte").output
    for words in ("19.424 s a layer", "6 s x 9 mW/cm² = 54 mJ/cm²", "19.424 s x 2.78 mW/cm² = 53.9987 mJ/cm²"):
        assert words in said
    assert "published as 9 W cm⁻², read as 9 mW cm⁻²" in said
    assert {layer.exposure_s for layer in read_job("a.voxelyte").layers} == {19.424}


def test_an_exposure_of_ones_own_is_taken_and_its_dose_said(run):
    said = run("slice", "f-se", "--printer", "asiga-max-x27", "--exposure-s", "3", "-o", "a.voxelyte").output
    assert "3 s x 20.5 mW/cm² = 61.5 mJ/cm² on asiga-max-x27" in said
    assert read_job("a.voxelyte").layers[0].exposure_s == 3


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
    said = run("mesh", "p-3dse", "--outline", "disc:3000", "-o", f"film.{suffix}").output
    size = (tmp_path / f"film.{suffix}").stat().st_size
    assert size > 1000
    assert f"wrote film.{suffix} ({size:,} bytes): " in said
    assert "triangles" in said
    assert "3 x 3 x 0.225 mm, 0.6197 mm³ (the design: 0.6197 mm³), 76 pillars" in said
    assert "one closed surface" in said


def test_a_mesh_without_features_counts_none(run):
    assert run("mesh", "f-se", "-o", "film.stl").output.endswith("(the design: 15.0796 mm³)\n")


def test_mesh_options(run):
    words = ("mesh", "p-3dse", "--outline", "disc:3000", "-o")
    said = run(*words, "film.3mf", "--components").output
    assert "17 placed closed meshes" in said
    assert "PrusaSlicer 2.5 does not" in said
    triangles = [int(run(*words, "film.stl", "--sagitta-um", sagitta).output.split()[4].replace(",", "")) for sagitta in ("5", "0.5")]
    assert triangles[0] < triangles[1]


@pytest.mark.parametrize(("design", "told"), [("p-3dse", True), ("s-3dse", False)])
def test_a_large_mesh_of_what_repeats_says_how_to_make_it_small(run, monkeypatch, design, told):
    monkeypatch.setattr("voxelyte.cli.making.LARGE_BYTES", 1000)
    said = run("mesh", design, "--outline", "disc:3000", "-o", "film.stl").output
    assert ("--components draws it once" in said) is told
    assert "note" not in run("mesh", "s-3dse", "--outline", "disc:3000", "-o", "film.3mf", "--components").output


def test_unit_cell(run):
    said = run("mesh", "p-3dse-hex", "--unit-cell", "--size-um", "60", "-o", "cell.msh").output
    assert "tetrahedra, 0.3 x 0.5196 x 0.225 mm, electrolyte 0.014048 mm³, void 0.021026 mm³" in said


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


@pytest.mark.parametrize("kind", ["geometry", "printer", "resin", "rig"])
def test_schema(run, kind):
    assert json.loads(run("schema", kind).stdout)["$schema"].endswith("2020-12/schema")


def test_binary_panel_is_a_threshold_of_the_same_film(run):
    run("slice", "p-3dse", "--grey-levels", "2", "-o", "a.voxelyte")
    for mask in read_job("a.voxelyte").masks():
        assert set(mask.pixels().flat) <= {0, 255}
