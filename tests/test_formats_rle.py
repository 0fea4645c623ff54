"""The run-length codes of GOO and CTB against decoders of another making: plain loops, written from the byte maps."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelyte.errors import FormatError
from voxelyte.formats import _rle_ctb as ctb
from voxelyte.formats import _rle_goo as goo
from voxelyte.formats._tokens import BLOCK, woven
from voxelyte.tone import tone_for

LEVELS = tone_for(128)(np.linspace(0, 1, 128))
"""The greys that a panel of 128 levels is painted with."""


class Wrong(Exception):
    """What the loops below make of a code that is none."""


def goo_runs(data):
    """(value, length) of each token, token by token."""
    at, value = 0, None
    while at < len(data):
        head = data[at]
        kind, code, low = head >> 6, head >> 4 & 3, head & 15
        at += 1
        if kind == 2:
            if value is None:
                raise Wrong
            value += -low if code & 2 else low
            length = 1
            if code & 1:
                length, at = taken(data, at, 1), at + 1
        else:
            if kind == 1:
                value, at = taken(data, at, 1), at + 1
            else:
                value = 255 if kind else 0
            length, at = taken(data, at, code) << 4 | low, at + code
        if not 0 <= value <= 255:
            raise Wrong
        yield value, length


def ctb_runs(data):
    at = 0
    while at < len(data):
        head, length = data[at], 1
        at += 1
        if head & 0x80:
            first = taken(data, at, 1)
            extra = next((n for n, least in enumerate((0x80, 0xC0, 0xE0, 0xF0)) if first < least), None)
            if extra is None:
                raise Wrong
            marks = (0, 0x80, 0xC0, 0xE0)[extra]
            length = taken(data, at, 1 + extra) - (marks << 8 * extra)
            at += 1 + extra
        yield int(LEVELS[head & 0x7F]), length


def taken(data, at, count):
    if at + count > len(data):
        raise Wrong
    return int.from_bytes(data[at : at + count], "big")


CODES = {"goo": (goo, goo_runs, np.arange(256, dtype=np.uint8)), "ctb": (ctb, ctb_runs, LEVELS)}
each_code = pytest.mark.parametrize(("code", "loop", "greys"), CODES.values(), ids=CODES)


def looped(loop, data, count_px):
    """Pixels by the loop; Wrong unless they are `count_px`."""
    runs = list(loop(data))
    if sum(length for _, length in runs) != count_px:
        raise Wrong
    return np.repeat(np.array([value for value, _ in runs], dtype=np.uint8), [length for _, length in runs])


@st.composite
def pictures(draw, greys):
    """Pictures of runs from one pixel to many rows, and of noise, in all sizes."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 60))
    values = st.sampled_from([int(one) for one in greys])
    lengths = st.integers(1, 4) | st.integers(1, 300)
    runs = draw(st.lists(st.tuples(values | st.sampled_from([0, 255]), lengths), min_size=1, max_size=60))
    flat = np.repeat(np.array([value for value, _ in runs], dtype=np.uint8), [length for _, length in runs])
    return np.resize(flat, (height, width))


@each_code
@given(data=st.data())
def test_a_picture_comes_back_here_and_in_the_loop(code, loop, greys, data):
    picture = data.draw(pictures(greys))
    encoded = code.encode(picture)
    assert np.array_equal(code.decode(encoded, picture.size).reshape(picture.shape), picture)
    assert np.array_equal(looped(loop, encoded, picture.size).reshape(picture.shape), picture)


@each_code
@pytest.mark.parametrize(
    "length", [1, 2, 15, 16, 127, 128, 4095, 4096, 16383, 16384, BLOCK - 1, BLOCK, BLOCK + 1, 2**20 + 3]
)
def test_runs_around_every_length_that_takes_another_byte(code, loop, greys, length):
    grey = greys[len(greys) // 3]
    values = np.array([grey, 0, grey, 255, greys[-2], 0], dtype=np.uint8)
    picture = np.repeat(values, [length, 1, 3, length, length, 2])[None]
    encoded = code.encode(picture)
    assert np.array_equal(code.decode(encoded, picture.size), picture[0])
    assert np.array_equal(looped(loop, encoded, picture.size), picture[0])


@each_code
def test_a_plain_picture_of_a_large_panel_takes_few_bytes(code, loop, greys):
    assert len(code.encode(np.zeros((6230, 15120), dtype=np.uint8))) < 2000


@each_code
@pytest.mark.parametrize("turn", [np.s_[::-1], np.s_[:, ::-1], np.s_[::2, ::3]])
def test_a_picture_that_is_a_view(code, loop, greys, turn):
    picture = np.resize(greys, (64, 97))[turn]
    assert np.array_equal(code.decode(code.encode(picture), picture.size).reshape(picture.shape), picture)


def test_every_grey_of_128_levels_comes_back_and_others_move_by_one_at_most():
    every = np.arange(256, dtype=np.uint8)[None]
    again = ctb.decode(ctb.encode(every), 256)
    assert np.array_equal(again[LEVELS], LEVELS)
    assert np.abs(again.astype(int) - every[0]).max() == 1


goo_tokens = st.builds(
    lambda kind, code, low, rest: bytes([kind << 6 | code << 4 | low, *rest[: code + (kind == 1)]]),
    st.sampled_from([0, 1, 3]), st.integers(0, 3), st.integers(0, 15), st.binary(min_size=4, max_size=4),
) | st.builds(
    lambda code, low, count: bytes([0x80 | code << 4 | low, *[count] * (code & 1)]),
    st.integers(0, 3), st.integers(0, 15), st.integers(0, 255),
)  # fmt: skip
ctb_tokens = st.builds(
    lambda level, extra, rest: bytes([level | 0x80, (0, 0x80, 0xC0, 0xE0)[extra] | rest[0] >> 1 + extra, *rest[1 : 1 + extra]]),
    st.integers(0, 127), st.integers(0, 3), st.binary(min_size=4, max_size=4),
) | st.integers(0, 127).map(lambda level: bytes([level]))  # fmt: skip
TOKENS = {"goo": goo_tokens, "ctb": ctb_tokens}
MOST_PX = 2**22


@pytest.mark.parametrize("name", TOKENS)
@settings(max_examples=200)
@given(data=st.data())
def test_any_tokens_mean_what_the_loop_says(name, data):
    """Also lengths that take more bytes than they need, runs of no pixel, and steps from the run before."""
    code, loop, _ = CODES[name]
    encoded = b"".join(data.draw(st.lists(TOKENS[name], max_size=80)))
    same(code, loop, encoded)


@each_code
@settings(max_examples=300)
@given(encoded=st.binary(max_size=200))
def test_any_bytes_are_what_the_loop_says_or_refused(code, loop, greys, encoded):
    same(code, loop, encoded)


def same(code, loop, encoded):
    try:
        count_px = sum(length for _, length in loop(encoded))
    except Wrong:
        for count_px in (0, 1, 100):
            with pytest.raises(FormatError):
                code.decode(encoded, count_px)
        return
    if count_px <= MOST_PX:
        assert np.array_equal(code.decode(encoded, count_px), looped(loop, encoded, count_px))
    for wrong in {min(count_px, MOST_PX) - 1, min(count_px + 1, MOST_PX)} - {-1, count_px}:
        with pytest.raises(FormatError, match=r"passes pixel|runs end after"):
            code.decode(encoded, wrong)


@pytest.mark.parametrize(
    ("code", "short", "greys", "long", "grey"),
    [
        (goo, bytes([0x02]), [0, 0], bytes([0x71, 7, 0, 0, 0]), 7),
        (ctb, bytes([0x03]), [LEVELS[3]], bytes([0x85, 0xE0, 0, 0, 1]), LEVELS[5]),
    ],
    ids=CODES,
)
def test_tokens_that_lie_across_the_blocks_of_bytes(code, short, greys, long, grey):
    """A token of five bytes is cut by the end of a block at each of the places where it can."""
    count = 2 * BLOCK // len(long) + 5
    for shift in range(6):
        pixels = np.array(greys * shift + [grey] * count, dtype=np.uint8)
        assert np.array_equal(code.decode(short * shift + long * count, pixels.size), pixels)


def test_walks_that_never_fall_into_step():
    """Each byte could start a token of two bytes, so that every lane must be told where the one before it ended."""
    for count in (BLOCK // 2 - 1, BLOCK, BLOCK + 1):
        assert np.array_equal(goo.decode(bytes([0x41]) * 2 * count, count), np.full(count, 0x41, dtype=np.uint8))
        with pytest.raises(FormatError, match="should end at offset"):
            goo.decode(bytes([0x41]) * (2 * count + 1), count)


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "data", "count_px", "words"),
        [
            (goo, b"", 1, "runs end after 0 of 1 pixels"),
            (goo, b"\x03", 4, "runs end after 3 of 4 pixels"),
            (goo, b"\x03\x02", 4, "run of 2 at offset 1 passes pixel 4"),
            (goo, b"\x03\x13", 4, "the last token should end at offset 3, not at 2"),
            (goo, b"\x83", 1, "token at offset 0 differs from a run before it, and there is none"),
            (goo, b"\x01\xa1", 2, "token at offset 1 steps to grey -1, must be 0 to 255"),
            (goo, b"\xc1\x81", 2, "token at offset 1 steps to grey 256, must be 0 to 255"),
            (ctb, b"", 1, "runs end after 0 of 1 pixels"),
            (ctb, b"\x05\x85", 2, "the last token should end at offset 3, not at 2"),
            (ctb, b"\x05\x85\xf0\x00\x00\x00", 9, "token at offset 1 has a length that starts with"),
            (ctb, b"\x05\x85\x04", 4, "run of 4 at offset 1 passes pixel 4"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, code, data, count_px, words):
        with pytest.raises(FormatError, match=words):
            code.decode(data, count_px)

    @each_code
    def test_lying_lengths_take_no_memory(self, code, loop, greys):
        token = {"goo": bytes([0x3F, 255, 255, 255]), "ctb": bytes([0x85, 0xEF, 255, 255, 255])}[code.__name__[-3:]]
        tracemalloc.start()
        with pytest.raises(FormatError, match="passes pixel 100"):
            code.decode(token * 1000, 100)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2_000_000


class TestCipher:
    @given(st.binary(max_size=50), st.integers(1, 2**32 - 1), st.integers(0, 99_999))
    def test_is_the_stream_of_the_byte_map_and_its_own_inverse(self, data, key, layer):
        step = (key * 0x2D83CDAC + 0xD8A83423) % 2**32
        word = (layer * 0x1E1530CD + 0xEC3D47CD) * step % 2**32
        expected = bytearray()
        for at, byte in enumerate(data):
            expected.append(byte ^ word >> 8 * (at % 4) & 0xFF)
            if at % 4 == 3:
                word = (word + step) % 2**32
        assert ctb.cipher(data, key, layer) == bytes(expected)
        assert ctb.cipher(bytes(expected), key, layer) == data

    def test_key_0_is_none(self):
        assert ctb.cipher(b"as it is", 0, 7) == b"as it is"


def test_woven_keeps_the_order_of_tokens():
    heads, more = np.array([1, 2, 3], dtype=np.uint8), np.array([7, 8, 9], dtype=np.uint8)
    assert woven([(heads, True), (more, np.array([False, True, False]))]).tolist() == [1, 2, 8, 3]


@each_code
def test_nothing_is_no_picture_of_no_pixels(code, loop, greys):
    assert partial(code.decode, b"")(0).size == 0
