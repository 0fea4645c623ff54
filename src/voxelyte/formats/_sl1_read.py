"""Reads an SL1 archive as the machine would print it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from voxelyte.errors import FormatError, RecipeError
from voxelyte.formats import Content
from voxelyte.formats._archive import Archive
from voxelyte.formats._foreign import no_motion
from voxelyte.formats._ini import Ini, cut
from voxelyte.formats._json import fields
from voxelyte.formats._numbers import NM_PER_MM
from voxelyte.formats._sl1_laws import MAX_FADE, fade_ms
from voxelyte.formats._sl1_names import CONFIG, CONFIG_JSON, MODELS, SLICER, picture_names
from voxelyte.formats._sl1_slicer import panel_of
from voxelyte.job import Exposure, Job, Layer, Mask, Provenance
from voxelyte.printer import LayerLimits, Printer
from voxelyte.resin import Resin

_PRINTS = "expTime", "expTimeFirst", "numFade", "layerHeight", "layerHeightFirst", "jobDir"
_NOTES = (
    "SL1 holds no motion: lift_mm=0 stands for the tilt of the machine's own profiles",
    "SL1 holds no limits of the layer thickness: those of this job are given",
)


def read(content: Content) -> Job:
    """The job of a file; pictures are decoded when their pixels are asked for."""
    archive = Archive(content)
    config, slicer = Ini(CONFIG, archive.text(CONFIG)), Ini(SLICER, archive.text(SLICER))
    if CONFIG_JSON in archive:
        _agree(config, archive.text(CONFIG_JSON))
    if config.whole("calibrateRegions", 0, 10, "0"):
        raise FormatError(f"{CONFIG}: calibrateRegions: the machine's own exposure series is not read")
    names = picture_names(archive.names, config.text("jobDir"))
    first_nm, normal_nm = _nm(config, "layerHeightFirst", "0.05"), _nm(config, "layerHeight")
    try:
        printer = _printer(config, slicer, min(first_nm, normal_nm), max(first_nm, normal_nm))
        resin = _resin(config, normal_nm)
    except RecipeError as fault:
        raise FormatError(f"{SLICER}: {str(fault).replace(chr(10), '; ')}") from None
    times_ms = fade_ms(_ms(config, "expTimeFirst"), _ms(config, "expTime"), _fade(config), len(names))
    layers = _layers(archive.masks(names, printer.panel), times_ms, first_nm, normal_nm)
    origin = Provenance(software=config.text("prusaSlicerVersion", ""), notes=_NOTES)
    return Job(config.text("jobDir"), printer, resin, tuple(layers), origin)


def _agree(config: Ini, text: str) -> None:
    """Newer firmware reads config.json and older config.ini: a file in which they differ prints two things."""
    said = fields(CONFIG_JSON, text).values
    for key in _PRINTS:
        if key in said and key in config.fields and not _equal(str(said[key]), config.fields[key]):
            raise FormatError(
                f"{CONFIG_JSON}: {key}={str(said[key])[:40]} must be {config.fields[key][:40]}, as in {CONFIG}"
            )


def _equal(one: str, other: str) -> bool:
    try:
        return one == other or (max(len(one), len(other)) < 100 and Decimal(one) == Decimal(other))
    except ArithmeticError:
        return False


def _layers(masks: Iterable[Mask], times_ms: list[int], first_nm: int, normal_nm: int) -> Iterator[Layer]:
    for index, (mask, time_ms) in enumerate(zip(masks, times_ms, strict=True)):
        shown = (Exposure(mask, time_ms / 1000),)
        yield Layer(index, normal_nm if index else first_nm, first_nm + index * normal_nm, shown, no_motion())


def _nm(config: Ini, key: str, default: str | None = None) -> int:
    return cut(float(config.decimal(key, 0.01, 10, default)), NM_PER_MM)


def _ms(config: Ini, key: str) -> int:
    return cut(float(config.decimal(key, 0.001, 100_000)), 1000)


def _fade(config: Ini) -> int:
    return max(2, config.whole("numFade", 0, MAX_FADE, "10"))


def _printer(config: Ini, slicer: Ini, least_nm: int, most_nm: int) -> Printer:
    model = config.text("printerModel", "SL1")
    profiles = {value: key for key, value in MODELS.items()}
    return Printer(
        name=profiles.get(model, model),
        title=config.text("printerProfile", "") or model,
        panel=panel_of(slicer),
        layer=LayerLimits(min_um=least_nm / 1000, max_um=most_nm / 1000, step_um=0.001),  # 1 nm
        motion=no_motion(),
        format=".sl1",
        build_height_mm=float(slicer.decimal("max_print_height", 0, 10_000)),
    )


def _resin(config: Ini, thickness_nm: int) -> Resin:
    """The material by its name, with the fade in our law's words: one bottom layer and the layers between."""
    name = config.text("materialName", "") or "none"
    normal_s, first_s = _ms(config, "expTime") / 1000, _ms(config, "expTimeFirst") / 1000
    bottom = {"bottom_layers": 1, "bottom_exposure_s": first_s, "fade_layers": _fade(config) - 2}
    return Resin(
        name=name,
        title=name,
        layer_um=thickness_nm / 1000,
        exposure_s=normal_s,
        **(bottom if first_s != normal_s else {}),
    )
