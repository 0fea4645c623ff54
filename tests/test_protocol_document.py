"""docs/stream-protocol.md, the driver and the machine say the same: types, codes, bytes, events, states, examples."""

import hmac
import json
import re
import struct
import zlib
from pathlib import Path
from typing import get_args

from voxelyte.drivers import _answers, _auth, _events, _frames, _said
from voxelyte.machine import _callers, session
from voxelyte.machine import _frames as its_frames
from voxelyte.machine import machine as its
from voxelyte.machine._history import History
from voxelyte.machine.auth import Challenge, challenge, mac
from voxelyte.machine.design import Design
from voxelyte.members import member

TEXT = (Path(__file__).parents[1] / "docs" / "stream-protocol.md").read_text(encoding="utf-8")


def section(title):
    """The part of the document under the heading that begins with `title`."""
    found = re.search(rf"^#+ {re.escape(title)}.*?\n(.*?)(?=^#)", TEXT + "\n#", re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def rows(text):
    """The body rows of the tables in `text`."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    told = [line for line in lines if not re.match(r"\|[-| ]+\|$", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in told]


def names(text):
    return re.findall(r"`([^`]+)`", text)


def example(title):
    """The JSON under a heading."""
    return json.loads(re.search(r"```json\n(.*?)```", section(title), re.DOTALL)[1])


ITS_NAMES = {"REPORTED": "REPORT", "HISTORY_TOLD": "HISTORY"}
"""Answers that are called as their request."""
NO_TYPES = ("HEADER_BYTES", "FIRST_PAYLOAD_BYTES", "AUTHENTICATED", "MAC_BYTES")


def test_message_types():
    for title, table, answers in (("Requests", _frames.REQUESTS, False), ("Answers and events", _frames.ANSWERS, True)):
        told = {names(row[1])[0]: int(row[0], 16) for row in rows(section(title))[1:]}
        assert told == table
        numbers = {key: value for key, value in vars(its_frames).items() if key.isupper() and type(value) is int}
        own = {key: n for key, n in numbers.items() if key not in NO_TYPES and (n >= 0x80) == answers}
        assert told == {ITS_NAMES.get(key, key): n for key, n in own.items()}


def test_codes_of_refusals():
    told = [code for row in rows(section("5. Codes"))[1:] for code in names(row[0])]
    assert sorted(told) == sorted(_frames.CODES)
    assert len(set(told)) == len(told)


def test_frame_layout():
    """A frame is cut by the table's own offsets."""
    offsets = [(row[0], row[1], row[2]) for row in rows(section("2. Frames"))[1:]]
    assert [at for at, *_ in offsets] == ["0", "4", "5", "6", "8", "12", "16", "20", "20 + n", "24 + n"]
    assert [size for _, size, _ in offsets] == ["4", "1", "1", "2", "4", "4", "4", "n", "4", "32"]
    data = _frames.frame("LAYER", 0x01020304, b"{}")
    assert data[:4] == bytes.fromhex(names(offsets[0][2])[0].replace(" ", "")) == b"VXL1"
    assert (data[4], data[5], data[6:8]) == (_frames.REQUESTS["LAYER"], 0, b"\0\0")
    assert struct.unpack("<II", data[8:16]) == (0x01020304, 2)
    assert data[16:20] == struct.pack("<I", zlib.crc32(data[:16]))
    assert data[20:] == b"{}" + struct.pack("<I", zlib.crc32(b"{}"))
    assert _frames.frame("PING", 0)[-4:] == b"\0\0\0\0"


def test_authenticated_frames():
    """Flag bit 0, and HMAC-SHA-256 over direction, header and payload; both sides agree with the document's formula."""
    key = bytes(range(32))
    data = _frames.frame("PING", 7, b"{}", key)
    assert (data[5], len(data)) == (1, 24 + 2 + 32)
    assert data[-32:] == hmac.digest(key, b"H" + data[:20] + b"{}", "sha256") == mac(key, b"H", data[:20] + b"{}")
    its_own = its_frames.packed(its_frames.OK, 7, b"{}", key)
    assert its_own[-32:] == hmac.digest(key, b"M" + its_own[:20] + b"{}", "sha256")


def test_proofs_are_those_of_the_document():
    key, hosts = bytes(range(32)), bytes(range(32, 64))
    asked = challenge(key, hosts.hex())
    words = re.findall(r'HMAC\(key, "([^"]+)" ‖ Nh ‖ Nm\)', section("2.1 Authentication"))
    assert words == ["voxelyte machine", "voxelyte host", "voxelyte session"]
    machine, host, session = (hmac.digest(key, word.encode() + hosts + asked.nonce, "sha256") for word in words)
    assert asked.keys == {"nonce": asked.nonce.hex(), "proof": machine.hex()}
    assert asked.session_key(host.hex()) == session
    for word, proof in zip(("machine", "host", "session"), (machine, host, session), strict=True):
        assert _auth.derived(key, word, hosts, asked.nonce) == proof


def test_the_worked_example_of_authentication():
    """The document's own numbers, made by the machine's side and by the driver."""
    lines = re.findall(r"^(machine's proof|host's proof|session key|PING, sequence 2) +(.+)$", TEXT, re.MULTILINE)
    told = {name: bytes.fromhex(digits) for name, digits in lines}
    key, hosts, machines = (bytes(range(at, at + 32)) for at in (0, 32, 64))
    asked = Challenge(key, hosts, machines)
    assert bytes.fromhex(asked.keys["proof"]) == told["machine's proof"]
    session_key = asked.session_key(told["host's proof"].hex())
    assert session_key == told["session key"] == _auth.derived(key, "session", hosts, machines)
    assert _frames.frame("PING", 2, b"", session_key) == told["PING, sequence 2"]
    reader = its_frames.FrameReader()
    reader.key, reader._next = session_key, 2
    reader.feed(told["PING, sequence 2"])
    assert reader.take() == its_frames.Frame(its_frames.PING, 2, b"")


def test_states_of_the_diagram():
    drawn = set(re.findall(r"[a-z]+", re.search(r"```\n(.*?)```", section("4. Order of a job"), re.DOTALL)[1]))
    assert set(its.LOADS) | set(its.FREE) <= drawn


def test_events_and_their_keys():
    every = get_args(_events.Event)
    models = {get_args(model.model_fields["event"].annotation)[0]: model for model in every}
    told = {names(row[0])[0]: set(names(row[1])) for row in rows(section("3.3 EVENT"))[1:]}
    assert told == {word: set(model.model_fields) - {"event", "clock_s"} for word, model in models.items()}


def test_the_greeting_of_the_document_can_be_read():
    said = example("3.1 WELCOME")
    machine = _said.read(_answers.Machine, "WELCOME", said)
    assert (machine.name, machine.panel.width_px, machine.holds.masks) == ("asiga-max", 1920, 32)
    assert machine.job.job == "film-7"
    for key in said.keys() - {"wavelength_nm", "irradiance_mw_cm2", "to"}:
        assert key in _answers.Machine.model_fields or key == "machine"


def test_the_greeting_of_the_machine_is_that_of_the_document():
    design: Design = member("sim", "asiga-max")
    said = example("3.1 WELCOME")
    own = design.welcome(said["session"], said["state"], said["job"])
    assert own | {"to": 0} == said


def test_the_report_of_the_document_can_be_read():
    said = example("6. REPORT")
    page = _said.read(_answers.ReportPage, "REPORT", said)
    assert set(said["layers"][0]) == set(type(page.layers[0]).model_fields)
    assert set(said) - {"to"} == set(_answers.ReportPage.model_fields)


def test_the_way_back_of_the_document_can_be_read():
    said = example("4.3 RESUME")
    assert _said.read(_answers.Resumed, "RESUMED", said).cut.on_time_s == 2.31
    assert set(said) - {"to"} == set(_answers.Resumed.model_fields)
    assert {name for row in rows(section("4.3 RESUME"))[1:] for name in names(row[0])} == set(said) - {"to"}


def test_the_history_of_the_document_can_be_read_and_is_what_a_journal_tells():
    said = example("4.4 HISTORY")
    page = _said.read(_answers.HistoryPage, "HISTORY", said)
    assert [one.exposures[0].on_time_s for one in page.layers] == [6.0, None]
    history = History({"job": "film-7", "layers": 5})
    for layer in range(3):
        lit = {"what": "lit", "layer": layer, "top_nm": layer + 1, "exposure": 0, "asked_s": 6.0, "again": False}
        dark = {"what": "dark", "layer": layer, "exposure": 0, "on_time_s": 6.0, "whole": True}
        for record in (lit, dark, {"what": "layer", "layer": layer, "top_nm": layer + 1}) if layer < 2 else (lit,):
            history.take(record)
    assert history.told(1, 100) == said["layers"]


def test_the_limits_of_the_document():
    assert f"n is at most {_frames.FIRST_LIMIT_BYTES} until `WELCOME`" in TEXT
    assert _frames.FIRST_LIMIT_BYTES == its_frames.FIRST_PAYLOAD_BYTES
    assert f"at most {_callers.MOST_WAITING} connections may be without a session" in TEXT
    assert f"no session within {session.ENTRY_S:g} s" in TEXT
