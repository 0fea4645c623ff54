"""NanoDLP's plate, .rgb.nanodlp, for projectors and displays that take colour: RGB as wide as the panel, r = g = b.

All but the pictures is as in nanodlp.py, with DisplayController 0. The manual (nanodlp/docs, manual/format.md)
asks for 8-bit sRGB, and allows the packed form for displays of one colour; the suffix is UVtools'. NanoDLP itself
knows only .nanodlp and .zip: give the file that name on the machine.
"""

from __future__ import annotations

from voxelyte.formats import Format
from voxelyte.formats._coloured import as_rgb
from voxelyte.formats._nanodlp_law import exposure_law, motion_law, thickness_law
from voxelyte.formats._nanodlp_read import for_colour, has_plate, read
from voxelyte.formats._nanodlp_write import write

FORMAT = Format(
    name="nanodlp-rgb",
    title="NanoDLP plate, for projectors that take colour",
    suffixes=(".rgb.nanodlp",),
    carries=frozenset({"grey", "pitch", "name"}),
    silent=frozenset({"motion"}),
    laws={"thickness": thickness_law, "exposure": exposure_law, "motion": motion_law},
    write=lambda job, file: write(job, file, as_rgb, controller=0),
    read=lambda content: read(content, ".rgb.nanodlp"),
    recognises=lambda content: has_plate(content) and for_colour(content),
    notes=(
        "thickness, exposure, lift and waits: one set for the first layers, one for all others",
        "speeds and lamp power stay with the machine's own profile and code",
        "the machine takes the file as .nanodlp",
    ),
    checked=("Pillow (pictures)",),
)
