"""What all tests share: no property is timed, for the machine that runs them may be busy with other things."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("voxelyte", deadline=None)
settings.load_profile("voxelyte")
