"""NanoDLP's plate, .nanodlp, for displays of one colour: three pixels of a row in one of an RGB PNG.

meta.json        who made it; FormatVersion 2; Profile false: the machine's own profile drives its board
plate.json       the plate: Path (the job's name), LayersCount, bounds in mm, lit volume in ml as TotalSolidArea
info.json        for each layer TotalSolidArea, LargestArea, SmallestArea (mm²), MinX to MaxY (px), AreaCount
profile.json     how layers print: Depth (µm), CureTime (s), WaitHeight (mm), WaitBeforePrint, WaitAfterPrint (s),
                 and the same as Support... for the first SupportLayerNumber layers
override.json    these numbers once more, for this plate over the profile that the machine has; formulas emptied
options.json     how it was sliced: PWidth, PHeight, XPixelSize (mm), XRes (µm), ...; NanoDLP reads this name
slicer.json      the same; UVtools reads this name
3d.png           preview, 200 x 100
N.png            layer N, from 1: RGB, a third as wide as the panel, filled up with dark pixels; r is leftmost

Sources: nanodlp/docs, manual/format.md, code.md and speed.md; fields by mslicer (format/nanodlp_format) and UVtools
(NanoDLPFile.cs). Units differ from key to key: Depth and XRes are µm, XPixelSize and WaitHeight mm.

What is carried
- Thickness, exposure, lift and waits by the machine's law: one set for the first SupportLayerNumber layers, one
  for all others; exact decimals. 25 µm and then 50 µm each is such a list. Any other is a loss.
  TransitionalLayer is 0: its law is not published. The formulas (DynamicCureTime and others) could say more, but
  no document says from which number LayerNumber counts; a plate that has them is refused when it is read.
- No speeds: NanoDLP keeps them in its machine's settings and g-code. Equal speeds are no loss of the job's,
  speeds that differ between layers are. Code fields (Shield..., Shutter...) stay empty: they are the board's own.
- No lamp power: UvPwmValue is a custom value of some machines' code, and no document defines it.
- One exposure a layer; pitch; the job's name. No mirror: ImageMirror is 0, pictures are as the panel is fed.

Areas count every pixel that is not dark; pixels that touch at a corner are of one area. MaxX and MaxY are the last
ones lit, as in the manual's example. LargestArea, SmallestArea and AreaCount are 0 for a picture of
more than 8 million runs of pixels, which is noise. A width that 3 does not divide is said to crash NanoDLP's own slicer.
"""

from __future__ import annotations

from voxelyte.formats import Format
from voxelyte.formats._coloured import as_packed
from voxelyte.formats._nanodlp_law import exposure_law, motion_law, thickness_law
from voxelyte.formats._nanodlp_read import for_colour, has_plate, read
from voxelyte.formats._nanodlp_write import write

FORMAT = Format(
    name="nanodlp",
    title="NanoDLP plate, for displays of one colour",
    suffixes=(".nanodlp",),
    carries=frozenset({"grey", "pitch", "name"}),
    silent=frozenset({"motion"}),
    laws={"thickness": thickness_law, "exposure": exposure_law, "motion": motion_law},
    write=lambda job, file: write(job, file, as_packed, controller=1),
    read=lambda content: read(content, ".nanodlp"),
    recognises=lambda content: has_plate(content) and not for_colour(content),
    notes=(
        "thickness, exposure, lift and waits: one set for the first layers, one for all others",
        "speeds and lamp power stay with the machine's own profile and code",
        "three pixels of a row share one of the PNG; for a projector that takes colour video write .rgb.nanodlp",
    ),
    checked=("Pillow (pictures)",),
)
