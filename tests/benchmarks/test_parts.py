"""A part of 100,000 triangles in 400 layers to an archive: whole process against PrusaSlicer's, on the same file.

Python's bytecode is there, as it is after pip: the first run writes it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from zipfile import ZipFile

import numpy as np
import pytest
from meshed_parts import lathe, moved, stl, together

from voxelyte import load_printer, load_resin, slice_solid, write_job
from voxelyte.outline import DiscOutline
from voxelyte.solids.planar import PlanarFilm

SLICER = shutil.which("prusa-slicer")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def star(radius_mm, rows, sides):
    """A twisted star, 20 mm high."""
    return lathe(lambda t, z: radius_mm * (1 + 0.2 * np.cos(5 * t + z / 7)), np.linspace(0, 20, rows + 1), sides)


PARTS = {
    "small": partial(star, 7.5, 200, 250),
    "plate": lambda: together(*(moved(star(11.0, 40, 156), 29 * (i % 4 - 1.5), 32 * (i // 4 - 0.5), 0) for i in range(8))),
}


@pytest.mark.skipif(SLICER is None, reason="prusa-slicer is not installed")
@pytest.mark.parametrize("name", PARTS)
def test_part_to_archive(against, tmp_path, name):
    points, faces = PARTS[name]()
    assert 100_000 <= len(faces) < 105_000
    (tmp_path / "part.stl").write_bytes(stl(points, faces))
    printer = load_printer("asiga-max")
    film = PlanarFilm(outline=DiscOutline(diameter_um=5_000.0), base_um=50.0)
    write_job(slice_solid(film, printer, load_resin("pegda-litfsi-llzto")), tmp_path / "settings.sl1")
    with ZipFile(tmp_path / "settings.sl1") as archive:
        (tmp_path / "settings.ini").write_bytes(archive.read("prusaslicer.ini"))
    centre = "{:.6f},{:.6f}".format(*(side / 2000 for side in printer.panel.size_um))
    run = partial(subprocess.run, check=True, capture_output=True, cwd=tmp_path, env=ENVIRONMENT)
    ours = [sys.executable, "-m", "voxelyte", "slice", "part.stl", "--printer", "asiga-max", "-o", "ours.sl1"]
    theirs = [SLICER, "--loglevel", "1", "--datadir", "data", "--load", "settings.ini", "--center", centre]
    theirs += ["--export-sla", "part.stl", "--output", "theirs.sl1"]
    against(partial(run, ours), partial(run, theirs), 0.5, rounds=8, peers=4)
