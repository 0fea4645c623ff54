"""Keys sorted with their places: as numpy sorts them, equal keys in their order, however large they may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelyte.sorting import sorted_places


@given(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 3), max_size=40), st.sampled_from([0, 1, 2**20, 2**63 - 1]))
def test_keys_are_sorted_with_their_places(keys, more):
    keys = np.array(keys, dtype=np.int64)
    found, places = sorted_places(keys, max([more, *keys.tolist()]))
    assert np.array_equal(found, np.sort(keys))
    assert np.array_equal(places, np.argsort(keys, kind="stable"))


@pytest.mark.parametrize("bits", range(50, 64))
def test_the_largest_keys_are_sorted_too(bits):
    keys = np.array([2**bits - 1, 0, 2**bits - 1, 2 ** (bits - 1), 0] * 20, dtype=np.int64)
    found, places = sorted_places(keys, 2**bits - 1)
    assert np.array_equal(found, np.sort(keys))
    assert np.array_equal(places, np.argsort(keys, kind="stable"))
