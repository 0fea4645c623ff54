"""Nobody gets in who does not belong, and nobody who tries disturbs the print that goes on."""

from __future__ import annotations

import os
import socket
import struct
import threading
import zlib
from contextlib import ExitStack, contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_host import (
    AUTH,
    CHALLENGE,
    FAULT,
    GREETING,
    HELLO,
    JOB,
    PATIENCE_S,
    PING,
    REFUSED,
    SMALL,
    START,
    STOP,
    GoneError,
    Host,
    called,
    frame,
    full,
    job_keys,
    proof,
    sealed,
    switched_on,
    wait_for,
)

from voxelyte.errors import VoxelyteError
from voxelyte.machine import session
from voxelyte.sim import serve

KEY, OTHER = bytes(range(32)), bytes(32)
QUICK = {"wait_before_exposure_s": 0.0, "lift_mm": 0.1, "lift_mm_s": 10.0, "retract_mm_s": 10.0}


def expose(host, seconds: float = 60.0, key: bytes | None = None) -> dict:
    """A print that stands in its first exposure."""
    host.hello(key)
    job = host.job()
    host.mask(0, full())
    host.layer(0, [(0, seconds, 1.0)], **QUICK)
    host.ok(START)
    host.until("lamp-on")
    return job


@contextmanager
def served(key: bytes | None = KEY, speed: float = 1.0):
    """A machine behind TCP, and its address."""
    machine, stop, told = SMALL.start(speed), threading.Event(), []
    known = threading.Event()

    def announce(text: str) -> None:
        told.append(text)
        known.set()

    options = {"key": key, "stop": stop}
    thread = threading.Thread(target=serve, args=(machine, "socket://127.0.0.1:0", announce), kwargs=options)
    thread.start()
    try:
        assert known.wait(PATIENCE_S)
        yield machine, ("127.0.0.1", int(told[0].rpartition(":")[2]))
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert not machine.lamp.lit


@contextmanager
def calling(address):
    with socket.create_connection(address, timeout=PATIENCE_S) as link:
        yield Host(link)


# -- the key --------------------------------------------------------------------------------------------------

def test_who_holds_the_key_gets_in_and_prints():
    with switched_on() as machine, called(machine, KEY) as host:
        host.hello(KEY)
        host.job()
        host.mask(0, full())
        host.layer(0)
        host.ok(START)
        host.until("state", state="done")
        assert len(machine.lamp.history) == 1


def test_every_challenge_is_another():
    nonces = set()
    for _ in range(3):
        with switched_on() as machine, called(machine, KEY) as host:
            kind, asked = host.ask(HELLO, GREETING)
            assert kind == CHALLENGE
            assert set(asked) == {"to", "nonce", "proof"}
            nonces.add(asked["nonce"])
    assert len(nonces) == 3


@pytest.mark.parametrize("wrong", [
    lambda nonce, asked: proof(OTHER, b"voxelyte host", nonce, asked["nonce"]).hex(),
    lambda nonce, asked: asked["proof"],
    lambda nonce, asked: proof(KEY, b"voxelyte host", asked["nonce"], nonce).hex(),
    lambda nonce, asked: proof(KEY, b"voxelyte session", nonce, asked["nonce"]).hex(),
    lambda nonce, asked: "00" * 32,
])
def test_a_wrong_proof_is_refused_and_the_link_closed(wrong):
    with switched_on() as machine, called(machine, KEY) as host:
        kind, asked = host.ask(HELLO, GREETING)
        kind, answer = host.ask(AUTH, {"proof": wrong(GREETING["nonce"], asked)})
        assert (kind, answer["code"]) == (REFUSED, "key")
        assert KEY.hex() not in answer["message"]
        assert host.ended() == []
        assert machine.status.outlet is None


def test_nothing_goes_between_challenge_and_proof():
    with switched_on() as machine, called(machine, KEY) as host:
        assert host.refusal(AUTH, {"proof": "00" * 32}) == "state"  # before HELLO
        host.ok(HELLO, GREETING)
        for type_, keys in ((HELLO, GREETING), (PING, None), (STOP, {"reason": ""}), (JOB, job_keys())):
            assert host.refusal(type_, keys) == "state"
        for keys in ({}, {"proof": "zz"}, {"proof": "00" * 31}, {"proof": "00" * 32, "more": 1}):
            assert host.refusal(AUTH, keys) == "field"
        assert machine.status.outlet is None


def test_a_machine_without_a_key_knows_no_auth():
    with switched_on() as machine, called(machine) as host:
        host.hello()
        assert host.refusal(AUTH, {"proof": "00" * 32}) == "unsupported"


def test_hello_needs_a_nonce_and_an_old_host_hears_of_its_version():
    old = {"protocol": "voxelyte-stream", "versions": [1], "client": "old"}
    with switched_on() as machine, called(machine) as host:
        assert host.refusal(HELLO, old) == "version"
        assert host.refusal(HELLO, old | {"versions": [2]}) == "field"
        assert host.refusal(HELLO, GREETING | {"nonce": "5a" * 31}) == "field"
        host.hello()


def in_session(machine, host) -> None:
    expose(host, 60.0, KEY)
    assert machine.lamp.lit


@pytest.mark.parametrize("forged", [
    lambda host: frame(STOP, host.sequence, b'{"reason":""}'),
    lambda host: sealed(frame(STOP, host.sequence, b'{"reason":""}'), bytes(32)),
    lambda host: sealed(frame(STOP, host.sequence, b'{"reason":""}'), host.session_key, b"M"),
    lambda host: sealed(frame(PING, host.sequence - 1), host.session_key),
    lambda host: sealed(frame(PING, host.sequence + 1), host.session_key),
    lambda host: sealed(frame(HELLO, 0, b"{}"), bytes(32)),
])
def test_a_frame_that_is_not_the_hosts_next_is_damage_and_the_print_goes_on(forged):
    with switched_on(speed=1.0) as machine:
        with called(machine, KEY) as host:
            in_session(machine, host)
            host.link.sendall(forged(host))
            told = next(keys["code"] for kind, keys in host.ended() if kind == FAULT)
            assert told in ("corrupt-frame", "sequence")
        assert machine.lamp.lit
        assert machine.state == "printing"


def test_a_whole_session_replayed_is_refused():
    """All that a host sent is recorded and sent again: the nonce is another, and so nothing of it is right."""
    sent = []

    class Recorded:
        def __init__(self, link) -> None:
            self.link, self.recv = link, link.recv

        def sendall(self, data: bytes) -> None:
            sent.append(data)
            self.link.sendall(data)

    with switched_on(speed=1.0) as machine:
        with called(machine, KEY) as host:
            host.link = Recorded(link := host.link)
            job = expose(host, 60.0, KEY)
            host.ok(STOP, {"reason": "enough"})
            host.until("state", state="stopped")
            host.link = link
        with called(machine, KEY) as replayed:
            for data in sent:
                replayed.link.sendall(data)
            kinds = [kind for kind, _ in replayed.ended()]
            assert kinds == [CHALLENGE, REFUSED]
        assert len(machine.lamp.history) == 1
        assert machine.journal.last.id == job["job"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_flipped_bit_in_an_authenticated_frame_is_damage(data):
    with switched_on() as machine, called(machine, KEY) as host:
        host.hello(KEY)
        whole = sealed(frame(STOP, host.sequence, b'{"reason":"flipped"}'), host.session_key)
        at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
        host.link.sendall(whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :])
        (kind, keys), = host.ended()
        assert (kind, keys["code"]) == (FAULT, "corrupt-frame")


def test_on_a_line_a_new_host_may_call_into_an_authenticated_session():
    """The old host was killed, and nothing ended its session; the print goes on, and the new one must prove itself too."""
    with switched_on(speed=1.0) as machine, called(machine, KEY) as host:
        in_session(machine, host)
        again = Host(host.link)
        again.hello(KEY)
        assert machine.lamp.lit
        again.ok(STOP, {"reason": "enough"})


# -- those without a session ----------------------------------------------------------------------------------

@pytest.fixture
def hurry(monkeypatch):
    """From its call on nobody may take longer than 0.3 s to get in; who is in already was not hurried."""
    return lambda: monkeypatch.setattr(session, "ENTRY_S", 0.3)


def undisturbed(machine, host) -> None:
    """The print and its host go on as if nothing were."""
    assert machine.lamp.lit
    assert host.ok(PING)["state"] == "printing"


@pytest.mark.parametrize("key", [None, KEY])
def test_a_second_host_while_printing_is_busy(key):
    with served(key) as (machine, address), calling(address) as host:
        expose(host, 60.0, key)
        for _ in range(3):
            with calling(address) as second:
                with pytest.raises(AssertionError, match="busy"):
                    second.hello(key)
                assert second.ended() == []
            undisturbed(machine, host)


def test_wrong_keys_do_not_disturb_the_print():
    with served() as (machine, address), calling(address) as host:
        expose(host, 60.0, KEY)
        for _ in range(3):
            with calling(address) as second:
                second.send(HELLO, GREETING)
                second.receive()
                second.send(AUTH, {"proof": "00" * 32})
                assert second.receive()[1]["code"] == "key"
            undisturbed(machine, host)


def is_shut(host) -> bool:
    """Whether the machine has closed a link on which it said nothing."""
    host.link.setblocking(False)
    try:
        return host.link.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_at_most_eight_wait_at_the_door():
    with served() as (machine, address), calling(address) as host:
        expose(host, 60.0, KEY)
        with ExitStack() as open_:
            crowd = [open_.enter_context(calling(address)) for _ in range(30)]
            wait_for(lambda: sum(map(is_shut, crowd)) == 22)
            undisturbed(machine, host)
            assert sum(map(is_shut, crowd)) == 22
        wait_for(lambda: threading.active_count() < 12)
        undisturbed(machine, host)
        with calling(address) as late, pytest.raises(AssertionError, match="busy"):
            late.hello(KEY)


def test_a_flood_of_callers_leaves_the_machine_as_it_was(hurry):
    with served() as (machine, address), calling(address) as host:
        expose(host, 60.0, KEY)
        hurry()
        for number in range(300):
            with suppress(OSError), calling(address) as one:
                one.link.sendall(os.urandom(50) if number % 2 else b"")
            if number % 50 == 0:
                undisturbed(machine, host)
        assert threading.active_count() < 25
        undisturbed(machine, host)
        wait_for(lambda: threading.active_count() < 12)


@pytest.mark.parametrize("sent", [b"", frame(HELLO, 0, b"{}")[:19], frame(HELLO, 0, b"x" * 4000)[:2000]])
def test_a_half_open_connection_is_closed(hurry, sent):
    with served() as (machine, address), calling(address) as host:
        expose(host, 60.0, KEY)
        hurry()
        with calling(address) as half:
            half.link.sendall(sent)
            assert [keys["code"] for _, keys in half.ended()] == ["watchdog"]
        undisturbed(machine, host)


def test_a_trickle_of_bytes_or_of_requests_does_not_keep_the_door_open(hurry):
    hurry()
    hello = frame(HELLO, 0, b'{"protocol":"voxelyte-stream"}')
    with switched_on() as machine:
        for part in ([hello[at : at + 1] for at in range(len(hello))], [frame(PING, n) for n in range(100)]):
            with called(machine, KEY) as host:
                pause, parts = threading.Event(), iter(part)
                host.link.settimeout(PATIENCE_S)
                with suppress(OSError):
                    for one in parts:
                        host.link.sendall(one)
                        pause.wait(0.02)
                assert host.ended()[-1][1]["code"] == "watchdog"


@pytest.mark.parametrize("length", [4097, 65536, 2**32 - 1])
def test_a_giant_header_without_a_session_is_refused_before_anything_is_allocated(length):
    head = struct.pack("<4sBBHII", b"VXL1", HELLO, 0, 0, 0, length)
    with served() as (machine, address), calling(address) as host:
        expose(host, 60.0, KEY)
        with calling(address) as giant:
            giant.link.sendall(head + struct.pack("<I", zlib.crc32(head)))
            assert [keys["code"] for _, keys in giant.ended()] == ["corrupt-frame"]
        undisturbed(machine, host)


@settings(max_examples=40, deadline=None)
@given(junk=st.binary(max_size=300))
def test_random_bytes_at_the_door(junk):
    with switched_on() as machine, called(machine, KEY) as host:
        host.link.sendall(junk)
        host.link.shutdown(socket.SHUT_WR)
        assert all(kind in (FAULT, REFUSED) for kind, _ in host.ended())
        assert machine.status.outlet is None


def wrong_key(one, sent) -> str:
    one.send(HELLO, GREETING)
    one.receive()
    one.send(AUTH, {"proof": "00" * 32})
    return one.receive()[1]["code"]


def second_host(one, sent) -> str:
    with pytest.raises(AssertionError, match="busy"):
        one.hello(KEY)
    return "busy"


def replayed(one, sent) -> str:
    for data in sent:
        one.link.sendall(data)
    return one.ended()[-1][1]["code"]


def giant(one, sent) -> str:
    head = struct.pack("<4sBBHII", b"VXL1", HELLO, 0, 0, 0, 2**32 - 1)
    one.link.sendall(head + struct.pack("<I", zlib.crc32(head)))
    return one.ended()[-1][1]["code"]


def junk(one, sent) -> str:
    one.link.sendall(os.urandom(50))
    return one.ended()[-1][1]["code"]


def half_open(one, sent) -> str:
    one.link.sendall(frame(HELLO, 0, b"{}")[:19])
    one.link.settimeout(0.05)
    with suppress(TimeoutError):
        one.receive()
    return "half-open"


ATTACKS = {wrong_key: "key", second_host: "busy", replayed: "key", giant: "corrupt-frame", junk: "corrupt-frame", half_open: "half-open"}


def test_a_film_is_printed_whole_whatever_is_at_the_door():
    """Every kind of stranger, from three places at once, from the first layer to the last."""
    sent, over, answers, layers = [], threading.Event(), [], 4

    def besiege(address) -> None:
        while not over.is_set():
            for attack in ATTACKS:
                with suppress(OSError, GoneError), calling(address) as one:  # the crowd at the door is shut out by the dozen
                    answers.append((attack, attack(one, sent)))

    with served(speed=15.0) as (machine, address), calling(address) as host:
        send = host.link.sendall
        host.link = Both(host.link, lambda data: (sent.append(data), send(data)))
        host.hello(KEY)
        host.job(layers=layers)
        host.mask(0, full())
        for number in range(layers):
            host.layer(number, [(0, 6.0, 1.0), (0, 2.0, 0.5)], **QUICK)
        strangers = [threading.Thread(target=besiege, args=(address,)) for _ in range(3)]
        for one in strangers:
            one.start()
        try:
            host.ok(START)
            for number in range(layers):
                host.until("layer-done", layer=number)
                host.ok(PING)
            host.until("state", state="done")
            wait_for(lambda: {attack for attack, _ in answers} == set(ATTACKS))
        finally:
            over.set()
            for one in strangers:
                one.join()
        assert [one.on_time_s for one in machine.lamp.history] == [6.0, 2.0] * layers
        assert [(one.layer, one.exposure) for one in machine.lamp.history] == [(n, k) for n in range(layers) for k in range(2)]
    assert all(answer == ATTACKS[attack] for attack, answer in answers)


class Both:
    """A link whose sending is somebody else's."""

    def __init__(self, link, sendall) -> None:
        self.recv, self.sendall = link.recv, sendall


# -- who may listen where -------------------------------------------------------------------------------------

@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "example.org"])
def test_without_a_key_a_machine_listens_on_its_own_computer_alone(host):
    machine = SMALL.start()
    with pytest.raises(VoxelyteError, match=r"must be 127\.0\.0\.1, ::1 or localhost: .* must have a key"):
        serve(machine, f"socket://{host}:0", lambda _: None)
