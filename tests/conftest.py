"""What all tests share: no property is timed, for the machine that runs them may be busy with other things.

In CI examples are the same in every run, so that a red test is a change and not a draw; elsewhere each run looks at new ones.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("voxelyte", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("voxelyte")
