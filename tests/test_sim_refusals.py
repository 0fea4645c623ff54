"""Everything the machine says no to, and that a refusal changes nothing."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sim_host import (
    BYE,
    DATA,
    FORGET,
    GREETING,
    HELLO,
    JOB,
    LAYER,
    MASK,
    MOTION,
    OK,
    PING,
    REFUSED,
    REPORT,
    SMALL,
    START,
    STOP,
    full,
    job_keys,
    layer_keys,
    machine_and_host,
    mask_keys,
    png,
)


@pytest.fixture
def host():
    with machine_and_host() as (_, host):
        host.hello()
        yield host


@pytest.fixture
def loaded(host):
    """A host with a job of 20 layers and mask 0."""
    host.job(layers=20)
    host.mask(0, full())
    return host


@pytest.mark.parametrize(("keys", "code"), [
    (GREETING | {"versions": [1, 7]}, "version"),
    (GREETING | {"versions": []}, "field"),
    (GREETING | {"protocol": "other"}, "field"),
    (GREETING | {"colour": 1}, "field"),
    ({}, "field"),
])
def test_hello(keys, code):
    with machine_and_host() as (_, host):
        assert host.refusal(HELLO, keys) == code
        host.hello()


def test_nothing_goes_before_hello_and_hello_goes_once():
    with machine_and_host() as (_, host):
        assert host.refusal(PING) == "state"
        host.hello()
        assert host.refusal(HELLO, GREETING) == "state"


def test_what_does_not_belong_here_now(host):
    assert host.refusal(START) == "state"
    assert host.refusal(FORGET, {"mask": 0}) == "state"
    assert host.refusal(LAYER, layer_keys(0)) == "state"
    assert host.refusal(MASK, mask_keys(0, b"x", (8, 12))) == "state"
    assert host.refusal(DATA, struct.pack("<II", 0, 0) + b"x") == "state"
    assert host.refusal(REPORT, {"from_layer": 0, "count": 1}) == "state"
    host.job()
    assert host.refusal(JOB, job_keys()) == "state"
    assert host.refusal(START) == "state"
    assert host.refusal(BYE) == "state"
    host.ok(STOP, {"reason": ""})
    host.ok(BYE)


PANEL = SMALL.panel


@pytest.mark.parametrize(("change", "code"), [
    ({"panel": PANEL | {"width_px": 13}}, "panel"),
    ({"panel": PANEL | {"pitch_y_um": 51.0}}, "panel"),
    ({"wavelength_nm": 385.0}, "wavelength"),
    ({"height_nm": 75_000_001}, "volume"),
    ({"layers": 100_001}, "exposure"),
    ({"layers": 0}, "field"),
    ({"layers": True}, "field"),
    ({"layers": 1.0}, "field"),
    ({"job": ""}, "field"),
    ({"job": "x" * 65}, "field"),
    ({"height_nm": -1}, "field"),
    ({"panel": []}, "field"),
    ({"panel": {"width_px": 12}}, "field"),
    ({"resin": "mine"}, "field"),
])
def test_job(host, change, code):
    assert host.refusal(JOB, job_keys() | change) == code
    assert host.ok(PING)["state"] == "idle"
    host.job()


def test_a_job_without_wavelength_is_taken(host):
    host.ok(JOB, {key: value for key, value in job_keys().items() if key != "wavelength_nm"})


def test_every_bad_key_is_named_at_once(host):
    keys = {"jobs": "a", "name": 5, "layers": 0, "height_nm": 1, "panel": PANEL | {"widht_px": 1}}
    kind, answer = host.ask(JOB, keys)
    assert (kind, answer["code"]) == (REFUSED, "field")
    lines = answer["message"].split("; ")
    assert [line.split(" ")[0] for line in lines if " is " in line or "=" in line] == [
        "jobs", "job", "name=5", "layers=0", "panel.widht_px",
    ]


def exposed(seconds: float = 6.0, power: float = 1.0, mask: int = 0) -> dict:
    return layer_keys(0, [(mask, seconds, power)])


@pytest.mark.parametrize(("keys", "code"), [
    (layer_keys(0, thickness_nm=9_000), "thickness"),
    (layer_keys(0, thickness_nm=201_000), "thickness"),
    (layer_keys(0, thickness_nm=25_500), "thickness"),
    (layer_keys(1), "order"),
    (layer_keys(0, top_nm=51_000), "order"),
    (layer_keys(0) | {"exposures": [{"exposure": 1, "mask": 0, "exposure_s": 1.0, "power": 1.0}]}, "order"),
    (exposed(60.1), "exposure"),
    (layer_keys(0, [(0, 1.0, 1.0)] * 65), "exposure"),
    (layer_keys(0, []), "field"),
    (exposed(0.0), "field"),
    (exposed(-1.0), "field"),
    (exposed(1.0, 0.0), "field"),
    (exposed(1.0, 1.01), "field"),
    (exposed(mask=7), "mask-unknown"),
    (layer_keys(0, lift_mm=20.5), "motion"),
    (layer_keys(0, lift_mm_s=101), "motion"),
    (layer_keys(0, retract_mm_s=1e-9), "motion"),
    (layer_keys(0, wait_before_exposure_s=1e9), "motion"),
    (layer_keys(0, lift_mm=-1), "field"),
    (layer_keys(0, lift_mm_s=0), "field"),
    (layer_keys(0, tilt_mm=1), "field"),
    (layer_keys(0) | {"motion": {key: MOTION[key] for key in MOTION if key != "lift_mm"}}, "field"),
])
def test_layer(loaded, keys, code):
    assert loaded.refusal(LAYER, keys) == code
    loaded.layer(0)


@pytest.mark.parametrize("thickness_nm", [60_000, 40_000])
def test_the_last_layer_must_end_at_the_height(host, thickness_nm):
    host.job(layers=2, height_nm=100_000)
    host.mask(0, full())
    host.layer(0)
    assert host.refusal(LAYER, layer_keys(1, thickness_nm=thickness_nm, top_nm=50_000 + thickness_nm)) == "order"
    host.layer(1)
    assert host.refusal(LAYER, layer_keys(2)) == "order"


def test_layers_that_leave_no_height_for_the_rest_are_refused(host):
    host.job(layers=3, height_nm=100_000)
    host.mask(0, full())
    host.layer(0)
    assert host.refusal(LAYER, layer_keys(1)) == "order"


def test_the_layer_queue_has_an_end(loaded):
    for number in range(16):
        loaded.layer(number)
    assert loaded.refusal(LAYER, layer_keys(16)) == "layer-slots"


def test_masks_have_places_and_are_forgotten_only_when_unneeded(loaded):
    for number in range(1, 32):
        loaded.mask(number, full())
    assert loaded.refusal(MASK, mask_keys(32, png(full()), (8, 12))) == "mask-slots"
    assert loaded.refusal(MASK, mask_keys(3, png(full()), (8, 12))) == "field"
    loaded.layer(0)
    assert loaded.refusal(FORGET, {"mask": 0}) == "mask-in-use"
    assert loaded.refusal(FORGET, {"mask": 99}) == "mask-unknown"
    loaded.ok(FORGET, {"mask": 7})
    loaded.mask(32, full())


@pytest.mark.parametrize(("change", "code"), [
    ({"encoding": "raw"}, "unsupported"),
    ({"width_px": 13}, "mask-size"),
    ({"height_px": 2**40}, "mask-size"),
    ({"bytes": 2**24 + 1}, "mask-size"),
    ({"bytes": 0}, "field"),
    ({"sha256": "zz"}, "field"),
    ({"mask": 2**32}, "field"),
    ({"mask": -1}, "field"),
])
def test_mask(host, change, code):
    host.job()
    assert host.refusal(MASK, mask_keys(0, png(full()), (8, 12)) | change) == code
    host.mask(0, full())


def offered(host, data: bytes, **change: object) -> str:
    """The code by which these bytes are refused as a mask, or `OK`."""
    host.ok(MASK, mask_keys(5, data, (8, 12)) | change)
    kind, answer = host.ask(DATA, struct.pack("<II", 5, 0) + data)
    return "OK" if kind == OK else answer["code"]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(ihdr: bytes, *chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + b"".join(chunks) + chunk(b"IEND", b"")


PACKED = zlib.compress(bytes(8 * 13))
ROWS = chunk(b"IDAT", PACKED)
GREY = struct.pack(">IIBBBBB", 12, 8, 8, 0, 0, 0, 0)


@pytest.mark.parametrize(("data", "code"), [
    (raw_png(GREY, ROWS), "OK"),
    (raw_png(GREY, chunk(b"tEXt", b"a\0b"), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**7))), ROWS), "OK"),
    (b"not a PNG at all", "mask-format"),
    (raw_png(GREY, ROWS)[:-5], "mask-format"),
    (raw_png(GREY, ROWS) + b"more", "mask-format"),
    (raw_png(GREY), "mask-format"),
    (raw_png(GREY[:-1], ROWS), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", zlib.compress(bytes(20)))), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", b"no zlib")), "mask-format"),
    (raw_png(GREY, *(chunk(b"IDAT", PACKED[at : at + 1]) for at in range(len(PACKED)))), "OK"),
    (raw_png(GREY, chunk(b"IDAT", zlib.compress(bytes(8 * 13 - 1)))), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", zlib.compress(bytes(8 * 13 + 1)))), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", zlib.compress(bytes(10**7)))), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", PACKED + b"more")), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", PACKED), chunk(b"IDAT", PACKED)), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", PACKED[:-1])), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", PACKED[:-1] + bytes([PACKED[-1] ^ 1]))), "mask-format"),
    (raw_png(GREY, chunk(b"IDAT", zlib.compress(b"".join(bytes([n % 5, *range(12)]) for n in range(8))))), "OK"),
    (raw_png(GREY, chunk(b"IDAT", zlib.compress(bytes(7 * 13) + b"\5" + bytes(12)))), "mask-format"),
    (raw_png(GREY, chunk(b"PLTE", bytes(3)), ROWS), "mask-format"),
    (raw_png(struct.pack(">IIBBBBB", 12, 8, 16, 0, 0, 0, 0), ROWS), "mask-format"),
    (raw_png(struct.pack(">IIBBBBB", 12, 8, 8, 2, 0, 0, 0), ROWS), "mask-format"),
    (raw_png(struct.pack(">IIBBBBB", 12, 8, 8, 0, 0, 0, 1), ROWS), "mask-format"),
    (raw_png(struct.pack(">IIBBBBB", 13, 8, 8, 0, 0, 0, 0), ROWS), "mask-size"),
    (raw_png(struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 0, 0, 0, 0), ROWS), "mask-size"),
    (raw_png(GREY, ROWS).replace(GREY, GREY[:-1] + b"\1"), "mask-format"),
])
def test_the_bytes_of_a_mask(host, data, code):
    host.job()
    assert offered(host, data) == code
    if code != "OK":
        host.mask(5, full())  # its place is free again


def test_a_mask_with_another_hash_is_refused(host):
    host.job()
    assert offered(host, png(full()), sha256="0" * 64) == "mask-hash"


def test_a_colour_picture_is_refused(host):
    file = BytesIO()
    Image.fromarray(np.zeros((8, 12, 3), np.uint8)).save(file, "PNG")
    host.job()
    assert offered(host, file.getvalue()) == "mask-format"


def test_data_comes_in_order_and_ends_where_announced(host):
    host.job()
    data = png(full())
    assert host.refusal(DATA, struct.pack("<II", 0, 0) + data) == "mask-unknown"
    wrong = [(1, data, "order"), (0, data + b"x", "mask-size"), (0, b"", "field")]
    for number, (offset, sent, code) in enumerate(wrong):
        host.ok(MASK, mask_keys(number, data, (8, 12)))
        assert host.refusal(DATA, struct.pack("<II", number, offset) + sent) == code


@pytest.mark.parametrize("payload", [
    b"[]", b"5", b"null", b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe", b"[" * 60_000,
    b'{"a": ' + b"9" * 6000 + b"}",
    b'{"mask": 1e999}', b'{"mask": "\\ud800"}', b'{"mask": ' + b"9" * 400 + b"}",
])
def test_payloads_that_are_not_what_they_should_be(host, payload):
    host.job()
    assert host.refusal(FORGET, payload) == "field"
    assert host.refusal(PING, payload) == "field"
    host.ok(PING)


@pytest.mark.parametrize("number", ["1e999", "NaN", '"1"', "null", "9" * 400])
def test_numbers_that_are_none(loaded, number):
    text = str(layer_keys(0)).replace("'", '"').replace("6.0", number)
    assert loaded.refusal(LAYER, text.encode()) == "field"


@pytest.mark.parametrize("type_", [0x00, 0x0C, 0x10, 0x24, 0x81, 0xFF])
def test_requests_that_it_does_not_know(host, type_):
    assert host.refusal(type_) == "unsupported"


@pytest.mark.parametrize(("from_layer", "count"), [(0, 101), (0, 0), (-1, 1)])
def test_report(host, from_layer, count):
    host.job()
    assert host.refusal(REPORT, {"from_layer": from_layer, "count": count}) == "field"
    assert host.ok(REPORT, {"from_layer": 10**6, "count": 1})["layers"] == []
