"""What the figures mean, in plain words: for the command line, and for the notes of a job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voxelyte.errors import RecipeError
from voxelyte.pixels.report import Drawn, PixelReport, pixels_of
from voxelyte.pixels.spread import Spread
from voxelyte.pixels.walls import Along
from voxelyte.shapes import Disc
from voxelyte.solids import Shared

if TYPE_CHECKING:
    from voxelyte.printer import Panel
    from voxelyte.solids import Solid

UNEVEN = 0.1
"""Variation of the area from which an array is called uneven.

A tenth in area is a twentieth in diameter. Area factor and void are computed from the drawn size; beyond this they do
not describe a typical feature of the printed film to the two digits that they are compared in.
"""


def report_of(solid: Solid, panel: Panel, z_um: float | None = None) -> PixelReport:
    """How `panel` draws the section of a solid at a height, or just above its base. RecipeError where the solid is not so high."""
    top_um = solid.levels_um[-1]
    if z_um is not None and not 0 <= z_um < top_um:
        raise RecipeError(f"z_um={z_um:g} must be at least 0 and less than {top_um:g}, the height of the film")
    films = len(solid.films) if isinstance(solid, Shared) else 1
    return pixels_of(solid.section(foot_um(solid) if z_um is None else z_um), panel, films)


def foot_um(solid: Any) -> float:
    """Where features begin: the top of the base, on a plate of films that of the highest one; else the first level."""
    bases = [getattr(one, "base_um", None) for one in (solid, *(film.solid for film in getattr(solid, "films", ())))]
    known = [base_um for base_um in bases if base_um is not None]
    levels: tuple[float, ...] = solid.levels_um
    return max(known) if known else levels[1] if len(levels) > 2 else levels[-1]


def remarks(solid: Solid, panel: Panel) -> Iterator[str]:
    """What must be known before a binary panel shows a film: features that differ, and features that are not there."""
    if panel.grey_levels > 2:
        return
    report, feature = report_of(solid, panel), solid.feature
    for one in report.arrays:
        if 0 < one.binary.dark < one.copies:  # where all are, slicing says that the layer is dark
            yield f"{one.binary.dark:,} of {one.copies:,} {feature or 'features'} light no pixel of this binary panel"
        if one.binary.faithful.variation > UNEVEN:
            yield f"{uneven(one, feature)}. {cure(feature)}; `voxelyte pixels` shows them"
    for one in report.pieces:
        if one.along is not None and one.along.share.variation > UNEVEN:
            yield f"thresholded, a wall is {width_along(one.along)}. {cure('')}"


def width_along(found: Along) -> str:
    """How a threshold draws a wall from place to place."""
    share, block = found.share, f"{found.columns} x {found.rows} pixels"
    return f"{share.least:.0%} to {share.most:.0%} of its width from place to place, varying by {share.variation:.0%} (blocks of {block})"


def cure(feature: str) -> str:
    """What helps; only pillars can be snapped."""
    snap = "--snap both, " if feature == "pillars" else ""
    return f"Cure: {snap}a panel with grey levels, or smaller pixels"


def uneven(one: Drawn, feature: str) -> str:
    """One line: what a threshold makes of an array."""
    lit = one.binary
    name = feature or "features"
    return (
        f"thresholded, {name} of {across(one, '.4g')} light {_range(lit.pixels, '.0f')} pixels each: "
        f"{lit.patterns} patterns, {_range(lit.diameter_um, '.3g')} µm in diameter, area varies by {lit.faithful.variation:.0%}"
    )


def verdict(report: PixelReport, one: Drawn, feature: str) -> list[str]:
    """What to make of an array: first what this panel shows, then what a threshold would."""
    binary, said, name = one.binary, [], feature or "features"
    if report.shown > 2:
        across = _range(one.grey.diameter_um, ".4g")
        said.append(
            f"this panel shows grey: each of the {name} gets the light of its own area, {across} µm in diameter"
        )
    if binary.dark:
        said.append(f"thresholded, {binary.dark:,} of {one.copies:,} {name} light no pixel at all")
    if binary.patterns == 1:
        lit = pixels(binary.pixels.mean)
        said.append(f"thresholded, all {name} are one pattern of {lit}: {binary.diameter_um.mean:.4g} µm in diameter")
    else:
        said.append(uneven(one, feature))
    if binary.faithful.variation > UNEVEN:
        where = "on this panel" if report.shown == 2 else "wherever a machine or its software thresholds"
        said.append(f"{where} that is not the array that was drawn. {cure(feature)}")
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


def piece(one: Drawn) -> str:
    """One line for what is no array."""
    pixel_mm2 = one.footprints.panel.pixel_area_um2 / 1e6 * one.copies
    grey, binary = (lit.pixels.mean * pixel_mm2 for lit in (one.grey, one.binary))
    area = f"drawn {one.part.area_um2 / 1e6:.6g} mm², lit {grey:.6g} mm² in grey, {binary:.6g} mm² thresholded"
    if one.copies > 1:
        return f"{one.copies:,} copies of what is no single feature: {area}, all together"
    said = f"no copies of one shape, so that there are no patterns to compare: {area}"
    return said if one.along is None else f"{said}; thresholded it is {width_along(one.along)}"


def across(one: Drawn, form: str = ".5g") -> str:
    """`100 µm`: the drawn diameter; of what is no disc, that of the disc of its area."""
    sizes, what = one.diameter_um, "" if isinstance(one.part.shape, Disc) else " (the disc of their area)"
    size = format(sizes.mean, form) if sizes.variation == 0 else _range(sizes, form)
    return f"{size} µm{what}"


def _range(values: Spread, form: str) -> str:
    low, high = format(values.least, form), format(values.most, form)
    return low if low == high else f"{low} to {high}"
