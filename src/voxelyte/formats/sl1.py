"""Prusa SL1 and SL1S: a zip of one PNG for each layer, and two lists of `key = value`.

config.ini        what the machine reads: jobDir, expTime, expTimeFirst, numFade, layerHeight,
                  layerHeightFirst, printerModel, ... (seconds, mm)
prusaslicer.ini   the panel, for slicers and other readers: display_pixels_x, display_width (mm), ...
<jobDir>NNNNN.png five digits from 00000, 8-bit grey, the size of the panel

Facts: PrusaSlicer src/libslic3r/Format/SL1.cpp (2.9.4); the machine's firmware sla-fw of 2024,
slafw/project/project.py and slafw/configs/project.py; UVtools and uv3dp as readers.

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

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import IO
from zipfile import ZipFile

import numpy as np

from voxelyte.errors import FormatError, RecipeError
from voxelyte.formats import Content, Format
from voxelyte.formats._archive import Members, holds, opened, put
from voxelyte.formats._ini import Ini, cut, cut_text, plain, written
from voxelyte.formats._sl1_laws import MAX_FADE, exposure_law, fade_ms, thickness_law, times
from voxelyte.job import Exposure, Job, Layer, Mask, Provenance
from voxelyte.png import encode
from voxelyte.printer import LayerLimits, Motion, Panel, Printer
from voxelyte.resin import Resin

CREATED = datetime(1980, 1, 1, tzinfo=UTC)
"""The creation time that is written unless a caller gives another: zip's own epoch. Nothing
of the print depends on it, and the time of writing would make two files of one job differ."""

MODELS = {"prusa-sl1": "SL1", "prusa-sl1s": "SL1S"}
CONFIG, SLICER = "config.ini", "prusaslicer.ini"
MAX_LAYERS = 100_000  # five digits
NO_MOTION = Motion(lift_mm=0.0, lift_mm_s=1.0, retract_mm_s=1.0)


def write(job: Job, file: IO[bytes], created: datetime = CREATED) -> None:
    """Write a PNG for each layer, encoding equal masks once, and then the two lists."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    folder, used_ml = job_dir(job.name), 0.0
    with ZipFile(file, "w") as archive:
        for layer, (data, lit) in zip(job.layers, _pictures(job), strict=True):
            put(archive, f"{folder}{layer.index:05}.png", data)
            used_ml += lit * job.panel.pixel_area_um2 * layer.thickness_um * 1e-12
        put(archive, CONFIG, written(_config(job, folder, used_ml, created)))
        put(archive, SLICER, written(_slicer(job)))


def job_dir(name: str) -> str:
    """A job's name as the machine takes it: the start of every picture's name, which begins with a letter."""
    plain_name = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:100]
    return plain_name if plain_name[:1].isalpha() else f"job-{plain_name}"


def _pictures(job: Job) -> Iterator[tuple[bytes, float]]:
    """PNG and lit pixels of each layer; a PNG is held only as long as a later layer shows it again."""
    dark = Mask(job.panel, lambda: np.zeros((job.panel.height_px, job.panel.width_px), dtype=np.uint8))
    masks = [layer.exposures[0].mask if layer.exposures else dark for layer in job.layers]
    last = {mask: index for index, mask in enumerate(masks)}
    held: dict[Mask, tuple[bytes, float]] = {}
    for index, mask in enumerate(masks):
        if mask not in held:
            pixels = mask.pixels()
            held[mask] = encode(pixels), float(pixels.sum(dtype=np.uint64)) / 255
        yield held[mask]
        if last[mask] == index:
            del held[mask]


def _config(job: Job, folder: str, used_ml: float, created: datetime) -> dict[str, object]:
    first_ms, normal_ms, fade_layers = times(job)
    thickness_mm = cut_text(_usual_nm(job), 1_000_000)
    return {
        "action": "print",
        "jobDir": folder,
        "hollow": 0,
        "expUserProfile": 0,
        "expTime": cut_text(normal_ms, 1000),
        "expTimeFirst": cut_text(first_ms, 1000),
        "numFade": fade_layers,
        "layerHeight": thickness_mm,
        "layerHeightFirst": thickness_mm,
        "numFast": len(job.layers),
        "numSlow": 0,  # uv3dp takes numFast for the number of layers
        "printTime": f"{job.time_s:.3f}",
        "usedMaterial": f"{used_ml:.6f}",
        "fileCreationTimestamp": created.astimezone(UTC).strftime("%Y-%m-%d at %H:%M:%S UTC"),
        "materialName": job.resin.name,
        "printProfile": f"{_usual_nm(job) / 1000:g} um",
        "printerModel": MODELS.get(job.printer.name, job.printer.name),
        "printerProfile": job.printer.title,
        "printerVariant": "default",
        "prusaSlicerVersion": job.provenance.software or "voxelyte",
    }


def _slicer(job: Job) -> dict[str, object]:
    panel, first_ms, normal_ms, fade_layers = job.panel, *times(job)
    width_mm = _side_mm(panel.width_px, panel.pitch_x_um)
    height_mm = _side_mm(panel.height_px, panel.pitch_y_um)
    thickness_mm = plain(Decimal(_usual_nm(job)) / 1_000_000)
    return {
        "printer_technology": "SLA",
        "display_orientation": "landscape",
        "gamma_correction": 1,
        "display_pixels_x": panel.width_px,
        "display_pixels_y": panel.height_px,
        "display_width": width_mm,
        "display_height": height_mm,
        "display_mirror_x": int(panel.mirror_x),
        "display_mirror_y": int(panel.mirror_y),
        "bed_shape": f"0x0,{width_mm}x0,{width_mm}x{height_mm},0x{height_mm}",
        "max_print_height": plain(Decimal(repr(job.printer.build_height_mm))),
        "layer_height": thickness_mm,
        "initial_layer_height": thickness_mm,
        "exposure_time": plain(Decimal(normal_ms) / 1000),
        "faded_layers": fade_layers,
        "initial_exposure_time": plain(Decimal(first_ms) / 1000),
        "printer_model": MODELS.get(job.printer.name, job.printer.name),
    }


def _side_mm(pixels: int, pitch_um: float) -> str:
    """Exact decimal, so that dividing it by the pixels gives the very pitch back."""
    return plain(Decimal(repr(pitch_um)) * pixels / 1000)


def _usual_nm(job: Job) -> int:
    return Counter(layer.thickness_nm for layer in job.layers).most_common(1)[0][0]


def read(content: Content) -> Job:
    """Read a job as the machine would print it; pictures are decoded when their pixels are asked for."""
    archive = opened(content)
    config, slicer = Ini(CONFIG, archive.text(CONFIG)), Ini(SLICER, archive.text(SLICER))
    if config.whole("calibrateRegions", 0, 10, "0"):
        raise FormatError(f"{CONFIG}: calibrateRegions: the machine's own exposure series is not read")
    names = _picture_names(archive, config.text("jobDir"))
    first_nm, normal_nm = _read_nm(config, "layerHeightFirst", "0.05"), _read_nm(config, "layerHeight")
    try:
        printer = _read_printer(config, slicer, min(first_nm, normal_nm), max(first_nm, normal_nm))
        resin = _read_resin(config, normal_nm)
    except RecipeError as fault:
        raise FormatError(f"{SLICER}: {str(fault).replace(chr(10), '; ')}") from None
    first_ms, normal_ms = _read_ms(config, "expTimeFirst"), _read_ms(config, "expTime")
    times_ms = fade_ms(first_ms, normal_ms, _read_fade(config), len(names))
    layers = _layers(_masks(archive, names, printer.panel), times_ms, first_nm, normal_nm)
    notes = (
        "SL1 holds no motion: lift_mm=0 stands for the tilt of the machine's own profiles",
        "SL1 holds no limits of the layer thickness: those of this job are given",
    )
    origin = Provenance(software=config.text("prusaSlicerVersion", ""), notes=notes)
    return Job(config.text("jobDir"), printer, resin, tuple(layers), origin)


def _layers(masks: Iterable[Mask], times_ms: list[int], first_nm: int, normal_nm: int) -> Iterator[Layer]:
    for index, (mask, time_ms) in enumerate(zip(masks, times_ms, strict=True)):
        shown = (Exposure(mask, time_ms / 1000),)
        top_nm = first_nm + index * normal_nm
        yield Layer(index, normal_nm if index else first_nm, top_nm, shown, NO_MOTION)


def _picture_names(archive: Members, folder: str) -> list[str]:
    """The firmware's rule: all PNGs whose name starts with jobDir, sorted."""
    names = [name for name in archive.names if name.lower().endswith(".png") and name.startswith(folder)]
    if not folder or not 0 < len(names) <= MAX_LAYERS:
        raise FormatError(f"{CONFIG}: jobDir={folder!r} names {len(names)} PNGs, must be 1 to {MAX_LAYERS}")
    return names


def _masks(archive: Members, names: list[str], panel: Panel) -> Iterator[Mask]:
    """A mask for each name; equal files share one. Only files of equal checksum are read to find out."""
    counts = Counter(archive.checksum(name) for name in names)
    known: dict[object, Mask] = {}
    for name in names:
        alone = counts[archive.checksum(name)] == 1
        key = name if alone else sha256(archive.png(name, panel)).digest()
        yield known.setdefault(key, archive.mask(name, panel))


def _read_nm(config: Ini, key: str, default: str | None = None) -> int:
    return cut(float(config.decimal(key, 0.01, 10, default)), 1_000_000)


def _read_ms(config: Ini, key: str) -> int:
    return cut(float(config.decimal(key, 0.001, 100_000)), 1000)


def _read_fade(config: Ini) -> int:
    return max(2, config.whole("numFade", 0, MAX_FADE, "10"))


def _read_printer(config: Ini, slicer: Ini, least_nm: int, most_nm: int) -> Printer:
    model = config.text("printerModel", "SL1")
    profiles = {value: key for key, value in MODELS.items()}
    limits = LayerLimits(min_um=least_nm / 1000, max_um=most_nm / 1000, step_um=0.001)  # 1 nm
    return Printer(
        name=profiles.get(model, model),
        title=config.text("printerProfile", model),
        panel=_read_panel(slicer),
        layer=limits,
        motion=NO_MOTION,
        format=".sl1",
        build_height_mm=float(slicer.decimal("max_print_height", 0, 10_000)),
    )


def _read_panel(slicer: Ini) -> Panel:
    """The panel of the pictures; PrusaSlicer turns them on a panel that it calls portrait."""
    sides = [
        (slicer.whole(f"display_pixels_{axis}", 1, 100_000), slicer.decimal(f"display_{side}", 0, 10_000))
        for axis, side in (("x", "width"), ("y", "height"))
    ]
    if slicer.text("display_orientation", "landscape") == "portrait":
        sides.reverse()
    (width_px, width_mm), (height_px, height_mm) = sides
    return Panel(
        width_px=width_px,
        height_px=height_px,
        pitch_x_um=float(width_mm * 1000 / width_px),
        pitch_y_um=float(height_mm * 1000 / height_px),
        mirror_x=bool(slicer.whole("display_mirror_x", 0, 1, "0")),
        mirror_y=bool(slicer.whole("display_mirror_y", 0, 1, "0")),
    )


def _read_resin(config: Ini, thickness_nm: int) -> Resin:
    """The material by its name, with the fade in our law's words: one bottom layer and the layers between."""
    name, fade_layers = config.text("materialName", "none"), _read_fade(config)
    normal_s, first_s = _read_ms(config, "expTime") / 1000, _read_ms(config, "expTimeFirst") / 1000
    bottom = {"bottom_layers": 1, "bottom_exposure_s": first_s, "fade_layers": fade_layers - 2}
    return Resin(
        name=name,
        title=name,
        layer_um=thickness_nm / 1000,
        exposure_s=normal_s,
        **(bottom if first_s != normal_s else {}),
    )


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
    notes=(
        "one thickness for all layers; exposures by the machine's own fade from layer 0",
        "the machine tilts its vat by its own profiles: the job's motion is not written",
        "an SL1 or SL1S prints only jobs that are sliced for its own profile",
    ),
)
