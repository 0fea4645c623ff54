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


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", SIZES)
def test_colours_come_back_from_our_files_and_pillows(size, channels):
    pixels = np.random.default_rng(1).integers(0, 256, (*size[::-1], channels), dtype=np.uint8)
    smooth = np.add.outer(np.arange(size[1]), np.add.outer(np.arange(size[0]), np.arange(channels))).astype(np.uint8)
    for one in (pixels, smooth):  # Pillow filters the smooth one
        data = png.encode(one)
        assert np.array_equal(np.asarray(Image.open(BytesIO(data))), one)
        assert (png.channels(data), png.size(data, channels)) == (channels, size)
        for file in (data, saved(Image.fromarray(one))):
            assert np.array_equal(png.decode_colour(file, *size, channels), one)
            assert np.array_equal(png.decode_colour(file), one)


def test_colours_are_not_mixed_up():
    data = {channels: png.encode(np.zeros((3, 2, channels), np.uint8)) for channels in (3, 4)}
    data[1] = png.encode(np.zeros((3, 2), np.uint8))
    assert png.decode_colour(data[1]).shape == (3, 2, 1)
    for found, file in data.items():
        assert png.channels(file) == found
        for wanted in {1, 3, 4} - {found}:
            with pytest.raises(FormatError, match="must be 8-bit"):
                png.decode_colour(file, 2, 3, wanted)
        with pytest.raises(FormatError, match="2 x 3 pixels, 3 x 2 expected"):
            png.decode_colour(file, 3, 2, found)


def test_three_grey_pixels_in_one_colour_pixel_are_the_same_bytes():
    pixels = lattice(960, 540, 500 / 62, 300 / 62)
    packed = png.encode(pixels.reshape(540, 320, 3))
    assert np.array_equal(png.decode_colour(packed, 320, 540, 3).reshape(540, 960), pixels)
    assert png.encode(pixels)[33:] == packed[33:]  # all after the header


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "I;16"])
def test_another_kind_of_picture_is_named(mode):
    with pytest.raises(FormatError, match="must be 8-bit grey, not interlaced") as fault:
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
@pytest.mark.parametrize("colour", [0, 2, 6])
def test_lying_sizes_are_refused_before_anything_is_allocated(size, colour):
    with pytest.raises(FormatError, match="must have 1 to"):
        png.decode_colour(with_header(*size, 8, colour, 0, 0, 0))


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


@pytest.mark.parametrize(("shape", "kind"), [((4,), np.uint8), ((4, 4), float), ((4, 4, 1), np.uint8)])
def test_what_is_no_picture_is_not_encoded(shape, kind):
    with pytest.raises(FormatError, match=r"must be uint8\[height_px, width_px\], or that with 3 or 4 channels"):
        png.encode(np.zeros(shape, kind))


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (2**14, 2**14 + 1), (2**13, 2**13 + 1, 4)])
def test_a_picture_that_nobody_would_read_is_not_encoded(shape):
    pixels = np.broadcast_to(np.uint8(0), shape)
    with pytest.raises(FormatError, match="must be 1 to 268435456 values"):
        png.encode(pixels)


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
