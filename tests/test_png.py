"""PNG: what is encoded comes back, also through other readers and writers, and damage is always seen."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from voxelyte import png
from voxelyte.errors import FormatError

SIZES = [(1, 1), (1, 300), (300, 1), (17, 31), (640, 480)]


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def saved(picture, **options):
    file = BytesIO()
    picture.save(file, "PNG", **options)
    return file.getvalue()


def lattice(width, height, pitch_px, diameter_px, times=8):
    """Discs, supersampled: the masks that this package is about."""
    side = lambda n: (np.arange(n * times) + 0.5) / times % pitch_px - pitch_px / 2  # noqa: E731
    x2, rows = side(width) ** 2, []
    for y2 in (side(height) ** 2).reshape(height, times):
        inside = (x2 + y2[:, None]) < (diameter_px / 2) ** 2
        rows.append(np.rint(inside.reshape(times, width, times).mean((0, 2)) * 255))
    return np.array(rows, dtype=np.uint8)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32), st.sampled_from([1, 2, 256]))
@settings(deadline=None)
def test_round_trip_is_identity(width, height, seed, levels):
    pixels = (noise(width, height, seed).astype(int) % levels).astype(np.uint8)
    data = png.encode(pixels)
    assert png.size(data) == (width, height)
    assert np.array_equal(png.decode(data, width, height), pixels)
    assert png.encode(pixels) == data


@pytest.mark.parametrize("size", SIZES)
def test_pillow_reads_ours_and_we_read_pillows(size):
    pixels = noise(*size)
    assert np.array_equal(np.asarray(Image.open(BytesIO(png.encode(pixels)))), pixels)
    for level in (0, 6, 9):
        assert np.array_equal(png.decode(saved(Image.fromarray(pixels), compress_level=level)), pixels)


def test_views_are_encoded_as_they_look():
    pixels = noise(31, 17)
    turned = pixels[::-1, ::-1]
    assert np.array_equal(png.decode(png.encode(turned)), turned)
    assert np.array_equal(png.decode(png.encode(pixels.T)), pixels.T)


def test_our_file_has_three_chunks_and_no_clock():
    data, kinds, at = png.encode(noise(9, 9)), [], 8
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4])
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_several_idat_chunks_and_filters_of_other_writers_are_read():
    pixels = np.add.outer(np.arange(700), np.arange(900)).astype(np.uint8)  # Pillow filters such a ramp
    noisy = noise(900, 700)  # and cuts this into several chunks
    for one in (pixels, noisy):
        assert np.array_equal(png.decode(saved(Image.fromarray(one))), one)
    assert saved(Image.fromarray(noisy)).count(b"IDAT") > 1


def test_a_lattice_is_no_tenth_larger_than_pillows_best_known_default():
    pixels = lattice(960, 540, 500 / 62, 300 / 62)
    assert len(png.encode(pixels)) <= 1.1 * len(saved(Image.fromarray(pixels), compress_level=6))


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "I;16"])
def test_another_kind_of_picture_is_named(mode):
    with pytest.raises(FormatError, match="8-bit grey, not interlaced") as fault:
        png.decode(saved(Image.new(mode, (4, 4))))
    said = {
        "1": "1-bit grey",
        "P": "palette",
        "RGB": "8-bit RGB;",
        "RGBA": "RGB with alpha",
        "LA": "grey with alpha",
        "I;16": "16-bit grey",
    }
    assert said[mode] in str(fault.value)


def with_header(width, height, *rest):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, *rest)
    data = png.encode(noise(4, 4))
    return data[:12] + header + struct.pack(">I", crc32(header)) + data[33:]


def test_interlaced_is_refused():
    with pytest.raises(FormatError, match="interlaced"):
        png.decode(with_header(4, 4, 8, 0, 0, 0, 1))


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (2**31, 2**31), (100_000, 100_000), (2**14, 2**14 + 1)])
def test_lying_sizes_are_refused_before_anything_is_allocated(size):
    with pytest.raises(FormatError, match="must have 1 to"):
        png.decode(with_header(*size, 8, 0, 0, 0, 0))


@pytest.mark.parametrize("size", [(4, 5), (5, 4), (3, 4), (400, 400)])
def test_a_header_that_does_not_fit_its_pixels_is_refused(size):
    data = with_header(*size, 8, 0, 0, 0, 0)
    with pytest.raises(FormatError, match="4 x 4 expected"):
        png.decode(data, 4, 4)
    with pytest.raises(FormatError, match="damaged: its pixels must be"):
        png.decode(data)


def test_the_largest_panels_are_read_without_a_warning():
    pixels = np.zeros((6230, 15120), dtype=np.uint8)
    assert png.decode(png.encode(pixels), 15120, 6230).shape == pixels.shape


@pytest.mark.parametrize(("shape", "kind"), [((0, 4), np.uint8), ((4, 4), float), ((4, 4, 1), np.uint8)])
def test_what_is_no_mask_is_not_encoded(shape, kind):
    with pytest.raises(FormatError, match=r"must be uint8\[height_px, width_px\]"):
        png.encode(np.zeros(shape, kind))


def test_every_truncation_and_every_tail_is_seen():
    data = png.encode(noise(9, 7))
    for length in range(len(data)):
        with pytest.raises(FormatError):
            png.decode(data[:length])
    with pytest.raises(FormatError, match="IEND must end it"):
        png.decode(data + b"\0")


def with_body(body):
    """A 4 x 4 PNG whose chunks are right, whatever its IDAT holds."""
    chunk = b"IDAT" + body
    whole = struct.pack(">I", len(body)) + chunk + struct.pack(">I", crc32(chunk))
    return png.encode(noise(4, 4))[:33] + whole + bytes(4) + b"IEND" + struct.pack(">I", crc32(b"IEND"))


def test_pixels_without_their_own_checksum_are_refused():
    body = zlib.compress(bytes(20))
    assert not png.decode(with_body(body)).any()
    for wrong in (body[:-1], body[:-4], body[:-1] + b"\xff", body + b"\0", zlib.compress(bytes(21)), b""):
        with pytest.raises(FormatError, match="PNG is damaged"):
            png.decode(with_body(wrong))


def damaged(data, count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        torn = bytearray(data)
        torn[rng.randrange(len(torn))] ^= 1 << rng.randrange(8)
        yield bytes(torn)


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("level", [None, 6])
def test_every_flipped_bit_is_seen(count, level):
    pixels = noise(19, 13)
    data = png.encode(pixels) if level is None else saved(Image.fromarray(pixels), compress_level=level)
    for torn in damaged(data, count, seed=3):
        with pytest.raises(FormatError):
            png.decode(torn)
