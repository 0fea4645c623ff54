"""What snapping changed, before → after: for the command line, and for the notes of a job."""

from __future__ import annotations

from typing import Any

from voxelyte.errors import SliceError
from voxelyte.pixels.anchor import EVEN, NAMES, PHASES, settled, stamp
from voxelyte.pixels.snap import Snapped, even_of
from voxelyte.pixels.words import pixels
from voxelyte.solids.pillars import PillarFilm


def notes(snap: Snapped) -> tuple[str, ...]:
    """Plain lines; the first says what was done, the others what it costs."""
    panel = snap.panel
    pixel = " x ".join(dict.fromkeys((f"{panel.pitch_x_um:g}", f"{panel.pitch_y_um:g}")))
    halfway = "" if snap.upright else "; patterns and variation are those halfway up"
    lit, (x, y) = snap.lit[1], snap.changes["lattice"]["origin_um"]
    place = f"pillars on {NAMES[snap.anchor]}, one at x {x:g}, y {y:g} µm"
    return (
        f"snap {snap.what} to pixels of {pixel} µm: {', '.join(_sizes(snap))}; {place}",
        *_skewed(snap),
        ", ".join(f"{name} {_pair(*pair, form)}" for name, pair, form in _figures(snap)) + halfway,
        *([] if lit.patterns == 1 else [_not_one(snap)]),
        *_elsewhere(snap),
    )


def _sizes(snap: Snapped) -> list[str]:
    (x0, y0), (x1, y1) = snap.pitches_um
    panel, said = snap.panel, []
    if x0 == y0 and x1 == y1:
        said.append(f"pitch {_pair(x0, x1)} µm ({x1 / panel.pitch_x_um:.5g} pixels)")
    else:
        name = "columns" if len(even_of(snap.film).cell.places_um) == 1 else "every second column"
        rows = name.replace("column", "row")
        said.append(f"{name} {_pair(x0, x1)} µm apart ({x1 / panel.pitch_x_um:.5g} pixels)")
        said.append(f"{rows} {_pair(y0, y1)} µm apart ({y1 / panel.pitch_y_um:.5g} pixels)")
    said.append(f"diameter {_pair(snap.before.diameter_um, snap.film.diameter_um)} µm ({_lit(snap)})")
    return said


def _lit(snap: Snapped) -> str:
    """Pixels of a pillar; of one that is not the same at every height halfway up, where it is snapped, and at the foot."""
    said = f"{pixels(_drawn_px(snap))} drawn, {snap.lit[1].pixels.mean:.4g} lit by a threshold"
    if snap.upright:
        return said
    drawn_px = snap.foot.part.area_um2 / snap.foot.copies / snap.panel.pixel_area_um2
    foot = f"{pixels(drawn_px)} drawn, {snap.foot.binary.pixels.mean:.4g} lit"
    return f"halfway up {said}; at the foot {foot}"


def _drawn_px(snap: Snapped) -> float:
    return even_of(snap.film).shape.area_um2 / snap.panel.pixel_area_um2


def _pair(before: Any, after: Any, form: str = ".5g") -> str:
    """`300 → 310`, or one number where nothing changed."""
    old, new = format(before, form), format(after, form)
    return new if old == new else f"{old} → {new}"


def _figures(snap: Snapped) -> list[tuple[str, tuple[Any, Any], str]]:
    before, after, (lit, now) = snap.before, snap.film, snap.lit
    return [
        ("area factor", (_area_factor(before), _area_factor(after)), ".4f"),
        ("void cm³/cm²", (_void_cm3_cm2(before), _void_cm3_cm2(after)), ".5f"),
        ("pillars", (before.count, after.count), ",d"),
        ("thresholded patterns", (lit.patterns, now.patterns), "d"),
        ("variation of area", (lit.faithful.variation, now.faithful.variation), ".1%"),
    ]


def _area_factor(film: PillarFilm) -> float:
    """1 + side walls over footprint, of the film as it is."""
    return 1 + film.side_wall_um2 / film.footprint_um2


def _void_cm3_cm2(film: PillarFilm) -> float:
    return film.void_um3 / film.footprint_um2 / 1e4


def _skewed(snap: Snapped) -> list[str]:
    """Whether a hexagonal lattice is one no more."""
    if snap.before.lattice.kind != "hexagonal":
        return []
    cell = even_of(snap.film).cell
    across, along = sorted((cell.x_um, cell.y_um))
    return [
        f"no longer exactly hexagonal: two rows are {along / across:.4f} pitches deep, not 1.7321, and neighbours differ in distance"
    ]


def _not_one(snap: Snapped) -> str:
    return f"the pitch is no whole number of pixels, so that {snap.lit[1].patterns} patterns are left: --snap both makes them one"


def _elsewhere(snap: Snapped) -> list[str]:
    """What the other anchors would light."""
    shape, resized, said = even_of(snap.before).shape, snap.what != "pitch", []
    for anchor in PHASES:
        if anchor == snap.anchor:
            continue
        try:
            _, scale = settled(shape, anchor, snap.panel, resized)
        except SliceError:
            continue
        lit = stamp(shape, scale, anchor, snap.panel)
        size = f", diameter {scale * even_of(snap.before).across_um:.4g} µm" if resized else ""
        box = f" ({lit.columns} x {lit.rows})" if lit.lit_px else ""
        said.append(f"{anchor} {pixels(lit.lit_px)}{box}{size}")
    uneven = "" if snap.anchor in EVEN else " (on an edge a pattern is longer one way)"
    where = "" if snap.upright else ", halfway up"
    return [f"on another anchor (--snap-to) a pillar would light{where}: {'; '.join(said)}{uneven}"] if said else []


def facts(snap: Snapped) -> dict[str, Any]:
    """The same, for machines."""
    (x0, y0), (x1, y1) = snap.pitches_um
    pairs = {
        name.replace(" ", "_").replace("³", "3").replace("²", "2").replace("/", "_"): pair
        for name, pair, _ in _figures(snap)
    }
    return {
        "what": snap.what,
        "anchor": snap.anchor,
        "parameters": snap.changes,
        "section_height_share": None if snap.upright else 0.5,
        "cell_um": {"before": [x0, y0], "after": [x1, y1]},
        "diameter_um": {"before": snap.before.diameter_um, "after": snap.film.diameter_um},
        **{name: {"before": before, "after": after} for name, (before, after) in pairs.items()},
    }
