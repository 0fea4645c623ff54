"""The pictures of a job as a writer needs them: each distinct mask painted and encoded once, a few held at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from voxelyte.formats._thumbnail import Thumbnail
from voxelyte.job import Job, Layer, Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

Encoded = TypeVar("Encoded")


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
        for index, (layer, masks) in enumerate(zip(self.job.layers, shown, strict=True)):
            for mask in masks:
                if mask not in held:
                    held[mask] = self._paint(mask, mask in seen)
            yield layer, [held[mask] for mask in masks]
            for mask in masks:
                if last[mask] == index:
                    held.pop(mask, None)

    def _paint(self, mask: Mask, seen: bool) -> Encoded:
        pixels = mask.pixels()
        if seen:
            self.thumbnail.add(pixels)
        return self._encode(pixels)
