"""Prusa SL1 and SL1S: a zip of one PNG for each layer, and two lists of `key = value`.

config.ini        what the machine reads: jobDir, expTime, expTimeFirst, numFade, layerHeight,
                  layerHeightFirst, printerModel, ... (seconds, mm)
prusaslicer.ini   the panel, for slicers and other readers: display_pixels_x, display_width (mm), ... (`_sl1_slicer`)
<jobDir>NNNNN.png five digits from 00000, 8-bit grey, the size of the panel as the machine feeds it
thumbnail/thumbnail400x400.png, thumbnail/thumbnail800x480.png   what the display shows, RGB

config.json, which PrusaSlicer 2.9.4 adds, is not written: it would have to state the machine's tilt, of which a job
knows nothing. Without it the firmware takes config.ini and its own tilt. A file in which both are, and differ, is refused.

Facts: PrusaSlicer src/libslic3r/Format/SL1.cpp (2.9.4), and PrusaSlicer 2.5.0 itself; the machine's firmware sla-fw
of 2024, slafw/project/project.py and slafw/configs/project.py; UVtools and uv3dp as readers.

What is carried
- One thickness. The firmware also takes another one for layer 0 (layerHeightFirst), which PrusaSlicer does
  not write and other readers pass over: unequal layers are a loss here, and layerHeightFirst always equals
  layerHeight, because layer 0 of a file without it gets 50 µm.
- Exposures in whole ms, one a layer, by the firmware's law: layer 0 gets expTimeFirst, the last of numFade
  layers gets expTime, and those between lie on the line, cut to whole ms. A job's list is rebuilt by this law
  and compared; a list that it does not make is a loss. Firmware before the fade of PrusaSlicer 2.6 holds
  expTimeFirst for three layers: only equal exposures are the same on both.
- No motion: the machine tilts its vat by profiles of its own. Equal motion in all layers is therefore no loss
  of the job's, motion that differs between layers is. A job that was read has a lift of 0 and says so.
- No lamp power. Profiles and provenance do not come back, and do not change the print.

The machine refuses a job whose printerModel is not its own name. It is SL1 or SL1S for these two profiles;
for any other it is the profile's name, so that no Prusa starts a job which was made for another panel.
"""

from __future__ import annotations

from voxelyte.formats import Format
from voxelyte.formats._archive import holds
from voxelyte.formats._sl1_laws import exposure_law, thickness_law
from voxelyte.formats._sl1_names import CONFIG, SLICER
from voxelyte.formats._sl1_read import read
from voxelyte.formats._sl1_write import write

FORMAT = Format(
    name="sl1",
    title="Prusa SL1 and SL1S",
    suffixes=(".sl1", ".sl1s"),
    carries=frozenset({"grey", "pitch", "mirror"}),
    silent=frozenset({"motion"}),
    laws={"thickness": thickness_law, "exposure": exposure_law},
    write=write,
    read=read,
    recognises=lambda content: holds(content, CONFIG, SLICER),
    checked=("PrusaSlicer 2.5.0 (prusaslicer.ini)", "Pillow (pictures)"),
    notes=(
        "one thickness for all layers; exposures by the machine's own fade from layer 0",
        "the machine tilts its vat by its own profiles: the job's motion is not written",
        "an SL1 or SL1S prints only jobs that are sliced for its own profile",
    ),
)
