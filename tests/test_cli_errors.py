"""Wrong input exits 2 and machine trouble 1, each with field, value and law on one line, no traceback, and no file left."""

from __future__ import annotations

import errno
import json
import os
import socket

import pytest
from click.testing import CliRunner

from voxelyte import PrinterTimeout, write_job
from voxelyte.cli import main
from voxelyte.cli.ordering import Order

RECIPE = 'name = "mine"\ntitle = "Mine"\ngeometry = "pillars"\nlike = "p-3dse"\n'

WRONG = {
    "negative": (["slice", "p-3dse", "--set", "diameter_um=-5"], ["diameter_um=-5", "greater than 0"]),
    "zero": (["slice", "p-3dse", "--set", "height_um=0"], ["height_um=0", "greater than 0"]),
    "nan": (["slice", "p-3dse", "--set", "height_um=nan"], ["height_um", "nan", "finite"]),
    "infinite": (["slice", "p-3dse", "--set", "base_um=inf"], ["base_um", "inf", "finite"]),
    "gap and pitch": (["slice", "p-3dse", "--set", "gap_um=100", "--set", "pitch_um=300"], ["gap_um", "pitch_um"]),
    "pitch below diameter": (
        ["slice", "p-3dse", "--set", "pitch_um=90"],
        ["pitch_um=90", "must exceed", "diameter_um=100"],
    ),
    "larger than the plate": (["slice", "p-3dse", "--outline", "disc:200000"], ["200 mm", "119.04 mm"]),
    "taller than the machine": (["slice", "p-3dse", "--set", "height_um=76000"], ["76.075 mm", "build_height_mm=75"]),
    "misspelt key": (["slice", "p-3dse", "--set", "diamter_um=5"], ["diamter_um", "diameter_um"]),
    "misspelt printer": (["slice", "p-3dse", "--printer", "asiga-mx"], ["'asiga-mx'", "did you mean 'asiga-max'"]),
    "misspelt resin": (["slice", "p-3dse", "--resin", "pegda-litfsi-lzto"], ["did you mean 'pegda-litfsi-llzto'"]),
    "misspelt design": (["slice", "p-3des"], ["'p-3des'", "did you mean 'p-3dse'"]),
    "off the nm grid": (["slice", "p-3dse", "--set", "base_um=75.00005"], ["base_um=75.00005", "1 nm grid"]),
    "layer too thin": (["slice", "p-3dse", "--layer-um", "5"], ["5 µm", "10 to 200 µm"]),
    "layer of nothing": (["slice", "p-3dse", "--layer-um", "0"], ["layer_um=0"]),
    "layer nan": (["slice", "p-3dse", "--layer-um", "nan"], ["layer_um=nan"]),
    "exposure too long": (["slice", "p-3dse", "--exposure-s", "61"], ["exposure_s=61", "max_exposure_s=60"]),
    "exposure negative": (["slice", "p-3dse", "--exposure-s", "-1"], ["exposure_s=-1"]),
    "grey levels": (["slice", "p-3dse", "--grey-levels", "1"], ["grey_levels=1"]),
    "layering word": (["slice", "p-3dse", "--layering", "frist"], ["layering='frist'"]),
    "layering sum": (["slice", "p-3dse", "--layering", "75,50,50"], ["175 µm", "225 µm"]),
    "layers across a level": (["slice", "p-3dse", "--layering", "50,50,50,75"], ["75"]),
    "too many pillars": (
        ["slice", "p-3dse", "--set", "diameter_um=0.1", "--set", "gap_um=0.1"],
        ["pillars", "10000000"],
    ),
    "no pillar": (["slice", "p-3dse", "--set", "margin_um=7990"], ["no whole pillar"]),
    "outline word": (["slice", "p-3dse", "--outline", "circle"], ["circle"]),
    "dose": (["slice", "p-3dse", "--printer", "prusa-sl1s"], ["54 mJ/cm²", "irradiance_mw_cm2", "--exposure-s"]),
    "wavelength": (["slice", "p-3dse", "--printer", "asiga-max-x27"], ["wavelength_nm=405", "wavelength_nm=385"]),
    "missing archive": (["slice", "none.voxelyte"], ["none.voxelyte", "no such file"]),
    "missing recipe": (["slice", "none.toml"], ["none.toml"]),
    "folder": (["slice", "."], ["design='.'", "recipe or an archive, no folder"]),
    "no number": (["slice", "p-3dse", "--layer-um", "thin"], ["--layer-um", "'thin'", "not a valid float"]),
    "misspelt option": (["slice", "p-3dse", "--printr", "x"], ["--printr", "--printer"]),
    "misspelt outline key": (["slice", "p-3dse", "--set", "outline.diamter_um=5"], ["did you mean", "diameter_um"]),
    "empty design": (["slice", ""], ["''"]),
}


@pytest.fixture
def fails(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(words, code, *said):
        before = {path.name for path in tmp_path.iterdir()}
        result = CliRunner().invoke(main, words)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        faults = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
        assert any(all(word in line for word in said) for line in faults), result.stderr
        assert {path.name for path in tmp_path.iterdir()} == before
        return faults

    return call


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_wrong_input(fails, words, said):
    fails([*words, "-o", "film.voxelyte"], 2, *said)


@pytest.mark.parametrize("output", ["film.xyz", "film", "nowhere/film.voxelyte"])
def test_output_that_cannot_be_written(fails, output):
    fails(["slice", "p-3dse", "-o", output], 2, "nowhere" if "/" in output else "no format")


@pytest.mark.parametrize("command", ["preview", "mesh"])
def test_unknown_suffix(fails, command):
    fails([command, "p-3dse", "-o", "film.xyz"], 2, "xyz")


def test_all_wrong_keys_at_once(fails, tmp_path):
    (tmp_path / "mine.toml").write_text(RECIPE + 'heihgt_um = 5\nbase_um = -1\ngap_um = "wide"\n')
    faults = fails(["slice", "mine.toml", "-o", "film.voxelyte"], 2, "mine.toml", "heihgt_um", "height_um")
    assert len(faults) == 3


def test_broken_toml(fails, tmp_path):
    (tmp_path / "mine.toml").write_text(RECIPE + "height_um = = 5\n")
    fails(["slice", "mine.toml", "-o", "film.voxelyte"], 2, "mine.toml", "line 5")


def test_truncated_archive(fails, tmp_path):
    assert CliRunner().invoke(main, ["slice", "f-se", "-o", "whole.voxelyte"]).exit_code == 0
    (tmp_path / "cut.voxelyte").write_bytes((tmp_path / "whole.voxelyte").read_bytes()[:-40])
    fails(["inspect", "cut.voxelyte"], 2, "cut.voxelyte")


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "film.voxelyte"
    write_job(Order("f-se", outline="disc:1000").made()[0], path)
    return path.name


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--set", "base_um=50"), ("--outline", "plate"), ("--printer", "generic-50um"), ("--resin", "pegda-litfsi-llzto"),
        ("--layering", "first"), ("--layer-um", "0"), ("--exposure-s", "5"), ("--grey-levels", "2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [("slice", "-o", "other.voxelyte"), ("preview", "-o", "film.png"), ("print",)])
def test_finished_layers_cannot_be_changed(fails, archive, command, option, value):
    """Nothing that was asked for is passed over in silence."""
    fails([command[0], archive, *command[1:], option, value], 2, option, archive, "only a recipe can be changed")


def test_its_own_printer_may_be_named_with_an_archive(archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["slice", archive, "--printer", "asiga-max", "-o", "other.voxelyte"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--unit-cell", "-o", "cell.stl"], "written as .msh"),
        (["-o", "cell.msh"], "--unit-cell"),
        (["--size-um", "20", "-o", "film.stl"], "--size-um"),
        (["--components", "-o", "film.stl"], "--components is for .3mf"),
        (["--sagitta-um", "0", "-o", "film.stl"], "sagitta_um=0"),
        (["--unit-cell", "--size-um", "-3", "-o", "cell.msh"], "size_um=-3"),
    ],
)
def test_mesh_options_that_cannot_be(fails, words, said):
    fails(["mesh", "p-3dse", *words], 2, said)


def test_what_has_no_unit_cell(fails):
    fails(["mesh", "s-3dse", "--unit-cell", "-o", "cell.msh"], 2, "a unit cell needs equal features on one square")


def test_an_archive_has_no_mesh(fails, archive):
    fails(["mesh", archive, "-o", "film.stl"], 2, archive, "recipe")


def test_a_mesh_has_no_exposure(fails):
    fails(["mesh", "p-3dse", "--exposure-s", "5", "-o", "film.stl"], 2, "--exposure-s")


@pytest.mark.parametrize("wrong", ["flim.voxelyte", "mein.toml"])
def test_the_nearest_file_is_named(fails, archive, tmp_path, wrong):
    (tmp_path / "mine.toml").write_text(RECIPE)
    right = {"flim.voxelyte": archive, "mein.toml": "mine.toml"}[wrong]
    fails(["slice", wrong, "-o", "other.voxelyte"], 2, wrong, "no such file", f"did you mean {right}")


def test_misspelt_command(fails):
    fails(["prnt", "p-3dse"], 2, "prnt")


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "words", [["slice", "-o", "f.voxelyte"], ["preview", "-o", "f.png"], ["mesh", "-o", "f.stl"], ["print", "--runs", "."]]
)
def test_a_full_disk_leaves_nothing(fails, monkeypatch, words):
    def full(*_):
        raise FULL

    monkeypatch.setattr("voxelyte.files.os.fsync", full)
    fails([words[0], "f-se", "--outline", "disc:1000", *words[1:]], 2, "cannot be written", "No space left on device")


def test_a_print_that_completed_stays_complete_when_the_report_fails(tmp_path, monkeypatch):
    def gone(_):
        raise PrinterTimeout("the machine fell silent")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("voxelyte.drivers.stream.StreamDriver.report", gone)
    result = CliRunner().invoke(main, ["print", "f-se", "--to", "sim://asiga-max?speed=inf"])
    assert result.exit_code == 1
    record = json.loads((next((tmp_path / "voxelyte-runs").iterdir()) / "run.json").read_text())
    assert (record["outcome"], record["reason"]) == ("complete", "the machine fell silent")
    assert len(record["exposures"]) == 2


@pytest.mark.parametrize(("words", "lines"), [([], 0), (["--trace"], 3)])
def test_the_wire_is_shown_when_asked_for(tmp_path, monkeypatch, words, lines):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, [*words, "print", "f-se", "--to", "sim://asiga-max?speed=inf&fault=fault@1"])
    assert result.exit_code == 1
    assert len([line for line in result.stderr.splitlines() if line.startswith(("  > ", "  < "))]) >= lines
    assert ("  < FAULT" in result.stderr) == bool(lines)
    assert len([line for line in result.stderr.splitlines() if line.startswith("error: ")]) == 1


def test_sl1_refuses_the_papers_layers(fails):
    fails(["slice", "p-3dse", "-o", "film.sl1"], 2, "thickness", "--layering round", "--layer-um 25")


def test_nobody_answers(fails):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fails(["print", "f-se", "--to", f"socket://127.0.0.1:{port}"], 1, str(port))


def test_no_such_device(fails):
    fails(["print", "f-se", "--to", "serial:///dev/nothing-here?baud=115200"], 1, "/dev/nothing-here")


@pytest.mark.parametrize("address", ["telnet://x:1", "socket://x", "sim://asiga-mx", "sim://asiga-max?sped=3", ""])
def test_wrong_address(fails, address):
    faults = fails(["print", "f-se", "--to", address], 2)
    assert len(faults) == 1


def test_another_panel_is_refused_before_anything_moves(fails):
    fails(["print", "f-se", "--to", "sim://asiga-max?width_px=800&height_px=600"], 1, "width_px", "1920", "800")


def test_printer_without_a_virtual_machine(fails):
    fails(["print", "f-se", "--printer", "generic-50um", "--exposure-s", "6"], 2, "generic-50um", "--to")


def test_serve_stays_on_loopback(fails):
    fails(["serve", "--listen", "socket://0.0.0.0:0"], 2, "0.0.0.0")


def test_unknown_machine(fails):
    fails(["serve", "--sim", "asiga-mx"], 2, "asiga-mx")


def test_errors_stay_off_stdout_with_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        main, ["print", "f-se", "--json", "--to", "sim://asiga-max?speed=inf&fault=drop-link@1"]
    )
    assert result.exit_code == 1
    assert result.stdout == ""
    assert json.loads((next((tmp_path / "voxelyte-runs").iterdir()) / "run.json").read_text())["outcome"] == "failed"
