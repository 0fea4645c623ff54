"""PrusaSlicer, which shares no code with ours: it takes our settings, slices our meshes to our masks, and we read its archives.

Its masks are good ones: in the plane they differ from ours by two grey levels of 255 at most. Of pillars, whose area is
known, it lights some 0.2 to 0.9 % too much or too little, we at most 0.14 %, which is the rounding to grey levels.
In height it knows whole layers only: a base of 75 µm becomes one of 100 µm.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from itertools import product
from math import pi
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from formats_jobs import film, resin

from voxelyte.errors import LossyExport
from voxelyte.formats import read_job, write_job
from voxelyte.job import Job
from voxelyte.mesh import write_mesh
from voxelyte.outline import DiscOutline
from voxelyte.recipes import load_printer
from voxelyte.slicing import slice_solid
from voxelyte.solids.f_mark import FMarkFilm
from voxelyte.solids.pillars import PillarFilm
from voxelyte.solids.planar import PlanarFilm

SLICER = shutil.which("prusa-slicer")
pytestmark = pytest.mark.skipif(SLICER is None, reason="prusa-slicer is not installed")
SAGITTA_UM = 0.1  # finer than a grey level
PORTRAIT = {"prusa-sl1", "prusa-sl1s"}
F_MARK = FMarkFilm(outline=DiscOutline(diameter_um=8_000.0), base_um=50.0, size_um=5_000.0, height_um=50.0)


def pillars(base_um, diameter_um=6_000.0):
    return PillarFilm(
        outline=DiscOutline(diameter_um=diameter_um), base_um=base_um, diameter_um=100.0, height_um=150.0, gap_um=200.0
    )


@dataclass(frozen=True)
class Bench:
    """A folder in which PrusaSlicer works."""

    folder: Path

    def run(self, *words):
        done = subprocess.run(
            [SLICER, "--loglevel", "1", "--datadir", self.folder / "data", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def settings(self, job):
        """The `prusaslicer.ini` of our archive."""
        write_job(job, self.folder / "ours.sl1", allow=["thickness"])
        with ZipFile(self.folder / "ours.sl1") as archive:
            (self.folder / "ours.ini").write_bytes(archive.read("prusaslicer.ini"))
        return "ours.ini"

    def sliced(self, solid, job, *words, suffix=".stl") -> Job:
        """What PrusaSlicer makes of the solid's mesh with the settings of our archive, in the middle of its bed."""
        write_mesh(solid, self.folder / f"theirs{suffix}", SAGITTA_UM)
        sides_mm = [side_um / 1000 for side_um in job.panel.size_um]
        turn = []
        if job.printer.name in PORTRAIT:
            sides_mm.reverse()
            turn = ["--rotate", "270"]  # its bed's +x is our +y
        center = "{:.6f},{:.6f}".format(*(side / 2 for side in sides_mm))
        settings = ["--load", self.settings(job), *turn, "--center", center, *words]
        self.run(*settings, "--export-sla", f"theirs{suffix}", "--output", "theirs.sl1")
        return read_job(self.folder / "theirs.sl1")


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def masks(job):
    return [layer.exposures[0].mask.pixels().astype(int) for layer in job.layers]


def fields(path):
    return dict(line.split(" = ", 1) for line in path.read_text().splitlines() if " = " in line)


def numbers(text):
    return [float(word) for word in text.replace("x", ",").split(",")]


@pytest.mark.parametrize("name", ["prusa-sl1", "prusa-sl1s", "asiga-max"])
def test_it_loads_our_list_and_gives_every_value_back(name, bench):
    job = slice_solid(F_MARK, load_printer(name), resin())
    bench.run("--load", bench.settings(job), "--save", "back.ini")
    ours, theirs = fields(bench.folder / "ours.ini"), fields(bench.folder / "back.ini")
    assert len(ours) > 20
    for key, value in ours.items():
        assert theirs[key] == value or numbers(theirs[key]) == numbers(value), key


def printer_with(name, mirror_x, mirror_y):
    """A small panel of 50 µm under the profile's name: a letter on it is lit in whole pixels."""
    printer = load_printer(name)
    sizes = {"width_px": 180, "height_px": 200, "pitch_x_um": 50.0, "pitch_y_um": 50.0}
    panel = printer.panel.model_copy(update={**sizes, "mirror_x": mirror_x, "mirror_y": mirror_y})
    return printer.model_copy(update={"panel": panel})


@pytest.mark.parametrize("name", ["prusa-sl1s", "asiga-max"])
@pytest.mark.parametrize("mirrors", list(product([False, True], repeat=2)))
def test_a_letter_is_turned_mirrored_and_placed_as_it_does(name, mirrors, bench):
    job = slice_solid(F_MARK, printer_with(name, *mirrors), resin())
    letter = masks(job)[1]
    theirs = bench.sliced(F_MARK, job)
    assert theirs.panel == job.panel
    assert np.array_equal(masks(theirs)[1], letter)
    assert not any(np.array_equal(letter, other) for other in (letter[::-1], letter[:, ::-1], letter[::-1, ::-1]))


def test_a_3mf_of_ours_is_sliced_as_an_stl_of_ours(bench):
    solid = pillars(50.0)
    job = slice_solid(solid, load_printer("prusa-sl1s"), resin())
    stl, packed = (masks(bench.sliced(solid, job, suffix=suffix)) for suffix in (".stl", ".3mf"))
    assert len(stl) == len(packed)
    assert max(np.abs(one - other).max() for one, other in zip(stl, packed, strict=True)) <= 2


def lit_um2(mask, panel):
    return mask.sum() / 255 * panel.pixel_area_um2


@pytest.mark.parametrize("name", ["prusa-sl1", "prusa-sl1s", "asiga-max"])
def test_masks_agree_and_our_pillars_are_nearer_to_their_exact_area(name, bench):
    solid, printer = pillars(50.0), load_printer(name)
    job = slice_solid(solid, printer, resin())
    theirs = bench.sliced(solid, job)
    assert theirs.panel == job.panel
    assert [layer.thickness_nm for layer in theirs.layers] == [layer.thickness_nm for layer in job.layers]
    exact_um2 = [pi * 3_000**2, *[solid.count * pi * 50**2] * 3]
    errors = []
    for mine, other, area_um2 in zip(masks(job), masks(theirs), exact_um2, strict=True):
        assert abs(mine - other).max() <= 2
        errors.append([abs(lit_um2(mask, printer.panel) / area_um2 - 1) for mask in (mine, other)])
    assert max(errors[0]) < 0.0003
    for ours, others in errors[1:]:
        assert ours < 0.002  # four equal pixels on an SL1S, each rounded to a grey level
        assert ours < others < 0.02


def test_a_base_of_75_um_becomes_two_layers_of_50_um_there_and_is_refused_here(bench):
    """It looks at the middle of each layer: the film grows a base of 100 µm and loses 25 µm in all."""
    solid = pillars(75.0, 1_500.0)
    job = slice_solid(solid, load_printer("prusa-sl1s"), resin())
    theirs = bench.sliced(solid, job, "--layer-height", "0.05", "--initial-layer-height", "0.05")
    base = masks(theirs)[0].sum()
    assert [mask.sum() == base for mask in masks(theirs)] == [True, True, False, False]
    assert solid.levels_um == (0, 75, 225)
    with pytest.raises(LossyExport, match="thickness"):
        write_job(job, bench.folder / "refused.sl1")


def test_its_archive_is_read_with_its_times_and_fade(bench):
    solid = PlanarFilm(outline=DiscOutline(diameter_um=3_000.0), base_um=400.0)
    job = slice_solid(solid, load_printer("prusa-sl1s"), resin())
    changes = ["--initial-exposure-time", "30", "--exposure-time", "6", "--faded-layers", "5"]
    theirs = bench.sliced(solid, job, *changes)
    assert theirs.printer.name == "prusa-sl1s"
    assert [layer.exposure_s for layer in theirs.layers] == [30.0, 24.0, 18.0, 12.0, 6.0, 6.0, 6.0, 6.0]
    assert [layer.top_nm for layer in theirs.layers] == [50_000 * (index + 1) for index in range(8)]
    assert theirs.provenance.software.startswith("PrusaSlicer")


def test_it_slices_with_long_exposures_which_its_own_limits_forbid(bench):
    job = film(*[50.0] * 2, exposures_s=[400.0, 200.0], panel=printer_with("asiga-max", False, False).panel)
    theirs = bench.sliced(PlanarFilm(outline=DiscOutline(diameter_um=3_000.0), base_um=100.0), job)
    assert [layer.exposure_s for layer in theirs.layers] == [400.0, 200.0]
