"""The pictures of a job as a writer needs them: each distinct mask painted and encoded once, a few held at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from voxelyte.formats._ahead import ahead
from voxelyte.formats._thumbnail import Thumbnail
from voxelyte.job import Job, Layer, Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

Encoded = TypeVar("Encoded")

ROWS = 2**16 // 2**8
MANY = 8
"""Masks from which workers are worth their start, and most of those that one paints together."""
HELD_PX = 2**24
"""Pixels that a worker holds: 8 masks of 1920 x 1080, one of a 12K panel."""
LONG_PX = 2**27
"""Pixels from which a process is worth its start: 64 masks of 1920 x 1080."""


class Pictures(Generic[Encoded]):
    """What `encode` makes of every mask; a picture is held only as long as a later layer shows it again."""

    def __init__(self, job: Job, encode: Callable[[NDArray[np.uint8]], Encoded]) -> None:
        self.job, self._encode = job, encode
        self.thumbnail = Thumbnail(job.panel)
        """A small view of the film; there is something to see after `firsts` or `all` has run."""
        self._dark = Mask(job.panel, lambda: np.zeros((job.panel.height_px, job.panel.width_px), dtype=np.uint8))

    def firsts(self) -> Iterator[tuple[Layer, Encoded]]:
        """Every layer with its first picture; a layer without light shows a dark one."""
        shown = ([layer.exposures[0].mask if layer.exposures else self._dark] for layer in self.job.layers)
        return ((layer, encoded) for layer, (encoded,) in self._run(list(shown)))

    def all(self) -> Iterator[tuple[Layer, list[Encoded]]]:
        """Every layer with the pictures of all its exposures."""
        return self._run([[one.mask for one in layer.exposures] for layer in self.job.layers])

    def _run(self, shown: list[list[Mask]]) -> Iterator[tuple[Layer, list[Encoded]]]:
        last = {mask: index for index, masks in enumerate(shown) for mask in masks}
        order = list(last)
        seen = {*order[:1], *(mask for masks in shown[-1:] for mask in masks)}
        held: dict[Mask, Encoded] = {}
        painted = self._painted(order, seen)
        for index, (layer, masks) in enumerate(zip(self.job.layers, shown, strict=True)):
            for mask in masks:
                if mask not in held:
                    held[mask] = next(painted)
            yield layer, [held[mask] for mask in masks]
            for mask in masks:
                if last[mask] == index:
                    held.pop(mask, None)

    def _painted(self, order: list[Mask], seen: set[Mask]) -> Iterator[Encoded]:
        """Every mask in its order; many that are drawn, not read from a file, by several workers, some at a time."""
        if len(order) < MANY or not all(mask.drawn for mask in order):
            for mask in order:
                yield self._taken(*self._made([mask], seen)[0])
            return
        mask_px = self.job.panel.width_px * self.job.panel.height_px
        at_once = max(1, min(MANY, HELD_PX // mask_px))
        some = [order[start : start + at_once] for start in range(0, len(order), at_once)]
        for made in ahead(lambda masks: self._made(masks, seen), some, long=len(order) * mask_px >= LONG_PX):
            for one in made:
                yield self._taken(*one)

    def _made(self, masks: list[Mask], seen: set[Mask]) -> list[tuple[NDArray[np.uint8] | None, Encoded]]:
        """What is made of each mask, and its picture if it is for the thumbnail."""
        pictures = zip(masks, Mask.all_pixels(masks), strict=True)
        return [(pixels if mask in seen else None, self._encode(pixels)) for mask, pixels in pictures]

    def _taken(self, pixels: NDArray[np.uint8] | None, encoded: Encoded) -> Encoded:
        if pixels is not None:
            self.thumbnail.add(pixels)
        return encoded


def lit(pixels: NDArray[np.uint8]) -> int:
    """Sum of a mask's grey levels. So few rows at a time that 16 bits hold their sum, which is several times faster."""
    some = (pixels[start : start + ROWS] for start in range(0, len(pixels), ROWS))
    return sum(int(rows.sum(axis=0, dtype=np.uint16).sum(dtype=np.uint64)) for rows in some if rows.view(bool).any())
