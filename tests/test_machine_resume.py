"""A job outlives its host: it finishes what it holds, waits dark, goes on with the next exposure, and never makes one twice."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from threading import Event

import pytest
from sim_host import (
    BYE,
    CONTINUE,
    FAULT,
    FORGET,
    HISTORY,
    JOB,
    LAYER,
    MASK,
    PAUSE,
    PING,
    REFUSED,
    REPORT,
    RESUME,
    SMALL,
    START,
    STOP,
    called,
    full,
    job_keys,
    layer_keys,
    mask_keys,
    switched_on,
    wait_for,
)

from voxelyte.machine.refusals import MachineTrouble

TWO = [(0, 6.0, 1.0), (0, 2.0, 0.5)]
"""The exposures of each layer here."""
QUICK = {"wait_before_exposure_s": 0.0, "wait_after_exposure_s": 0.0, "lift_mm": 0.5, "lift_mm_s": 10.0, "retract_mm_s": 10.0}
SHORT = replace(SMALL, resume_s=0.15)
DARK = replace(SMALL, on_link_loss="dark")


def begun(host, held: int, layers: int = 4) -> dict:
    """A job of which `held` layers are sent and started."""
    host.hello()
    job = host.job(layers=layers)
    host.mask(0, full())
    for number in range(held):
        host.layer(number, TWO, **QUICK)
    host.ok(START)
    return job


def gone_on(host, job: dict, resumed: dict) -> dict:
    """What is missing is sent, and the job printed to its end."""
    if 0 not in resumed["masks"]:
        host.mask(0, full())
    for number in range(resumed["next_layer"], job["layers"]):
        host.layer(number, TWO, **QUICK)
    if not resumed["alive"]:
        host.ok(START)
    done = host.until("done")
    host.until("state", state="done")
    return done


def lit(machine) -> list[tuple[int, int]]:
    return [(one.layer, one.exposure) for one in machine.lamp.history]


EVERY = [(layer, exposure) for layer in range(4) for exposure in range(2)]


# -- the link is lost -----------------------------------------------------------------------------------------

def test_a_lost_host_leaves_a_print_that_finishes_what_it_holds_and_waits_dark():
    with switched_on() as machine:
        with called(machine) as host:
            job = begun(host, held=2)
        wait_for(lambda: machine.state == "waiting" and len(machine.lamp.history) == 4)
        assert not machine.lamp.lit
        with called(machine) as host:
            welcome = host.hello()
            assert welcome["job"] == {"job": job["job"], "state": "waiting", "layers_done": 2, "exposures_done": 4}
            assert (welcome["state"], welcome["on_link_loss"]) == ("waiting", "finish")
            assert {"resume", "pause"} <= set(welcome["can"])
            assert host.resume(job) == {
                "to": 1, "alive": True, "next_layer": 2, "masks": [0], "layers_done": 2, "exposures_done": 4, "cut": None,
            }
            assert gone_on(host, job, {"masks": [0], "next_layer": 2, "alive": True})["exposures"] == 8
        assert lit(machine) == EVERY
        assert [len(one.doses) for one in machine.vat.layers] == [2] * 4


@pytest.mark.parametrize("blow", ["fault", "damage", "watchdog", "reset by HELLO"])
def test_however_the_link_is_lost_the_print_goes_on(blow):
    design = replace(SMALL, watchdog_s=0.6) if blow == "watchdog" else SMALL
    with switched_on(design, speed=60.0) as machine:
        with called(machine) as host:
            job = begun(host, held=4)
            host.until("lamp-on")
            if blow == "damage":
                host.link.sendall(b"\0" * 40)
            if blow == "reset by HELLO":
                host.sequence = 0
                host.send(1, {"protocol": "voxelyte-stream", "versions": [2], "client": "", "nonce": "00" * 32})
            if blow == "watchdog":
                host.ended()
        wait_for(lambda: machine.state == "done")
        assert lit(machine) == EVERY
        with called(machine) as host:
            assert host.hello()["job"] is None
            told = host.ok(HISTORY, {"job": job["job"], "from_layer": 0, "count": 100})["layers"]
            assert [one["done"] for one in told] == [True] * 4


def test_events_are_told_from_resumed_on_and_to_nobody_before():
    with switched_on() as machine:
        with called(machine) as host:
            job = begun(host, held=1)
        wait_for(lambda: machine.state == "waiting")
        with called(machine) as host:
            host.hello()
            host.ok(PING)
            assert host.events == []
            resumed = host.resume(job)
            assert host.events == []
            for number in range(1, 4):
                host.layer(number, TWO, **QUICK)
            assert host.until("waited")["layer"] == resumed["next_layer"] == 1
            host.until("state", state="done")


def test_dark_is_the_other_way():
    with switched_on(DARK, speed=60.0) as machine:
        with called(machine) as host:
            job = begun(host, held=4)
            host.until("lamp-on", layer=1)
        wait_for(lambda: machine.state == "stopped")
        assert not machine.lamp.lit
        with called(machine) as host:
            told = host.hello()
            assert (told["on_link_loss"], told["job"]["state"], told["job"]["layers_done"]) == ("dark", "stopped", 1)
            gone_on(host, job, host.resume(job, "redo"))
        assert sorted(set(lit(machine))) == EVERY


def test_no_host_in_time_lifts_the_film_out_of_the_vat():
    seen = []
    with switched_on(SHORT, on_event=seen.append) as machine:
        with called(machine) as host:
            job = begun(host, held=2)
            host.until("waiting")
            assert machine.stage.height_mm == pytest.approx(0.1 + 0.5)
        wait_for(lambda: machine.state == "stopped")
        assert machine.stage.height_mm == machine.works.park_mm
        with called(machine) as host:
            assert host.hello()["job"]["state"] == "stopped"
            resumed = host.resume(job)
            assert (resumed["alive"], resumed["next_layer"], resumed["masks"]) == (False, 2, [])
            assert gone_on(host, job, resumed)["exposures"] == 8
        assert lit(machine) == EVERY
    stopped = next(one for one in seen if one["event"] == "stopped")
    assert (stopped["reason"], stopped["exposure"], stopped["on_time_s"]) == ("no host for 0.15 s", None, 0.0)


def test_a_host_that_came_back_is_waited_for_as_long_as_it_stays():
    with switched_on(replace(SMALL, resume_s=0.6)) as machine:
        with called(machine) as host:
            job = begun(host, held=1)
        wait_for(lambda: machine.state == "waiting")
        with called(machine) as host:
            host.hello()
            host.resume(job)
            Event().wait(0.7)
            assert host.ok(PING)["state"] == "waiting"
            gone_on(host, job, {"masks": [0], "next_layer": 1, "alive": True})


def test_a_mask_on_its_way_is_lost_with_its_link():
    with switched_on() as machine:
        with called(machine) as host:
            job = begun(host, held=1)
            host.ok(MASK, mask_keys(7, b"x" * 100, (8, 12)))
        wait_for(lambda: machine.state == "waiting")
        with called(machine) as host:
            host.hello()
            assert host.resume(job)["masks"] == [0]
            host.mask(7, full())
            host.ok(STOP, {"reason": ""})


def test_a_job_that_was_only_loading_is_stopped_and_can_be_resumed():
    with switched_on() as machine:
        with called(machine) as host:
            host.hello()
            job = host.job(layers=4)
        wait_for(lambda: machine.state == "stopped")
        with called(machine) as host:
            assert host.hello()["job"] == {"job": job["job"], "state": "stopped", "layers_done": 0, "exposures_done": 0}
            gone_on(host, job, host.resume(job))
        assert lit(machine) == EVERY


# -- what is refused ------------------------------------------------------------------------------------------

def test_a_host_without_resume_may_look_and_stop_and_nothing_else():
    with switched_on() as machine:
        with called(machine) as host:
            job = begun(host, held=1)
        wait_for(lambda: machine.state == "waiting")
        with called(machine) as host:
            host.hello()
            assert host.refusal(JOB, job_keys()) == "state"
            assert host.refusal(MASK, mask_keys(1, b"x", (8, 12))) == "state"
            assert host.refusal(LAYER, layer_keys(1)) == "state"
            assert host.refusal(FORGET, {"mask": 0}) == "state"
            assert host.refusal(PAUSE) == host.refusal(CONTINUE) == host.refusal(START) == "state"
            host.ok(PING)
            host.ok(REPORT, {"from_layer": 0, "count": 1})
            host.ok(HISTORY, {"job": job["job"], "from_layer": 0, "count": 1})
            host.ok(BYE)
        assert machine.state == "waiting"
        with called(machine) as host:
            host.hello()
            host.ok(STOP, {"reason": "another host"})
            assert host.until("stopped")["reason"] == "another host"
            host.until("state", state="stopped")
            host.ok(JOB, job_keys())


@pytest.mark.parametrize(("change", "code"), [
    ({"job": "another"}, "state"),
    ({"layers": 5}, "order"),
    ({"height_nm": 1}, "order"),
    ({"panel": SMALL.panel | {"width_px": 13}}, "order"),
    ({"wavelength_nm": 385.0}, "wavelength"),
    ({"cut": "maybe"}, "field"),
    ({"colour": 1}, "field"),
])
def test_resume_names_the_same_job(change, code):
    with switched_on() as machine:
        with called(machine) as host:
            job = begun(host, held=1)
        with called(machine) as host:
            host.hello()
            assert host.refusal(RESUME, job | {"cut": "stop"} | change) == code
            host.resume(job | {"name": "called otherwise now"})


def test_nothing_is_resumed_where_nothing_is_open():
    with switched_on() as machine, called(machine) as host:
        host.hello()
        assert host.refusal(RESUME, job_keys() | {"cut": "stop"}) == "state"
        assert host.refusal(HISTORY, {"job": "a", "from_layer": 0, "count": 1}) == "state"
        job = host.job(layers=4)
        assert host.refusal(RESUME, job | {"cut": "stop"}) == "state"  # it is loading already
        gone_on(host, job, {"masks": [], "next_layer": 0, "alive": False})
        assert host.refusal(RESUME, job | {"cut": "stop"}) == "state"


def test_a_job_of_the_same_name_is_another_film_only_when_the_first_is_done():
    with closing(SMALL.start(60.0)) as machine, called(machine) as host:  # orderly, but for two films of one name
        job, _ = cut_at(host, machine, 1)
        assert host.refusal(JOB, job) == "state"
        gone_on(host, job, host.resume(job, "redo"))
        host.ok(JOB, job)
        gone_on(host, job, {"masks": [], "next_layer": 0, "alive": False})
        assert lit(machine)[-8:] == EVERY
        assert [len(one.doses) for one in machine.vat.layers] == [2] * 4


# -- an exposure that was cut ---------------------------------------------------------------------------------

def cut_at(host, machine, layer: int) -> tuple[dict, float]:
    """A job stopped in the middle of an exposure; the time that got."""
    job = begun(host, held=4)
    host.until("lamp-on", layer=layer, exposure=0)
    host.ok(STOP, {"reason": "enough"})
    stopped = host.until("stopped")
    host.until("state", state="stopped")
    assert (stopped["layer"], stopped["exposure"]) == (layer, 0)
    return job, stopped["on_time_s"]


@pytest.mark.parametrize("choice", ["complete", "redo"])
def test_a_cut_exposure_goes_on_only_as_the_host_chooses(choice):
    with switched_on(speed=60.0) as machine, called(machine) as host:
        job, got_s = cut_at(host, machine, 1)
        assert 0 < got_s < 6
        kind, no = host.ask(RESUME, job | {"cut": "stop"})
        assert (kind, no["code"]) == (REFUSED, "cut")
        assert f"layer=1 exposure=0 was cut: on_time_s={got_s:g}, asked_s=6" in no["message"]
        resumed = host.resume(job, choice)
        assert resumed["cut"] == {"layer": 1, "exposure": 0, "asked_s": 6.0, "on_time_s": got_s}
        assert (resumed["alive"], resumed["next_layer"]) == (False, 1)
        assert (resumed["layers_done"], resumed["exposures_done"]) == (1, 2)
        assert gone_on(host, job, resumed)["exposures"] == 8
        first, again = [one for one in machine.lamp.history if (one.layer, one.exposure) == (1, 0)]
        assert (first.again, again.again) == (False, True)
        assert again.on_time_s == pytest.approx(6.0 - got_s if choice == "complete" else 6.0)
        assert sorted(lit(machine)) == sorted([*EVERY, (1, 0)])
        told = host.ok(HISTORY, {"job": job["job"], "from_layer": 1, "count": 1})["layers"]
        assert told[0]["exposures"][0] == {
            "exposure": 0, "asked_s": 6.0, "on_time_s": pytest.approx(6.0 if choice == "complete" else 6.0 + got_s), "whole": True,
        }
        asked = 9.0 * (7.0 + (got_s if choice == "redo" else 0.0))
        assert machine.vat.dose(1).max() == pytest.approx(asked, rel=1e-5)


def test_a_cut_exposure_that_is_cut_again_gets_the_rest_of_the_rest():
    with switched_on(speed=60.0) as machine, called(machine) as host:
        job, first_s = cut_at(host, machine, 0)
        resumed = host.resume(job, "complete")
        host.mask(0, full())
        host.layer(0, TWO, **QUICK)
        host.ok(START)
        host.until("lamp-on")
        host.ok(STOP, {"reason": "enough"})
        second_s = host.until("stopped")["on_time_s"]
        host.until("state", state="stopped")
        resumed = host.resume(job, "complete")
        assert resumed["cut"]["on_time_s"] == pytest.approx(first_s + second_s)
        gone_on(host, job, resumed)
        parts = [one.on_time_s for one in machine.lamp.history if (one.layer, one.exposure) == (0, 0)]
        assert len(parts) == 3
        assert sum(parts) == pytest.approx(6.0)


@pytest.mark.parametrize("change", [{"exposure_s": 5.0}, {"thickness_nm": 40_000}])
def test_a_layer_that_was_begun_must_be_as_it_was_then(change):
    with switched_on(speed=60.0) as machine, called(machine) as host:
        job, _ = cut_at(host, machine, 1)
        host.resume(job, "redo")
        host.mask(0, full())
        keys = layer_keys(1, TWO)
        if "exposure_s" in change:
            keys["exposures"][0] |= change
        else:
            keys |= change | {"top_nm": 90_000}
        assert host.refusal(LAYER, keys) == "order"
        host.layer(1, TWO, **QUICK)


# -- stop after the exposure, pause ---------------------------------------------------------------------------

def test_stop_after_the_exposure_cuts_nothing():
    with switched_on(speed=60.0) as machine, called(machine) as host:
        job = begun(host, held=4)
        host.until("lamp-on", layer=1, exposure=0)
        host.ok(STOP, {"reason": "enough", "when": "exposure"})
        assert host.until("lamp-off", layer=1, exposure=0)["on_time_s"] == 6.0
        stopped = host.until("stopped")
        assert (stopped["reason"], stopped["layer"], stopped["exposure"], stopped["on_time_s"]) == ("enough", 1, None, 0.0)
        host.until("state", state="stopped")
        resumed = host.resume(job)
        assert (resumed["cut"], resumed["next_layer"], resumed["exposures_done"]) == (None, 1, 3)
        gone_on(host, job, resumed)
        assert lit(machine) == EVERY


@pytest.mark.parametrize("before", ["loading", "waiting", "paused"])
def test_stop_after_the_exposure_is_at_once_where_none_is_being_made(before):
    with switched_on() as machine, called(machine) as host:
        host.hello()
        host.job(layers=4)
        if before != "loading":
            host.mask(0, full())
            host.layer(0)
            host.ok(START)
            host.until("waiting")
        if before == "paused":
            host.ok(PAUSE)
            host.until("state", state="paused")
        host.ok(STOP, {"reason": "enough", "when": "exposure"})
        host.until("stopped", exposure=None)
        host.until("state", state="stopped")


def test_a_second_stop_cuts_the_exposure_that_the_first_let_finish():
    with switched_on(speed=1.0) as machine, called(machine) as host:
        host.hello()
        host.job()
        host.mask(0, full())
        host.layer(0, [(0, 60.0, 1.0)], wait_before_exposure_s=0.0, lift_mm_s=10.0)
        host.ok(START)
        host.until("lamp-on")
        host.ok(STOP, {"reason": "soon", "when": "exposure"})
        host.ok(STOP, {"reason": "now", "when": "now"})
        assert not machine.lamp.lit
        assert host.until("stopped", reason="now")["exposure"] == 0


def test_pause_is_dark_after_the_layer_until_continue():
    with switched_on(speed=60.0) as machine, called(machine) as host:
        begun(host, held=4)
        host.until("lamp-on", layer=1)
        host.ok(PAUSE)
        host.ok(PAUSE)
        host.until("layer-done", layer=1)
        host.until("state", state="paused")
        assert not machine.lamp.lit
        assert host.ok(PING)["state"] == "paused"
        assert host.refusal(BYE) == "state"
        host.ok(CONTINUE)
        host.until("state", state="printing")
        host.until("done")
        assert lit(machine) == EVERY


def test_a_pause_that_is_taken_back_in_time_never_was():
    with switched_on(speed=60.0) as machine, called(machine) as host:
        begun(host, held=4)
        host.until("lamp-on", layer=1)
        host.ok(PAUSE)
        host.ok(CONTINUE)
        host.until("done")
        assert not any(one.get("state") == "paused" for one in host.events)
        assert lit(machine) == EVERY


def test_pause_while_waiting_for_a_layer():
    with switched_on() as machine, called(machine) as host:
        begun(host, held=1)
        host.until("waiting", layer=1)
        host.ok(PAUSE)
        host.until("state", state="paused")
        for number in range(1, 4):
            host.layer(number, TWO, **QUICK)
        assert host.ok(PING)["state"] == "paused"
        host.ok(CONTINUE)
        host.until("waited", layer=1)
        host.until("state", state="printing")
        host.until("done")
        assert lit(machine) == EVERY


@pytest.mark.parametrize("film", [False, True])
def test_a_paused_job_whose_host_is_lost_stays_paused_and_is_lifted_out_in_the_end(film):
    with switched_on(replace(SMALL, resume_s=1.0)) as machine:
        with called(machine) as host:
            job = begun(host, held=2)
            host.ok(PAUSE)
            host.until("state", state="paused")
        wait_for(lambda: machine.status.outlet is None)
        with called(machine) as host:
            assert host.hello()["job"]["state"] == "paused"
            assert host.resume(job)["alive"]
        wait_for(lambda: machine.state == "stopped")
        assert machine.stage.height_mm == machine.works.park_mm
        with called(machine) as host:
            host.hello()
            gone_on(host, job, host.resume(job))
        assert lit(machine) == EVERY


# -- history --------------------------------------------------------------------------------------------------

def test_history_comes_in_pages_of_what_was_begun():
    with switched_on() as machine:
        with called(machine) as host:
            job = begun(host, held=3)
        wait_for(lambda: machine.state == "waiting")
        whole = [{"exposure": k, "asked_s": s, "on_time_s": s, "whole": True} for k, (_, s, _) in enumerate(TWO)]
        with called(machine) as host:
            host.hello()
            pages = [host.ok(HISTORY, {"job": job["job"], "from_layer": at, "count": 2}) for at in (0, 2, 4)]
            assert [page["job"] for page in pages] == [job["job"]] * 3
            told = [line for page in pages for line in page["layers"]]
            assert told == [{"layer": layer, "done": True, "exposures": whole} for layer in range(3)]
            for wrong in ({"count": 0}, {"count": 101}, {"from_layer": -1}):
                assert host.refusal(HISTORY, {"job": job["job"], "from_layer": 0, "count": 1} | wrong) == "field"


def test_a_page_of_history_is_no_larger_than_a_payload():
    """64 exposures a layer, of times with all their digits: the page has fewer layers than asked for, and the rest follows."""
    shown = [(0, 0.1234567890123456, 1.0)] * 64
    with switched_on(replace(SMALL, holds={"masks": 8, "layers": 100}, watchdog_s=30.0)) as machine, called(machine) as host:
        host.hello()
        job = host.job(layers=30, job="\u00b5" * 64)
        host.mask(0, full())
        for number in range(30):
            host.layer(number, shown)
        host.ok(START)
        host.until("state", state="done")
        told = []
        while page := host.ok(HISTORY, {"job": job["job"], "from_layer": len(told), "count": 100})["layers"]:
            assert len(page) < 30
            told += page
        assert [one["layer"] for one in told] == list(range(30))
        assert len(json.dumps(told)) > 65536


# -- hardware in trouble --------------------------------------------------------------------------------------

def after_reset(machine, host) -> dict:
    """A job whose board was reset in mid-exposure: nobody knows how long it was lit."""
    real = machine.works.off

    def off() -> float | None:
        real()
        return None if machine.works.vat.layers and machine.works.vat.layers[-1].layer == 1 else 6.0

    machine.works.off = off
    job = begun(host, held=4)
    (trouble,) = [keys for kind, keys in host.ended() if kind == FAULT]
    assert trouble["code"] == "machine"
    assert "layer=1 exposure=0: how long it was lit is not known" in trouble["message"]
    machine.works.off = real
    wait_for(lambda: machine.state == "stopped")
    return job


def test_a_time_that_the_hardware_does_not_know_is_told_as_such():
    with switched_on() as machine:
        with called(machine) as host:
            job = after_reset(machine, host)
        with called(machine) as host:
            host.hello()
            told = host.ok(HISTORY, {"job": job["job"], "from_layer": 1, "count": 1})["layers"][0]["exposures"]
            assert told == [{"exposure": 0, "asked_s": 6.0, "on_time_s": None, "whole": False}]
            assert host.refusal(RESUME, job | {"cut": "complete"}) == "cut"
            gone_on(host, job, host.resume(job, "redo"))
            told = host.ok(HISTORY, {"job": job["job"], "from_layer": 1, "count": 1})["layers"][0]["exposures"]
            assert told[0] == {"exposure": 0, "asked_s": 6.0, "on_time_s": None, "whole": True}


def test_a_stage_that_lost_its_place_moves_no_more_and_is_not_resumed_blindly():
    with switched_on() as machine:
        with called(machine) as host:
            real = machine.stage.move

            def lost(height_mm: float, speed_mm_s: float, cut: Event) -> None:
                assert machine.stage.knows_place or height_mm == machine.stage.park_mm, "it must not move blindly"
                if machine.lamp.history:
                    machine.stage.knows_place = False
                    raise MachineTrouble("the board was reset")
                real(height_mm, speed_mm_s, cut)

            machine.stage.move, machine.stage.knows_place = lost, True
            job = begun(host, held=4)
            assert [keys["message"] for kind, keys in host.ended() if kind == FAULT] == ["the board was reset"]
        wait_for(lambda: machine.state == "stopped")
        with called(machine) as host:
            host.hello()
            assert host.refusal(RESUME, job | {"cut": "stop"}) == "position"


@pytest.mark.parametrize("call", ["expose", "move", "layer_cured", "off"])
def test_whatever_the_hardware_raises_it_is_dark_and_named(call):
    def broken(*_: object) -> None:
        raise RuntimeError("sparks")

    with switched_on() as machine, called(machine) as host:
        host.hello()
        host.job(layers=4)
        host.mask(0, full())
        host.layer(0, TWO, **QUICK)
        real = getattr(machine.works, call)
        setattr(machine.works, call, broken)
        host.ok(START)
        assert [keys["message"] for kind, keys in host.ended() if kind == FAULT] == ["RuntimeError: sparks"]
        assert not machine.lamp.lit
        wait_for(lambda: machine.state == "stopped")
        setattr(machine.works, call, real)


def test_a_lamp_that_cannot_be_darkened_is_told_of_and_the_job_ends():
    seen = []
    with switched_on(speed=60.0, on_event=seen.append) as machine, called(machine) as host:
        begun(host, held=4)
        host.until("lamp-on", layer=1)
        real = machine.works.darken

        def broken() -> None:
            raise OSError("no answer from the lamp")

        machine.works.darken = broken
        host.send(STOP, {"reason": "enough"})
        told = [keys for kind, keys in host.ended() if kind == FAULT]
        assert [keys["message"] for keys in told] == ["the lamp may be on: no answer from the lamp"]
        wait_for(lambda: machine.state == "stopped")
        machine.works.darken = real
