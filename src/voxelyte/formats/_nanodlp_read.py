"""A job from a NanoDLP plate: what its numbers say, or a refusal where a formula or an unpublished law decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats import Content
from voxelyte.formats._archive import Members, opened
from voxelyte.formats._coloured import grey_of, is_packed, unpacked
from voxelyte.formats._foreign import MAX_LAYERS, Origin, Read, foreign_job, foreign_motion, foreign_panel, no_motion
from voxelyte.formats._json import Table, fields
from voxelyte.formats._members import Decode
from voxelyte.formats._nanodlp_write import FORMULAS, META, OPTIONS, OVERRIDE, PLATE, PROFILE, SLICER
from voxelyte.formats._numbers import NM_PER_UM, nm
from voxelyte.job import Exposure, Job, Mask
from voxelyte.png import channels, size
from voxelyte.printer import Motion, Panel

_SPEEDS = "NanoDLP keeps speeds in its machine's settings: lift and retract of this job are at 1 mm/s"
_MOST = 10**9


def read(content: Content, suffix: str) -> Job:
    """Read a plate; pictures are decoded when their pixels are asked for."""
    archive = opened(content)
    options, plate, profile = _options(archive), fields(PLATE, archive.text(PLATE)), _profile(archive)
    _fixed(options, plate, profile)
    panel, names = _panel(options), _picture_names(archive, plate)
    masks = list(archive.masks(names, panel, _decode(options)))
    support = profile.whole("SupportLayerNumber", 0, _MOST, 0)
    notes = [*_notes(archive, options, profile, support), _SPEEDS]
    origin = Origin(
        name=plate.text("Path", ""),
        resin=profile.text("Title", ""),
        software=_software(archive),
        notes=tuple(notes),
    )
    rows = _rows(profile, masks, min(support, len(masks)))
    return foreign_job(panel, rows, suffix, origin)


def has_plate(content: Content) -> bool:
    """Whether this is a zip or folder with NanoDLP's tables and a first picture."""
    try:
        archive = opened(content)
    except FormatError:
        return False
    tables = META in archive and PLATE in archive and PROFILE in archive
    return tables and (OPTIONS in archive or SLICER in archive)


def for_colour(content: Content) -> bool:
    """Whether its pictures are for a display of colour: RGB as wide as the panel, and not three pixels in one."""
    try:
        archive = opened(content)
        options = _options(archive)
        data = archive.png("1.png", _panel(options))
        colour = channels(data) > 1 and size(data, None)[0] == options.whole("PWidth", 1, 100_000)
        return colour and not _packs(options, data)
    except FormatError:
        return False


def _options(archive: Members) -> Table:
    name = OPTIONS if OPTIONS in archive else SLICER
    return fields(name, archive.text(name))


def _profile(archive: Members) -> Table:
    """profile.json, and over it what override.json says for this plate."""
    profile = fields(PROFILE, archive.text(PROFILE))
    if OVERRIDE not in archive:
        return profile
    override = fields(OVERRIDE, archive.text(OVERRIDE))
    return Table(f"{PROFILE} under {OVERRIDE}: ", "", {**profile.values, **override.values})


def _fixed(options: Table, plate: Table, profile: Table) -> None:
    """Refuses what makes layers in a way that no document defines."""
    for table, key, what in (
        (profile, "DynamicCureTime", "a formula makes the exposures"),
        (plate, "MultiThickness", "thicknesses by height are not read"),
        (options, "MultiThickness", "thicknesses by height are not read"),
        (plate, "DynamicThickness", "thicknesses layer by layer are not read"),
        (options, "DynamicThickness", "thicknesses layer by layer are not read"),
        (options, "AdaptSlicing", "adaptive thicknesses are not read"),
        (plate, "MultiCure", "copies with other exposures are not read"),
        (plate, "CureTimes", "copies with other exposures are not read"),
    ):
        if table.values.get(key) not in (None, "", 0, []):
            raise table.fault(key, f"must not be set: {what}")


def _panel(options: Table) -> Panel:
    return foreign_panel(
        width_px=options.whole("PWidth", 1, 100_000),
        height_px=options.whole("PHeight", 1, 100_000),
        pitch_x_um=_pitch_um(options, "X"),
        pitch_y_um=_pitch_um(options, "Y"),
    )


def _pitch_um(options: Table, axis: str) -> float:
    """From the pixel's size in mm; some writers fill in only the resolution, which is in µm."""
    pitch_um = options.number(f"{axis}PixelSize", 0, _MOST, 0) * 1000
    return float(pitch_um or options.number(f"{axis}Res", 0, _MOST))


def _picture_names(archive: Members, plate: Table) -> list[str]:
    """1.png to N.png; older plates begin with 0.png."""
    numbers = sorted(int(name[:-4]) for name in archive.names if _is_picture(name))
    first = numbers[0] if numbers else 1
    missing = next((number for place, number in enumerate(numbers, first) if place != number), None)
    if not numbers or first > 1 or missing is not None:
        raise FormatError(f"{first if first < 2 else 1}.png and those after it must be without gaps")
    count = plate.whole("LayersCount", 0, MAX_LAYERS, 0)
    if count not in (0, len(numbers)):
        raise FormatError(f"{PLATE}: LayersCount={count}, and there are {len(numbers)} pictures")
    return [f"{number}.png" for number in numbers]


def _is_picture(name: str) -> bool:
    stem = name.removesuffix(".png")
    return stem != name and len(stem) <= 6 and stem.isascii() and stem.isdigit() and stem == str(int(stem))


def _decode(options: Table) -> Decode:
    def decode(name: str, data: bytes, panel: Panel) -> NDArray[np.uint8]:
        try:
            packs = _packs(options, data)
        except FormatError as fault:
            raise FormatError(f"{name}: {fault}") from None
        return (unpacked if packs else grey_of)(name, data, panel)

    return decode


def _packs(options: Table, data: bytes) -> bool:
    """Whether a picture holds three pixels in one. Only for a panel of one column its width does not tell."""
    narrow = options.whole("PWidth", 1, 100_000) == 1
    return is_packed(data, _panel(options)) and not (narrow and options.number("DisplayController", 0, 255, 1) == 0)


def _rows(profile: Table, masks: list[Mask], support: int) -> list[Read]:
    """The layers by NanoDLP's law."""
    kinds = [_kind(profile, "Support", masks[:support]), _kind(profile, "", masks[support:])]
    return [row for kind in kinds for row in kind]


def _kind(profile: Table, whose: str, masks: list[Mask]) -> list[Read]:
    if not masks:
        return []
    thickness_nm = nm(profile.number(f"{whose}Depth", 0, _MOST), NM_PER_UM, f"{whose}Depth")
    exposure_s = float(profile.number(f"{whose}CureTime", 1e-300, 1e300))
    motion = _motion(profile, whose)
    return [Read(thickness_nm, (Exposure(mask, exposure_s),), motion) for mask in masks]


def _motion(profile: Table, whose: str) -> Motion:
    lift, before, after = (
        float(profile.number(f"{whose}{key}", 0, _MOST, 0))
        for key in ("WaitHeight", "WaitBeforePrint", "WaitAfterPrint")
    )
    return foreign_motion(
        lift_mm=lift,
        lift_mm_s=no_motion().lift_mm_s,
        retract_mm_s=no_motion().retract_mm_s,
        wait_before_exposure_s=before,
        wait_after_exposure_s=after,
    )


def _notes(archive: Members, options: Table, profile: Table, support: int) -> list[str]:
    """What is not read; a fade whose law is not published is refused."""
    fades = profile.whole("TransitionalLayer", 0, _MOST, 0)
    if fades and support and _differs(profile):
        raise profile.fault("TransitionalLayer", "must be 0: by which law these layers fade is not published")
    said = []
    if OVERRIDE not in archive and not fields(META, archive.text(META)).flag("Profile", False):
        said.append(f"{META}: Profile=false: the machine prints by a profile of its own, and not by these numbers")
    if any(profile.values.get(key) for key in ("DynamicSpeed", *FORMULAS)):
        said.append(f"{PROFILE}: formulas for motion are not read")
    if any(profile.values.get(key) for key in ("TopWait", "SupportTopWait")):
        said.append(f"{PROFILE}: TopWait, a rest at the top of the lift, is not read")
    if options.values.get("ImageMirror"):
        said.append("ImageMirror is set: pictures are as they are stored, whether the machine turns them over or not")
    return said


def _differs(profile: Table) -> bool:
    keys = ("Depth", "CureTime")
    return any(profile.number(key, 0, _MOST) != profile.number(f"Support{key}", 0, _MOST, 0) for key in keys)


def _software(archive: Members) -> str:
    meta = fields(META, archive.text(META))
    return " ".join(part for part in (meta.text("Program", ""), meta.text("Version", "")) if part)
