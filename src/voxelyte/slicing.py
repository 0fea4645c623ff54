"""A solid, a printer and a resin to a job."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, overload
from weakref import WeakValueDictionary

from voxelyte.dosing import resin_for
from voxelyte.errors import SliceError
from voxelyte.exposing import rounding_notes, section, sharing, shots
from voxelyte.job import Exposure, Job, Layer, Mask, Provenance
from voxelyte.layering import Layering, Plan, check_limits, plan_layers
from voxelyte.printer import Panel, Printer
from voxelyte.region import Region
from voxelyte.resin import Resin
from voxelyte.solids import Shared, Solid, Wish
from voxelyte.tables import FILMS, film_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FITS = 1e-9
"""Relative tolerance for a film that is exactly as large as the plate."""

MOST_NAMED = 8
"""Films that a note names one by one."""


def slice_solid(
    solid: Solid,
    printer: Printer,
    resin: Resin,
    *,
    name: str = "film",
    layering: Layering | Sequence[float] = "first",
    recipe: str = "",
    parameters: dict[str, object] | None = None,
) -> Job:
    """The job that prints `solid` with the resin's layer and dose, centred on the printer's plate.

    `layering` is that of `plan_layers`. On another printer than the resin's, exposures are those of `dosing.resin_for`.
    Raises SliceError when the solid does not fit the printer, or no exposure is known for it. Masks are painted when asked for.
    """
    _check_plate(solid, printer)
    plan = plan_layers(solid.levels_um, resin.layer_um, layering, printer.layer.step_um)
    check_limits(plan, printer.layer, printer.build_height_mm)
    resin, doses = resin_for(printer, resin)
    _check_exposure(printer, resin)
    layers = Layers(solid, printer, resin, plan)
    _check_shots(layers)
    told = dict(parameters or {})
    notes = [*solid.notes, *plan.notes, *doses, *_remarks(resin, plan), *_uneven(solid, printer), *_empty_masks(layers)]
    if isinstance(solid, Shared):
        told |= {FILMS: film_rows(solid, resin)}
        notes += [
            *own_notes(solid, printer, doses),
            *rounding_notes(solid, resin),
            *thinner_notes(solid, plan, resin.layer_um, layering, printer),
        ]
    return Job(name, printer, resin, layers, Provenance(recipe, told, f"voxelyte {version('voxelyte')}", tuple(notes)))


Key = Region | tuple[float, frozenset[Wish] | None]
"""What a mask is painted from: a section, or, where sections are made anew, the height and whom it shows."""


@dataclass(frozen=True)
class Layers(Sequence[Layer]):
    """The layers of a solid, each made when it is asked for; equal sections share one mask while anybody holds it."""

    solid: Solid
    printer: Printer
    resin: Resin
    plan: Plan
    _masks: WeakValueDictionary[Key, Mask] = field(default_factory=WeakValueDictionary, init=False)

    def __len__(self) -> int:
        return len(self.plan.thickness_nm)

    def __iter__(self) -> Iterator[Layer]:
        return (self._layer(i) for i in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> list[Layer]: ...
    def __getitem__(self, index: int | slice) -> Layer | list[Layer]:
        chosen = range(len(self))[index]
        return self._layer(chosen) if isinstance(chosen, int) else [self._layer(i) for i in chosen]

    def _layer(self, index: int) -> Layer:
        z_um = self.plan.section_z_um[index]
        wanted = shots(self.shared, self.resin, index, z_um)
        exposures = tuple(Exposure(self._mask(z_um, one.wishes), one.exposure_s) for one in wanted)
        return Layer(index, self.plan.thickness_nm[index], self.plan.top_nm[index], exposures, self.printer.motion)

    @cached_property
    def shared(self) -> Shared | None:
        """Looked for once: there can be very many layers."""
        return sharing(self.solid)

    def _mask(self, z_um: float, wishes: frozenset[Wish] | None) -> Mask:
        """That of the section at a height. Sections that change from layer to layer are made when they are painted, and dropped."""
        drawn = partial(section, self.solid, z_um, wishes)
        steady = drawn() if self.solid.steady(z_um) else None
        key = (z_um, wishes) if steady is None else steady
        mask = self._masks.get(key)
        if mask is None:
            made = drawn if steady is None else lambda: steady
            paint = partial(painted, made, self.printer.panel)
            mask = self._masks[key] = Mask(self.printer.panel, paint, made, painted_together)
        return mask


def painted(section: Callable[[], Region], panel: Panel) -> NDArray[np.uint8]:
    """The mask of a section as the panel is fed with it: exact coverage, toned, turned over where the panel asks for it."""
    from voxelyte.raster import paint
    from voxelyte.tone import tone_for

    return panel.oriented(paint(section(), panel, tone_for(panel.grey_levels)))


def painted_together(sections: Sequence[Region], panel: Panel) -> Iterator[NDArray[np.uint8]]:
    """`painted` of several sections."""
    from voxelyte.raster import paint_all
    from voxelyte.tone import tone_for

    return map(panel.oriented, paint_all(sections, panel, tone_for(panel.grey_levels)))


def _check_plate(solid: Solid, printer: Printer) -> None:
    x0, y0, _, x1, y1, _ = solid.bounds_um
    for axis, low, high, size_um in zip("xy", (x0, y0), (x1, y1), printer.panel.size_um, strict=True):
        if max(-low, high) > size_um / 2 * (1 + FITS):
            extent = f"the film, {(high - low) / 1000:g} mm in {axis}"
            raise SliceError(f"{extent}, must not exceed the plate of {printer.name}, {size_um / 1000:g} mm")


def _check_exposure(printer: Printer, resin: Resin) -> None:
    longest = max(resin.exposure_s, resin.bottom_exposure_s or 0)
    if printer.max_exposure_s is not None and longest > printer.max_exposure_s:
        raise SliceError(
            f"exposure_s={longest:g} must not exceed max_exposure_s={printer.max_exposure_s:g} of {printer.name}"
        )


def _check_shots(layers: Layers) -> None:
    """Every exposure of a plate whose films want their own."""
    longest_s, plan = layers.printer.max_exposure_s, layers.plan
    if longest_s is None or not isinstance(layers.solid, Shared):
        return
    for index, z_um in enumerate(plan.section_z_um):
        before_s = 0.0
        for shot in shots(layers.shared, layers.resin, index, z_um):
            if shot.exposure_s > longest_s:
                films = [film.label for film in layers.solid.films if shot.wishes is None or film.wish in shot.wishes]
                shared = f" (after {before_s:g} s shared with others)" if before_s else ""
                law = f"must not exceed max_exposure_s={longest_s:g} of {layers.printer.name}"
                raise SliceError(
                    f"exposure_s={shot.exposure_s:g} of film {films[0]!r} in layer {index + 1}{shared} {law}"
                )
            before_s += shot.exposure_s


def own_notes(plate: Shared, printer: Printer, converted: Sequence[str]) -> Iterator[str]:
    """Where the resin's exposure was told about for this printer: those that films state are not touched."""
    films = [film.label for film in plate.films if film.wish.exposure_s is not None]
    if films and converted:
        which = ", ".join(films[:MOST_NAMED]) + (
            f" and {len(films) - MOST_NAMED} more" if len(films) > MOST_NAMED else ""
        )
        yield f"exposure_s of film {which} is taken as it is on {printer.name}; an exposure_factor goes with the resin's dose"


def thinner_notes(
    plate: Shared, plan: Plan, layer_um: float, layering: Layering | Sequence[float], printer: Printer
) -> Iterator[str]:
    """Layers are cut at the heights of all films: a film that would have fewer alone gets its exposure more often."""
    if not isinstance(layering, str) or layering == "round":
        return
    counts: dict[tuple[int, int], list[str]] = {}
    alone: dict[tuple[float, ...], int] = {}
    for film in plate.films:
        levels = film.solid.levels_um
        if levels not in alone:
            alone[levels] = len(plan_layers(levels, layer_um, layering, printer.layer.step_um).thickness_nm)
        here = bisect_right(plan.top_nm, round(levels[-1] * 1000))
        if here > alone[levels]:
            counts.setdefault((alone[levels], here), []).append(film.label)
    for (own, here), films in counts.items():
        which = ", ".join(films[:MOST_NAMED]) + (
            f" and {len(films) - MOST_NAMED} more" if len(films) > MOST_NAMED else ""
        )
        cut = f"layers are cut at the heights of all films: alone {which} would have {own} layers, here {here}"
        yield f"{cut}, each with the whole exposure: {here / own:.3g} times the light over the film's height"


def _remarks(resin: Resin, plan: Plan) -> Iterator[str]:
    """What the user should know before the vat is filled."""
    thickest = max(plan.thickness_nm) / 1000
    if thickest > resin.layer_um:
        used = f"the {resin.layer_um:g} µm that {resin.name} was printed with"
        yield f"a layer of {thickest:g} µm is thicker than {used}: its cure depth is not known"


def _uneven(solid: Solid, printer: Printer) -> Iterator[str]:
    """A panel cannot show what is finer than half a pixel, and a binary one can draw equal features unequally."""
    from voxelyte.pixels.fine import too_fine

    yield from too_fine(solid, printer.panel)
    if printer.panel.grey_levels == 2:
        from voxelyte.pixels.words import remarks

        yield from remarks(solid, printer.panel)


def _empty_masks(layers: Layers) -> Iterator[str]:
    """A binary panel can drop features that cover less than half of every pixel."""
    if layers.printer.panel.grey_levels > 2:
        return
    for mask in Job("", layers.printer, layers.resin, layers).masks():
        if not mask.pixels().any():
            yield "a layer has no lit pixel: its features cover less than half of every pixel of this binary panel"
