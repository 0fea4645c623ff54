"""What the figures mean, in plain words: for the command line, and for the notes of a job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voxelyte.pixels.report import Copy, Drawn, Lit, PixelReport, pixels_of
from voxelyte.pixels.spread import Spread

if TYPE_CHECKING:
    from voxelyte.printer import Panel
    from voxelyte.solids import Solid

UNEVEN = 0.1
"""Variation of the area from which an array is called uneven.

A tenth in area is a twentieth in diameter. Area factor and void are computed from the drawn size; beyond this they do
not describe a typical feature of the printed film to the two digits that they are compared in.
"""


def report_of(solid: Solid, panel: Panel, z_um: float | None = None) -> PixelReport:
    """How `panel` draws the section of a solid at a height, or just above its base."""
    levels = solid.levels_um
    if z_um is None:
        z_um = levels[1] if len(levels) > 2 else levels[-1]
    return pixels_of(solid.section(z_um), panel)


def remarks(solid: Solid, panel: Panel) -> Iterator[str]:
    """What must be known before a binary panel shows an array: copies that differ, and copies that are not there."""
    for one in report_of(solid, panel).arrays if panel.grey_levels == 2 else ():
        if one.binary.dark:
            yield f"{one.binary.dark:,} of {one.copies:,} {solid.feature} light no pixel of this binary panel"
        if one.binary.faithful.variation > UNEVEN:
            yield f"{uneven(one, solid.feature)}. {cure(solid.feature)}; `voxelyte pixels` shows them"


def cure(feature: str) -> str:
    """What helps; only pillars can be snapped."""
    snap = "--snap both, " if feature == "pillars" else ""
    return f"Cure: {snap}a panel with grey levels, or smaller pixels"


def uneven(one: Drawn, feature: str) -> str:
    """One line: what a threshold makes of an array."""
    lit = one.binary
    name = feature or "features"
    return (
        f"thresholded, {name} of {_um(one.diameter_um)} µm light {_range(lit.pixels, '.0f')} pixels each: "
        f"{lit.patterns} patterns, {_range(lit.diameter_um, '.3g')} µm in diameter, area varies by {lit.faithful.variation:.0%}"
    )


def verdict(report: PixelReport, one: Drawn, feature: str) -> list[str]:
    """What to make of an array: first what this panel shows, then what a threshold would."""
    binary, said, name = one.binary, [], feature or "features"
    if report.shown > 2:
        across = _range(one.grey.diameter_um, ".4g")
        said.append(f"this panel shows grey: each of the {name} gets the light of its own area, {across} µm in diameter")
    if binary.dark:
        said.append(f"thresholded, {binary.dark:,} of {one.copies:,} {name} light no pixel at all")
    if binary.patterns == 1:
        lit = pixels(binary.pixels.mean)
        said.append(f"thresholded, all {name} are one pattern of {lit}: {binary.diameter_um.mean:.4g} µm in diameter")
    else:
        said.append(uneven(one, feature))
    if binary.faithful.variation > UNEVEN:
        where = "on this panel" if report.shown == 2 else "wherever a machine or its software thresholds"
        said.append(f"{where} that is no array of equal {name}. {cure(feature)}")
    return said + _doubts(one, name)


def _doubts(one: Drawn, name: str) -> list[str]:
    """What the figures do not say."""
    said = []
    if one.ties:
        halves = f"{one.ties:,} {name} cover a pixel to exactly one half"
        said.append(f"{halves}: whether it is lit is decided by rounding noise")
    if one.shared_pixels:
        touched = f"{pixels(one.shared_pixels)} are touched by two {name} or more"
        said.append(f"{touched}: there the mask adds their light, and the figures of single ones do not tell")
    return said


def pixels(number: float) -> str:
    """`1 pixel`, `2.04 pixels`."""
    text = f"{number:,d}" if isinstance(number, int) else f"{number:,.4g}"
    return f"{text} pixel{'s' * (text != '1')}"


def piece(one: Drawn, feature: str) -> str:
    """One line for what is no array."""
    pixel_mm2 = one.footprints.panel.pixel_area_um2 / 1e6 * one.copies
    grey, binary = (lit.pixels.mean * pixel_mm2 for lit in (one.grey, one.binary))
    name, share = (feature or "features").removesuffix("s"), one.binary.faithful.mean
    return (
        f"a {name} that is no copy of others, so that there is nothing to compare: drawn {one.part.area_um2 / 1e6:.6g} mm²; "
        f"lit {grey:.6g} mm² in grey, {binary:.6g} mm² thresholded; mean width {one.mean_width_um:.4g} µm drawn, "
        f"{one.mean_width_um * share:.4g} µm thresholded. Its width from place to place is not measured"
    )


def _um(sizes: Spread) -> str:
    return f"{sizes.mean:.4g}" if sizes.variation == 0 else f"{sizes.least:.4g} to {sizes.most:.4g}"


def _range(values: Spread, form: str) -> str:
    low, high = format(values.least, form), format(values.most, form)
    return low if low == high else f"{low} to {high}"


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
