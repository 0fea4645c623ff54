"""A machine that is kept from strangers: proofs first, then a seal on every frame in both directions."""

import json
import secrets
import threading
from contextlib import ExitStack

import pytest
from driver_fake import TYPES, Fake, a_frame, a_job, keeping, welcome

from voxelyte.drivers import _printing, connect
from voxelyte.drivers._auth import derived, seal
from voxelyte.errors import PrinterConfused, PrinterRefused, PrinterUnreachable, RecipeError, VoxelyteError

KEY, OTHER = bytes(range(32)), bytes(32)
JOB = a_job([[0], [1], [0]])


@pytest.fixture(autouse=True)
def _no_thread_left():
    yield
    assert [one.name for one in threading.enumerate() if one.name.startswith("voxelyte-")] == []


@pytest.fixture
def fake():
    with ExitStack() as stack:
        yield lambda make=Fake, **how: stack.enter_context(make(**how))


def test_the_proofs_and_seals_are_those_of_the_document():
    """HMAC-SHA-256 over what protocol version 2 names, computed by another program (openssl dgst -sha256 -mac HMAC)."""
    assert derived(KEY, "machine", b"\x01" * 32, b"\x02" * 32).hex() == PROOF
    assert seal(KEY, b"H", bytes(20), b"{}").hex() == SEAL


PROOF = "7f9115d13b2bf321affe73d186a4d9a18a72d248f9ac143fd3d6aaebbeb604fc"
SEAL = "8938bf3c59a448fdd54e480faaa3c1d36c823f6a4788e405faee36ea92f486c1"


def test_a_job_prints_with_every_frame_sealed(fake):
    machine = fake(key=KEY)
    with connect(machine.address, KEY) as driver:
        assert [p.what for p in driver.run(JOB)].count("done") == 1
    machine.join()
    assert machine.names("PING")[:3] == ["HELLO", "AUTH", "JOB"]


def test_the_key_is_read_from_a_file_that_the_address_names(fake, tmp_path):
    file = tmp_path / "key"
    file.write_text(f"voxelyte-key-1 {KEY.hex()}\n", encoding="ascii")
    file.chmod(0o600)
    machine = fake(key=KEY)
    with connect(f"{machine.address}?key={file}") as driver:
        assert driver.status().state == "idle"


def test_a_key_file_that_is_wrong_is_wrong_input(tmp_path):
    file = tmp_path / "key"
    file.write_text("voxelyte-key-1 secret", encoding="ascii")
    file.chmod(0o600)
    with pytest.raises(VoxelyteError, match="64 hex") as caught:
        connect(f"socket://127.0.0.1:1?key={file}")
    assert "secret" not in str(caught.value)
    with pytest.raises(RecipeError, match="must name one file"):
        connect("socket://127.0.0.1:1?key=")


def test_each_session_has_nonces_of_its_own(fake):
    nonces = []
    for _ in range(2):
        machine = fake(key=KEY)
        with connect(machine.address, KEY):
            pass
        nonces.append(machine.frames[0][2]["nonce"])
    assert nonces[0] != nonces[1]


def refused(machine, key, text):
    with pytest.raises(PrinterRefused, match=text) as caught, connect(machine.address, key):
        pass
    machine.join()
    assert caught.value.code == "key"
    assert KEY.hex() not in str(caught.value) + str(caught.value.trace)


def test_a_machine_with_another_key_is_not_believed(fake):
    machine = fake(key=OTHER)
    refused(machine, KEY, "does not know the key: its proof is wrong")
    assert machine.names() == ["HELLO"]  # no proof of ours goes to a stranger


def test_a_machine_that_asks_for_no_proof_is_not_believed(fake):
    machine = fake()
    refused(machine, KEY, "asked for no proof")
    assert machine.names() == ["HELLO"]


def test_a_host_without_a_key_says_what_is_wanted(fake):
    refused(fake(key=KEY), None, "this machine wants a key: --key FILE")


def test_a_refused_proof_is_told_though_it_is_not_sealed(fake):
    def refuse(machine, name, said):
        if name == "AUTH":
            machine.send("REFUSED", to=1, code="key", message="wrong proof")
            raise EOFError
        return False

    refused(fake(key=KEY, before=refuse), KEY, "wrong proof")


def test_a_machine_that_is_busy_is_heard(fake):
    def busy(machine, name, said):
        if name == "AUTH":
            machine._welcome = lambda: machine.send("REFUSED", to=1, code="busy", message="printing")
        return False

    with pytest.raises(PrinterRefused, match="printing") as caught, connect(fake(key=KEY, before=busy).address, KEY):
        pass
    assert caught.value.code == "busy"


def forged(how):
    """At layer 1's `lamp-off` something else goes out, once."""
    left = [1]

    def tamper(machine, said):
        if not left or (said["event"], said.get("layer")) != ("lamp-off", 1):
            return said
        left.clear()
        return how(machine, said)

    return tamper


def unsealed(machine, said):
    machine.send_raw(a_frame(TYPES["EVENT"], machine.sequence, json.dumps(said).encode()))


def sealed_by_another(machine, said):
    machine.send_raw(a_frame(TYPES["EVENT"], machine.sequence, json.dumps(said).encode(), key=OTHER))


def replayed(machine, said):
    """A sealed frame of before, in the place of the next."""
    machine.sequence -= 1
    machine.send("EVENT", **said)


def of_another_session(machine, said):
    key = machine.session_key
    machine.session_key = secrets.token_bytes(32)
    machine.send("EVENT", **said)
    machine.session_key = key


def changed_after_sealing(machine, said):
    honest = a_frame(TYPES["EVENT"], machine.sequence, json.dumps(said).encode(), key=machine.session_key)
    false = a_frame(TYPES["EVENT"], machine.sequence, json.dumps(said | {"on_time_s": 9.0}).encode())
    machine.send_raw(false[:5] + b"\x01" + false[6:] + honest[-32:])


FORGERIES = [unsealed, sealed_by_another, replayed, of_another_session, changed_after_sealing]


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_frame_ends_the_session(fake, how):
    machine = fake(key=KEY, tamper=forged(how))
    with pytest.raises(PrinterConfused), connect(machine.address, KEY) as driver:
        list(driver.run(JOB))
    assert machine.all_names("PING")[-1] == "STOP"  # sealed too: the fake checks every frame


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_frame_costs_a_print_no_more_than_a_new_session(fake, how, monkeypatch):
    monkeypatch.setattr(_printing, "FIRST_PAUSE_S", 0.01)
    machine = fake(keeping, key=KEY, tamper=forged(how))
    with connect(machine.address, KEY) as driver:
        said = list(driver.run(JOB))
    assert [(p.layer, p.what) for p in said if p.what.startswith("lamp")] == [
        (at, what) for at in range(3) for what in ("lamp-on", "lamp-off")
    ]
    assert machine.sessions == 2
    assert all(p.on_time_s != 9 for p in said)


def test_a_session_without_a_key_takes_no_sealed_frame(fake):
    def sealed(machine, said):
        machine.send_raw(a_frame(TYPES["EVENT"], machine.sequence, json.dumps(said).encode(), key=OTHER))

    with pytest.raises(PrinterConfused, match="sealed"), connect(fake(tamper=forged(sealed)).address) as driver:
        list(driver.run(JOB))


def test_a_challenge_that_cannot_be_read(fake):
    def bad(machine, name, said):
        machine.send("CHALLENGE", nonce="00" * 31, proof="zz" * 32)
        return True

    with pytest.raises(PrinterConfused, match=r"CHALLENGE cannot be read: .*nonce"), connect(fake(before=bad).address, KEY):
        pass


def test_the_stranger_that_hangs_up_after_the_proof(fake):
    def gone(machine, name, said):
        if name == "AUTH":
            raise EOFError
        return False

    with pytest.raises(PrinterUnreachable), connect(fake(key=KEY, before=gone).address, KEY):
        pass


def test_a_welcome_that_was_put_in_before_the_proof_is_no_welcome(fake):
    def meddle(machine, name, said):
        if name != "HELLO":
            return False
        machine._hello(0, said)
        machine.send_raw(a_frame(TYPES["WELCOME"], 1, json.dumps(welcome()).encode()))
        return True

    with pytest.raises(PrinterConfused, match="not sealed"), connect(fake(key=KEY, before=meddle).address, KEY):
        pass
