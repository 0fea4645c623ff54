"""Field tables of the ChiTu archives of versions 2 and 3; all numbers are little-endian, lengths in mm, times in s."""

from __future__ import annotations

import numpy as np

MAGIC = 0x12FD0086
REFUSED = {
    0x12FD0019: "CBDDLP, whose greys are layers of single bits, is not read",
    0x12FD0106: "CTB of version 4 or 5 is not read; UVtools converts it to version 3",
    0x12FD0107: "encrypted CTB is not read; UVtools converts it to version 3",
    0xFF220810: "CTB of a GKtwo is not read; UVtools converts it to version 3",
}
"""Relatives that start with other numbers."""

LARGE_PX, SMALL_PX = (400, 300), (200, 125)

HEADER = np.dtype(
    [
        ("magic", "<u4"),
        ("version", "<u4"),
        ("width_mm", "<f4"),
        ("height_mm", "<f4"),
        ("build_height_mm", "<f4"),
        ("zero1", "<u4"),
        ("zero2", "<u4"),
        ("film_mm", "<f4"),
        ("thickness_mm", "<f4"),
        ("exposure", "<f4"),
        ("bottom_exposure", "<f4"),
        ("light_off", "<f4"),
        ("bottoms", "<u4"),
        ("width_px", "<u4"),
        ("height_px", "<u4"),
        ("large_offset", "<u4"),
        ("table_offset", "<u4"),
        ("layers", "<u4"),
        ("small_offset", "<u4"),
        ("time_s", "<u4"),
        ("mirrored", "<u4"),
        ("params_offset", "<u4"),
        ("params_size", "<u4"),
        ("planes", "<u4"),
        ("pwm", "<u2"),
        ("bottom_pwm", "<u2"),
        ("key", "<u4"),
        ("slicer_offset", "<u4"),
        ("slicer_size", "<u4"),
    ]
)

PARAMS = np.dtype(
    [
        ("bottom_lift", "<f4"),
        ("bottom_lift_speed", "<f4"),
        ("lift", "<f4"),
        ("lift_speed", "<f4"),
        ("retract_speed", "<f4"),
        ("volume_ml", "<f4"),
        ("weight_g", "<f4"),
        ("cost", "<f4"),
        ("bottom_light_off", "<f4"),
        ("light_off", "<f4"),
        ("bottoms", "<u4"),
        ("zero", "<u4", (3,)),
        ("end", "<u4"),
    ]
)

SLICER = np.dtype(
    [
        ("second_stages", "<f4", (6,)),
        ("rest_after_lift", "<f4"),
        ("name_offset", "<u4"),
        ("name_size", "<u4"),
        ("greys", "u1"),
        ("zero1", "<u2"),
        ("per_layer", "u1"),
        ("minutes", "<u4"),
        ("antialiasing", "<u4"),
        ("software", "<u4"),
        ("rest_after_retract", "<f4"),
        ("rest_after_lift2", "<f4"),
        ("transitions", "<u4"),
        ("zero2", "<u4", (3,)),
    ]
)

PREVIEW = np.dtype(
    [("width_px", "<u4"), ("height_px", "<u4"), ("offset", "<u4"), ("size", "<u4"), ("zero", "<u4", (4,))]
)

_ENTRY = [
    ("z_mm", "<f4"),
    ("exposure", "<f4"),
    ("light_off", "<f4"),
    ("offset", "<u4"),
    ("size", "<u4"),
    ("page", "<u4"),
    ("record_size", "<u4"),
    ("zero1", "<u4"),
    ("zero2", "<u4"),
]
ENTRY = np.dtype(_ENTRY)
"""One layer in the table; its picture is at page x 2^32 + offset."""

EXTENDED = np.dtype(
    [
        *_ENTRY,
        ("whole_size", "<u4"),
        ("lift", "<f4"),
        ("lift_speed", "<f4"),
        ("lift2", "<f4"),
        ("lift2_speed", "<f4"),
        ("retract_speed", "<f4"),
        ("retract2", "<f4"),
        ("retract2_speed", "<f4"),
        ("rest_before_lift", "<f4"),
        ("rest_after_lift", "<f4"),
        ("rest_after_retract", "<f4"),
        ("pwm", "<f4"),
    ]
)
"""Version 3, right before a layer's picture: its entry once more, and how it is separated."""
