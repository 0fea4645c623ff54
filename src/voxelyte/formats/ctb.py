"""CTB of ChiTu's boards, version 3, not encrypted: one binary file, little-endian (field tables in `_ctb_layout`).

offset   what (lengths mm, times s, speeds mm/min)
0        header, 112 bytes: magic 0x12FD0086, version, build volume, film's height, thickness, exposures, light-off, bottom
         layers, panel (px), places of all that follows, print time, mirrored, lamp powers (of 255), key
112      two previews, 400 x 300 and 200 x 125: a record of 32 bytes and the pixels (`_rle_preview`), in room of fixed size
290176   print parameters, 60 bytes: lifts and speeds, bottom and other, volume
290236   slicer's record, 76 bytes, with flags and the place of the machine's name, which follows
then     layer table, 36 bytes a layer: top, exposure, light-off, place and size of the picture
then     per layer: its entry once more, lift, speeds and lamp power, 84 bytes; the picture's code (`_rle_ctb`), ciphered

Sources: cbiffle/catibo doc/cbddlp-ctb.adoc; UVtools ChituboxFile.cs; uv3dp ctb/. Places are free, so readers go by them.

What is carried, as far as 32-bit floats give it back, for each layer: top, exposure, lamp power, lift and both speeds, and
the rest before the exposure. ChiTu counts a light-off time from lamp off to lamp on, within which the motion runs (UVtools
reads it so: FileFormat.cs SetLightOffDelay, Layer.cs CalculateCompletionTime): the rest is what the motion leaves of it, in
steps of 0.1 ms. Version 3 has no rest between exposure and lift (its field is for version 4), which is a loss of motion.

Greys are of 7 bits: a panel of 128 levels is carried exactly. Whether the picture is a mirror image is written; along which
axis is not. The key of the cipher is not 0 unless asked for. Versions 4 and 5 and their encrypted kin are not read: UVtools is.
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

VERSION = 3


def write(job: Job, file: IO[bytes], key: int | None = None) -> None:
    """Write the file; a `key` of 0 leaves pictures plain, None takes one from the job. Equal masks are encoded once."""
    write_ctb(job, file, VERSION, key)


FORMAT = Format(
    name="ctb",
    title="ChiTuBox CTB version 3",
    suffixes=(".ctb",),
    carries=frozenset({"thickness", "exposure", "power", "grey", "pitch"}),
    laws={
        "thickness": thickness_law,
        "pitch": pitch_law,
        **laws(
            lambda job: held(job, VERSION),
            "version 3 does not give back",
            motion="lift, speed, rest of finer than 0.1 ms, or rest after the exposure",
        ),
    },
    write=write,
    read=read,
    recognises=lambda content: version_of(content) not in (None, 2),
    grey_levels=GREY_LEVELS,
    notes=(
        "lift, speeds and the rest before the exposure for each layer; no rest between exposure and lift",
        "128 grey levels",
        "versions 4 and 5, and encrypted files, are for UVtools to convert",
    ),
)
