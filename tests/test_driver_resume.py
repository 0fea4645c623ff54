"""A link that is lost, a host that was killed, a machine that was switched off: every exposure once, or a clear word and darkness."""

import threading
from contextlib import ExitStack

import numpy as np
import pytest
from driver_fake import Fake, a_job, keeping
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voxelyte.drivers import _printing, connect
from voxelyte.drivers._answers import CutExposure, MadeLayer
from voxelyte.drivers._events import read_event
from voxelyte.drivers._record import Record
from voxelyte.errors import ExposureCut, PrinterConfused, PrinterError, PrinterRefused, PrinterUnreachable

JOB = a_job([[0], [1, 0], [2], [0]])
EVERY = [(layer.index, at) for layer in JOB.layers for at in range(len(layer.exposures))]
PICTURES = [one.mask.pixels() for layer in JOB.layers for one in layer.exposures]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(_printing, "FIRST_PAUSE_S", 0.01)


@pytest.fixture(autouse=True)
def _no_thread_left():
    yield
    assert [one.name for one in threading.enumerate() if one.name.startswith("voxelyte-")] == []


@pytest.fixture
def machines():
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(keeping(**how))


def of(said, word):
    return [(p.layer, p.exposure) for p in said if p.what == word]


def is_whole(machine, said):
    """Every exposure was made once, in order, with its own mask, and was told once."""
    assert of(said, "lamp-off") == of(said, "lamp-on") == EVERY
    assert [p.layer for p in said if p.what == "layer-done"] == [0, 1, 2, 3]
    assert said[-1].what == "done"
    assert (said[-1].layers_done, said[-1].exposures_done) == (4, 5)
    assert len(machine.pictures) == len(PICTURES)
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(PICTURES, machine.pictures, strict=True))
    assert not machine.lamp


def whole_over(drops, **how):
    with keeping(drops=drops, **how) as machine:
        with connect(machine.address, reconnect_s=10) as driver:
            said = list(driver.run(JOB, "run"))
        is_whole(machine, said)
        assert machine.names().count("START") <= 1 + len(drops)
        return machine.sessions


@pytest.mark.parametrize(("way", "frames"), [("in", 13), ("done", 13), ("out", 33)])
def test_a_link_that_breaks_at_any_one_frame(way, frames):
    """Before a request is read, after it is done but not answered, and before any answer or event."""
    assert all(whole_over({(way, number)}, holds__masks=2) == 2 for number in range(1, frames))


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.tuples(st.sampled_from(["in", "done", "out"]), st.integers(2, 80)), max_size=6),
    st.integers(2, 4),
    st.integers(1, 4),
)
@example({("out", 20), ("in", 11), ("done", 13)}, 2, 1)
def test_a_link_that_breaks_again_and_again(drops, masks, layers):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_printing, "FIRST_PAUSE_S", 0.001)
        whole_over(drops, holds__masks=masks, holds__layers=layers)


def test_what_happened_meanwhile_is_recalled(machines):
    """The machine prints on without a link; what it made then is told from its journal."""

    def deaf(machine, said):
        if said["event"] == "lamp-on" and said["layer"] == 1 and said["exposure"] == 0:
            raise EOFError
        return said

    machine = machines(tamper=deaf)
    with connect(machine.address) as driver:
        said = []
        for progress in driver.run(JOB):
            said.append(progress)
            if progress.what == "reconnecting":
                machine.wait_for(lambda _: machine.layers_done > 1)
    is_whole(machine, said)
    assert next(p.text for p in said if p.what == "reconnecting")
    assert (1, 0) in of([p for p in said if p.recalled], "lamp-off")
    assert (0, 0) not in of([p for p in said if p.recalled], "lamp-off")
    assert all(p.on_time_s > 0 for p in said if p.what == "lamp-off")


def test_a_job_that_was_finished_meanwhile_is_done(machines):
    """All was held when the link broke: the machine needs no host to end its job."""
    machine = machines(tamper=lost_at("lamp-off", 0))
    with connect(machine.address) as driver:
        said = []
        for progress in driver.run(JOB):
            said.append(progress)
            if progress.what == "reconnecting":
                machine.wait_for(lambda _: not machine.running)
    is_whole(machine, said)
    assert said[-1].recalled


def lost_at(word, layer):
    """The link breaks, once, at this event."""
    left = [1]

    def tamper(machine, said):
        if (said["event"], said.get("layer")) == (word, layer) and left.pop() if left else False:
            raise EOFError
        return said

    return tamper


def until_lost(driver, then):
    """Print; once the link is lost, do something, and go on."""
    for progress in driver.run(JOB):
        if progress.what == "reconnecting":
            then()


def test_a_machine_that_was_killed_between_exposures_goes_on_with_the_next(machines):
    machine = machines(holds__layers=1)

    def kill(machine, name, said):
        if name == "LAYER" and said["layer"] == 2 and machine.sessions == 1:
            machine.interrupt()
            raise EOFError
        return False

    machine.before = kill
    with connect(machine.address) as driver:
        said = list(driver.run(JOB, "run"))
    is_whole(machine, said)
    assert machine.names().count("START") == 2


@pytest.mark.parametrize("cut_s", [2.5, None])
def test_an_exposure_that_was_cut_is_reported_and_nothing_is_done(machines, cut_s):
    machine = stopped_in_layer_2(machines, cut_s)
    with pytest.raises(ExposureCut) as caught, connect(machine.address) as driver:
        list(driver.resume(JOB, "run"))
    fault = caught.value
    assert (fault.code, fault.layer, fault.exposure, fault.asked_s, fault.on_time_s) == ("cut", 2, 0, 6.0, cut_s)
    assert machine.names().count("START") == 1
    assert not machine.lamp


def stopped_in_layer_2(machines, cut_s):
    """A machine that made two layers, and was switched off in the exposure of the third; its host is gone."""
    machine = machines(holds__layers=1)

    def kill(machine, name, said):
        if name == "LAYER" and said["layer"] == 2 and machine.sessions == 1:
            machine.interrupt(cut_s=cut_s)
            raise EOFError
        return False

    machine.before = kill
    with pytest.raises(PrinterError), connect(machine.address, reconnect_s=0) as driver:
        list(driver.run(JOB, "run"))
    machine.before = None
    return machine


@pytest.mark.parametrize("cut", ["redo", "complete"])
def test_the_user_chooses_what_becomes_of_a_cut_exposure(machines, cut):
    machine = stopped_in_layer_2(machines, 2.5)
    with connect(machine.address) as driver:
        assert driver.past().state == "interrupted"
        said = list(driver.resume(JOB, "run", cut=cut))
    is_whole(machine, said)
    assert of(said, "cut") == [(2, 0)]
    assert [p.on_time_s for p in said if p.what == "cut"] == [2.5]
    recalled = of([p for p in said if p.recalled], "lamp-off")
    assert recalled == EVERY[:3]
    asked = [said["cut"] for name, _, said in machine.frames if name == "RESUME"]
    assert asked == [cut]


def test_a_job_that_ended_with_its_link_goes_on_when_its_user_asks(machines):
    """A machine that goes dark with its link is not resumed by itself, but its last job can be."""
    machine = stopped_in_layer_2(machines, 2.5)
    machine.welcome["on_link_loss"] = "dark"
    with connect(machine.address) as driver:
        said = list(driver.resume(JOB, "run", cut="redo"))
    is_whole(machine, said)


def test_a_killed_host_is_followed_by_another_that_goes_on(machines):
    machine = machines(holds__layers=2, tamper=lost_at("lamp-on", 1))
    with connect(machine.address) as driver:
        for progress in driver.run(JOB, "run"):
            if progress.what == "reconnecting":
                driver._printing._hearing.live = False  # so that leaving sends nothing, as a killed host does
                break
    machine.wait_for(lambda _: machine.waiting)
    with connect(machine.address) as driver:
        assert driver.past().state == "waiting"
        made = driver.history(driver.past().job)
        assert [(one.layer, one.done) for one in made] == [(at, True) for at in range(len(made))]
        assert driver.job_id(JOB, "run") == driver.past().job
        said = list(driver.resume(JOB, "run"))
    is_whole(machine, said)
    assert of([p for p in said if p.recalled], "lamp-off") == EVERY[: sum(len(one.exposures) for one in made)]


def test_what_the_caller_knows_is_not_told_again(machines):
    machine = stopped_in_layer_2(machines, 2.5)
    with connect(machine.address) as driver:
        said = list(driver.resume(JOB, "run", cut="redo", known=EVERY[:3]))
    assert of(said, "lamp-off") == EVERY[3:]
    assert said[-1].exposures_done == 5


def test_another_job_is_not_resumed(machines):
    machine = stopped_in_layer_2(machines, 2.5)
    text = r"cannot go on .*its last job is .*interrupted after 2 layers"
    with pytest.raises(PrinterRefused, match=text), connect(machine.address) as driver:
        list(driver.resume(a_job([[0], [0]]), "run"))
    assert "STOP" not in machine.names()


def test_a_job_that_somebody_stopped_meanwhile_stays_stopped(machines):
    machine = machines(holds__layers=1, tamper=lost_at("lamp-on", 1))

    def meanwhile():
        machine.wait_for(lambda _: machine.waiting)
        machine._over_with("stopped")

    with (
        pytest.raises(PrinterRefused, match="stopped while the link was lost") as caught,
        connect(machine.address) as driver,
    ):
        until_lost(driver, meanwhile)
    assert caught.value.code == "stopped"
    assert "2 of 4 layers done" in str(caught.value)
    assert machine.names().count("START") == 1


def test_a_machine_that_keeps_no_jobs_is_not_resumed():
    with Fake(tamper=lost_at("lamp-off", 1)) as machine:
        text = r"1 of 4 layers done.*turns the lamp off by itself"
        with pytest.raises(PrinterUnreachable, match=text), connect(machine.address) as driver:
            list(driver.run(JOB))
        machine.join()
        assert machine.sessions == 1


def test_a_machine_that_is_gone_is_looked_for_as_long_as_asked(machines):
    machine = machines(tamper=lost_at("lamp-off", 1))
    text = r"the link was lost \(.*not found again in 0.2 s.*waits in the dark for 600 s"
    with pytest.raises(PrinterUnreachable, match=text), connect(machine.address, reconnect_s=0.2) as driver:
        until_lost(driver, machine.door.close)


def test_a_breach_of_order_after_a_reconnection_is_still_one(machines):
    """What was on its way is passed over once; an exposure that is made twice is not."""
    lose = lost_at("lamp-off", 1)

    def tamper(machine, said):
        said = lose(machine, said)
        if machine.sessions > 1 and said["event"] == "lamp-on" and said["layer"] == 3:
            return [said, {**said, "event": "lamp-off", "on_time_s": 6.0}, said]
        return said

    machine = machines(tamper=tamper, holds__layers=1)
    with (
        pytest.raises(PrinterConfused, match="lamp-on of layer 3, exposure 0 where layer-done"),
        connect(machine.address) as driver,
    ):
        list(driver.run(JOB))
    machine.wait_for(lambda names: "STOP" in names)


@pytest.mark.parametrize("history", ["gap", "too many", "unknown layer"])
def test_a_journal_that_cannot_be_true_is_refused(machines, history):
    def lie(machine, name, said):
        if name != "HISTORY":
            return False
        many = history == "too many"
        exposures = [{"exposure": int(history == "gap"), "asked_s": 6.0, "on_time_s": 6.0, "whole": True}]
        first = said["from_layer"] + (history == "unknown layer")
        layers = [{"layer": at, "done": many, "exposures": exposures} for at in range(first, first + 9 * many + 1)]
        machine.send("HISTORY", to=machine.expected - 1, job=said["job"], layers=layers)
        return True

    machine = machines(tamper=lost_at("lamp-on", 1), before=lie, holds__layers=1)
    with pytest.raises(PrinterConfused), connect(machine.address) as driver:
        list(driver.run(JOB))
    machine.wait_for(lambda names: "STOP" in names)


# What no journal says


def a_record(layers_heard=1):
    """A record that heard so many layers, and then lost its link."""
    record = Record(JOB)
    record.begun, record.layers_held = True, 4
    for layer in range(layers_heard):
        list(record.recall(made(layer), None))
    return record


def made(layer, count=None, done=True):
    exposures = [
        {"exposure": at, "asked_s": 6.0, "on_time_s": 6.0, "whole": True}
        for at in range(len(JOB.layers[layer].exposures))
    ]
    return MadeLayer.model_validate({"layer": layer, "done": done, "exposures": exposures[:count]})


def event(word, **keys):
    return read_event({"event": word, "clock_s": 9.0, **keys})


def words(record, *events):
    return [(p.what, p.layer, p.exposure, p.recalled) for one in events for p in record.told(one)]


def test_a_layer_that_was_started_unheard_is_recalled_when_its_lamp_is_lit():
    """A journal knows a layer from its first light on."""
    record = a_record()
    record.caught_up("printing", alive=True)
    said = words(record, event("lamp-on", layer=1, exposure=0))
    assert said == [("layer-started", 1, None, True), ("lamp-on", 1, 0, False)]
    with pytest.raises(PrinterConfused, match="where lamp-off of layer 1"):
        words(record, event("layer-done", layer=1, top_nm=50000))


def test_nothing_but_a_first_light_is_taken_for_a_layer_that_was_started_unheard():
    record = a_record()
    record.caught_up("printing", alive=True)
    with pytest.raises(PrinterConfused):
        words(record, event("lamp-on", layer=1, exposure=1))
    heard = a_record()
    with pytest.raises(PrinterConfused):
        words(heard, event("lamp-on", layer=1, exposure=0))


def test_a_wait_that_ended_unheard_is_over():
    record = a_record()
    words(record, event("waiting", layer=1))
    assert [p.what for p in record.recall(made(1), None)][-1] == "layer-done"
    record.caught_up("printing", alive=True)
    assert words(record, event("waited", layer=2, waited_s=1.0)) == [("waited", 2, None, False)]


def test_events_that_the_journal_told_are_passed_over_once():
    record = a_record()
    list(record.recall(made(1, 1, done=False), None))
    record.caught_up("printing", alive=True)
    old = [
        event("layer-started", layer=1),
        event("lamp-on", layer=1, exposure=0),
        event("lamp-off", layer=1, exposure=0, on_time_s=6.0),
    ]
    assert words(record, *old) == []
    with pytest.raises(PrinterConfused, match="lamp-on of layer 1, exposure 0"):
        words(record, old[1])
    assert words(record, event("lamp-on", layer=1, exposure=1)) == [("lamp-on", 1, 1, False)]
    with pytest.raises(PrinterConfused):
        words(record, old[2])


def test_an_exposure_whose_end_was_heard_and_which_the_journal_calls_cut_is_not_done():
    record = a_record()
    record.caught_up("printing", alive=True)
    lamp = {"layer": 1, "exposure": 0}
    words(record, event("layer-started", layer=1), event("lamp-on", **lamp), event("lamp-off", **lamp, on_time_s=2.0))
    assert record.exposures_done == 2
    cut = CutExposure(layer=1, exposure=0, asked_s=7.0, on_time_s=2.0)
    said = [(p.what, p.exposure, p.on_time_s) for p in record.recall(made(1, 1, done=False), cut)]
    assert said == [("cut", 0, 2.0)]
    assert record.exposures_done == 1


# Commands from outside


def test_stop_after_the_exposure(machines):
    machine = machines()
    with connect(machine.address) as driver:
        said = []
        for progress in driver.run(a_job([[at] for at in range(30)])):
            said.append(progress)
            if progress.what == "layer-started" and progress.layer == 1:
                driver.stop("enough", "exposure")
    assert said[-1].what == "stopped"
    assert said[-1].exposure is None
    assert of(said, "lamp-on") == of(said, "lamp-off")
    assert next(said for name, _, said in machine.frames if name == "STOP") == {"reason": "enough", "when": "exposure"}


def test_pause_and_proceed(machines):
    asked = []

    def pausing(machine, said):
        """PAUSE comes in the middle of the first exposure."""
        if said["event"] == "lamp-on" and not asked:
            asked.append(1)
            machine.paused = True
        return said

    machine = machines(tamper=pausing)
    with connect(machine.address) as driver:
        said = []
        for progress in driver.run(JOB):
            said.append(progress)
            if progress.text == "paused":
                assert progress.state == "paused"
                assert progress.layers_done == len(machine.pictures) == 1
                driver.proceed()
    is_whole(machine, said)
    assert "paused" in [p.text for p in said]


def test_a_stop_while_the_link_is_lost_is_told_over_the_next_one(machines):
    machine = machines(holds__layers=1, tamper=lost_at("lamp-on", 1))
    said = []
    with connect(machine.address) as driver:
        for progress in driver.run(JOB):
            said.append(progress)
            if progress.what == "reconnecting":
                with pytest.raises(PrinterError):
                    driver.stop("enough")
    assert said[-1].what == "stopped"
    assert "RESUME" not in machine.names()
    assert "STOP" in machine.names()
    assert of(said, "lamp-off") == EVERY[: len(machine.pictures)]


def test_a_run_that_is_left_while_the_link_is_lost_stops_the_machine(machines):
    machine = machines(holds__layers=1, tamper=lost_at("lamp-on", 1))
    with connect(machine.address) as driver:
        for progress in driver.run(JOB):
            if progress.what == "reconnecting":
                break
    machine.wait_for(lambda names: "STOP" in names)
    assert not machine.running


def test_a_lost_link_sends_no_stop(machines):
    """The job outlives the link: a STOP because of a damaged frame would end it."""
    drops = []

    def damaged(machine, said):
        if said["event"] == "lamp-on" and said["layer"] == 1 and not drops:
            drops.append(1)
            machine.sequence += 1
        return said

    machine = machines(tamper=damaged)
    with connect(machine.address) as driver:
        said = list(driver.run(JOB))
    is_whole(machine, said)
    assert "STOP" not in machine.names()


def test_a_host_that_only_looks_does_not_stop_a_job(machines):
    machine = machines(holds__layers=1, tamper=lost_at("lamp-on", 1))
    with connect(machine.address) as driver:
        for progress in driver.run(JOB):
            if progress.what == "reconnecting":
                driver._printing._hearing.live = False  # so that leaving sends nothing, as a killed host does
                break
    machine.wait_for(lambda _: machine.waiting)
    with connect(machine.address) as driver:
        assert driver.past().state == "waiting"
        machine.sequence += 1  # the next frame of the machine is damage
        with pytest.raises(PrinterError):
            driver.status()
    assert machine.running
    assert "STOP" not in machine.names()


@pytest.mark.parametrize("name", ["PAUSE", "CONTINUE"])
def test_commands_that_the_machine_refuses(machines, name):
    machine = machines(refuse={name: ("state", "not now")})
    with connect(machine.address) as driver, pytest.raises(PrinterRefused, match="not now"):
        driver.pause() if name == "PAUSE" else driver.proceed()


def test_a_recalled_exposure_whose_time_nobody_knows_says_so():
    """Made again after the machine was killed in it: the journal knows that it is whole, and not how long it was lit in all."""
    exposures = [{"exposure": 0, "asked_s": 6.0, "on_time_s": None, "whole": True}]
    layer = MadeLayer.model_validate({"layer": 0, "done": True, "exposures": exposures})
    said = list(a_record(0).recall(layer, None))
    (off,) = [one for one in said if one.what == "lamp-off"]
    assert (off.recalled, off.on_time_s, off.text) == (True, 0.0, "nobody knows how long it was lit")
    assert [one.text for one in a_record(0).recall(made(0), None)] == [""] * len(said)
