"""docs/stream-protocol.md and the driver's codec say the same: types, codes, bytes, events, greeting, report."""

import json
import re
import struct
import zlib
from pathlib import Path
from typing import get_args

from voxelyte.drivers import _answers, _frames

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


def test_message_types():
    for title, table in (("Requests", _frames.REQUESTS), ("Answers and events", _frames.ANSWERS)):
        told = {names(row[1])[0]: int(row[0], 16) for row in rows(section(title))[1:]}
        assert told == table


def test_codes_of_refusals():
    told = [code for row in rows(section("5. Codes"))[1:] for code in names(row[0])]
    assert sorted(told) == sorted(_frames.CODES)
    assert len(set(told)) == len(told)


def test_frame_layout():
    """A frame is cut by the table's own offsets."""
    offsets = [(row[0], row[1], row[2]) for row in rows(section("2. Frames"))[1:]]
    assert [at for at, *_ in offsets] == ["0", "4", "5", "6", "8", "12", "16", "20", "20 + n"]
    assert [size for _, size, _ in offsets] == ["4", "1", "1", "2", "4", "4", "4", "n", "4"]
    data = _frames.frame("LAYER", 0x01020304, b"{}")
    assert data[:4] == bytes.fromhex(names(offsets[0][2])[0].replace(" ", "")) == b"VXL1"
    assert (data[4], data[5], data[6:8]) == (_frames.REQUESTS["LAYER"], 0, b"\0\0")
    assert struct.unpack("<II", data[8:16]) == (0x01020304, 2)
    assert data[16:20] == struct.pack("<I", zlib.crc32(data[:16]))
    assert data[20:] == b"{}" + struct.pack("<I", zlib.crc32(b"{}"))
    assert _frames.frame("PING", 0)[-4:] == b"\0\0\0\0"


def test_events_and_their_keys():
    every = get_args(_answers.Event)
    models = {get_args(model.model_fields["event"].annotation)[0]: model for model in every}
    told = {names(row[0])[0]: set(names(row[1])) for row in rows(section("3.3 EVENT"))[1:]}
    assert told == {word: set(model.model_fields) - {"event", "clock_s"} for word, model in models.items()}


def test_the_greeting_of_the_document_can_be_read():
    said = json.loads(re.search(r"```json\n(.*?)```", section("3.1 WELCOME"), re.DOTALL)[1])
    machine = _answers.read(_answers.Machine, "WELCOME", said)
    assert (machine.name, machine.panel.width_px, machine.holds.masks) == ("asiga-max", 1920, 8)
    for key in said.keys() - {"wavelength_nm", "irradiance_mw_cm2"}:
        assert key in _answers.Machine.model_fields or key == "machine"


def test_the_report_of_the_document_can_be_read():
    said = json.loads(re.search(r"```json\n(.*?)```", section("6. REPORT"), re.DOTALL)[1])
    page = _answers.read(_answers.ReportPage, "REPORT", said)
    assert set(said["layers"][0]) == set(type(page.layers[0]).model_fields)
    assert set(said) - {"to"} == set(_answers.ReportPage.model_fields)


def test_the_limits_of_the_document():
    assert f"n is at most {_frames.FIRST_LIMIT_BYTES} until `WELCOME`" in TEXT
