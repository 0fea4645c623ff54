"""What every block of the preview needs to know of the job, and the page's measures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from voxelyte.job import Job, Mask
from voxelyte.preview.pictures import Box, Shown, chosen, distinct, edges, lit_box, plate_pixels, united
from voxelyte.solids import Solid

WIDTH, EDGE, GAP = 1600, 56, 48
INNER = WIDTH - 2 * EDGE
MOST_MASKS = 4


@dataclass(frozen=True)
class Subject:
    """The job with what every block of the page needs to know of it."""

    job: Job
    solid: Solid | None

    @cached_property
    def masks(self) -> list[Shown]:
        """Every distinct mask."""
        return distinct(self.job)

    @cached_property
    def shown(self) -> list[Shown]:
        """Those that get a picture."""
        return chosen(self.masks, MOST_MASKS)

    @cached_property
    def names(self) -> dict[Mask, str]:
        """A, B, … Z, 27, 28, …"""
        return {one.mask: chr(65 + k) if k < 26 else str(k + 1) for k, one in enumerate(self.masks)}

    @cached_property
    def box(self) -> Box:
        """Around the lit pixels of all shown masks."""
        boxes = [lit_box(plate_pixels(one.mask)) for one in self.shown]
        return united(boxes, self.job.panel.width_px, self.job.panel.height_px)

    @cached_property
    def finest(self) -> Shown | None:
        """The mask with the most edges; the last of equals, which is nearer to the top."""
        return max(reversed(self.shown), key=lambda one: edges(plate_pixels(one.mask)), default=None)
