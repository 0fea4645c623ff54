"""The bottom layers that a header speaks of, though every layer states its own numbers behind it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Generic, TypeVar

from voxelyte.formats._foreign import usual

Numbers = TypeVar("Numbers", bound=Hashable)


@dataclass(frozen=True)
class Bottom(Generic[Numbers]):
    """How many layers from the first are alike and unlike the usual one, what they say, and what that one says."""

    count: int
    first: Numbers
    usual: Numbers


def bottom_of(layers: Sequence[Numbers]) -> Bottom[Numbers]:
    """The bottom of layers, each given by its numbers; none (count 0) where the first is like the usual one."""
    normal = usual(layers)
    alike = takewhile(lambda one: one == layers[0] != normal, layers)
    return Bottom(sum(1 for _ in alike), layers[0], normal)
