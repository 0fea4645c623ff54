"""CTB of ChiTu's older boards, version 2: the file of `ctb.py`, whose docstring has the byte map, without a record a layer.

For each layer it has a top, an exposure and a light-off time. Lift, its speed and the lamp power are stated once for the
bottom layers and once for the others, the speed of the way back once for all. A job's list is rebuilt by this law and
compared, and what it does not make is a loss. What is the same in the header is the slicer's memory, the table is what
is printed (catibo, src/lib.rs); a flag in the slicer's record calls on the table where the header does not make the same
layers, as UVtools sets it.
"""

from __future__ import annotations

from typing import IO

from voxelyte.formats import Format
from voxelyte.formats._ctb_layers import held
from voxelyte.formats._ctb_read import read, version_of
from voxelyte.formats._ctb_write import write_ctb
from voxelyte.formats._rle_ctb import GREY_LEVELS
from voxelyte.formats._rle_laws import laws, pitch_law, thickness_law
from voxelyte.job import Job

VERSION = 2


def write(job: Job, file: IO[bytes], key: int | None = None) -> None:
    """Write the file; a `key` of 0 leaves pictures plain, None takes one from the job. Equal masks are encoded once."""
    write_ctb(job, file, VERSION, key)


FORMAT = Format(
    name="ctb-v2",
    title="ChiTuBox CTB version 2",
    suffixes=(".v2.ctb",),
    carries=frozenset({"thickness", "exposure", "grey", "pitch"}),
    laws={
        "thickness": thickness_law,
        "pitch": pitch_law,
        **laws(
            lambda job: held(job, VERSION),
            "version 2 does not give back",
            motion="lift, speed, rest of finer than 0.1 ms, or rest after the exposure",
        ),
    },
    write=write,
    read=read,
    recognises=lambda content: version_of(content) == VERSION,
    grey_levels=GREY_LEVELS,
    notes=(
        "lift, its speed and lamp power for bottom layers and for the others; the rest before the exposure for each layer",
        "128 grey levels",
    ),
)
