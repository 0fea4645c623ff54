"""What every block of the sheet needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from voxelyte.export._masks import Picture
from voxelyte.job import Job, Mask
from voxelyte.region import Bounds
from voxelyte.solids import Solid

FILM, MESH, MASKS, SHEET, SLC = "film", "film.stl", "masks", "process-sheet.html", ".slc"
TABLE_OF_FILMS = "films.csv"


@dataclass(frozen=True)
class Subject:
    """A job with what was written of it in `place`; `suffix` is the film's file, `no_mesh` why there is no mesh."""

    job: Job
    solid: Solid
    place: Path
    suffix: str | None
    pictures: dict[Mask, Picture]
    no_mesh: str

    @property
    def composer(self) -> bool:
        """Whether the machine's own slicer takes the outlines, so that it paints masks of its own."""
        return self.suffix == SLC

    @property
    def film(self) -> str:
        """Name of the file that the machine's software opens; empty where there is none."""
        return "" if self.suffix is None else f"{FILM}{self.suffix}"

    @property
    def distinct(self) -> tuple[Picture, ...]:
        """Every distinct picture, in order of first use."""
        return tuple(dict.fromkeys(self.pictures.values()))

    @cached_property
    def box_mm(self) -> Bounds:
        """Least x and y, greatest x and y of the film, from the plate's front left corner."""
        x0, y0, _, x1, y1, _ = (um / 1000 for um in self.solid.bounds_um)
        x, y = (um / 2000 for um in self.job.panel.size_um)
        return x0 + x, y0 + y, x1 + x, y1 + y

    @property
    def centred(self) -> bool:
        """Whether the middle of the film's box is the plate's centre, to a hundredth of a µm."""
        x0, y0, _, x1, y1, _ = self.solid.bounds_um
        return max(abs(x0 + x1), abs(y0 + y1)) < 0.02
