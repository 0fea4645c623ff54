"""The nearest array whose every pillar lights the same pixels: pitch, size and origin snapped to the pixel grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from voxelyte.arrays.lattices import Cell, Periodic
from voxelyte.errors import RecipeError, SliceError, unknown
from voxelyte.pixel_grid import PixelGrid
from voxelyte.pixels.anchor import NAMES, PHASES, Anchor, AnchorWanted, settled, stamp
from voxelyte.pixels.cells import cell_of, lattice_of, snapped_cell
from voxelyte.pixels.report import Drawn, Lit, pixels_of
from voxelyte.printer import Panel
from voxelyte.region import Part, Region
from voxelyte.shapes import Shape
from voxelyte.solids import Shared, geometry_of
from voxelyte.solids.pillars import PillarFilm

Snap = Literal["pitch", "size", "both"]


class Even(NamedTuple):
    """What can be snapped: equal pillars on a lattice of columns and rows.

    `shape` is the section of one halfway up, `reach_um` the diameter of the circle around one at any height.
    """

    lattice: Periodic
    pitch_um: float
    across_um: float
    shape: Shape
    cell: Cell
    reach_um: float


@dataclass(frozen=True, eq=False)
class Snapped:
    """An array before and after. `changes` are the keys of a recipe that make the one into the other."""

    before: PillarFilm
    film: PillarFilm
    panel: Panel
    what: Snap
    anchor: Anchor
    changes: dict[str, Any]

    @property
    def pitches_um(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Cells before and after: width and depth in µm."""
        before, after = even_of(self.before).cell, even_of(self.film).cell
        return (before.x_um, before.y_um), (after.x_um, after.y_um)

    @cached_property
    def lit(self) -> tuple[Lit, Lit]:
        """What a threshold lights of the pillars before and after, halfway up."""
        before, after = (pixels_of(Region(_pillars_of(film, 0.5)), self.panel) for film in (self.before, self.film))
        return before.drawn[0].binary, after.drawn[0].binary

    @property
    def upright(self) -> bool:
        """Whether the pillars are the same at every height."""
        return all(body.upright for body in self.film.bodies)

    @cached_property
    def foot(self) -> Drawn:
        """The pillars after, where they stand on the base: what `pixels` looks at unless it is told a height."""
        return pixels_of(Region(_pillars_of(self.film, 0.0)), self.panel).drawn[0]


def snapped(film: PillarFilm, panel: Panel, what: Snap = "both", anchor: AnchorWanted = "nearest") -> Snapped:
    """`film` with its pitch, its pillars' size or both snapped to the panel's pixels, and its origin with them.

    `pitch`: the nearest whole numbers of pixels in x and y, the size as it is. `size`: the nearest diameter whose area is
    that of the pixels that it lights, the pitch as it is. The middle of each pillar comes to stand on an `anchor`.
    Raises RecipeError for what is no lattice of equal pillars in columns and rows, SliceError where nothing near is possible.
    """
    _check(what, anchor)
    even = even_of(film)
    if what != "pitch" and not (film.hollow_um == 0 and all(body.upright for body in film.bodies)):
        raise RecipeError(
            "size cannot be snapped: pillars that taper, or have a fillet or a hole, have no one size; snap the pitch"
        )
    settled_on, scale = settled(even.shape, anchor, panel, what != "pitch")
    across_um = even.across_um if scale == 1 else round(even.across_um * scale, 6)
    lit = stamp(even.shape, across_um / even.across_um, settled_on, panel)
    if not lit.lit_px:
        raise SliceError(
            f"diameter_um={across_um:g}: no pixel is lit by half on {NAMES[settled_on]}; another anchor, or size"
        )
    cell = even.cell if what == "size" else snapped_cell(even.cell, even.reach_um * scale, lit, panel)
    changes = {"diameter_um": across_um} | _placed(film, even, across_um, cell, settled_on, panel)
    return Snapped(film, _with(film, changes), panel, what, settled_on, changes)


def even_of(film: PillarFilm) -> Even:
    """What can be snapped of a film; a RecipeError names what cannot."""
    if isinstance(film, Shared):
        how = "put the parameters that `voxelyte pixels FILM --snap` names under [changes]"
        raise RecipeError(f"of several films each is snapped alone; {how}")
    if not isinstance(film, PillarFilm):
        raise RecipeError(f"{geometry_of(film)} is no array of pillars: there is nothing to snap")
    lattice, across, pitch = film.lattice, film.diameter_um, film.spacing_um
    if not isinstance(lattice, Periodic):
        raise RecipeError(f"lattice.kind={lattice.kind!r} has no columns and rows that could be snapped to pixels")
    if not lattice.straight:
        raise RecipeError(
            f"lattice.turn_deg={lattice.turn_deg:g}: a turned lattice does not return to the pixel grid"
        )
    if not isinstance(across, float) or pitch is None:
        raise RecipeError("diameter_um differs from pillar to pillar: an array of distinct sizes has no one pattern")
    return Even(lattice, pitch, across, _pillars(film, 0.5).shape, cell_of(lattice, pitch), _reach_um(film))


def _check(what: str, anchor: str) -> None:
    faults = [
        unknown(kind, value, known)
        for kind, value, known in (("snap", what, get_args(Snap)), ("anchor", anchor, get_args(AnchorWanted)))
        if value not in known
    ]
    if faults:
        raise RecipeError("\n".join(faults))


def _placed(film: PillarFilm, even: Even, across_um: float, cell: Cell, anchor: Anchor, panel: Panel) -> dict[str, Any]:
    """Pitch and lattice whose places stand on the anchor: that which is nearest to the place in the middle of the film."""
    pitch_um, lattice = lattice_of(cell, (0.0, 0.0))
    origin = even.lattice.origin_um
    if origin is None:
        centred = _with(
            film, {"diameter_um": across_um, "pitch_um": pitch_um, "lattice": _without(lattice, "origin_um")}
        )
        at = _pillars(centred, 0.5).places.at_um
        x, y = at[int(np.hypot(*at.T).round(6).argmin())].tolist()
        origin = x, y
    return {"pitch_um": pitch_um, "lattice": lattice | {"origin_um": list(_anchored(origin, anchor, panel.grid))}}


def _pillars_of(film: PillarFilm, share: float) -> tuple[Part, ...]:
    """All whole pillars at a share of their height; on a hexagonal or staggered lattice they are two parts."""
    parts = [body.part(share * body.height_um) for body in film.bodies]
    most = max(part.places.count for part in parts)
    return tuple(part for part in parts if 2 * part.places.count >= most)


def _pillars(film: PillarFilm, share: float) -> Part:
    """The part with the most copies, at a share of its height: beside it there may be pillars that were clipped."""
    body = max(film.bodies, key=lambda one: one.part(0.0).places.count)
    return body.part(share * body.height_um)


def _reach_um(film: PillarFilm) -> float:
    rings = (ring for share in (0.0, 1.0) for ring in _pillars(film, share).shape.rings(0.1))
    return 2 * max(float(np.hypot(*ring.T).max()) for ring in rings)


def _anchored(at_um: tuple[float, float], anchor: Anchor, grid: PixelGrid) -> tuple[float, float]:
    """The nearest point of the grid that is such an anchor."""
    (x, y), (phase_x, phase_y) = at_um, PHASES[anchor]
    column = round((x - grid.corner_x_um) / grid.pitch_x_um - phase_x)
    row = round((y - grid.corner_y_um) / grid.pitch_y_um - phase_y)
    return grid.x_um(column + phase_x), grid.y_um(row + phase_y)


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


def _with(film: PillarFilm, changes: dict[str, Any]) -> PillarFilm:
    """The film with other values, checked."""
    fields = {key: getattr(film, key) for key in type(film).model_fields}
    return type(film)(**fields | {"gap_um": None} | changes)
