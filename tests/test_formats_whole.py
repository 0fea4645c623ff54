"""A full disk and a killed process: what stood at the name stays, and nothing half written gets the name."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from voxelyte.formats import all_formats

FORMATS = [fmt for fmt in all_formats() if not fmt.contours]
CASES = [pytest.param(fmt, suffix, id=suffix) for fmt in FORMATS for suffix in {fmt.suffixes[0], *fmt.folders}]
HERE = Path(__file__).parent

WRITER = """
import os, resource, signal, sys
sys.path.insert(0, {here!r})
from formats_jobs import LIFT, job_of, levelled, mask_of, picture
from voxelyte.formats import format_for, write_job
from voxelyte.job import Exposure, Mask
from voxelyte.printer import Panel

target, how = sys.argv[1:]
levels = format_for(target).grey_levels
panel = Panel(width_px=601, height_px=401, pitch_x_um=50.0, pitch_y_um=50.0, grey_levels=levels)
masks = [mask_of(levelled(picture("noise", panel, seed), levels), panel) for seed in range(8)]
if how == "killed":
    masks[-1] = Mask(panel, lambda: os.kill(os.getpid(), signal.SIGKILL))
else:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
job = job_of([(50_000, [Exposure(mask, 6.0)], LIFT) for mask in masks], panel)
write_job(job, target)
"""


def run(target, how):
    code = WRITER.format(here=str(HERE))
    words = [sys.executable, "-c", code, str(target), how]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def whole(path):
    """All that is at a path."""
    if path.is_dir():
        return {file.relative_to(path): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    return path.read_bytes() if path.exists() else None


@pytest.mark.parametrize(("fmt", "suffix"), CASES)
def test_a_disk_that_fills_leaves_nothing_of_it(fmt, suffix, tmp_path):
    """The limit on a file's size stands for the disk; every archive here is larger."""
    target = tmp_path / f"film{suffix}"
    if suffix not in fmt.folders:
        target.write_bytes(b"what was there")
    before = whole(target)
    done = run(target, "full")
    assert done.returncode == 1
    assert f"{target} cannot be written: File too large" in done.stderr
    assert whole(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ([target.name] if before else [])


@pytest.mark.parametrize(("fmt", "suffix"), CASES)
def test_a_killed_writer_leaves_the_name_alone(fmt, suffix, tmp_path):
    """A kill leaves its hidden part, which nothing takes for an archive."""
    target = tmp_path / f"film{suffix}"
    if suffix not in fmt.folders:
        target.write_bytes(b"what was there")
    before = whole(target)
    assert run(target, "killed").returncode == -signal.SIGKILL
    assert whole(target) == before
    others = [path.name for path in tmp_path.iterdir() if path != target]
    assert all(name.startswith(".") and name.endswith(".part") for name in others)
