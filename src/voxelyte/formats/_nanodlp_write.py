"""A NanoDLP plate from a job: its pictures, and what is said of them in JSON.

Times and names never depend on a clock: Updated and CreatedDate are 0. Keys that people set while slicing in
NanoDLP itself are left out where they would say nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import IO
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats._archive import put
from voxelyte.formats._coloured import as_rgb
from voxelyte.formats._foreign import MAX_LAYERS
from voxelyte.formats._json import written
from voxelyte.formats._nanodlp_areas import Areas, areas_of
from voxelyte.formats._nanodlp_law import exposure_s, moves, support_and_normal, support_count
from voxelyte.formats._numbers import NM_PER_MM, NM_PER_UM
from voxelyte.formats._pictures import Pictures
from voxelyte.job import Job
from voxelyte.printer import Panel

Table = dict[str, object]

META, PLATE, INFO, PROFILE, OVERRIDE = "meta.json", "plate.json", "info.json", "profile.json", "override.json"
OPTIONS, SLICER = "options.json", "slicer.json"
PREVIEW_PX = 200, 100

FORMULAS = "DynamicCureTime", "DynamicWait", "DynamicWaitAfterLift", "DynamicLift"
"""Where the machine's profile holds one of these, it ignores the number that it stands for: they are emptied."""


def write(job: Job, file: IO[bytes], encode: Callable[[NDArray[np.uint8]], bytes], controller: int) -> None:
    """Write the pictures in the display's own form, each mask painted and encoded once, and then what is said of them."""
    if not 0 < len(job.layers) <= MAX_LAYERS:
        raise FormatError(f"{len(job.layers)} layers must be 1 to {MAX_LAYERS}")
    pictures = Pictures(job, lambda pixels: (encode(pixels), areas_of(pixels)))
    found: list[Areas] = []
    with ZipFile(file, "w") as archive:
        for layer, (data, areas) in pictures.firsts():
            put(archive, f"{layer.index + 1}.png", data)
            found.append(areas)
        put(archive, "3d.png", as_rgb(pictures.thumbnail.picture(*PREVIEW_PX)))
        for name, said in _tables(job, found, controller).items():
            put(archive, name, written(said))


def _tables(job: Job, found: list[Areas], controller: int) -> dict[str, object]:
    bounds = _bounds(job, found)
    options = _options(job, bounds, controller)
    return {
        META: _meta(),
        PLATE: _plate(job, found, bounds),
        INFO: [_info(areas, job.panel) for areas in found],
        PROFILE: {"Title": job.resin.title, "Desc": "", "Updated": 0, "ZStepWait": 0, **_numbers(job)},
        OVERRIDE: _numbers(job),
        OPTIONS: options,
        SLICER: options,
    }


def _meta() -> Table:
    said = {"Distro": "generic", "Program": "voxelyte", "Version": "", "OS": "", "Arch": ""}
    return {"FormatVersion": 2, **said, "Profile": False}


def _numbers(job: Job) -> Table:
    """How the layers print: the first ones, and all others."""
    support_nm, normal_nm = support_and_normal(job, lambda one: one.thickness_nm)
    support_s, normal_s = support_and_normal(job, exposure_s)
    support_moves, normal_moves = support_and_normal(job, moves)
    return {
        "SupportLayerNumber": support_count(job),
        "SupportDepth": _ratio(support_nm, NM_PER_UM),
        "SupportCureTime": _exact(support_s),
        **_motion("Support", support_moves),
        "Depth": _ratio(normal_nm, NM_PER_UM),
        "CureTime": _exact(normal_s),
        **_motion("", normal_moves),
        "TransitionalLayer": 0,
        **dict.fromkeys(FORMULAS, ""),
    }


def _motion(whose: str, moves: tuple[float, float, float]) -> Table:
    lift_mm, before_s, after_s = moves
    return {
        f"{whose}WaitHeight": _exact(lift_mm),
        f"{whose}WaitBeforePrint": _exact(before_s),
        f"{whose}WaitAfterPrint": _exact(after_s),
        f"{whose}TopWait": 0,
    }


def _info(areas: Areas, panel: Panel) -> Table:
    px_mm2 = panel.pixel_area_um2 / 1e6
    sizes = {"TotalSolidArea": areas.lit_px, "LargestArea": areas.largest_px, "SmallestArea": areas.smallest_px}
    box = dict(zip(("MinX", "MinY", "MaxX", "MaxY"), areas.box, strict=True))
    return {**{key: round(px * px_mm2, 6) for key, px in sizes.items()}, **box, "AreaCount": areas.count}


def _plate(job: Job, found: list[Areas], bounds: Table) -> Table:
    lit_um3 = sum(one.lit_px * layer.thickness_um for one, layer in zip(found, job.layers, strict=True))
    return {
        "PlateID": 0,
        "ProfileID": 0,
        "CreatedDate": 0,
        "StopLayers": "",
        "Path": job.name,
        "LowQualityLayerNumber": 0,
        "AutoCenter": 0,
        "Updated": 0,
        "LastPrint": 0,
        "PrintTime": round(min(job.time_s, 2e9)),
        "PrintEst": round(min(job.time_s, 2e9)),
        "ImageRotate": 0,
        "MaskEffect": 0,
        "XRes": 0,
        "YRes": 0,
        "ZRes": 0,
        "MultiCure": "",
        "MultiThickness": "",
        "CureTimes": [],
        "DynamicThickness": [],
        "Offset": 0,
        "OverHangs": [],
        **dict.fromkeys(("Risky", "IsFaulty", "Repaired", "Corrupted"), False),
        "FaultyLayers": [],
        "TotalSolidArea": round(lit_um3 * job.panel.pixel_area_um2 * 1e-12, 6),
        "BlackoutData": "",
        "LayersCount": len(job.layers),
        "Processed": True,
        **dict.fromkeys(("Feedback", "ReSliceNeeded", "MultiMaterial"), False),
        "PrintID": 0,
        "MC": _multi_cure(),
        **bounds,
    }


def _options(job: Job, bounds: Table, controller: int) -> Table:
    panel, (support_nm, normal_nm) = job.panel, support_and_normal(job, lambda one: one.thickness_nm)
    return {
        "Type": "png",
        "URL": "",
        "PWidth": panel.width_px,
        "PHeight": panel.height_px,
        "ScaleFactor": 0,
        "StartLayer": 0,
        "SupportDepth": _ratio(support_nm, NM_PER_UM),
        "SupportLayerNumber": support_count(job),
        "Thickness": _ratio(normal_nm, NM_PER_UM),
        "XOffset": panel.width_px // 2,
        "YOffset": panel.height_px // 2,
        "ZOffset": 0,
        "XPixelSize": _exact(panel.pitch_x_um) / 1000,
        "YPixelSize": _exact(panel.pitch_y_um) / 1000,
        "AutoCenter": 0,
        "SliceFromZero": False,
        "Boundary": bounds,
        "MC": _multi_cure(),
        "MultiThickness": "",
        "AdaptSlicing": 0,
        "FillColor": "#ffffff",
        "BlankColor": "#000000",
        "IgnoreMask": 1,
        "XRes": _exact(panel.pitch_x_um),
        "YRes": _exact(panel.pitch_y_um),
        "ImageRotate": 0,
        "ImageMirror": 0,
        "DisplayController": controller,
        "LayerCount": len(job.layers),
        "DynamicThickness": [],
        "FillColorRGB": dict.fromkeys("RGBA", 255),
        "BlankColorRGB": {**dict.fromkeys("RGB", 0), "A": 255},
        "ExportType": 1,
        "SkipEmpty": 0,
    }


def _multi_cure() -> Table:
    sizes = dict.fromkeys(("StartX", "StartY", "Width", "Height"), 0)
    return {**sizes, "X": None, "Y": None, "MultiCureGap": 0, "Count": 0}


def _bounds(job: Job, found: list[Areas]) -> Table:
    """Of all that is lit, in mm: x and y of the pictures from the panel's middle, z from the plate."""
    panel, boxes = job.panel, np.array([one.box for one in found if one.lit_px] or [(0, 0, -1, -1)])
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0) + 1
    said: Table = {}
    for axis, places, size, pitch_um in (
        ("X", (left, right), panel.width_px, panel.pitch_x_um),
        ("Y", (top, bottom), panel.height_px, panel.pitch_y_um),
    ):
        for end, place in zip(("Min", "Max"), places, strict=True):
            said[f"{axis}{end}"] = round((int(place) - size / 2) * pitch_um / 1000, 6)
    return {**said, "ZMin": 0, "ZMax": _ratio(job.height_nm, NM_PER_MM)}


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))


def _ratio(value: int, per: int) -> Decimal:
    return Decimal(value) / per
