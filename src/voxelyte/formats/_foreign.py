"""A job from what another program's archive says; what it does not say is filled in from its own layers, and told.

Formats other than the package's own hold no profiles. The printer's limits and the resin's layer are those
of the layers that were read, so that the job is whole and valid; `notes` says that they are not more than that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TypeVar

from voxelyte.errors import FormatError, RecipeError, SliceError
from voxelyte.job import Exposure, Job, Layer, Provenance
from voxelyte.printer import LayerLimits, Motion, Panel, Printer
from voxelyte.resin import Resin

MAX_LAYERS = 100_000
"""More layers than any of these machines has steps for; a file that declares more is damaged."""

NO_PROFILES = "the archive holds no profiles: limits of the printer and the resin's layer are those of its layers"

Some = TypeVar("Some", bound=Hashable)


@dataclass(frozen=True)
class Read:
    """One layer as it was read."""

    thickness_nm: int
    exposures: tuple[Exposure, ...]
    motion: Motion


@dataclass(frozen=True)
class Origin:
    """What an archive says of itself; an empty name of the job is replaced by the file's."""

    name: str = ""
    printer: str = "unknown"
    title: str = ""
    resin: str = "unknown"
    software: str = ""
    build_height_mm: float | None = None
    wavelength_nm: float | None = None
    notes: tuple[str, ...] = ()


@cache
def no_motion() -> Motion:
    """Stands for motion that an archive does not hold."""
    return Motion(lift_mm=0.0, lift_mm_s=1.0, retract_mm_s=1.0)


def foreign_job(panel: Panel, rows: Iterable[Read], suffix: str, said: Origin) -> Job:
    """The job of layers that were read from an archive with this suffix; FormatError where it cannot be one."""
    read = list(rows)
    if not 0 < len(read) <= MAX_LAYERS:
        raise FormatError(f"{len(read)} layers must be 1 to {MAX_LAYERS}")
    try:
        layers = tuple(_layers(read))
        printer, resin = _printer(panel, layers, suffix, said), _resin(layers, said)
    except (RecipeError, SliceError) as fault:
        raise FormatError(str(fault).replace("\n", "; ")) from None
    return Job(said.name, printer, resin, layers, Provenance(software=said.software, notes=(*said.notes, NO_PROFILES)))


def foreign_panel(**fields: object) -> Panel:
    """A panel from what an archive says; FormatError where it cannot be one."""
    try:
        return Panel.of(fields)
    except RecipeError as fault:
        raise FormatError(str(fault).replace("\n", "; ")) from None


def foreign_motion(**fields: float) -> Motion:
    """Motion from what an archive says. A speed of 0 with a lift of 0 is written where nothing moves."""
    if fields.get("lift_mm") == 0:
        fields = {**fields, **{key: 1.0 for key in ("lift_mm_s", "retract_mm_s") if not fields[key]}}
    try:
        return Motion.of(fields)
    except RecipeError as fault:
        raise FormatError(str(fault).replace("\n", "; ")) from None


def usual(values: Iterable[Some]) -> Some:
    """The commonest value; the first of equally common ones."""
    return Counter(values).most_common(1)[0][0]


def _layers(read: list[Read]) -> Iterable[Layer]:
    tops_nm = accumulate(one.thickness_nm for one in read)
    for index, (one, top_nm) in enumerate(zip(read, tops_nm, strict=True)):
        yield Layer(index, one.thickness_nm, top_nm, one.exposures, one.motion)


def _printer(panel: Panel, layers: tuple[Layer, ...], suffix: str, said: Origin) -> Printer:
    thicknesses_um = [layer.thickness_um for layer in layers]
    return Printer(
        name=said.printer or "unknown",
        title=said.title or said.printer or "unknown",
        panel=panel,
        build_height_mm=said.build_height_mm or layers[-1].top_nm / 1e6,
        layer=LayerLimits(min_um=min(thicknesses_um), max_um=max(thicknesses_um), step_um=0.001),
        motion=usual(layer.motion for layer in layers),
        wavelength_nm=said.wavelength_nm,
        format=suffix,
    )


def _resin(layers: tuple[Layer, ...], said: Origin) -> Resin:
    lit_s = [layer.exposure_s for layer in layers if layer.exposures]
    name = said.resin or "unknown"
    layer_um = usual(layer.thickness_um for layer in layers)
    return Resin(name=name, title=name, layer_um=layer_um, exposure_s=usual(lit_s) if lit_s else 1.0)
