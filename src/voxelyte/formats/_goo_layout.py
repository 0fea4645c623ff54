"""Field tables of GOO, in order, each field where the one before it ends; all numbers are big-endian."""

from __future__ import annotations

import numpy as np

MAGIC = b"V3.0\x07\x00\x00\x00DLP\x00"
START, BREAK = b"\x55", b"\r\n"
END = b"\x00\x00\x00\x07\x00\x00\x00DLP\x00"
SMALL_PX, BIG_PX = 116, 290

_WAYS, _SECOND_WAYS = ("lift", "retract"), ("lift2", "retract2")


def _ways(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Distance (mm) and speed (mm/min) of each way, first for the bottom layers, then for the others."""
    fields = [f"{bottom}{name}{what}" for name in names for bottom in ("bottom_", "") for what in ("", "_speed")]
    return [(field, ">f4") for field in fields]


_WAITS = [("before_lift", ">f4"), ("after_lift", ">f4"), ("after_retract", ">f4")]

HEADER = np.dtype(
    [
        ("magic", "S12"),
        ("software", "S32"),
        ("version", "S24"),
        ("created", "S24"),
        ("printer", "S32"),
        ("printer_type", "S32"),
        ("profile", "S32"),
        ("antialiasing", ">u2"),
        ("grey", ">u2"),
        ("blur", ">u2"),
        ("small", ">u2", (SMALL_PX, SMALL_PX)),
        ("break1", "V2"),
        ("big", ">u2", (BIG_PX, BIG_PX)),
        ("break2", "V2"),
        ("layers", ">u4"),
        ("width_px", ">u2"),
        ("height_px", ">u2"),
        ("mirror_x", "u1"),
        ("mirror_y", "u1"),
        ("width_mm", ">f4"),
        ("height_mm", ">f4"),
        ("build_height_mm", ">f4"),
        ("thickness_mm", ">f4"),
        ("exposure", ">f4"),
        ("static_waits", "u1"),
        ("light_off", ">f4"),
        *[(f"bottom_{name}", kind) for name, kind in _WAITS],
        *_WAITS,
        ("bottom_exposure", ">f4"),
        ("bottoms", ">u4"),
        *_ways(_WAYS),
        *_ways(_SECOND_WAYS),
        ("bottom_pwm", ">u2"),
        ("pwm", ">u2"),
        ("per_layer", "u1"),
        ("time_s", ">u4"),
        ("volume_mm3", ">f4"),
        ("weight_g", ">f4"),
        ("price", ">f4"),
        ("currency", "S8"),
        ("content_offset", ">u4"),
        ("deep_grey", "u1"),
        ("transitions", ">u2"),
    ]
)

LAYER = np.dtype(
    [
        ("pause", ">u2"),
        ("pause_mm", ">f4"),
        ("z_mm", ">f4"),
        ("exposure", ">f4"),
        ("light_off", ">f4"),
        *_WAITS,
        ("lift", ">f4"),
        ("lift_speed", ">f4"),
        ("lift2", ">f4"),
        ("lift2_speed", ">f4"),
        ("retract", ">f4"),
        ("retract_speed", ">f4"),
        ("retract2", ">f4"),
        ("retract2_speed", ">f4"),
        ("pwm", ">u2"),
        ("break", "V2"),
        ("size", ">u4"),
    ]
)
