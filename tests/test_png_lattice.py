"""Lattices as PNG: no larger than Pillow's by a tenth, and exact whatever the picture only nearly is."""

from __future__ import annotations

import zlib
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from PIL import Image

from voxelyte import png
from voxelyte.png.deflate import COPY, Piece, block, copies
from voxelyte.png.huffman import code_lengths, code_words
from voxelyte.png.lattice import compressed
from voxelyte.printer import Panel
from voxelyte.raster import paint
from voxelyte.recipes import load_recipe
from voxelyte.tone import tone_for

PANELS = [  # pixels and pitches (µm) of machines that the package knows
    (1920, 1080, 62.0, 62.0),
    (1920, 1080, 43.0, 43.0),
    (1920, 1080, 35.0, 35.0),
    (1920, 1080, 27.0, 27.0),
    (2560, 1620, 50.0, 50.0),
    (2560, 1440, 47.25, 47.25),
    (2560, 1440, 51.0, 51.0),
    (3840, 2160, 35.0, 35.0),
    (7680, 4320, 28.5, 28.5),
    (11520, 5120, 19.0, 24.0),
    (8520, 4320, 18.0, 18.0),
]


def pillars(width_px, height_px, pitch_x_um, pitch_y_um, outline="plate"):
    panel = Panel(width_px=width_px, height_px=height_px, pitch_x_um=pitch_x_um, pitch_y_um=pitch_y_um)
    return paint(load_recipe("p-3dse").with_outline(outline).solid(panel).section(100.0), panel, tone_for(256))


def pillow_size(pixels):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=6)
    return len(file.getvalue())


def unfiltered(pixels):
    return np.pad(pixels, ((0, 0), (1, 0))).tobytes()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: "{}x{}-{}-{}".format(*panel))
def test_pillars_over_the_plate_are_no_tenth_larger_than_pillows(panel):
    pixels = pillars(*panel)
    data = png.encode(pixels)
    assert len(data) <= 1.1 * pillow_size(pixels)
    assert np.array_equal(png.decode(data), pixels)


def test_a_disc_of_pillars_is_no_tenth_larger_than_pillows():
    pixels = pillars(*PANELS[0], outline="disc:16000")
    assert len(png.encode(pixels)) <= 1.1 * pillow_size(pixels)


@st.composite
def lattices(draw):
    """A random tile over a random rectangle, with dark edges."""
    levels = draw(st.sampled_from([1, 2, 256]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.integers(1, 6)), draw(st.integers(1, 30))
    tile = (
        rng.integers(1, 257, shape) * (rng.random(shape) < draw(st.sampled_from([0.2, 1.0]))) % (levels + 1)
    ).astype(np.uint8)
    box = np.tile(tile, (70, 1 + draw(st.integers(700, 1100)) // shape[1]))[: draw(st.integers(30, 70))]
    top, left = draw(st.integers(0, 3)), draw(st.sampled_from([0, 1, 2, 300]))
    return np.pad(box, ((top, draw(st.integers(0, 3))), (left, draw(st.sampled_from([0, 1, 2, 300])))))


@given(lattices())
@settings(deadline=None)
def test_lattices_are_compressed_exactly(pixels):
    for view in (pixels, pixels[::-1, ::-1]):
        stream = compressed(view)
        event("as a lattice" if stream else "by igzip")
        assert stream is None or zlib.decompress(stream) == unfiltered(view)
        data = png.encode(view)
        assert np.array_equal(png.decode(data), view)
        assert np.array_equal(np.asarray(Image.open(BytesIO(data))), view)


@given(lattices(), st.data())
@settings(deadline=None)
def test_a_lattice_with_a_wrong_pixel_is_not_taken_for_one(pixels, data):
    row, column = (data.draw(st.integers(0, side - 1)) for side in pixels.shape)
    pixels[row, column] ^= data.draw(st.integers(1, 255))
    assert np.array_equal(png.decode(png.encode(pixels)), pixels)


@pytest.mark.parametrize("outline", ["plate", "rectangle:40000x20000"])
def test_pillars_over_a_rectangle_are_a_lattice(outline):
    assert compressed(pillars(2560, 1620, 50.0, 50.0, outline)) is not None


def test_a_full_plate_is_a_lattice():
    assert compressed(np.full((600, 1000), 255, np.uint8)) is not None


def test_what_is_no_lattice_is_left_to_others():
    rng = np.random.default_rng(0)
    assert compressed(rng.integers(0, 256, (300, 400), dtype=np.uint8)) is None
    assert compressed(np.zeros((300, 400), np.uint8)) is None
    assert compressed(np.repeat(rng.integers(0, 256, (3, 400), dtype=np.uint8), 100, axis=0)) is None
    assert compressed(pillars(*PANELS[0], outline="disc:16000")) is None


counts = st.lists(st.integers(0, 10**9) | st.integers(0, 3), min_size=2, max_size=286)


@given(counts)
@settings(deadline=None)
def test_codes_are_whole_short_and_told_apart(counts):
    lengths, used = code_lengths(counts), [count for count in counts if count]
    assert [bool(length) for length in lengths] == [bool(count) for count in counts]
    assert max(lengths) <= 15
    words = sorted(word for word in code_words(lengths) if word)
    assert [len(word) for word in code_words(lengths)] == lengths
    assert not any(after.startswith(word) for word, after in zip(words, words[1:], strict=False))
    if len(used) > 1:
        assert sum(Fraction(1, 2**length) for length in lengths if length) == 1


def test_the_longest_code_is_within_the_law():
    fibonacci = [1, 1]
    while len(fibonacci) < 60:
        fibonacci.append(sum(fibonacci[-2:]))
    assert max(code_lengths(fibonacci)) <= 15
    assert code_lengths([5, 0, 1, 1, 2]) == [1, 0, 3, 3, 2]
    assert code_words([2, 1, 3, 3]) == ["10", "0", "110", "111"]  # RFC 1951, 3.2.2


@pytest.mark.parametrize("count", [0, *range(3, 30), *range(255, 270), 515, 516, 517, 518, 519, 10_000])
def test_copies_make_up_any_length(count):
    tokens = copies(count)
    assert sum(token - COPY for token in tokens) == count
    assert all(3 <= token - COPY <= 258 for token in tokens)


@given(st.integers(3, 258), st.integers(1, 32768))
@settings(deadline=None, max_examples=300)
def test_every_length_and_distance_is_spelt_as_inflate_reads_it(length, distance):
    head = np.random.default_rng(length).integers(0, 256, distance, dtype=np.int64)
    pieces = [Piece(head, 1, 1), Piece(np.array([COPY + length]), distance, 2)]
    wanted = bytearray(head.tolist())
    for _ in range(2 * length):
        wanted.append(wanted[-distance])
    assert zlib.decompress(block(pieces, [0, 1, 1]), -15) == bytes(wanted)
