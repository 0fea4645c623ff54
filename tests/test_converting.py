"""One archive to another: the same masks, the same numbers, or a refusal that says what is missing."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from formats_jobs import LIFT, film, job_of, jobs, levelled, mask_of, picture, printer_for, said
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from voxelyte import convert
from voxelyte.cli import main
from voxelyte.errors import FormatError, LossyExport
from voxelyte.formats import all_formats, losses, read_job, write_job
from voxelyte.job import Exposure
from voxelyte.printer import Panel

FORMATS = [fmt for fmt in all_formats() if not fmt.contours]
PANEL = Panel(width_px=6, height_px=4, pitch_x_um=62.0, pitch_y_um=62.0)
every_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)


def plain_job(grey_levels):
    panel = PANEL.model_copy(update={"grey_levels": grey_levels})
    mask = mask_of(levelled(picture("noise", panel), grey_levels), panel)
    return job_of([(50_000, [Exposure(mask, 6.0)], LIFT)] * 3, panel)


@every_format
def test_from_the_own_archive_and_back_nothing_changes(fmt, tmp_path):
    job = plain_job(fmt.grey_levels)
    write_job(job, tmp_path / "film.voxelyte")
    other = tmp_path / f"film{fmt.suffixes[0]}"
    assert said(convert(tmp_path / "film.voxelyte", other)) == said(job)
    printer = job.printer if "motion" in fmt.silent else None
    convert(other, tmp_path / "again.voxelyte", printer=printer)
    assert said(read_job(tmp_path / "again.voxelyte")) == said(job)


@every_format
@settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_the_target_cannot_carry_is_refused(fmt, data, tmp_path):
    source, target = tmp_path / "film.voxelyte", tmp_path / f"other{fmt.suffixes[0]}"
    target.unlink(missing_ok=True)
    job = data.draw(jobs(frozenset({"thickness", "exposure", "exposures", "motion", "power"}), most_layers=3))
    write_job(job, source)
    if losses(job, fmt):
        with pytest.raises(LossyExport):
            convert(source, target)
        assert not target.exists()
    else:
        convert(source, target)
        assert said(read_job(target), fmt.carries & {"motion"}) == said(job, fmt.carries & {"motion"})


@pytest.mark.parametrize("suffix", [".sl1", ".nanodlp", ".rgb.nanodlp"])
def test_motion_that_an_archive_does_not_hold_is_asked_for(suffix, tmp_path):
    """SL1 holds none; NanoDLP holds lift and rests, but no speeds."""
    source = tmp_path / f"film{suffix}"
    write_job(film(50, 50), source)
    with pytest.raises(FormatError, match=rf"film{suffix}: .* does not hold the whole motion, .* --printer"):
        convert(source, tmp_path / "film.voxelyte")
    assert not (tmp_path / "film.voxelyte").exists()
    rig = printer_for(film(50).panel, "the-rig")
    convert(source, tmp_path / "film.voxelyte", printer=rig)
    again = read_job(tmp_path / "film.voxelyte")
    assert again.printer == rig
    assert {layer.motion for layer in again.layers} == {rig.motion}


@pytest.mark.parametrize("change", [{"width_px": 8}, {"pitch_x_um": 61.0}, {"mirror_x": True}])
def test_a_printer_that_takes_other_masks_is_refused(change, tmp_path):
    job = film(50, 50)
    write_job(job, tmp_path / "film.sl1")
    rig = printer_for(job.panel.model_copy(update=change), "the-rig")
    (field, value), = change.items()
    with pytest.raises(FormatError, match=rf"panel.{field}=.* must be {value}, as of the-rig"):
        convert(tmp_path / "film.sl1", tmp_path / "film.voxelyte", printer=rig)


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_job(film(25, 50), "film.voxelyte")
    runner = CliRunner()
    refused = runner.invoke(main, ["convert", "film.voxelyte", "film.sl1"])
    assert (refused.exit_code, "thickness (25 µm in layer 1, 50 µm in layer 2)" in refused.output) == (2, True)
    assert not (tmp_path / "film.sl1").exists()
    done = runner.invoke(main, ["convert", "film.voxelyte", "film.sl1", "--allow-loss", "thickness"])
    assert done.exit_code == 0, done.output
    assert "wrote film.sl1" in done.output
    for wrong in (["convert", "none.sl1", "x.sl1"], ["convert", "film.voxelyte", "x.sl2"]):
        assert runner.invoke(main, wrong).exit_code == 2
