"""What a short run leaves out changes nothing for the user, and a setting of the user's own stays."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import os
from voxelyte.cli import main
main(["list", "printers"], standalone_mode=False)
print(os.environ["PYDANTIC_DISABLE_PLUGINS"])
"""


@pytest.mark.parametrize("own", [None, "some-plugin"])
def test_a_setting_of_the_users_own_stays(own):
    env = {key: value for key, value in os.environ.items() if key != "PYDANTIC_DISABLE_PLUGINS"}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=env if own is None else {**env, "PYDANTIC_DISABLE_PLUGINS": own},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "asiga-max" in ran.stdout
    assert ran.stdout.splitlines()[-1] == (own or "__all__")
    assert not ran.stderr
