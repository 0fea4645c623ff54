"""Whole jobs on the virtual machine: what is printed, told, reported and kept."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_host import (
    BYE,
    DATA,
    FORGET,
    MASK,
    PATIENCE_S,
    PING,
    REFUSED,
    REPORT,
    SMALL,
    START,
    STOP,
    full,
    layer_keys,
    machine_and_host,
    mask_keys,
    png,
    wait_for,
)

from voxelyte.machine import _job, mask
from voxelyte.machine.mask import checked_mask

IRRADIANCE_MW_CM2 = 9.0


def random_masks(count: int, seed: int = 1) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (SMALL.height_px, SMALL.width_px), np.uint8) for _ in range(count)]


@pytest.mark.parametrize("speed", [float("inf"), 1000.0])
def test_a_full_job_is_told_in_order(speed):
    with machine_and_host(speed=speed) as (machine, host):
        welcome = host.hello()
        assert welcome["panel"]["width_px"] == SMALL.width_px
        assert welcome["state"] == "idle"
        assert len(welcome["session"]) == 32
        host.job(layers=3)
        host.mask(0, full())
        for layer in range(3):
            host.layer(layer, [(0, 6.0, 1.0), (0, 2.0, 0.5)])
        host.ok(START)
        done = host.until("state", state="homing") and host.until("state", state="printing")
        for layer in range(3):
            told = [host.until("layer-started", layer=layer)]
            for exposure, on_time_s in enumerate((6.0, 2.0)):
                told.append(host.until("lamp-on", layer=layer, exposure=exposure))
                told.append(host.until("lamp-off", layer=layer, exposure=exposure))
                assert told[-1]["on_time_s"] == on_time_s
            told.append(host.until("layer-done", layer=layer, top_nm=(layer + 1) * 50_000))
            clocks = [one["clock_s"] for one in told]
            assert clocks == sorted(clocks)
        done = host.until("done")
        assert (done["layers"], done["exposures"]) == (3, 6)
        host.until("state", state="done")
        assert host.ok(PING)["lamp"] is False
        host.ok(BYE)
        assert host.ended() == []
        assert [one.on_time_s for one in machine.lamp.history] == [6.0, 2.0] * 3
        assert machine.vat.height_nm == 150_000
        assert machine.stage.height_mm == pytest.approx(0.15 + 3.0)


def test_the_time_of_a_layer_is_the_sum_of_its_parts():
    with machine_and_host() as (_, host):
        host.hello()
        host.job(layers=2)
        host.mask(0, full())
        host.layer(0)
        host.layer(1)
        host.ok(START)
        first, second = (host.until("layer-done", layer=layer)["clock_s"] for layer in (0, 1))
        retract_s = (0.05 + 3.0 - 0.1) / 3.0
        assert second - first == pytest.approx(retract_s + 1.0 + 6.0 + 0.5 + 3.0 / 1.0, abs=1e-5)
        host.until("state", state="done")


exposures = st.lists(
    st.tuples(st.integers(0, 2), st.floats(0.01, 60), st.floats(0.01, 1)), min_size=1, max_size=4
)


@settings(max_examples=20, deadline=None)
@given(layers=st.lists(exposures, min_size=1, max_size=3), seed=st.integers(0, 100))
def test_the_vat_holds_the_doses_that_were_sent(layers, seed):
    masks = random_masks(3, seed)
    with machine_and_host() as (machine, host):
        host.hello()
        host.job(layers=len(layers))
        for number, mask in enumerate(masks):
            host.mask(number, mask)
        for number, shown in enumerate(layers):
            host.layer(number, shown)
        host.ok(START)
        host.until("done")
        for number, shown in enumerate(layers):
            asked = sum(masks[m] / 255 * s * p * IRRADIANCE_MW_CM2 for m, s, p in shown)
            np.testing.assert_allclose(machine.vat.dose(number), asked, rtol=1e-5, atol=1e-6)
        report = host.ok(REPORT, {"from_layer": 0, "count": 100})
        assert report["layers_total"] == len(report["layers"]) == len(layers)
        assert report["kind"] == "virtual-vat"
        for number, line in enumerate(report["layers"]):
            dose = machine.vat.dose(number).astype(float)
            assert line["dose_mj_cm2"] == pytest.approx(dose.max())
            assert line["dose_area_um2"] == pytest.approx(dose.sum() / dose.max() * 2500, rel=1e-5)
            assert line["cured_area_um2"] == (dose >= dose.max() / 2).sum() * 2500


def test_the_film_keeps_each_distinct_mask_once():
    with machine_and_host() as (machine, host):
        host.hello()
        host.job(layers=12)
        host.mask(0, full())
        for layer in range(12):
            host.layer(layer)
        host.ok(START)
        host.until("done")
        assert len({id(mask) for one in machine.vat.layers for mask, _ in one.doses}) == 1


def test_a_black_layer_is_reported_as_nothing():
    with machine_and_host() as (_, host):
        host.hello()
        host.job(layers=2)
        host.mask(0, full())
        host.mask(1, full(value=0))
        host.layer(0)
        host.layer(1, [(1, 6.0, 1.0)])
        host.ok(START)
        host.until("done")
        report = host.ok(REPORT, {"from_layer": 1, "count": 1})
        assert report["height_nm"] == 50_000
        nothing = {"dose_mj_cm2": 0.0, "dose_area_um2": 0.0, "cured_area_um2": 0.0, "islands": 0}
        assert nothing.items() <= report["layers"][0].items()


def test_a_long_job_goes_through_few_places():
    design, layers = SMALL, 60
    with machine_and_host(design) as (machine, host):
        host.hello()
        host.job(layers=layers)
        for layer, mask in enumerate(random_masks(layers)):
            host.mask(layer, mask)
            host.layer(layer, [(layer, 1.0, 1.0)])
            if layer == 0:
                host.ok(START)
            if layer >= 4:
                host.until("layer-done", layer=layer - 4)
                host.ok(FORGET, {"mask": layer - 4})
        host.until("done", layers=layers)
        assert [one.layer for one in machine.vat.layers] == list(range(layers))


def test_the_machine_waits_in_the_dark_for_a_late_layer():
    with machine_and_host(speed=1000.0) as (_, host):
        host.hello()
        host.job(layers=2)
        host.mask(0, full())
        host.layer(0)
        host.ok(START)
        host.until("waiting", layer=1)
        pong = host.ok(PING)
        assert (pong["state"], pong["lamp"], pong["layer"]) == ("waiting", False, 1)
        host.layer(1)
        assert host.until("waited", layer=1)["waited_s"] > 0
        host.until("done")


def test_stop_in_the_middle_of_an_exposure_is_dark_before_its_answer():
    with machine_and_host(speed=1.0) as (machine, host):
        host.hello()
        host.job(layers=2)
        host.mask(0, full())
        host.layer(0, [(0, 60.0, 1.0)], wait_before_exposure_s=0.0, lift_mm=0.1, lift_mm_s=10.0)
        host.ok(START)
        host.until("lamp-on")
        assert host.ok(PING)["lamp"] is True
        host.ok(STOP, {"reason": "enough"})
        assert not machine.lamp.lit
        off = host.until("lamp-off")
        stopped = host.until("stopped")
        assert 0 < off["on_time_s"] < 30
        assert (stopped["reason"], stopped["layer"], stopped["exposure"]) == ("enough", 0, 0)
        assert stopped["on_time_s"] == off["on_time_s"] == machine.lamp.history[0].on_time_s
        host.until("state", state="stopped")
        assert machine.stage.height_mm == pytest.approx(0.15)
        line = host.ok(REPORT, {"from_layer": 0, "count": 1})["layers"][0]
        assert line["dose_mj_cm2"] == pytest.approx(off["on_time_s"] * IRRADIANCE_MW_CM2)
        host.job()


@pytest.mark.parametrize("before", ["idle", "loading", "homing", "waiting"])
def test_stop_is_allowed_in_every_state(before):
    with machine_and_host(speed=1.0 if before == "homing" else float("inf")) as (machine, host):
        host.hello()
        if before != "idle":
            host.job(layers=2)
            host.mask(0, full())
            host.layer(0)
        if before in ("homing", "waiting"):
            host.ok(START)
            host.until("state", state=before)
        host.ok(STOP, {"reason": "no"})
        if before != "idle":
            assert host.until("stopped")["on_time_s"] == 0
            host.until("state", state="stopped")
        host.job()
        assert machine.state == "loading"


def test_at_speed_1_the_on_time_is_within_a_millisecond():
    with machine_and_host(speed=1.0) as (machine, host):
        host.hello()
        host.job(layers=1)
        host.mask(0, full())
        host.layer(0, [(0, 0.01, 1.0)] * 20, wait_before_exposure_s=0.0, lift_mm=0.0)
        host.ok(START)
        host.until("done")
        late_s = sorted(one.on_time_s - 0.01 for one in machine.lamp.history)
        assert late_s[0] >= 0
        assert late_s[0] < 0.001  # the best of them: a loaded computer wakes others late, as tests/test_lamp_timing.py measures


def test_who_watches_sees_every_event():
    seen = []
    with machine_and_host(on_event=lambda event: seen.append(event["event"])) as (_, host):
        host.hello()
        host.job()
        host.mask(0, full())
        host.layer(0)
        host.ok(START)
        host.until("state", state="done")
    assert seen[-1] == "session-over"
    assert {"session", "layer-started", "lamp-on", "lamp-off", "layer-done", "done"} <= set(seen)


def test_a_watcher_that_never_returns_does_not_hold_up_the_lamp():
    stuck = Event()
    with machine_and_host(on_event=lambda event: stuck.wait()) as (machine, host):
        host.hello()
        host.job()
        host.mask(0, full())
        host.layer(0)
        host.ok(START)
        host.until("state", state="done")
        assert machine.lamp.history[0].on_time_s == 6.0
        stuck.set()


def test_a_mask_that_is_being_looked_at_keeps_nobody_waiting(monkeypatch):
    """The print goes on, and pause, status and stop are done: none needs the lock for longer than a moment."""
    looking, looked = Event(), Event()

    def slowly(*words):
        looking.set()
        assert looked.wait(PATIENCE_S)
        return checked_mask(*words)

    with machine_and_host() as (machine, host):
        host.hello()
        host.job(layers=2)
        host.mask(0, full())
        monkeypatch.setattr(_job, "checked_mask", slowly)
        data = png(full(value=7))
        host.ok(MASK, mask_keys(1, data, (8, 12)))
        host.send(DATA, bytes([1, 0, 0, 0, 0, 0, 0, 0]) + data)
        assert looking.wait(PATIENCE_S)
        machine.layer(layer_keys(0))
        machine.start()
        wait_for(lambda: machine.state == "waiting")
        machine.pause(True)
        wait_for(lambda: machine.state == "paused")
        assert machine.pong()["lamp"] is False
        machine.stop("enough")
        wait_for(lambda: machine.state == "stopped")
        looked.set()
        kind, answer = host.answer()
        assert (kind, answer["code"]) == (REFUSED, "state")
        assert [one.layer for one in machine.lamp.history] == [0]


def test_pixels_of_random_masks_come_as_they_were_sent(monkeypatch):
    """Whatever filters and chunks their writer chose, and however little is looked at in one go."""
    monkeypatch.setattr(mask, "_STEP_BYTES", 7)
    pictures = [np.random.default_rng(seed).integers(0, 256, (8, 12), np.uint8) for seed in range(20)]
    for picture in (*pictures, *(np.cumsum(one, axis=1, dtype=np.uint8) for one in pictures)):
        assert np.array_equal(checked_mask(png(picture), 12, 8).pixels(), picture)
