"""The header of a run.gcode, lines of `;key:value`: how it describes the body behind it, and what is read of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from voxelyte.formats._bottom import bottom_of
from voxelyte.formats._chitubox_body import FEED, LIFT, MS
from voxelyte.formats._foreign import Read, foreign_panel, usual
from voxelyte.formats._ini import Ini
from voxelyte.formats._numbers import NM_PER_MM, mm_text, pitch_um, plain, side_mm
from voxelyte.formats._pwm import level
from voxelyte.job import Job, Layer
from voxelyte.printer import Panel

GCODE = "run.gcode"
MAX_SIDE_MM = 10**6


def header(job: Job, used_ml: float) -> str:
    """The lines for a job that takes so much resin; no value is empty or holds a blank."""
    return "".join(f";{key}:{value}\n" for key, value in _described(job, used_ml).items())


def _described(job: Job, used_ml: float) -> dict[str, object]:
    panel, bottom = job.panel, bottom_of([_numbers(layer) for layer in job.layers])
    first, normal = dict(bottom.first), dict(bottom.usual)
    return {
        "fileName": _word(job.name),
        "machineType": _word(job.printer.name),
        "estimatedPrintTime": f"{job.time_s:.2f}",
        "volume": f"{used_ml:.6f}",
        "resin": _word(job.resin.name),
        "weight": 0,
        "price": 0,
        "layerHeight": mm_text(usual(layer.thickness_nm for layer in job.layers)),
        "resolutionX": panel.width_px,
        "resolutionY": panel.height_px,
        "machineX": side_mm(panel.width_px, panel.pitch_x_um),
        "machineY": side_mm(panel.height_px, panel.pitch_y_um),
        "machineZ": plain(Decimal(repr(job.printer.build_height_mm))),
        "projectType": "LCD_mirror" if panel.mirror_x else "Normal",
        "normalExposureTime": normal["exposure_s"],
        "bottomLayExposureTime": first["exposure_s"],
        "bottomLayerExposureTime": first["exposure_s"],
        "normalDropSpeed": normal["retract"],
        "normalLayerLiftHeight": normal["lift_mm"],
        "zSlowUpDistance": 0,
        "normalLayerLiftSpeed": normal["lift"],
        "bottomLayCount": bottom.count,
        "bottomLayerCount": bottom.count,
        "mirror": int(panel.mirror_x),
        "totalLayer": len(job.layers),
        "bottomLayerLiftHeight": first["lift_mm"],
        "bottomLayerLiftSpeed": first["lift"],
        "bottomLightOffTime": first["wait_s"],
        "lightOffTime": normal["wait_s"],
        "bottomPWMLight": first["power"],
        "PWMLight": normal["power"],
    }


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:100] or "none"


def _numbers(layer: Layer) -> tuple[tuple[str, object], ...]:
    """A layer as the header speaks of it."""
    motion = layer.motion
    return (
        ("exposure_s", plain(exposure_ms(layer) / 1000)),
        ("wait_s", plain(MS.told(motion.wait_before_exposure_s) / 1000)),
        ("lift_mm", plain(LIFT.told(motion.lift_mm) / NM_PER_MM)),
        ("lift", feed(motion.lift_mm_s)),
        ("retract", feed(motion.retract_mm_s)),
        ("power", level(layer)),
    )


def exposure_ms(layer: Layer) -> Decimal:
    """Of its first exposure, at least 1; 0 for a layer without light."""
    return max(Decimal(1), MS.told(layer.exposures[0].exposure_s)) if layer.exposures else Decimal(0)


def feed(speed_mm_s: float) -> str:
    """A speed in mm/min, at least the least that can be said."""
    return plain(max(Decimal(1), FEED.told(speed_mm_s)) / 1000)


def read_header(text: str) -> Ini:
    """The remarks before the first command that say `key:value`; each stays on its line, which errors name."""
    lines = []
    for line in text.split("\n"):
        if line.strip() and not line.startswith(";"):
            break
        key, colon, value = line[1:].partition(":")
        lines.append(f"{key.strip()} = {value}" if colon and key.strip().isalnum() else "")
    return Ini(GCODE, "\n".join(lines))


def read_panel(header: Ini) -> Panel:
    """The panel that the pictures are for."""
    width_px, height_px = header.whole("resolutionX", 1, 100_000), header.whole("resolutionY", 1, 100_000)
    return foreign_panel(
        width_px=width_px,
        height_px=height_px,
        pitch_x_um=pitch_um(width_px, header.decimal("machineX", 0, MAX_SIDE_MM)),
        pitch_y_um=pitch_um(height_px, header.decimal("machineY", 0, MAX_SIDE_MM)),
        mirror_x=bool(header.whole("mirror", 0, 1, "0")),
    )


def disagreements(header: Ini, rows: list[Read]) -> Iterator[str]:
    """Where the header describes another print than the body's commonest layer."""
    lit_s = usual(one.exposures[0].exposure_s if one.exposures else 0.0 for one in rows)
    thickness_nm = usual(one.thickness_nm for one in rows)
    found = {"layerHeight": mm_text(thickness_nm), "normalExposureTime": plain(Decimal(repr(lit_s)))}
    for key, value in found.items():
        if key in header.fields and header.decimal(key, 0, 10**9) != Decimal(value):
            yield f"the header's {key}={header.text(key)[:40]} is not what most layers of the body do: {value}"
