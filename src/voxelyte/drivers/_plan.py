"""What to send when: masks and layers as far ahead as the machine has places, by knowing the whole job.

A print that is resumed begins with the first layer that the machine does not hold, and with the masks that it does.
Each step of a plan may be taken when `after` layers are done. No step waits for a layer that was not sent before
it, so that a plan cannot stand still.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal


@dataclass(frozen=True)
class Step:
    """Send mask `number`, forget it, or send layer `number`, once `after` layers are done."""

    kind: Literal["mask", "forget", "layer"]
    number: int
    after: int


def plan(
    uses: Sequence[Sequence[int]], mask_places: int, layer_places: int, first: int = 0, held_masks: Collection[int] = ()
) -> Iterator[Step]:
    """The steps that print layers showing the masks `uses[layer]`, from `first` on; none shows more masks than there are places."""
    need = _Need(uses)
    held = {mask: need.before(mask, first) for mask in held_masks}  # mask -> the last layer sent that shows it
    after = 0
    for layer, masks in enumerate(uses[first:], first):
        for mask in dict.fromkeys(masks):
            if mask not in held:
                if len(held) >= mask_places:
                    victim = _victim({m: last for m, last in held.items() if m not in masks}, layer, need)
                    after = max(after, held.pop(victim) + 1)
                    yield Step("forget", victim, after)
                yield Step("mask", mask, after)
            held[mask] = layer
        after = max(after, layer - layer_places + 1)
        yield Step("layer", layer, after)


def _victim(free: dict[int, int], layer: int, need: _Need) -> int:
    """The mask to forget: one that nobody needs, soonest free; else the one needed latest.

    The masks of the layer just before are kept if others will do: that layer prints while the new mask travels.
    """
    choice = {mask: last for mask, last in free.items() if last < layer - 1} or free
    dead = [mask for mask in choice if need.after(mask, layer) == inf]
    if dead:
        return min(dead, key=lambda mask: (choice[mask], mask))
    return max(choice, key=lambda mask: (need.after(mask, layer), -mask))


class _Need:
    """Which layers show a mask."""

    def __init__(self, uses: Sequence[Sequence[int]]) -> None:
        self._layers: dict[int, list[int]] = defaultdict(list)
        for layer, masks in enumerate(uses):
            for mask in set(masks):
                self._layers[mask].append(layer)

    def before(self, mask: int, layer: int) -> int:
        """The last layer before `layer` that shows the mask; -1 if none does."""
        at = bisect_left(self._layers[mask], layer)
        return self._layers[mask][at - 1] if at else -1

    def after(self, mask: int, layer: int) -> float:
        """The first layer after `layer` that shows the mask."""
        layers = self._layers[mask]
        at = bisect_right(layers, layer)
        return layers[at] if at < len(layers) else inf
