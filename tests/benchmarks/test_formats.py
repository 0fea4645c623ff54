"""Every format: writing and reading back one layer of a whole plate of pillars, against memcpy of its mask.

The pillars' places differ from layer to layer, so that no picture is encoded twice.
"""

from __future__ import annotations

from functools import cache, partial
from io import BytesIO

import numpy as np
import pytest

from voxelyte.formats import all_formats, slc
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.raster import paint
from voxelyte.recipes import load_printer, load_recipe, load_resin
from voxelyte.slicing import slice_solid
from voxelyte.tone import tone_for

FORMATS = [fmt for fmt in all_formats() if not fmt.contours]
every_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
LAYERS = 16
MOST_WRITING, MOST_READING = 400, 200
"""Times memcpy of the mask (0.05 ms here): 20 ms and 10 ms a layer."""


@cache
def pictures(grey_levels):
    """LAYERS masks of the paper's pillars over the whole plate, each shifted by one pixel more."""
    panel = load_printer("asiga-max").panel
    solid = load_recipe("p-3dse").with_outline("plate").solid(panel)
    mask = paint(solid.section(100.0), panel, tone_for(grey_levels))
    return [np.roll(mask, shift, axis=1) for shift in range(LAYERS)]


def job_for(fmt):
    printer = load_printer("asiga-max")
    panel = printer.panel.model_copy(update={"grey_levels": fmt.grey_levels})
    printer = printer.model_copy(update={"panel": panel})
    motion = printer.motion.model_copy(update={"wait_after_exposure_s": 0.0})
    masks = [Mask(panel, lambda pixels=pixels: pixels) for pixels in pictures(fmt.grey_levels)]
    layers = [Layer(k, 50_000, 50_000 * (k + 1), (Exposure(mask, 6.0),), motion) for k, mask in enumerate(masks)]
    return Job("plate", printer, load_resin("pegda-litfsi-llzto"), tuple(layers))


def copied():
    """Copying as many masks as the job has layers."""
    source = pictures(256)
    target = np.zeros_like(source[0])

    def work():
        for picture in source:
            np.copyto(target, picture)

    return work


@every_format
def test_write_a_layer(against, fmt):
    against(lambda: fmt.write(job_for(fmt), BytesIO()), copied(), MOST_WRITING, rounds=5)


def read(fmt, content):
    for layer in fmt.read(content).layers:
        layer.exposures[0].mask.pixels()


@every_format
def test_read_a_layer(against, fmt):
    file = BytesIO()
    fmt.write(job_for(fmt), file)
    against(partial(read, fmt, file.getvalue()), copied(), MOST_READING, rounds=5)


MOST_CONTOURS_WRITING, MOST_CONTOURS_READING = 60, 400
"""Times memcpy of the file (0.6 ms here): one check for each of 8,000 pillars in each layer is what reading takes."""


@cache
def contours():
    """The paper's pillars on a disc of 30 mm, as SLC."""
    printer, resin = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")
    solid = load_recipe("p-3dse").with_outline("disc:30000").with_settings(["height_um=100"]).solid(printer.panel)
    job, file = slice_solid(solid, printer, resin), BytesIO()
    slc.write(job, file)
    return job, file.getvalue()


def test_write_contours(against):
    job, data = contours()
    target = bytearray(len(data))
    against(
        lambda: slc.write(job, BytesIO()),
        lambda: target.__setitem__(slice(None), data),
        MOST_CONTOURS_WRITING,
        rounds=5,
    )


def test_read_contours(against):
    _, data = contours()
    target = bytearray(len(data))
    against(
        lambda: slc.read_contours(data), lambda: target.__setitem__(slice(None), data), MOST_CONTOURS_READING, rounds=5
    )
