"""2,000 layers at 15120 x 6230: memory is bounded by a few masks, whatever the number of layers."""

from __future__ import annotations

from pathlib import Path

import pytest
from peak_memory import peak_bytes

from voxelyte.formats import all_formats

FORMATS = [fmt for fmt in all_formats() if not fmt.contours]
HERE = Path(__file__).parent
MOST_BYTES = 1_000_000_000
LAYERS = 2_000

WRITER = """
import sys
sys.path.insert(0, {here!r})
import numpy as np
from formats_jobs import LIFT, job_of
from voxelyte.formats import format_for, read_job, write_job
from voxelyte.job import Exposure, Mask
from voxelyte.printer import Panel

target, layers = sys.argv[1], int(sys.argv[2])
panel = Panel(width_px=15120, height_px=6230, pitch_x_um=14.0, pitch_y_um=19.0, grey_levels=format_for(target).grey_levels)

def paint(shift):
    pixels = np.zeros((panel.height_px, panel.width_px), dtype=np.uint8)
    pixels[100 + shift : 600 : 20, 1000:2000] = 255
    pixels[3000:3100, 7000 + 5 * shift : 7100 + 5 * shift] = 255
    return pixels

masks = [Mask(panel, lambda shift=shift: paint(shift)) for shift in range(6)]
job = job_of([(50_000, [Exposure(masks[index * len(masks) // layers], 6.0)], LIFT) for index in range(layers)], panel)
write_job(job, target)
again = read_job(target)
assert len(again.layers) == layers
for index in (0, layers - 1):
    assert np.array_equal(again.layers[index].exposures[0].mask.pixels(), job.layers[index].exposures[0].mask.pixels())
"""


@pytest.mark.slow
@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_peak_memory(fmt, tmp_path):
    target = tmp_path / f"film{fmt.suffixes[0]}"
    peak = peak_bytes(WRITER.format(here=str(HERE)), target, str(LAYERS))
    target.unlink(missing_ok=True)
    assert peak < MOST_BYTES, f"{peak / 1e6:.0f} MB"
