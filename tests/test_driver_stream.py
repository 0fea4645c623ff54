"""The stream driver against a strict scripted machine: a job arrives whole, and is reported whole."""

import itertools
import struct
from contextlib import ExitStack

import numpy as np
import pytest
from driver_fake import NAMES, PANEL, Fake, a_frame, a_job
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelyte.drivers import connect
from voxelyte.drivers._plan import plan
from voxelyte.errors import PrinterRefused
from voxelyte.job import Mask


@pytest.fixture
def fake():
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(Fake(**how))


def test_a_job_prints_and_every_exposure_is_seen_once(fake):
    machine, job = fake(), a_job([[0], [1, 0], [1]])
    with connect(machine.address) as driver:
        said = list(driver.run(job))
    machine.join()
    lamps = [(p.what, p.layer, p.exposure) for p in said if p.what.startswith("lamp")]
    every = [(0, 0), (1, 0), (1, 1), (2, 0)]
    assert lamps == [(what, *where) for where in every for what in ("lamp-on", "lamp-off")]
    for progress in said:
        assert progress.lamp == (progress.what == "lamp-on")
        assert (progress.layers, progress.exposures) == (3, 4)
    end = next(p for p in said if p.what == "done")
    assert (end.layers_done, end.exposures_done, end.layers_held, end.time_left_s) == (3, 4, 3, 0)
    assert [p.z_um for p in said if p.what == "layer-done"] == [25.0, 50.0, 75.0]
    assert machine.names()[-1] == "BYE"


def test_pictures_arrive_as_they_were_painted(fake):
    machine, job = fake(), a_job([[3, 1], [2], [3]])
    with connect(machine.address) as driver:
        list(driver.run(job))
    asked = [one.mask.pixels() for layer in job.layers for one in layer.exposures]
    assert len(asked) == len(machine.pictures)
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(asked, machine.pictures, strict=True))


def test_time_left_falls_from_the_jobs_own_time_to_nothing(fake):
    machine, job = fake(), a_job([[0]] * 5)
    with connect(machine.address) as driver:
        left = [p.time_left_s for p in driver.run(job)]
    assert left[0] == job.time_s
    assert left[-1] == 0
    assert all(a >= b for a, b in itertools.pairwise(left))


def test_the_bytes_of_a_whole_job(fake):
    """Every byte that goes out is the frame that the document lays out, in the document's order."""
    machine, job = fake(), a_job([[0], [0]])
    with connect(machine.address) as driver:
        list(driver.run(job, run_id="run"))
    machine.join()
    numbers = {name: number for number, name in NAMES.items()}
    assert machine.names("PING") == ["HELLO", "JOB", "MASK", "DATA", "LAYER", "LAYER", "START", "BYE"]
    at = 0
    for count, (name, sequence, said) in enumerate(machine.frames):
        length = struct.unpack_from("<I", machine.raw, at + 12)[0]
        payload = bytes(machine.raw[at + 20 : at + 20 + length])
        assert machine.raw[at : at + 24 + length] == a_frame(numbers[name], count, payload)
        assert sequence == count
        assert name == "DATA" or (said == {}) == (payload == b"")
        at += 24 + length
    assert at == len(machine.raw)
    by_name = {name: said for name, _, said in machine.frames}
    assert by_name["JOB"] | {"job": ""} == {
        "job": "", "name": "film", "layers": 2, "height_nm": 50000, "wavelength_nm": 405.0,
        "panel": {"width_px": 24, "height_px": 10, "pitch_x_um": 62.0, "pitch_y_um": 62.0},
    }  # fmt: skip
    assert by_name["LAYER"] == {
        "layer": 1, "thickness_nm": 25000, "top_nm": 50000,
        "motion": {"lift_mm": 3.0, "lift_mm_s": 1.0, "retract_mm_s": 3.0, "wait_before_exposure_s": 1.0,
                   "wait_after_exposure_s": 0.5},
        "exposures": [{"exposure": 0, "mask": 0, "exposure_s": 6.0, "power": 1.0}],
    }  # fmt: skip


def test_equal_jobs_send_equal_bytes_and_runs_differ_by_their_id(fake):
    ids = []
    for run_id in (None, None, "a"):
        machine = fake()
        with connect(machine.address) as driver:
            list(driver.run(a_job([[0], [1]]), run_id))
        ids.append(next(said["job"] for name, _, said in machine.frames if name == "JOB"))
    assert ids[0] == ids[1]
    assert len(ids[0]) == 32
    assert ids[2] == ids[0] + "-a"


@pytest.mark.parametrize("masks", [1, 2, 8])
@pytest.mark.parametrize("layers", [1, 2, 16])
def test_more_masks_than_places(fake, masks, layers):
    """40 layers over 12 masks; with room for it, a layer shows two of them."""
    uses = [[at % 12] if masks == 1 else [at % 12, (at * 5 + 1) % 12] for at in range(40)]
    machine = fake(holds__masks=masks, holds__layers=layers)
    with connect(machine.address) as driver:
        end = [p for p in driver.run(a_job(uses)) if p.what == "done"]
    assert end[0].layers_done == 40
    assert machine.most_masks <= masks
    assert machine.most_layers <= layers
    assert masks == 1 or machine.most_masks == masks


def test_a_mask_that_every_layer_shows_travels_once(fake):
    machine = fake(holds__masks=2)
    with connect(machine.address) as driver:
        list(driver.run(a_job([[0, at] for at in range(1, 12)])))
    assert sorted(machine.ever) == list(range(12))


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=40),
    st.integers(0, 6),
    st.integers(1, 6),
)
def test_a_plan_keeps_the_machines_laws(uses, more, layer_places):
    mask_places = max(len(set(masks)) for masks in uses) + more
    held, sent, done_for_sure = set(), 0, 0
    steps = list(plan(uses, mask_places, layer_places))
    for step in steps:
        assert done_for_sure <= step.after <= sent  # it waits for no layer that is not sent: no standing still
        done_for_sure = step.after
        if step.kind == "mask":
            assert step.number not in held
            held.add(step.number)
        elif step.kind == "forget":
            assert not any(step.number in uses[at] for at in range(done_for_sure, sent))
            held.remove(step.number)
        else:
            assert step.number == sent
            assert set(uses[sent]) <= held
            sent += 1
            assert sent - done_for_sure <= layer_places
        assert len(held) <= mask_places
    assert sent == len(uses)
    if len({mask for masks in uses for mask in masks}) <= mask_places:
        assert all(step.kind != "forget" for step in steps)


def test_the_machine_waits_for_no_layer_while_masks_come_one_layer_ahead():
    """With two places and three masks in turn, a mask travels while one layer is still to print."""
    steps = list(plan([[at % 3] for at in range(12)], 2, 16))
    assert all(step.after < step.number for step in steps if step.kind == "layer" and step.number)


def test_the_session_lives_while_the_caller_sleeps(fake):
    machine = fake(watchdog_s=0.2)
    with connect(machine.address) as driver:
        for progress in driver.run(a_job([[0], [1]])):
            if progress.what == "layer-held":
                before = len(machine.names())
                machine.wait_for(lambda names: names[before:].count("PING") >= 3)  # noqa: B023
    machine.join()


def test_a_big_mask_goes_in_short_frames_and_never_far_ahead(fake):
    panel = PANEL.model_copy(update={"width_px": 300, "height_px": 200})
    machine = fake(panel__width_px=300, panel__height_px=200)
    noise = np.random.default_rng(1).integers(0, 256, (200, 300), np.uint8)
    job = a_job([[0]], masks={0: Mask(panel, lambda: noise)}, panel=panel)
    with connect(machine.address) as driver:
        list(driver.run(job))
    sizes = [len(said) - 8 for name, _, said in machine.frames if name == "DATA"]
    assert sum(sizes) > 60000
    assert max(sizes) <= 4096
    assert sizes[0] == 1024
    assert np.array_equal(machine.pictures[0], noise)


def test_status_and_report(fake):
    machine = fake()
    with connect(machine.address) as driver:
        status = driver.status()
        report = driver.report()
    assert (status.state, status.lamp, status.layer) == ("idle", False, None)
    assert [one["layer"] for one in report["layers"]] == list(range(250))
    assert set(report) == {"kind", "job", "layers_total", "height_nm", "layers"}


@pytest.mark.parametrize("how", [{"can": []}, {"refuse": {"REPORT": ("unsupported", "no camera")}}])
def test_a_machine_without_eyes_reports_nothing(fake, how):
    with connect(fake(**how).address) as driver:
        assert driver.report() is None


def test_two_jobs_in_one_session(fake):
    machine = fake()
    with connect(machine.address) as driver:
        for _ in range(2):
            assert [p.what for p in driver.run(a_job([[0]]))].count("done") == 1
    assert machine.names("PING").count("HELLO") == 1


def test_a_second_run_is_refused_while_one_goes_on(fake):
    with connect(fake().address) as driver:
        first = driver.run(a_job([[0]]))
        next(first)
        with pytest.raises(PrinterRefused, match="printing already"):
            next(driver.run(a_job([[0]])))
        assert [p.what for p in first][-1] == "done"


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=3), min_size=1, max_size=8),
    st.integers(3, 5),
    st.integers(1, 4),
)
def test_random_jobs_print_every_exposure_in_order(uses, masks, layers):
    job = a_job(uses)
    with Fake(holds__masks=masks, holds__layers=layers) as machine, connect(machine.address) as driver:
        list(driver.run(job))
    asked = [one.mask.pixels() for layer in job.layers for one in layer.exposures]
    assert all(np.array_equal(a, b) for a, b in zip(asked, machine.pictures, strict=True))
