"""Key files: made once, read whole, never shown."""

from __future__ import annotations

import os
import re

import pytest
from click.testing import CliRunner

from voxelyte.cli import main
from voxelyte.errors import VoxelyteError
from voxelyte.keys import new_key, read_key

DIGITS = "5a" * 32


def written(path, text: str, mode: int = 0o600):
    path.write_bytes(text.encode("utf-8"))
    path.chmod(mode)
    return path


def test_a_new_key_is_read_back_and_each_is_another(tmp_path):
    keys = set()
    for name in ("a", "b"):
        new_key(tmp_path / name)
        keys.add(read_key(tmp_path / name))
        assert re.fullmatch(rb"voxelyte-key-1 [0-9a-f]{64}\n", (tmp_path / name).read_bytes())
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600 or os.name != "posix"
    assert [len(key) for key in keys] == [32, 32]


def test_a_new_key_never_takes_the_place_of_a_file(tmp_path):
    written(tmp_path / "a", "mine")
    with pytest.raises(VoxelyteError, match="is there already"):
        new_key(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "mine"
    with pytest.raises(VoxelyteError, match="cannot be written"):
        new_key(tmp_path / "nowhere" / "a")


def test_a_link_to_nowhere_is_not_followed(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    with pytest.raises(VoxelyteError, match="is there already"):
        new_key(tmp_path / "a")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("text", [
    f"voxelyte-key-1 {DIGITS}", f"voxelyte-key-1 {DIGITS}\n", f"voxelyte-key-1 {DIGITS.upper()}\r\n",
])
def test_lines_that_are_a_key(tmp_path, text):
    assert read_key(written(tmp_path / "a", text)) == b"\x5a" * 32


@pytest.mark.parametrize("text", [
    "", DIGITS, f"voxelyte-key-2 {DIGITS}", f"voxelyte-key-1 {DIGITS}5", f"voxelyte-key-1 {DIGITS[1:]}", "\0" * 10**5,
    f"voxelyte-key-1 {DIGITS}\n\n", f" voxelyte-key-1 {DIGITS}", f"voxelyte-key-1 {DIGITS[:-2]}µm",
])
def test_a_file_that_is_no_key_is_refused_without_its_digits(tmp_path, text):
    with pytest.raises(VoxelyteError, match="must be one line") as caught:
        read_key(written(tmp_path / "a", text))
    assert str(tmp_path / "a") in str(caught.value)
    assert "5a5a" not in str(caught.value).lower()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    with pytest.raises(VoxelyteError, match="owner's alone"):
        read_key(written(tmp_path / "a", f"voxelyte-key-1 {DIGITS}\n", mode))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(VoxelyteError, match=r"nowhere cannot be read: No such file"):
        read_key(tmp_path / "nowhere")


def test_the_command_makes_one(tmp_path):
    path = tmp_path / "lab.key"
    done = CliRunner().invoke(main, ["key", "new", str(path)])
    assert done.exit_code == 0, done.output
    assert read_key(path).hex() not in done.output
    again = CliRunner().invoke(main, ["key", "new", str(path)])
    assert again.exit_code == 2
