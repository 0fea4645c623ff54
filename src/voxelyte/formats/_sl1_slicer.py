"""prusaslicer.ini: the panel, and settings by which PrusaSlicer slices a mesh of the same film to the same masks.

An SL1 and an SL1S are portrait in PrusaSlicer, and so here: x and y are swapped, and its bed's +x is the +y of our
plate frame. Its mirrors then are those of `Panel` (tests/test_prusaslicer.py). Other panels are landscape, as they are.
"""

from __future__ import annotations

from decimal import Decimal

from voxelyte.formats._ini import Ini
from voxelyte.formats._numbers import NM_PER_MM, plain, side_mm
from voxelyte.formats._sl1_laws import times, usual_nm
from voxelyte.formats._sl1_names import MODELS, THUMBNAILS
from voxelyte.job import Job
from voxelyte.printer import Panel

AS_IT_IS = {
    "gamma_correction": 1,
    "slice_closing_radius": 0,
    "supports_enable": 0,
    "pad_enable": 0,
    "hollowing_enable": 0,
    "elefant_foot_compensation": 0,
}
"""Nothing is put under, into or around the film; PrusaSlicer would do the first four by itself."""


def slicer_fields(job: Job) -> dict[str, object]:
    """All that is written."""
    first_ms, normal_ms, fade_layers = times(job)
    thickness_mm = plain(Decimal(usual_nm(job)) / NM_PER_MM)
    longest_s = max(first_ms / 1000, normal_ms / 1000, job.printer.max_exposure_s or 0)
    return AS_IT_IS | {
        "printer_technology": "SLA",
        "printer_model": MODELS.get(job.printer.name, job.printer.name),
        **_panel_fields(job.panel, portrait=job.printer.name in MODELS),
        "max_print_height": plain(Decimal(repr(job.printer.build_height_mm))),
        "layer_height": thickness_mm,
        "initial_layer_height": thickness_mm,
        "exposure_time": plain(Decimal(normal_ms) / 1000),
        "initial_exposure_time": plain(Decimal(first_ms) / 1000),
        "max_exposure_time": plain(Decimal(repr(longest_s))),
        "max_initial_exposure_time": plain(Decimal(repr(longest_s))),
        "faded_layers": fade_layers,
        "thumbnails": ",".join(f"{width}x{height}" for width, height in THUMBNAILS.values()),
    }


def _panel_fields(panel: Panel, *, portrait: bool) -> dict[str, object]:
    sides = [(panel.width_px, panel.pitch_x_um), (panel.height_px, panel.pitch_y_um)]
    (x_px, x_um), (y_px, y_um) = reversed(sides) if portrait else sides
    x_mm, y_mm = side_mm(x_px, x_um), side_mm(y_px, y_um)
    return {
        "display_orientation": "portrait" if portrait else "landscape",
        "display_pixels_x": x_px,
        "display_pixels_y": y_px,
        "display_width": x_mm,
        "display_height": y_mm,
        "display_mirror_x": int(panel.mirror_x),
        "display_mirror_y": int(panel.mirror_y),
        "bed_shape": f"0x0,{x_mm}x0,{x_mm}x{y_mm},0x{y_mm}",
    }


def panel_of(slicer: Ini) -> Panel:
    """The panel of the pictures."""
    sides = [
        (slicer.whole(f"display_pixels_{axis}", 1, 100_000), slicer.decimal(f"display_{side}", 0, 10_000))
        for axis, side in (("x", "width"), ("y", "height"))
    ]
    if slicer.choice("display_orientation", "landscape", "portrait") == "portrait":
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
