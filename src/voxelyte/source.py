"""Where a number comes from, and how sure it is."""

from __future__ import annotations

from typing import Literal

from voxelyte.values import Text, Value

Sureness = Literal["measured", "published", "seen", "inferred", "chosen"]


class Source(Value):
    """One number's origin.

    `sure` is one of: measured (on a machine, by the place named), published (by the maker or in the paper),
    seen (at a third party), inferred (computed from other numbers here), chosen (by this project).
    """

    sure: Sureness
    where: Text


Sources = dict[str, Source]
"""Key path, such as `panel.pitch_x_um`, to the origin of that number."""
