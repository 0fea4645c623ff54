"""The figures of a report as plain tables, for machines."""

from __future__ import annotations

from typing import Any

from voxelyte.pixels.report import Copy, Drawn, Lit, PixelReport
from voxelyte.pixels.spread import Spread


def facts(report: PixelReport) -> dict[str, Any]:
    """All figures, for machines."""
    panel = report.panel
    return {
        "pixel_um": [panel.pitch_x_um, panel.pitch_y_um],
        "grey_levels": report.shown,
        "arrays": [_array(one) for one in report.arrays],
        "pieces": [_piece(one) for one in report.pieces],
    }


def _array(one: Drawn) -> dict[str, Any]:
    return {
        "features": one.copies,
        "drawn_diameter_um": _spread(one.diameter_um),
        "positions": len(one.footprints),
        "grey": _lit(one.grey),
        "threshold": _lit(one.binary),
        "best": _copy(one.best),
        "worst": _copy(one.worst),
        "shared_pixels": one.shared_pixels,
        "ties": one.ties,
    }


def _piece(one: Drawn) -> dict[str, Any]:
    pixel_um2 = one.footprints.panel.pixel_area_um2 * one.copies
    return {
        "copies": one.copies,
        "drawn_um2": one.part.area_um2,
        "grey_um2": one.grey.pixels.mean * pixel_um2,
        "threshold_um2": one.binary.pixels.mean * pixel_um2,
        "mean_width_um": one.mean_width_um,
        "threshold_over_drawn_width": None if one.along is None else _spread(one.along.share),
        "block_px": None if one.along is None else [one.along.columns, one.along.rows],
    }


def _lit(lit: Lit) -> dict[str, Any]:
    return {
        "levels": lit.levels,
        "patterns": lit.patterns,
        "patterns_up_to_symmetry": lit.symmetric,
        "lit_px": _spread(lit.pixels),
        "diameter_um": _spread(lit.diameter_um),
        "lit_over_drawn": _spread(lit.faithful),
        "dark": lit.dark,
        "histogram_px": [{"from": bar.least, "to": bar.most, "features": bar.copies} for bar in lit.histogram],
    }


def _spread(values: Spread) -> dict[str, float | None]:
    return {
        "min": values.least,
        "mean": values.mean,
        "max": values.most,
        "variation": values.variation,
        "max_over_min": values.ratio,
    }


def _copy(one: Copy) -> dict[str, Any]:
    return {"at_um": list(one.at_um), "lit_px": one.lit_px, "grey_px": one.grey_px, "misfit": one.misfit}
