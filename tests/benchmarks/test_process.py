"""Whole processes, as a user starts them, against starting Python with numpy."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest


def process(*words: str) -> partial[object]:
    return partial(subprocess.run, [sys.executable, *words], check=True, capture_output=True)


def test_help(against):
    """0.2 s is asked; the unit is what importing click alone takes."""
    against(process("-m", "voxelyte", "--help"), process("-c", "import click"), 3, rounds=5)


@pytest.mark.parametrize(("outline", "most"), [("disc:16000", 5), ("plate", 7)])
def test_design_to_archive(against, tmp_path, outline, most):
    """0.8 s is asked of the whole plate; importing numpy, which it cannot do without, is the unit."""
    work = process("-m", "voxelyte", "slice", "p-3dse", "--outline", outline, "-o", str(tmp_path / "film.voxelyte"))
    against(work, process("-c", "import numpy"), most, rounds=5)
