"""The run-length codes of GOO and CTB: the mask of pillars on the largest common panel, against memcpy of it."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pytest

from voxelyte.formats import _rle_ctb as ctb
from voxelyte.formats import _rle_goo as goo
from voxelyte.printer import Panel
from voxelyte.raster import paint
from voxelyte.recipes import load_recipe
from voxelyte.tone import tone_for

PANEL = Panel(width_px=11520, height_px=5120, pitch_x_um=19.0, pitch_y_um=24.0)
MOST = 60
each_code = pytest.mark.parametrize(("code", "levels"), [(goo, 256), (ctb, 128)], ids=["goo", "ctb"])


@cache
def pillars(levels):
    """7.6 million runs of equal pixels, most of them of one pixel."""
    solid = load_recipe("p-3dse").with_outline("plate").solid(PANEL)
    return paint(solid.section(100.0), PANEL, tone_for(levels))


def memcpy(mask):
    return partial(np.copyto, np.zeros_like(mask), mask)


@each_code
def test_encode(against, code, levels):
    mask = pillars(levels)
    against(partial(code.encode, mask), memcpy(mask), MOST, rounds=8)


@each_code
def test_decode(against, code, levels):
    mask = pillars(levels)
    encoded = code.encode(mask)
    assert np.array_equal(code.decode(encoded, mask.size), mask.reshape(-1))
    against(partial(code.decode, encoded, mask.size), memcpy(mask), MOST, rounds=8)


def test_cipher(against):
    """It is laid over every picture of a CTB file, so that it must cost little beside the code."""
    mask = pillars(128)
    encoded = ctb.encode(mask)
    against(partial(ctb.cipher, encoded, 0x12345678, 7), memcpy(mask), 10, rounds=8)
