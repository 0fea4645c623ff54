"""PRZ of Phrozen: a GOO file (`goo.py` has the byte map) with rules of its own.

- The printer type in the header names Phrozen; this is how the two are told apart.
- Pictures never hold chunks that count from the run before; ours do not in either (UVtools GooFile.cs: EncodeInternally).
- No per-layer definitions: with them the machine starts some mm too high (UVtools issue 1040, a Mega 8K S). So the job must
  be what the header's few numbers make: one thickness; bottom layers with their own exposure, motion and power;
  transition layers whose exposure goes in equal steps of whole 0.01 s from there to that of the rest; the rest. A job's
  list is rebuilt by this law and compared, and where it differs that is a loss. The records repeat what the header makes.

Which steps the firmware itself takes in transition layers is not published. UVtools takes the records for them
(TransitionLayerTypes.Software), and the step here is the one that it computes.
"""

from __future__ import annotations

from typing import IO

from voxelyte.formats import Format
from voxelyte.formats._foreign import usual
from voxelyte.formats._goo_layout import HEADER
from voxelyte.formats._goo_read import phrozen, read
from voxelyte.formats._goo_write import by_plan, check, held, write_layers
from voxelyte.formats._rle_file import text
from voxelyte.formats._rle_laws import laws, one_thickness_law, pitch_law
from voxelyte.job import Job

MAKER = "Phrozen"


def write(job: Job, file: IO[bytes]) -> None:
    """Write the header, and records that repeat what it makes; equal masks are encoded once."""
    check(job)
    thickness_nm = usual(layer.thickness_nm for layer in job.layers)
    tops_nm = [thickness_nm * (index + 1) for index in range(len(job.layers))]
    title = job.printer.machine
    kind = title if MAKER.lower() in title.lower() else f"{MAKER} {title}"
    printer_type = text(kind, HEADER["printer_type"].itemsize - 1)
    write_layers(job, file, by_plan(job), tops_nm, per_layer=False, printer_type=printer_type)


FORMAT = Format(
    name="prz",
    title="Phrozen PRZ",
    suffixes=(".prz",),
    carries=frozenset({"grey", "pitch", "mirror"}),
    laws={
        "thickness": one_thickness_law,
        "pitch": pitch_law,
        **laws(lambda job: held(by_plan(job)), "bottom, transition and normal layers do not make"),
    },
    write=write,
    read=read,
    recognises=lambda content: phrozen(content) is True,
    notes=(
        "one thickness; exposures, motion and power of bottom, transition and normal layers",
        "the printer takes only pictures of its own panel's size",
    ),
)
