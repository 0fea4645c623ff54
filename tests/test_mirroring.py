"""One convention, in every format: an archive holds masks as the panel is fed with them, and only `Panel` turns them over.

The target is the letter F, which no mirror and no turn gives back.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from formats_jobs import printer_for, resin

from voxelyte.formats import all_formats, read_job, write_job
from voxelyte.outline import DiscOutline
from voxelyte.printer import Panel
from voxelyte.slicing import slice_solid
from voxelyte.solids.f_mark import FMarkFilm

FORMATS = [fmt for fmt in all_formats() if not fmt.contours]
FILM = FMarkFilm(outline=DiscOutline(diameter_um=11_000.0), base_um=100.0, size_um=8_000.0, height_um=100.0)
F = """
######
######
##....
##....
####..
####..
##....
##....
##....
##....
"""
MIRRORS = list(product([False, True], repeat=2))


def panel(mirror_x, mirror_y, grey_levels=256):
    """Pixels of half a stroke: each is wholly lit or wholly dark."""
    return Panel(
        width_px=16,
        height_px=14,
        pitch_x_um=800.0,
        pitch_y_um=800.0,
        mirror_x=mirror_x,
        mirror_y=mirror_y,
        grey_levels=grey_levels,
    )


def letter(mirror_x, mirror_y):
    """The picture in words: what the panel is fed with."""
    pixels = np.zeros((14, 16), dtype=np.uint8)
    pixels[2:12, 5:11] = [[255 * (sign == "#") for sign in row] for row in F.split()]
    pixels = pixels[:, ::-1] if mirror_x else pixels
    return pixels[::-1] if mirror_y else pixels


def job(mirror_x, mirror_y, fmt):
    return slice_solid(FILM, printer_for(panel(mirror_x, mirror_y, fmt.grey_levels)), resin(), name="f-mark")


@pytest.mark.parametrize("mirrors", MIRRORS, ids=str)
@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_the_archive_holds_what_the_panel_is_fed_with(fmt, mirrors, tmp_path):
    path = tmp_path / f"f{fmt.suffixes[0]}"
    write_job(job(*mirrors, fmt), path)
    again = read_job(path)
    fed = again.layers[-1].exposures[0].mask.pixels()
    assert np.array_equal(fed, letter(*mirrors))
    if "mirror" in fmt.carries:
        assert (again.panel.mirror_x, again.panel.mirror_y) == mirrors
        assert np.array_equal(again.panel.oriented(fed), letter(False, False))


def test_the_four_pictures_differ():
    assert len({letter(*mirrors).tobytes() for mirrors in MIRRORS}) == 4
