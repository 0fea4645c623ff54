"""PNGs of lattices and of a disc against Pillow at level 6: written, and read back."""

from __future__ import annotations

from functools import partial
from io import BytesIO

import pytest
from PIL import Image

from voxelyte import png
from voxelyte.printer import Panel
from voxelyte.raster import paint
from voxelyte.recipes import load_recipe
from voxelyte.tone import tone_for

PANELS = [  # pixels, and pitches in µm
    (1920, 1080, 62.0, 62.0),
    (1440, 2560, 47.25, 47.25),
    (1620, 2560, 50.0, 50.0),
    (3840, 2160, 35.0, 35.0),
    (11520, 5120, 19.0, 24.0),
]


def pillars(width_px, height_px, pitch_x_um, pitch_y_um, outline="plate"):
    panel = Panel(width_px=width_px, height_px=height_px, pitch_x_um=pitch_x_um, pitch_y_um=pitch_y_um)
    return paint(load_recipe("p-3dse").with_outline(outline).solid(panel).section(100.0), panel, tone_for(256))


def saved(pixels, file):
    Image.fromarray(pixels).save(file, "PNG", compress_level=6)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: "{}x{}".format(*panel))
def test_pillars_over_the_plate(against, panel):
    """A tenth of Pillow's time is asked, at no more than 1.1 of its size (tests/test_png_lattice.py)."""
    mask = pillars(*panel)
    against(partial(png.encode, mask), lambda: saved(mask, BytesIO()), 0.1, rounds=10)


def test_pillars_on_a_disc(against):
    mask = pillars(*PANELS[0], outline="disc:16000")
    against(partial(png.encode, mask), lambda: saved(mask, BytesIO()), 0.1, rounds=10)


@pytest.mark.parametrize("panel", PANELS[:2], ids=lambda panel: "{}x{}".format(*panel))
def test_reading_our_own(against, panel):
    data = png.encode(pillars(*panel))
    against(partial(png.decode, data), lambda: Image.open(BytesIO(data)).load(), 1, rounds=10)
