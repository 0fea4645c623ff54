"""A file appears whole or not at all."""

from __future__ import annotations

import pytest

from voxelyte.errors import VoxelyteError
from voxelyte.files import written_whole


def test_it_appears_at_the_end_and_alone(tmp_path):
    target = tmp_path / "film.x"
    with written_whole(target) as file:
        file.write(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, MemoryError])
def test_any_fault_leaves_what_was_there(tmp_path, fault):
    target = tmp_path / "film.x"
    target.write_bytes(b"old")

    with pytest.raises(fault), written_whole(target) as file:
        raise fault(file.write(b"half"))
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_told_with_the_name(tmp_path):
    said = r"film\.x cannot be written: No space left on device"
    with pytest.raises(VoxelyteError, match=said), written_whole(tmp_path / "film.x"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_what_is_no_file_is_not_replaced(tmp_path):
    with pytest.raises(VoxelyteError, match="is no file"), written_whole(tmp_path):
        pass
    with pytest.raises(VoxelyteError, match="cannot be written"), written_whole(tmp_path / "none" / "x"):
        pass


def test_it_can_be_read_by_whoever_may_read_new_files(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    with written_whole(tmp_path / "film.x") as file:
        file.write(b"1")
    assert (tmp_path / "film.x").stat().st_mode == (tmp_path / "plain").stat().st_mode
