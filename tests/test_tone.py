"""Grey levels: nearest, monotone, and full from dark to light for every panel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from voxelyte.tone import tone_for

COVERAGE = np.linspace(0, 1, 4081)
coverages = arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 1))


@pytest.mark.parametrize("grey_levels", range(2, 257))
def test_every_panel_has_its_levels_from_dark_to_full(grey_levels):
    toned = tone_for(grey_levels)(COVERAGE).astype(int)
    assert toned[0] == 0
    assert toned[-1] == 255
    assert len(np.unique(toned)) == grey_levels
    assert (np.diff(toned) >= 0).all()
    # Half a step of the panel's, and half a level where its steps are no whole levels.
    rounding = 0 if 255 % (grey_levels - 1) == 0 else 0.5
    assert abs(toned - COVERAGE * 255).max() <= 255 / (grey_levels - 1) / 2 + rounding + 1e-9


@given(coverages)
def test_256_levels_err_by_at_most_half_of_one(coverage):
    before = coverage.copy()
    assert abs(tone_for(256)(coverage) - coverage * 255).max() <= 0.5 + 1e-9
    assert np.array_equal(coverage, before)


@given(coverages)
def test_a_binary_panel_lights_what_is_covered_to_a_half(coverage):
    assert np.array_equal(tone_for(2)(coverage), np.where(coverage >= 0.5, 255, 0))


@pytest.mark.parametrize("grey_levels", [2, 3, 16, 255, 256])
def test_rounding_noise_beyond_nothing_and_all_is_cut(grey_levels):
    assert tone_for(grey_levels)(np.array([-1e-9, 1 + 1e-9])).tolist() == [0, 255]
