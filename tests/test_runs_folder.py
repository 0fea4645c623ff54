"""The folder of a run: the very job that was begun, its record, and who holds it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from driver_fake import PANEL, a_job, a_mask
from hypothesis import given, settings
from hypothesis import strategies as st
from runs_told import EVERY, a_print, lit, pytest_fail, remembered, told, well_or_in_words

from voxelyte import read_job, write_job
from voxelyte.drivers import stream
from voxelyte.errors import FormatError, VoxelyteError
from voxelyte.job import Mask, Provenance, pixel_hash
from voxelyte.runs import begun, from_folder, taken_up
from voxelyte.runs.conditions import Conditions
from voxelyte.runs.folder import held, is_held, keep_job, kept_job


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("VOXELYTE_DATA", str(tmp_path / "data"))


def machines_name(job):
    return stream.StreamDriver("socket://h:1").job_id(job, "run")


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=3), min_size=1, max_size=5), st.sampled_from(["film", ""]))
def test_the_job_is_kept_as_the_machine_knows_it(uses, name):
    """Masks 0 to 5 are six objects of three pictures: the archive keeps each picture once, and so must what is printed."""
    masks = {number: a_mask(number % 3) for number in range(6)}
    job = replace(a_job(uses, masks=masks), name=name)
    with tempfile.TemporaryDirectory() as folder:
        kept = keep_job(job, Path(folder))
        again = kept_job(Path(folder), kept.sha256)
        assert machines_name(kept.job) == machines_name(again.job)
        assert kept.mask_sha256 == again.mask_sha256 == tuple(pixel_hash(mask.pixels()) for mask in kept.job.masks())
        assert shown(again.job) == shown(job)


def shown(job):
    return [(one.exposure_s, one.mask.pixels().tolist()) for layer in job.layers for one in layer.exposures]


def test_it_is_the_archive_that_write_job_writes_and_each_mask_is_painted_once(tmp_path):
    painted = []

    def mask(number):
        return Mask(PANEL, lambda: painted.append(number) or np.full((10, 24), number, np.uint8))

    job = a_job([[0], [1, 0], [2]], masks={number: mask(number) for number in range(3)})
    kept = keep_job(job, tmp_path)
    assert painted == [0, 1, 2]
    assert kept.job is job
    write_job(job, tmp_path / "other.voxelyte")
    assert (tmp_path / "job.voxelyte").read_bytes() == (tmp_path / "other.voxelyte").read_bytes()
    assert read_job(tmp_path / "job.voxelyte").name == "film"


@pytest.mark.parametrize("harm", ["changed", "gone", "another"])
def test_a_job_that_is_not_the_one_begun_is_not_gone_on_with(tmp_path, harm):
    with a_print(tmp_path) as run:
        run.end("failed", "because")
    path = run.run.folder / "job.voxelyte"
    if harm == "gone":
        path.unlink()
    elif harm == "another":
        path.unlink()
        write_job(a_job([[0], [1], [2], [0]]), path)
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    words = "is not there any more" if harm == "gone" else r"sha256=\w{12}… must be \w{12}…"
    with pytest.raises(VoxelyteError, match=words), taken_up(remembered(run)[0], "me", pytest_fail):
        pass


def test_a_print_that_goes_on_is_held_and_a_complete_one_is_over(tmp_path):
    with a_print(tmp_path) as run:
        assert is_held(run.run.folder)
        words = "this print is going on in another process"
        with pytest.raises(VoxelyteError, match=words), taken_up(remembered(run)[0], "me", pytest_fail):
            pass
        run.end("complete")
    assert not is_held(run.run.folder)
    with pytest.raises(VoxelyteError, match="is complete: there is nothing to go on with"), taken_up(remembered(run)[0], "me", pytest_fail):
        pass


def test_nobody_holds_what_is_not_there(tmp_path):
    assert not is_held(tmp_path / "nowhere")
    with pytest.raises(OSError, match=r"job\.voxelyte"), held(tmp_path):
        pass


@pytest.mark.parametrize("failing", ["job", "beside"])
def test_a_print_that_cannot_be_written_down_leaves_nothing(tmp_path, failing):
    job = a_job([[0]])
    if failing == "job":
        job = replace(job, provenance=Provenance(parameters={"x": float("nan")}))

    def beside(folder):
        raise FormatError("no")

    machine = {"name": "m"}
    with pytest.raises(FormatError), begun(job, "socket://h:1", machine, tmp_path / "runs", Conditions(), pytest_fail, beside):
        pass
    assert list((tmp_path / "runs").iterdir()) == []


def test_the_record_says_what_it_said_before_there_was_a_database(tmp_path):
    with a_print(tmp_path, note="first") as run:
        assert json.loads(run.run.path.read_text())["outcome"] == "begun"
        for event in [*lit(0, 0), told("lamp-on", 1, 0), told("lamp-off", 1, 0, 2.5), told("stopped", 1, 0, 2.5, "enough")]:
            run.take(event)
        run.end("stopped", "enough", trace=["> STOP"])
    record = json.loads(run.run.path.read_text())
    assert [(one["layer"], one["exposure"], one["on_time_s"], one["cut_short"]) for one in record["exposures"]] == [
        (0, 0, 6.0, False), (1, 0, 2.5, True),
    ]  # fmt: skip
    assert [one["mask"] for layer in record["asked"] for one in layer["exposures"]] == [0, 1, 0, 2, 0]
    assert (record["outcome"], record["reason"], record["trace"]) == ("stopped", "enough", ["> STOP"])
    assert record["job"]["sha256"] == run.run.kept.sha256
    (interruption,) = record["interruptions"]
    assert (interruption["cause"], interruption["layer"], interruption["on_time_s"]) == ("stopped", 1, 2.5)


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=4)


@settings(max_examples=30)
@given(st.data())
def test_any_record_is_read_or_refused_in_words(data):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXELYTE_DATA", folder)
        with a_print(Path(folder), note="n") as run:
            for key in EVERY[:2]:
                for event in lit(*key):
                    run.take(event)
            run.end("stopped", "enough")
        fields = json.loads(run.run.path.read_text())
        place = fields
        while isinstance(place, dict | list) and place:
            keys = sorted(place) if isinstance(place, dict) else range(len(place))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
                place[key] = data.draw(json_values)
                break
            place = place[key]
        run.run.path.write_text(json.dumps(fields))
        with well_or_in_words("run.json"):
            course = from_folder(run.run.folder).course()
            course.go_on("somebody", datetime.now(UTC))
            course.take(lit(1, 1)[0], datetime.now(UTC))
            course.end("complete", "", datetime.now(UTC))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"{", b"\xff", b'{"job": {}}', b"[" * 100000])
def test_what_is_no_record_is_refused(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(VoxelyteError, match=r"run\.json"):
        from_folder(tmp_path)
    with pytest.raises(VoxelyteError, match="cannot be read"):
        from_folder(tmp_path / "nowhere")
