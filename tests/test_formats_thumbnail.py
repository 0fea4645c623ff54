"""The small picture of a film: all that is lit is in it, base in grey, top in white."""

from __future__ import annotations

import numpy as np
import pytest

from voxelyte import load_printer
from voxelyte.formats._thumbnail import Thumbnail


@pytest.mark.parametrize(("base", "top"), [(40, 90), (90, 40), (60, 60)])
def test_all_of_base_and_top_is_seen(base, top):
    """A top that leans out over its base is not cut off."""
    panel = load_printer("asiga-max").panel
    thumbnail = Thumbnail(panel)
    for half in (base, top):
        mask = np.zeros((panel.height_px, panel.width_px), dtype=np.uint8)
        mask[500 - half : 500 + half, 900 - half : 900 + half] = 255
        thumbnail.add(mask)
    most = 2 * max(base, top)
    picture = thumbnail.picture(most, most)
    assert picture.min() > 0
    assert (picture == 255).sum() == (2 * top) ** 2


def test_a_dark_film_is_black():
    panel = load_printer("asiga-max").panel
    thumbnail = Thumbnail(panel)
    assert not thumbnail.picture(40, 30).any()
    thumbnail.add(np.zeros((panel.height_px, panel.width_px), dtype=np.uint8))
    assert not thumbnail.picture(40, 30).any()
