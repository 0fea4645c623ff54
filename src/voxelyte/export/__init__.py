"""A folder with all that a lab needs to print a film on a machine that this package does not drive.

`export(job, solid, folder)` writes, whole or not at all:

film.slc            for an Asiga: the outlines of every layer, which its own program Composer opens
film.<suffix>       for any other printer: the archive that it takes, if one is written here
film.stl            the film as a mesh in mm, in the same place as the outlines
masks/              every distinct picture as the panel would show it, and layers.csv, which says where each belongs
films.csv           for a plate of films: what is where
process-sheet.html  one page to print: layers, light, place, what to enter, what is not known, and where numbers are from
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from voxelyte.errors import SliceError
from voxelyte.export._masks import write_masks
from voxelyte.export._sheet import sheet
from voxelyte.export._subject import FILM, MASKS, MESH, SHEET, SLC, TABLE_OF_FILMS, Subject
from voxelyte.files import written_folder
from voxelyte.formats import write_job
from voxelyte.job import Job
from voxelyte.mesh import write_mesh
from voxelyte.solids import Solid
from voxelyte.tables import rows_of, write_table

__all__ = ["export", "film_suffix"]


def film_suffix(job: Job) -> str | None:
    """Suffix of the file that the machine's own software opens; None where nothing that it takes is written here.

    An Asiga gets SLC, whatever its profile names: archives of this package are for machines that are streamed to.
    """
    printer = job.printer
    return SLC if "asiga" in f"{printer.name} {printer.title}".lower() else printer.format


def export(job: Job, solid: Solid, folder: str | os.PathLike[str], allow: Iterable[str] = ()) -> Path:
    """Write the folder for `job`, which was sliced from `solid`; `allow` is that of `write_job`. Gives the folder.

    Raises LossyExport where the film's file cannot carry the job. A solid that has no closed mesh is exported without
    film.stl, and the sheet says why.
    """
    suffix = film_suffix(job)
    with written_folder(folder) as place:
        if suffix is not None:
            write_job(job, place / f"{FILM}{suffix}", allow)
        no_mesh = _write_mesh(job, solid, place / MESH)
        pictures = write_masks(job, place / MASKS, binary=suffix == SLC)
        if rows_of(job):
            write_table(job, place / TABLE_OF_FILMS)
        text = sheet(Subject(job, solid, place, suffix, pictures, no_mesh))
        (place / SHEET).write_text(text, encoding="utf-8", newline="\n")
    return Path(folder)


def _write_mesh(job: Job, solid: Solid, path: Path) -> str:
    """Write the mesh in the frame of SLC, whose origin is the plate's front left corner; gives the reason where there is none."""
    width_um, depth_um = job.panel.size_um
    try:
        write_mesh(solid, path, move_um=(width_um / 2, depth_um / 2))
    except SliceError as fault:
        return str(fault)
    return ""
