"""Masks of a mesh against PrusaSlicer's of the same file, on a part whose true section is known at every layer."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from meshed_parts import lathe, moved, stl, together
from test_prusaslicer import SLICER, bench, masks  # noqa: F401

from voxelyte import load_printer, load_resin, read_job, read_mesh, slice_solid

pytestmark = [pytest.mark.slow, pytest.mark.skipif(SLICER is None, reason="prusa-slicer is not installed")]
LAYERS, SIDES, RADIUS_MM, ACROSS = 10, 120, 0.3, 6


def stars():
    """Twisted stars with a ring of corners at the middle of each layer, whose polygon has the star's own area."""
    middles = 0.05 * np.arange(LAYERS) + 0.025
    step = 2 * pi / SIDES
    angles = np.arange(SIDES) * step
    one, other = (1 + 0.2 * np.cos(5 * angles), 1 + 0.2 * np.cos(5 * (angles + step)))
    larger = np.sqrt(2 * pi * 1.02 / (one @ other * np.sin(step)))

    def radius(angle, z):
        return RADIUS_MM * larger * (1 + 0.2 * np.cos(5 * (angle + np.round(z / 0.05) * step)))

    one_star = lathe(radius, [0, *middles, 0.05 * LAYERS], SIDES)
    return together(*(moved(one_star, 1.013 * x, 0.997 * y, 0) for x in range(ACROSS) for y in range(ACROSS)))


def test_our_areas_are_nearer_to_the_true_section(bench, tmp_path):  # noqa: F811
    points, faces = stars()
    path = bench.folder / "theirs.stl"
    path.write_bytes(stl(points, faces))
    part, printer = read_mesh(path), load_printer("asiga-max")
    job = slice_solid(part, printer, load_resin("pegda-litfsi-llzto"))
    center = "{:.6f},{:.6f}".format(*(side / 2000 for side in printer.panel.size_um))
    words = ["--load", bench.settings(job), "--center", center]
    bench.run(*words, "--export-sla", "theirs.stl", "--output", "theirs.sl1")
    theirs = read_job(bench.folder / "theirs.sl1")
    true_um2 = ACROSS**2 * 1.02 * pi * (1000 * RADIUS_MM) ** 2
    errors = []
    for mine, other in zip(masks(job), masks(theirs), strict=True):
        assert abs(mine - other).max() <= 3
        errors.append([abs(one.sum() / 255 * printer.panel.pixel_area_um2 / true_um2 - 1) for one in (mine, other)])
    ours, prusas = np.mean(errors, axis=0)
    assert ours < 4e-5
    assert ours < prusas / 2
