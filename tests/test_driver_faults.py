"""Whatever goes wrong: a PrinterError that says what, never a second try, and nothing left on or open."""

import json
import socket
import threading
from contextlib import ExitStack, suppress

import numpy as np
import pytest
from driver_fake import PANEL, TYPES, EnoughError, Fake, a_frame, a_job, welcome
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voxelyte.drivers import _link, connect
from voxelyte.errors import (
    PrinterConfused,
    PrinterError,
    PrinterRefused,
    PrinterTimeout,
    PrinterUnreachable,
    SliceError,
)
from voxelyte.job import Mask

JOB = a_job([[0], [0], [1]])


@pytest.fixture
def fake():
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(Fake(**how))


@pytest.fixture(autouse=True)
def _no_thread_left():
    yield
    assert [one.name for one in threading.enumerate() if one.name.startswith("voxelyte-")] == []


def printing(machine, kind, text):
    """Run the job; it must fail so. Gives what was said before, and the error."""
    said = []
    with pytest.raises(kind, match=text) as caught, connect(machine.address) as driver:
        said.extend(driver.run(JOB))
    machine.join()
    assert caught.value.trace
    assert machine.names().count("START") <= 1
    return said, caught.value


def at(word, layer=1, then=None):
    """A tamper that meets one event: `then(machine, event)` gives what goes out instead."""

    def tamper(machine, said):
        return then(machine, said) if said["event"] == word and said.get("layer") == layer else said

    return tamper


def hang_up(machine, said):
    raise EOFError


def damaged(machine, said):
    good = bytearray(a_frame(TYPES["EVENT"], machine.sequence, json.dumps(said).encode()))
    good[25] ^= 4
    machine.send_raw(bytes(good))


def skipped_sequence(machine, said):
    machine.sequence += 1
    return said


# The link


def test_end_of_file_while_the_lamp_is_lit(fake):
    said, fault = printing(fake(tamper=at("lamp-off", 1, hang_up)), PrinterUnreachable, "1 of 3 layers done")
    assert "its lamp on" in str(fault)
    assert "it turns the lamp off by itself" in str(fault)
    assert said[-1].what == "lamp-on"


def test_a_damaged_frame_ends_the_session_with_a_stop(fake):
    machine = fake(tamper=at("lamp-on", 1, damaged))
    _, fault = printing(machine, PrinterConfused, "CRC-32")
    assert machine.all_names("PING")[-1] == "STOP"
    assert "1 of 3 layers done" in str(fault)


def test_a_lost_frame_is_noticed(fake):
    machine = fake(tamper=at("lamp-on", 1, skipped_sequence))
    printing(machine, PrinterConfused, "sequence=")
    assert machine.all_names("PING")[-1] == "STOP"


def test_silence_while_printing(fake):
    def mute(machine, said):
        machine.pong, machine.running = False, False
        raise EnoughError

    machine = fake(tamper=at("lamp-off", 1, mute), watchdog_s=0.1)
    printing(machine, PrinterTimeout, "silent")
    assert machine.all_names("PING")[-1] == "STOP"


@pytest.mark.parametrize("name", ["JOB", "MASK", "DATA", "LAYER", "START"])
def test_no_answer_to_a_request_though_the_line_is_alive(fake, name):
    """A PONG that overtakes the answer is out of order."""
    machine = fake(before=lambda machine, asked, said: asked == name, watchdog_s=0.4)
    printing(machine, PrinterConfused, "PONG answers request")


def test_no_answer_and_no_pong_is_a_timeout(fake, monkeypatch):
    monkeypatch.setattr(_link.Link.ask, "__defaults__", (None, 0.2))
    machine = fake(before=lambda machine, asked, said: asked in ("JOB", "PING"))
    printing(machine, PrinterTimeout, "no answer to JOB within 0.2 s")


def test_nobody_greets(fake, monkeypatch):
    monkeypatch.setattr(_link, "GREETING_S", 0.2)
    machine = fake(before=lambda machine, asked, said: True)
    with pytest.raises(PrinterTimeout, match="HELLO"), connect(machine.address):
        pass
    machine.join()


# Refusals and faults


def test_a_refused_job_changes_nothing(fake):
    machine = fake(refuse={"JOB": ("volume", "too tall")})
    printing(machine, PrinterRefused, "refused JOB: too tall")
    assert machine.names("PING") == ["HELLO", "JOB", "BYE"]


@pytest.mark.parametrize("name", ["MASK", "DATA", "LAYER", "START"])
def test_a_refusal_comes_in_the_machines_own_words_and_stops_the_job(fake, name):
    machine = fake(refuse={name: ("field", "power=2 must be at most 1\x1b[2J")})
    _, fault = printing(machine, PrinterRefused, f"refused {name}: power=2 must be at most 1")
    assert fault.code == "field"
    assert "by itself" not in str(fault)
    assert "\x1b" not in str(fault)
    assert machine.all_names("PING")[-2:] == ["STOP", "BYE"]


def test_a_refused_forget_stops_the_job(fake):
    machine = fake(refuse={"FORGET": ("mask-in-use", "mask 0")}, holds__masks=1)
    _, fault = printing(machine, PrinterRefused, "refused FORGET")
    assert fault.code == "mask-in-use"
    assert "STOP" in machine.names()


@pytest.mark.parametrize("code", ["version", "busy"])
def test_a_refused_greeting(fake, code):
    machine = fake(refuse={"HELLO": (code, "not now")})
    with pytest.raises(PrinterRefused) as caught, connect(machine.address):
        pass
    machine.join()
    assert caught.value.code == code


def test_busy_is_heard_though_the_machine_hangs_up(fake):
    def busy(machine, name, said):
        machine.send("REFUSED", to=0, code="busy", message="printing")
        raise EOFError

    with pytest.raises(PrinterRefused, match="printing"), connect(fake(before=busy).address):
        pass


def test_a_refused_piece_of_a_mask(fake):
    """Pieces are not answered, but a refusal of one is believed."""
    panel = PANEL.model_copy(update={"width_px": 200, "height_px": 100})
    noise = Mask(panel, lambda: np.random.default_rng(0).integers(0, 256, (100, 200), np.uint8))

    def refuse(machine, name, said):
        if name == "DATA" and machine.names().count("DATA") == 1:
            machine.send("REFUSED", to=machine.expected - 1, code="order", message="offset")
        return name == "DATA"

    machine = fake(before=refuse, panel__width_px=200, panel__height_px=100)
    with pytest.raises(PrinterRefused, match="refused DATA: offset"), connect(machine.address) as driver:
        list(driver.run(a_job([[0]], masks={0: noise}, panel=panel)))
    machine.join()
    assert "STOP" in machine.names()


def test_a_fault_of_the_machine(fake):
    def broken(machine, said):
        machine.send("FAULT", code="machine", message="lamp too hot")
        raise EOFError

    said, fault = printing(fake(tamper=at("lamp-off", 2, broken)), PrinterRefused, "lamp too hot")
    assert fault.code == "machine"
    assert "2 of 3 layers done" in str(fault)
    assert [p.what for p in said].count("lamp-on") == 3


def test_a_stop_at_the_machine(fake):
    def pressed(machine, said):
        machine.running, machine.job = False, None
        where = {"layer": 1, "exposure": 0, "on_time_s": 2.5}
        machine.send("EVENT", event="stopped", clock_s=9.0, reason="button", **where)
        raise EnoughError

    said, fault = printing(fake(tamper=at("lamp-off", 1, pressed)), PrinterRefused, "button")
    assert fault.code == "stopped"
    assert (said[-1].what, said[-1].on_time_s, said[-1].lamp) == ("stopped", 2.5, False)


# Events out of their place


def twice(machine, said):
    return [said, said]


def nothing(machine, said):
    return None


def changed(**what):
    return lambda machine, said: said | what


@pytest.mark.parametrize(
    ("word", "layer", "then", "text"),
    [
        ("lamp-on", 1, twice, "lamp-on of layer 1, exposure 0 where lamp-off of layer 1, exposure 0 is due"),
        ("lamp-off", 1, twice, "lamp-off of layer 1, exposure 0 where layer-done of layer 1 is due"),
        ("lamp-on", 1, nothing, "lamp-off of layer 1, exposure 0 where lamp-on"),
        ("lamp-off", 1, nothing, "layer-done of layer 1 where lamp-off of layer 1, exposure 0 is due"),
        ("lamp-off", 2, nothing, "layer-done of layer 2 where lamp-off of layer 2, exposure 0 is due"),
        ("layer-started", 0, nothing, "where layer-started of layer 0 is due"),
        ("layer-started", 1, changed(layer=2), "layer-started of layer 2 where layer-started of layer 1"),
        ("lamp-on", 1, changed(exposure=1), "lamp-on of layer 1, exposure 1 where"),
        ("layer-done", 1, changed(top_nm=50001), "top_nm=50001, which must be 50000"),
        ("layer-done", 1, nothing, "where layer-done of layer 1 is due"),
        ("done", None, changed(exposures=4), "exposures=4, which must be 3 and 3"),
        ("done", None, changed(layers=2), "layers=2"),
        ("layer-done", 2, changed(event="done", layers=3, exposures=3), "reports done where layer-done of layer 2"),
        ("layer-started", 1, changed(event="waited", waited_s=1.0), "waited of layer 1 where layer-started"),
        ("layer-started", 1, lambda m, s: [s | {"event": "waiting"}, s], "waited of layer 1 is due"),
        ("lamp-on", 1, lambda m, s: {k: s[k] for k in s if k != "exposure"}, "exposure is missing"),
        ("lamp-off", 1, changed(on_time_s="6"), "on_time_s='6'"),
        ("lamp-off", 1, changed(on_time_s=-1.0), "on_time_s=-1.0"),
        ("lamp-off", 1, changed(on_time_s=True), "on_time_s=True"),
        ("lamp-on", 1, changed(layer=2**70), "layer="),
        ("lamp-on", 1, changed(event="flash"), "flash"),
        ("state", None, changed(event=None), "EVENT cannot be read"),
    ],
)
def test_an_event_that_breaks_the_order(fake, word, layer, then, text):
    machine = fake(tamper=at(word, layer, then))
    said, _ = printing(machine, PrinterConfused, text)
    assert machine.all_names("PING")[-1] == "STOP"
    lit = [(p.layer, p.exposure) for p in said if p.what == "lamp-on"]
    assert len(lit) == len(set(lit))


def test_unknown_keys_are_ignored(fake):
    more = {"machine__colour": "red", "new": {"x": 1}}
    machine = fake(tamper=lambda machine, said: said | {"temperature_c": 21}, **more)
    with connect(machine.address) as driver:
        assert [p.what for p in driver.run(JOB)].count("done") == 1


# Leaving early


def test_a_closed_generator_stops_the_machine_and_waits_until_it_is_dark(fake):
    machine = fake()
    with connect(machine.address) as driver:
        for progress in driver.run(JOB):
            if progress.what == "lamp-on":
                break
        machine.wait_for(lambda names: "STOP" in names)
        assert not machine.lamp
        assert driver.status().state == "idle"
        assert [p.what for p in driver.run(JOB)].count("done") == 1  # the session goes on


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_an_exception_of_the_caller_stops_the_machine(fake, kind):
    machine = fake()

    def watch(driver):
        for progress in driver.run(JOB):
            if progress.what == "lamp-on":
                raise kind

    with pytest.raises(kind), connect(machine.address) as driver:
        watch(driver)
    machine.join()
    assert machine.all_names("PING")[-2:] == ["STOP", "BYE"]


@pytest.mark.parametrize("calls", range(1, 8))
def test_an_interrupt_at_any_wait_stops_the_machine(fake, monkeypatch, calls):
    """Ctrl-C comes while the driver waits for an answer or an event."""
    machine, waits, left = fake(), threading.Condition.wait_for, [4 * calls]

    def interrupted(condition, law, timeout=None):
        if threading.current_thread() is threading.main_thread():
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return waits(condition, law, timeout)

    def watch(driver):
        monkeypatch.setattr(threading.Condition, "wait_for", interrupted)
        list(driver.run(JOB))

    with pytest.raises(KeyboardInterrupt), connect(machine.address) as driver:
        watch(driver)
    machine.join()
    assert "STOP" in machine.names()


def test_leaving_the_context_stops_a_run_that_is_only_suspended(fake):
    machine = fake()
    with connect(machine.address) as driver:
        run = driver.run(JOB)
        next(run)
    machine.join()
    assert machine.all_names("PING")[-2:] == ["STOP", "BYE"]
    with pytest.raises(PrinterUnreachable, match="closed"):
        list(run)


def test_stop_ends_the_run_without_an_error(fake):
    machine = fake()
    said = []
    with connect(machine.address) as driver:
        for progress in driver.run(a_job([[at] for at in range(30)])):
            said.append(progress.what)
            if progress.what == "lamp-off":
                driver.stop("enough")
    assert said[-1] == "stopped"
    assert machine.all_names("PING")[-2:] == ["STOP", "BYE"]  # nothing is asked of a job that was ended


def test_stop_from_another_thread(fake):
    def rest(machine, said):
        machine.running = False
        return said

    machine = fake(tamper=at("layer-done", 0, rest))
    with connect(machine.address) as driver:
        said = []
        for progress in driver.run(JOB):
            said.append(progress.what)
            if progress.what == "layer-done":
                other = threading.Thread(target=driver.stop, args=("enough",))
                other.start()
        other.join()
    assert said[-1] == "stopped"


def test_a_mask_that_cannot_be_painted_stops_the_machine(fake):
    machine = fake(holds__masks=1)
    bad = Mask(PANEL, lambda: np.zeros((1, 1), np.uint8))
    good = Mask(PANEL, lambda: np.zeros((10, 24), np.uint8))
    with pytest.raises(SliceError), connect(machine.address) as driver:
        list(driver.run(a_job([[0], [1]], masks={0: good, 1: bad})))
    machine.join()
    assert machine.all_names("PING")[-2:] == ["STOP", "BYE"]


# Anything at all from the other side


def talk(data, then_listen=False):
    """Connect to a peer that answers HELLO with `data` and hangs up; gives the error."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve():
            wire, _ = door.accept()
            with wire, suppress(OSError):
                wire.recv(4096)
                wire.sendall(data)
                wire.shutdown(socket.SHUT_WR)
                while wire.recv(65536):
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = f"socket://127.0.0.1:{door.getsockname()[1]}"
        with pytest.raises(PrinterError) as caught, connect(address) as driver:
            list(driver.run(JOB))
        thread.join(10)
        assert not thread.is_alive()
    assert len(str(caught.value)) < 3000
    assert str(caught.value).isprintable()
    assert all(line.isprintable() and len(line) < 300 for line in caught.value.trace)
    return caught.value


WELCOME = json.dumps(welcome()).encode()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(b"HTTP/1.1 400 Bad Request\r\n\r\n")
@example(a_frame(0x81, 0, b"", length=2**32 - 1))
@example(a_frame(0x81, 0, b"", length=65537))
@example(a_frame(0x81, 0, b"[" * 4000))
@example(a_frame(0x81, 0, b'{"a":' * 800))
@example(a_frame(0x81, 0, b"9" * 4000))
@example(a_frame(0x81, 0, b'{"to":NaN}'))
@example(a_frame(0x81, 0, b"\xff"))
@example(a_frame(0x81, 0, WELCOME, flags=1))
@example(a_frame(0x7F, 0, b"{}"))
@example(a_frame(0x84, 0, b'{"event":"\\ud800\\u001b","clock_s":0}'))
def test_any_bytes_end_in_a_printer_error(data):
    talk(data)


@pytest.mark.parametrize("length", [4097, 65537, 2**32 - 1])
def test_a_length_is_refused_before_anything_is_read(length):
    fault = talk(a_frame(0x81, 0, b"", length=length))
    assert isinstance(fault, PrinterConfused)
    assert f"length={length} must be at most 4096 bytes" in str(fault)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WELCOME) + 23), st.integers(1, 255))
def test_any_flipped_bits_in_the_greeting_end_in_a_printer_error(place, bits):
    data = bytearray(a_frame(0x81, 0, WELCOME))
    data[place] ^= bits
    assert isinstance(talk(bytes(data)), PrinterConfused)


KEYS = st.sampled_from(["to", "code", "message", "event", "clock_s", "layer", "exposure", "state", "lamp", "top_nm"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2**65)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["lamp-on", "done", "stopped"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


FRAME = st.tuples(st.sampled_from(sorted(TYPES.values())), st.dictionaries(KEYS, VALUES, max_size=6))


@settings(max_examples=80, deadline=None)
@given(st.lists(FRAME, max_size=4))
def test_any_well_framed_nonsense_after_the_greeting_ends_in_a_printer_error(frames):
    data = [a_frame(0x81, 0, WELCOME)]
    data += [a_frame(number, at, json.dumps(said).encode()) for at, (number, said) in enumerate(frames, 1)]
    talk(b"".join(data))


def test_a_flood_of_events_is_bounded(monkeypatch):
    monkeypatch.setattr(_link, "UNREAD_BYTES", 10_000)
    event = json.dumps({"event": "state", "clock_s": 0, "state": "x" * 500}).encode()
    frames = [a_frame(0x81, 0, WELCOME)] + [a_frame(0x84, at, event) for at in range(1, 100)]
    assert "nobody could read" in str(talk(b"".join(frames)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_wrong_value_in_the_greeting_is_named(data):
    said = welcome()
    place, path = said, ""
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        path = f"{path}.{key}" if path else key
        if not isinstance(place[key], dict):
            break
        place = place[key]
    wrong = st.just(7) if key in ("session", "state") else st.sampled_from([{}, -1, None, True, "\x1b"])
    place[key] = data.draw(wrong)
    optional = path.endswith(("wavelength_nm", "irradiance_mw_cm2", "job")) and place[key] is None
    text_ok = isinstance(place[key], str) and path.startswith("machine.")
    if not (optional or text_ok):
        fault = talk(a_frame(0x81, 0, json.dumps(said).encode()))
        assert isinstance(fault, PrinterConfused)
        assert path in str(fault)


def test_every_missing_key_of_the_greeting_is_named_at_once():
    fault = talk(a_frame(0x81, 0, b"{}"))
    assert "protocol is missing; version is missing; session is missing" in str(fault)
    assert "and " in str(fault)


def test_the_trace_folds_what_repeats(fake):
    machine = fake(watchdog_s=0.1, tamper=at("lamp-off", 1, damaged))

    def watch(driver):
        for progress in driver.run(JOB):
            if progress.what == "layer-held" and progress.layer == 0:
                machine.wait_for(lambda names: names.count("PING") >= 12)

    with pytest.raises(PrinterConfused) as caught, connect(machine.address) as driver:
        watch(driver)
    trace = caught.value.trace
    assert len(trace) <= 20
    assert all(line[:2] in ("> ", "< ") for line in trace)
    assert sum(line.startswith("> PING") for line in trace) <= 3
