"""UVJ, the vendor-neutral archive of uv3dp: a zip of one PNG for each layer, and JSON.

config.json           Properties.Size      X, Y (px), Millimeter.X, Millimeter.Y, Layers, LayerHeight (mm)
                      Properties.Exposure  the usual layer's numbers
                      Properties.Bottom    the first layers' numbers, and Count
                      Layers               one entry a layer: Z (mm, top of the layer) and Exposure, its numbers
slice/NNNNNNNN.png    eight digits from 00000000, 8-bit grey, the size of the panel
preview/huge.png      800 x 480, RGB           preview/tiny.png      400 x 400, RGB

A layer's numbers: LightOnTime (s), LightOffTime (s), LightPWM (1 to 255), LiftHeight (mm), LiftSpeed (mm/min),
RetractHeight (mm), RetractSpeed (mm/min); of UVtools WaitTimeBeforeCure and WaitTimeAfterCure (s).

Facts: uvj/README.md and uvj/format.go of uv3dp, which publishes the format; UVtools' UVJFile.cs as another reader.

What is carried
- Thickness, exposure, motion and pitch whole: JSON's decimals are written and read as such. A program that
  puts them into 32-bit floats, as both readers do, rounds for itself.
- Power as a byte: what is no whole number of 255ths is a loss. One exposure a layer.
- Rests stand in UVtools' two keys, and LightOffTime is 0: UVtools takes either that key or those two, and the
  published keys alone know no rest before the light.
- Pictures are as the panel is fed; which way it turns them over has no place. No name, no wavelength.

Read as well: a file without Layers, by Bottom.Count; keys that a layer leaves out, from Properties; layers that
start at Z 0, as in the published example, whose first is LayerHeight thick; and lifts in two stages as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import IO
from zipfile import ZipFile

from voxelyte.errors import FormatError
from voxelyte.formats import Content, Format
from voxelyte.formats._archive import holds, opened, put
from voxelyte.formats._bottom import bottom_of
from voxelyte.formats._coloured import as_rgb
from voxelyte.formats._foreign import MAX_LAYERS, Origin, Read, foreign_job, foreign_motion, foreign_panel, usual
from voxelyte.formats._json import Table, fields, written
from voxelyte.formats._numbers import NM_PER_MM, Unit, nm, pitch_um, side_mm
from voxelyte.formats._pictures import Pictures
from voxelyte.formats._pwm import PWM, level, power_law
from voxelyte.job import Exposure, Job, Layer, Mask
from voxelyte.png import encode
from voxelyte.printer import Motion, Panel

CONFIG = "config.json"
SPEED = Unit(60, "decimal")  # mm/s as mm/min
PREVIEWS = {"preview/huge.png": (800, 480), "preview/tiny.png": (400, 400)}
MAX_SIDE_MM, MAX = 10**6, 1e300
"""A panel of at most 1 km; the bounds of times, lifts and speeds are those of `Motion`, and finite."""


def write(job: Job, file: IO[bytes]) -> None:
    """Write a PNG for each layer, encoding equal masks once, then the numbers and the previews."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    pictures = Pictures(job, encode)
    with ZipFile(file, "w") as archive:
        for layer, data in pictures.firsts():
            put(archive, picture_name(layer.index), data)
        put(archive, CONFIG, written(_config(job)))
        for name, size in PREVIEWS.items():
            put(archive, name, as_rgb(pictures.thumbnail.picture(*size)))


def picture_name(index: int) -> str:
    """The member that holds the picture of layer `index`, counted from 0."""
    return f"slice/{index:08}.png"


def _config(job: Job) -> dict[str, object]:
    layers = [tuple(_numbers(layer).items()) for layer in job.layers]
    bottom = bottom_of(layers)
    entries = [
        {"Z": Decimal(layer.top_nm) / NM_PER_MM, "Exposure": dict(numbers)}
        for layer, numbers in zip(job.layers, layers, strict=True)
    ]
    properties = {
        "Size": _size(job),
        "Exposure": dict(bottom.usual),
        "Bottom": dict(bottom.first) | {"Count": bottom.count},
    }
    return {"Properties": properties, "Layers": entries}


def _size(job: Job) -> dict[str, object]:
    panel = job.panel
    return {
        "X": panel.width_px,
        "Y": panel.height_px,
        "Millimeter": {
            "X": Decimal(side_mm(panel.width_px, panel.pitch_x_um)),
            "Y": Decimal(side_mm(panel.height_px, panel.pitch_y_um)),
        },
        "Layers": len(job.layers),
        "LayerHeight": Decimal(usual(layer.thickness_nm for layer in job.layers)) / NM_PER_MM,
    }


def _numbers(layer: Layer) -> dict[str, object]:
    motion, lift_mm = layer.motion, _decimal(layer.motion.lift_mm)
    return {
        "LightOnTime": _decimal(layer.exposures[0].exposure_s if layer.exposures else 0.0),
        "LightOffTime": 0,
        "LightPWM": level(layer),
        "LiftHeight": lift_mm,
        "LiftSpeed": SPEED.told(motion.lift_mm_s),
        "RetractHeight": lift_mm,
        "RetractSpeed": SPEED.told(motion.retract_mm_s),
        "WaitTimeBeforeCure": _decimal(motion.wait_before_exposure_s),
        "WaitTimeAfterCure": _decimal(motion.wait_after_exposure_s),
    }


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def read(content: Content) -> Job:
    """Read a job; pictures are decoded when their pixels are asked for."""
    archive = opened(content)
    config = fields(CONFIG, archive.text(CONFIG))
    properties = config.table("Properties")
    size = properties.table("Size")
    count = size.whole("Layers", 1, MAX_LAYERS)
    panel = _read_panel(size)
    masks = archive.masks(map(picture_name, range(count)), panel)
    exposures = list(_exposures(config, properties, count))
    rows = _rows(masks, _thicknesses_nm(config, size, count), exposures)
    return foreign_job(panel, rows, ".uvj", Origin(notes=tuple(_notes(exposures))))


def _read_panel(size: Table) -> Panel:
    width_px, height_px, side = size.whole("X", 1, 100_000), size.whole("Y", 1, 100_000), size.table("Millimeter")
    return foreign_panel(
        width_px=width_px,
        height_px=height_px,
        pitch_x_um=pitch_um(width_px, side.number("X", 0, MAX_SIDE_MM)),
        pitch_y_um=pitch_um(height_px, side.number("Y", 0, MAX_SIDE_MM)),
    )


def _layers(config: Table, count: int) -> list[Table]:
    """The entries of Layers: none, or one for each layer."""
    entries = config.tables("Layers", count) if config.values.get("Layers") else []
    if len(entries) not in (0, count):
        raise config.fault("Layers", f"holds {len(entries)} layers, must hold none or Size.Layers={count}")
    return entries


def _thicknesses_nm(config: Table, size: Table, count: int) -> list[int]:
    usual_nm = nm(size.number("LayerHeight", 0, MAX), NM_PER_MM, "LayerHeight")
    tops_nm = [nm(one.number("Z", 0, 10**6), NM_PER_MM, "Z") for one in _layers(config, count)]
    if not tops_nm:
        return [usual_nm] * count
    if tops_nm[0] == 0:
        tops_nm = [top_nm + usual_nm for top_nm in tops_nm]
    return [top_nm - below_nm for below_nm, top_nm in zip([0, *tops_nm], tops_nm, strict=False)]


def _exposures(config: Table, properties: Table, count: int) -> Iterator[Table]:
    """The numbers of each layer: its own, or else those of the bottom or of the usual layer."""
    bottom, normal = properties.table("Bottom"), properties.table("Exposure")
    bottom_layers, entries = bottom.whole("Count", 0, 10**9), _layers(config, count)
    if not entries and bottom.whole("Style", 0, 1, 0) == 1:
        raise bottom.fault("Style", "must be 0 without Layers: how a fade is made is not published")
    for index in range(count):
        usual_one = bottom if index < bottom_layers else normal
        yield entries[index].table("Exposure").over(usual_one) if entries else usual_one


def _rows(masks: Iterable[Mask], thicknesses_nm: list[int], exposures: list[Table]) -> Iterator[Read]:
    for mask, thickness_nm, numbers in zip(masks, thicknesses_nm, exposures, strict=True):
        lit_s = float(numbers.number("LightOnTime", 0, MAX))
        power = PWM.heard(numbers.whole("LightPWM", 1, 255, 255))
        yield Read(thickness_nm, (Exposure(mask, lit_s, power),) if lit_s else (), _motion(numbers))


def _motion(numbers: Table) -> Motion:
    rests = ("WaitTimeAfterCure", "LightOffTime")
    return foreign_motion(
        lift_mm=float(numbers.number("LiftHeight", 0, MAX, 0) + numbers.number("LiftHeight2", 0, MAX, 0)),
        lift_mm_s=SPEED.heard(numbers.number("LiftSpeed", 0, MAX, 0)),
        retract_mm_s=SPEED.heard(numbers.number("RetractSpeed", 0, MAX, 0)),
        wait_before_exposure_s=float(numbers.number("WaitTimeBeforeCure", 0, MAX, 0)),
        wait_after_exposure_s=float(sum(numbers.number(key, 0, MAX, 0) for key in rests)),
    )


def _notes(exposures: list[Table]) -> Iterator[str]:
    stages = ("LiftHeight2", "RetractHeight2", "WaitTimeAfterLift")
    if any(numbers.number(key, 0, MAX, 0) for numbers in exposures for key in stages):
        yield "lifts in two stages, and rests between lift and retract, are read as one lift at the first speed"


FORMAT = Format(
    name="uvj",
    title="UVJ, vendor-neutral",
    suffixes=(".uvj",),
    carries=frozenset({"thickness", "exposure", "motion", "power", "grey", "pitch"}),
    laws={"power": power_law},
    write=write,
    read=read,
    recognises=lambda content: holds(content, CONFIG, picture_name(0)),
    checked=("Pillow (pictures only)",),
    notes=(
        "lamp power in 255ths",
        "rests stand in the keys that UVtools added; other readers pass over them",
    ),
)
