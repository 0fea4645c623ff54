"""Dark rows are joined, not compressed: the pixels come back, in our reader and in Pillow's."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from voxelyte.formats._pictures import lit
from voxelyte.png import dark, decode, encode


def noise(height, width, first, rows):
    pixels = np.zeros((height, width), dtype=np.uint8)
    pixels[first : first + rows] = np.random.default_rng(height * rows).integers(0, 256, (len(pixels[first : first + rows]), width))
    return pixels


@given(st.integers(1, 700), st.integers(1, 90), st.integers(0, 700), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_pixels_come_back(height, width, first, rows):
    pixels = noise(height, width, first, rows)
    data = encode(pixels)
    assert np.array_equal(decode(data), pixels)
    assert np.array_equal(np.asarray(Image.open(BytesIO(data))), pixels)


@pytest.mark.parametrize(("rows", "apart"), [(0, True), (5, True), (70, True), (80, False), (100, False)])
def test_only_where_many_rows_are_dark(rows, apart):
    assert (dark.compressed(noise(100, 40, 0, rows)) is not None) == apart


def test_a_small_part_on_a_large_panel_makes_a_small_file():
    assert len(encode(noise(1080, 1920, 500, 1))) < 1920 + 2500


@given(st.integers(1, 600), st.integers(1, 9), st.integers(0, 255))
@settings(max_examples=30, deadline=None)
def test_lit_is_the_sum_of_all_levels(height, width, level):
    assert lit(np.full((height, width), level, dtype=np.uint8)) == height * width * level
