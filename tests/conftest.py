"""What all tests share: no property is timed, for the machine that runs them may be busy with other things.

In CI examples are the same in every run, so that a red test is a change and not a draw; elsewhere each run looks at new ones.
"""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner
from hypothesis import settings

from voxelyte.cli import main

settings.register_profile("voxelyte", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("voxelyte")


@pytest.fixture(autouse=True, scope="session")
def _runs_of_its_own(tmp_path_factory):
    """No test writes into the memory of the user who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXELYTE_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run `voxelyte` with words; the result's exit code must be the one expected."""
    monkeypatch.chdir(tmp_path)

    def call(*words, code=0):
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return call
