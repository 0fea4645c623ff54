"""A picture of a job that one can judge before the vat is filled."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from voxelyte.files import written_whole
from voxelyte.job import Job
from voxelyte.solids import Solid

if TYPE_CHECKING:
    from PIL.Image import Image


def preview(job: Job, solid: Solid | None = None) -> Image:
    """Masks, a magnified corner, the layers and the film from the side; `solid` adds the drawn outlines.

    Without a solid (a job read from an archive) the side view shows the masks' middle row.
    """
    from voxelyte.preview.page import page

    return page(job, solid)


def write_preview(job: Job, path: str | os.PathLike[str], solid: Solid | None = None) -> None:
    """Write `preview` as a PNG, whatever the suffix of `path`."""
    image = preview(job, solid)
    with written_whole(path) as file:
        image.save(file, "PNG")
