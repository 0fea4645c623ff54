"""GOO of Elegoo: one binary file, big-endian; a header with two previews, then a record and a picture for each layer.

offset     field (s, mm, mm/min; 32-bit floats unless said)
0          char 12 magic "V3.0" 07 00 00 00 "DLP" 00; char 32 software, 24 version, 24 time, 32 printer,
           32 printer type, 32 profile; u16 antialiasing, grey, blur
194        116 x 116 preview of 16-bit colours, 0D 0A; 290 x 290 preview, 0D 0A
195310     u32 layers; u16 width, height (px); u8 mirror x, mirror y; width, height, depth of the build (mm);
           thickness; exposure; u8 static waits (1; 0: light-off); light-off; waits before lift, after lift, after
           retract of the bottom layers, then of the others; bottom exposure; u32 bottom layers; distance and speed of
           lift (bottom, others), retract, second lift, second retract; u16 bottom power, power (of 255);
           u8 per-layer; u32 print time; volume mm³, weight g, price, char 8 currency; u32 offset of layers;
           u8 greys to 255; u16 transition layers
195477     per layer: u16 pause, pause z; top; exposure; light-off; three waits; distance and speed of lift, second lift,
           retract, second retract; u16 power; 0D 0A; u32 size; 55, code of the picture (`_rle_goo`), checksum; 0D 0A
end        00 00 00 07 00 00 00 "DLP" 00

Sources: elegooofficial/GOO "Goo Format Spec V1.2"; connorslade/mslicer format/goo_format; UVtools GooFile.cs. The printer
refuses a picture that is not of its own panel's size. It does not clear its buffer: every pixel is written.

What is carried: a top, an exposure, a lamp power of 255 steps, and motion for each layer, one exposure a layer; as far as
32-bit floats give them back. The rest before the exposure is the wait after retract, that after it the wait before lift.
The machine's second stages, and its rest at the top of the lift, are written as 0.

Per-layer definitions made a Saturn 4 Ultra freeze (UVtools issues 997, 1052). So they are called on only where the header's
few numbers (bottom, transition and normal layers of one thickness) do not make the same job. The records say it either way.
"""

from __future__ import annotations

from typing import IO

from voxelyte.formats import Format
from voxelyte.formats._goo_read import phrozen, read
from voxelyte.formats._goo_write import by_plan, check, held, write_layers
from voxelyte.formats._rle_laws import laws, pitch_law, thickness_law
from voxelyte.formats._rle_plan import settings
from voxelyte.job import Job


def write(job: Job, file: IO[bytes]) -> None:
    """Write the header, and a record with its picture for each layer; equal masks are encoded once."""
    check(job)
    wanted = settings(job)
    even = len({layer.thickness_nm for layer in job.layers}) == 1
    per_layer = not (even and by_plan(job) == wanted)
    write_layers(job, file, wanted, [layer.top_nm for layer in job.layers], per_layer=per_layer)


FORMAT = Format(
    name="goo",
    title="Elegoo GOO",
    suffixes=(".goo",),
    carries=frozenset({"thickness", "exposure", "motion", "power", "grey", "pitch", "mirror"}),
    laws={
        "thickness": thickness_law,
        "pitch": pitch_law,
        **laws(lambda job: held(settings(job)), "32-bit numbers do not give back"),
    },
    write=write,
    read=read,
    recognises=lambda content: phrozen(content) is False,
    notes=(
        "a lift has one stage; two stages of another program's file are read as one at the slower speed",
        "layers that differ in thickness need per-layer definitions, which stop some machines (Saturn 4 Ultra)",
        "the printer takes only pictures of its own panel's size",
    ),
)
