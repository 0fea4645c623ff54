"""Links that break, lie or end, and all kinds of listeners: the machine ends dark, its threads ended."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import zlib
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_host import (
    BYE,
    DATA,
    FAULT,
    GREETING,
    HELLO,
    LAYER,
    OK,
    PATIENCE_S,
    PING,
    REFUSED,
    REPORT,
    SMALL,
    START,
    STOP,
    WELCOME,
    GoneError,
    Host,
    assert_orderly,
    frame,
    full,
    layer_keys,
    machine_and_host,
    mask_keys,
    wait_for,
)

from voxelyte.errors import VoxelyteError
from voxelyte.machine.faults import faults_of
from voxelyte.sim import serve

QUICK = {"wait_before_exposure_s": 0.0, "lift_mm": 0.1, "lift_mm_s": 10.0, "retract_mm_s": 10.0}
DARK = replace(SMALL, on_link_loss="dark")
"""Ends dark with its link, as version 1 did; what the others do is in test_machine_resume.py."""
HASTY = replace(DARK, watchdog_s=0.5)


def expose(host, seconds: float = 60.0) -> None:
    """A print that stands in its first exposure."""
    host.hello()
    host.job(layers=2)
    host.mask(0, full())
    host.layer(0, [(0, seconds, 1.0)], **QUICK)
    host.ok(START)
    host.until("lamp-on")


def faults(frames: list[tuple[int, dict]]) -> list[str]:
    return [keys["code"] for kind, keys in frames if kind == FAULT]


BITS = range(37)
"""Every byte of a STOP frame."""

# -- damage -----------------------------------------------------------------------------------------------------

def with_bit_flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


@pytest.mark.parametrize(("damage", "code"), [
    (lambda n: frame(PING, n + 1), "sequence"),
    (lambda n: frame(PING, n - 1), "sequence"),
    (lambda n: frame(PING, n, flags=1), "corrupt-frame"),
    (lambda n: frame(PING, n, reserved=1), "corrupt-frame"),
    (lambda n: b"\0" * 24, "corrupt-frame"),
    *[(lambda n, at=at: with_bit_flipped(frame(STOP, n, b'{"reason":""}'), at), "corrupt-frame") for at in BITS],
])
def test_a_damaged_frame_in_mid_exposure_is_a_fault_in_the_dark(damage, code):
    with machine_and_host(DARK, speed=10.0) as (machine, host):
        expose(host)
        host.link.sendall(damage(host.sequence))
        assert faults(host.ended()) == [code]
        assert not machine.lamp.lit
        wait_for(lambda: machine.state == "stopped")


def test_a_giant_length_is_refused_from_its_header():
    with machine_and_host() as (_, host):
        host.hello()
        head = struct.pack("<4sBBHII", b"VXL1", DATA, 0, 0, host.sequence, 2**32 - 1)
        host.link.sendall(head + struct.pack("<I", zlib.crc32(head)))
        assert faults(host.ended()) == ["corrupt-frame"]


@settings(max_examples=60, deadline=None)
@given(junk=st.binary(min_size=20, max_size=300), greeted=st.booleans())
def test_random_bytes_end_in_the_dark(junk, greeted):
    with machine_and_host() as (machine, host):
        if greeted:
            host.hello()
        host.link.sendall(junk)
        assert faults(host.ended()) == ["corrupt-frame"]
        assert machine.lamp.history == ()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
KEYS = st.sampled_from(
    ["job", "mask", "layer", "exposures", "reason", "panel", "bytes", "motion", "count", "from_layer"]
)
LAYER_KEYS = st.sampled_from(["layer", "thickness_nm", "top_nm", "motion", "exposures"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(2, 10), st.dictionaries(KEYS, values)), max_size=8))
def test_sound_frames_with_strange_keys_are_answered_each(requests):
    with machine_and_host() as (_, host):
        host.hello()
        for type_, keys in requests:
            kind, _ = host.ask(type_, keys)
            assert kind in (OK, REFUSED) or type_ in (PING, REPORT)
        host.ok(PING)


@settings(max_examples=100, deadline=None)
@given(changes=st.lists(LAYER_KEYS, max_size=3), value=values)
def test_a_strange_layer_is_refused_by_name(changes, value):
    with machine_and_host() as (_, host):
        host.hello()
        host.job()
        host.mask(0, full())
        kind, answer = host.ask(LAYER, layer_keys(0) | dict.fromkeys(changes, value))
        assert kind == REFUSED or layer_keys(0) == layer_keys(0) | dict.fromkeys(changes, value)
        assert kind == OK or any(name in answer["message"] for name in changes)


# -- ends -------------------------------------------------------------------------------------------------------

def test_a_lost_link_in_mid_exposure_is_dark():
    with machine_and_host(DARK, speed=1.0) as (machine, host):
        expose(host)
        host.link.close()
        wait_for(lambda: machine.state == "stopped")
        assert machine.lamp.history[0].on_time_s < 30


def test_a_silent_host_is_left_by_the_watchdog():
    with machine_and_host(HASTY, speed=10.0) as (machine, host):
        expose(host)
        assert faults(host.ended()) == ["watchdog"]
        assert not machine.lamp.lit


def test_half_a_frame_is_no_sign_of_life_for_ever():
    with machine_and_host(HASTY) as (_, host):
        host.hello()
        host.link.sendall(frame(PING, 1)[:10])
        assert faults(host.ended()) == ["watchdog"]


def test_a_host_that_sends_something_keeps_its_session():
    with machine_and_host(HASTY) as (_, host):
        host.hello()
        pause = threading.Event()
        for _ in range(6):
            pause.wait(HASTY.watchdog_s / 4)
            host.ok(PING)


def test_a_host_that_never_reads_cannot_keep_the_lamp_on():
    with machine_and_host(HASTY, speed=10.0) as (machine, host):
        expose(host, 5.0)
        sent = host.sequence
        host.link.settimeout(0.2)
        with suppress(OSError):  # a timeout, or the closed link
            while sent < 10**7:
                host.link.sendall(b"".join(frame(PING, sent + i) for i in range(1000)))
                sent += 1000
        assert sent < 10**7
        wait_for(lambda: not machine.lamp.lit)


def test_bye_ends_the_session_and_the_next_one_finds_the_machine_idle():
    with machine_and_host() as (_, host):
        host.hello()
        host.ok(BYE)
        assert host.ended() == []


# -- faults on request ------------------------------------------------------------------------------------------

def run(host, layers: int = 3) -> list[tuple[int, dict]]:
    """All frames from START on, of a job of a few layers."""
    host.hello()
    host.job(layers=layers)
    host.mask(0, full())
    for layer in range(layers):
        host.layer(layer)
    host.send(START)
    frames = []
    try:
        while not frames or frames[-1][1].get("event") not in ("done", "stopped"):
            frames.append(host.receive())
    except GoneError:
        frames.append((0, {}))
    return frames


def test_drop_link():
    with machine_and_host(DARK, fault="drop-link@1") as (machine, host):
        assert run(host)[-1] == (0, {})
        wait_for(lambda: machine.state == "stopped")
        assert [(one.layer, one.on_time_s) for one in machine.lamp.history] == [(0, 6.0), (1, 3.0)]


def test_own_trouble():
    with machine_and_host(fault="fault@1") as (machine, host):
        frames = run(host)
        assert faults(frames) == ["machine"]
        assert "too hot" in frames[-2][1]["message"]
        assert [one.on_time_s for one in machine.lamp.history] == [6.0, 3.0]


def test_corrupt():
    with machine_and_host(fault="corrupt@1") as (_, host), pytest.raises((AssertionError, struct.error)):
        run(host)


def test_mute():
    with machine_and_host(HASTY, fault="mute@1") as (machine, host):
        frames = run(host)
        assert [keys["layer"] for _, keys in frames if keys.get("event") == "lamp-on"] == [0, 1]
        assert not any(keys.get("event") == "done" for _, keys in frames)
        assert not machine.lamp.lit


def test_refuse():
    with machine_and_host(fault="refuse@1") as (_, host):
        host.hello()
        host.job(layers=2)
        host.mask(0, full())
        host.layer(0)
        assert host.refusal(LAYER, layer_keys(1)) == "unsupported"


def test_wrong_panel_and_old_version():
    with machine_and_host(fault="wrong-panel") as (_, host):
        assert host.hello()["panel"]["width_px"] == SMALL.width_px // 2
    with machine_and_host(fault="old-version") as (_, host):
        assert host.refusal(HELLO, GREETING) == "version"


@pytest.mark.parametrize(("text", "law"), [
    ("drop-lnik@2", "did you mean 'drop-link'"), ("drop-link", "drop-link@LAYER"), ("mute@x", "mute@LAYER"),
    ("mute@-1", "mute@LAYER"), ("slow-link:1", "at least 300"), ("slow-link@9600", "slow-link:BAUD"),
    ("wrong-panel@1", "alone"), ("@", "no fault"),
])
def test_faults_that_nobody_knows(text, law):
    with pytest.raises(VoxelyteError, match=law):
        faults_of(text)


# -- the embedded machine ---------------------------------------------------------------------------------------

class Port:
    """A pyserial port as the test's host wants its link."""

    def __init__(self, port) -> None:
        self.port, self.sendall, self.close = port, port.write, port.close

    def recv(self, _: int) -> bytes:
        return self.port.read(1)


@contextmanager
def embedded(query: str):
    if "voxelyte.sim" not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append("voxelyte.sim")
    address = f"sim://asiga-max?width_px=12&height_px=8&pitch_um=50{query}"
    port = serial.serial_for_url(address, timeout=PATIENCE_S)
    try:
        yield port, Host(Port(port))
    finally:
        port.close()
        assert_orderly(port.machine)


def sim_threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("voxelyte-sim")]


def test_an_embedded_machine_prints_and_ends_with_its_port():
    with embedded("&speed=inf") as (port, host):
        host.hello()
        host.job()
        host.mask(0, full())
        host.layer(0)
        host.ok(START)
        host.until("done")
        assert port.machine.vat.dose(0).max() == pytest.approx(54.0)
    assert sim_threads() == []


def test_closing_the_port_in_mid_exposure_is_dark():
    with embedded("&speed=1") as (port, host):
        expose(host)
        port.close()
        assert not port.machine.lamp.lit
        assert sim_threads() == []


def test_a_slow_link_is_as_slow_as_its_baud():
    with embedded("&speed=inf&fault=slow-link:9600") as (_, host):
        host.hello()
        elapsed = threading.Event()
        threading.Timer(0.4, elapsed.set).start()
        for _ in range(30):  # 30 frames of 24 bytes are 0.75 s of 9600 baud
            host.send(PING)
        for _ in range(30):
            host.answer()
        assert elapsed.is_set()


@pytest.mark.parametrize(("url", "law"), [
    ("sim://asiga-mx", "did you mean 'asiga-max'"),
    ("sim://", "known: asiga-max"),
    ("sim://_design", "known: asiga-max"),
    ("sim://asiga-max/path", "must be sim://"),
    ("sim://asiga-max?sped=1", "did you mean 'speed'"),
    ("sim://asiga-max?speed=fast", "must be a number"),
    ("sim://asiga-max?speed=0", "greater than 0"),
    ("sim://asiga-max?speed=nan", "greater than 0"),
    ("sim://asiga-max?width_px=0", "width_px=0"),
    ("sim://asiga-max?width_px=1.5", "whole number"),
    ("sim://asiga-max?pitch_um=nan", "pitch_um"),
    ("sim://asiga-max?fault=nonsense", "no fault"),
])
def test_addresses_that_are_wrong(url, law):
    if "voxelyte.sim" not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append("voxelyte.sim")
    with pytest.raises(serial.SerialException, match=law):
        serial.serial_for_url(url)


# -- listeners --------------------------------------------------------------------------------------------------

@contextmanager
def served(address: str, design=SMALL, speed: float = float("inf")):
    """A served machine and the address it announced."""
    machine, stop, told, known = design.start(speed), threading.Event(), [], threading.Event()

    def announce(text: str) -> None:
        told.append(text)
        known.set()

    thread = threading.Thread(target=serve, args=(machine, address, announce), kwargs={"stop": stop})
    thread.start()
    try:
        assert known.wait(PATIENCE_S)
        yield machine, told[0]
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert_orderly(machine)
        assert sim_threads() == []


@contextmanager
def called(address: str):
    host, port = address.removeprefix("socket://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as link:
        yield Host(link)


def film(host) -> dict:
    host.hello()
    host.job(layers=2)
    host.mask(0, full())
    host.layer(0)
    host.layer(1)
    host.ok(START)
    done = host.until("done")
    host.until("state", state="done")
    host.ok(BYE)
    return done


def test_tcp_serves_one_session_after_another():
    with served("socket://127.0.0.1:0") as (machine, address):
        for _ in range(3):
            with called(address) as host:
                assert film(host)["exposures"] == 2
                assert host.ended() == []
        assert len(machine.lamp.history) == 6


def test_tcp_refuses_a_second_host_while_it_has_one():
    with served("socket://127.0.0.1:0", DARK, speed=1.0) as (machine, address), called(address) as first:
        expose(first)
        for _ in range(3):
            with called(address) as second:
                second.send(HELLO, GREETING)
                kind, keys = second.receive()
                assert (kind, keys["code"]) == (REFUSED, "busy")
                assert second.ended() == []
            first.ok(PING)
        assert machine.lamp.lit
        first.link.close()
        wait_for(lambda: machine.state == "stopped")


def test_a_reset_connection_in_mid_exposure_is_dark():
    with served("socket://127.0.0.1:0", DARK, speed=1.0) as (machine, address), called(address) as host:
        expose(host)
        host.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        host.link.close()
        wait_for(lambda: machine.state == "stopped")


def test_a_caller_that_says_nothing_does_not_keep_the_machine():
    with served("socket://127.0.0.1:0", HASTY) as (_, address):
        with called(address) as silent:
            assert faults(silent.ended()) == ["watchdog"]
        with called(address) as host:
            film(host)


@pytest.mark.parametrize(("address", "law"), [
    ("socket://0.0.0.0:0", "must be 127.0.0.1"),
    ("socket://example.org:1", "must be 127.0.0.1"),
    ("socket://127.0.0.1", "HOST:PORT"),
    ("socket://127.0.0.1:99999", "[Pp]ort"),
    ("sockt://127.0.0.1:0", "did you mean 'socket'"),
    ("pty:/dev/x", "pty: alone"),
    ("serial:///dev/nowhere", "cannot be opened"),
    ("serial:///dev/null?buad=1", "did you mean 'baud'"),
    ("serial:///dev/null?baud=x", "baud=x"),
])
def test_listeners_that_are_wrong(address, law):
    machine = SMALL.start()
    with pytest.raises(VoxelyteError, match=law):
        serve(machine, address, lambda _: None)
    assert machine.off.is_set()


def test_a_machine_that_others_can_reach_has_a_key():
    stop, told = threading.Event(), []
    machine = SMALL.start()

    def announce(text: str) -> None:
        told.append(text)
        stop.set()

    serve(machine, "socket://0.0.0.0:0", announce, key=bytes(32), stop=stop)
    assert told[0].startswith("socket://0.0.0.0:")


@contextmanager
def line(path: str):
    port = serial.Serial(path, timeout=PATIENCE_S)
    try:
        yield Host(Port(port))
    finally:
        port.close()


def test_a_pseudo_terminal_serves_one_session_after_another():
    with served("pty:") as (machine, path):
        for _ in range(2):
            with line(path) as host:
                film(host)
        assert len(machine.lamp.history) == 4


def test_a_line_is_searched_for_a_hello():
    with served("pty:") as (_, path), line(path) as host:
        host.link.sendall(b"noise VXL1" + frame(PING, 0) + frame(HELLO, 5) + frame(HELLO, 0)[:17])
        film(host)


def test_a_hello_within_a_session_begins_a_new_one_in_the_dark():
    with served("pty:", DARK, speed=1.0) as (machine, path), line(path) as host:
        expose(host)
        again = Host(host.link)
        again.send(HELLO, GREETING)
        wait_for(lambda: not machine.lamp.lit)
        bytes_ = b""
        while (at := bytes_.find(b"VXL1" + bytes([WELCOME]))) < 0 or len(bytes_) < at + 12:
            bytes_ += host.link.recv(1)
        assert struct.unpack_from("<I", bytes_, at + 8) == (0,)
        wait_for(lambda: machine.state == "idle")


def test_a_hello_swallowed_by_half_a_frame_is_found_again():
    with served("pty:", HASTY) as (_, path):
        with line(path) as host:
            host.hello()
            head = struct.pack("<4sBBHII", b"VXL1", DATA, 0, 0, 1, 4096)
            host.link.sendall(head + struct.pack("<I", zlib.crc32(head)))
        with line(path) as host:
            host.send(HELLO, GREETING)
            bytes_ = b""
            while b"VXL1" + bytes([WELCOME]) not in bytes_:
                bytes_ += host.link.recv(1)


def test_a_serial_port_serves_too():
    ours, its = os.openpty()
    try:
        os.set_blocking(ours, True)

        class Wire:
            def sendall(self, data: bytes) -> None:
                os.write(ours, data)

            def recv(self, count: int) -> bytes:
                return os.read(ours, count)

        with served(f"serial://{os.ttyname(its)}?baud=115200") as (_, address):
            assert address.endswith("?baud=115200")
            film(Host(Wire()))
    finally:
        os.close(ours)
        os.close(its)


SERVING = """
from voxelyte.sim import serve
from voxelyte.sim.asiga_max import MACHINE
machine = MACHINE.with_panel(width_px=12, height_px=8, pitch_um=50.0).start(speed=1.0)
serve(machine, "socket://127.0.0.1:0", lambda text: print(text, flush=True))
print(machine.lamp.lit, [one.on_time_s < 30 for one in machine.lamp.history], flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_serving_process_in_the_dark(number):
    process = subprocess.Popen([sys.executable, "-c", SERVING], stdout=subprocess.PIPE, text=True)
    try:
        with called(process.stdout.readline().strip()) as host:
            expose(host)
            process.send_signal(number)
            frames = host.ended()
        assert process.stdout.read().strip() == "False [True]"
        assert process.wait(PATIENCE_S) == 0
        assert faults(frames) == []
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_masks_announced_and_never_sent_are_dropped_with_the_job():
    with machine_and_host() as (_, host):
        host.hello()
        for _ in range(3):
            host.job()
            for number in range(8):
                host.ok(3, mask_keys(number, b"x" * 100, (8, 12)))
            host.ok(STOP, {"reason": "no"})
            host.until("state", state="stopped")
