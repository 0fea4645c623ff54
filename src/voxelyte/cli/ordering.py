"""What several commands make of the options that they share: a job, and its solid where it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from voxelyte.cli import parts
from voxelyte.cli.options import HOW, PRINTER, SLURRY
from voxelyte.cli.snapping import Designed, designed_for
from voxelyte.errors import RecipeError

if TYPE_CHECKING:
    from voxelyte.contours import ContourSolid
    from voxelyte.job import Job
    from voxelyte.layering import Layering
    from voxelyte.meshed import MeshSolid
    from voxelyte.printer import Printer
    from voxelyte.recipes import Recipe
    from voxelyte.resin import Resin
    from voxelyte.solids import Solid

Some = TypeVar("Some", "Printer", "Resin")


@dataclass(frozen=True)
class Order:
    """What the user asked for; None where nothing was said."""

    design: str
    printer: str | None = None
    settings: tuple[str, ...] = ()
    outline: str | None = None
    merge: bool = False
    resin: str | None = None
    layering: str | None = None
    layer_um: float | None = None
    exposure_s: float | None = None
    grey_levels: int | None = None
    snap: str | None = None
    snap_to: str | None = None
    unit: str | None = None
    repair: bool | None = None
    keep_xy: bool | None = None
    flat_mm2: float | None = None

    def made(self) -> tuple[Job, Solid | None]:
        """The job, and the solid that it was sliced from."""
        if parts.is_mesh(self.design):
            return self._meshed()
        self._part.refused()
        if not is_archive(self.design):
            return self._sliced()
        return self._outlined() if is_contours(self.design) else (self._read(), None)

    def solid(self) -> Solid:
        """The solid alone."""
        if parts.is_mesh(self.design):
            return self._mesh()
        self._part.refused()
        if is_archive(self.design):
            if is_contours(self.design):
                return self._contours()
            raise RecipeError(f"{self.design} is an archive of finished layers; its shape is known only to its recipe")
        return self.designed().solid

    def designed(self) -> Designed:
        """The recipe and its solid, which is not sliced yet."""
        if parts.is_mesh(self.design):
            raise RecipeError(
                f"{self.design} is a mesh, which has no copies of one shape that could be compared; only a recipe has"
            )
        if is_archive(self.design):
            raise RecipeError(f"{self.design} holds finished layers; only a recipe says what they show")
        return designed_for(self._recipe(), self.printer_profile().panel, self.snap, self.snap_to)

    def snap_notes(self) -> tuple[str, ...]:
        """What --snap changes, for those who make no job, which would hold it."""
        return () if self.snap is None else self.designed().notes

    def printer_profile(self) -> Printer:
        """The printer, with the grey levels asked for."""
        from voxelyte.recipes import load_printer

        return changed(load_printer(self.printer or PRINTER), "panel", {"grey_levels": self.grey_levels})

    def resin_profile(self) -> Resin:
        """The resin, with the layer and exposure asked for; an exposure of the user's own is taken as it is, on any printer."""
        from voxelyte.recipes import load_resin

        resin = changed(
            load_resin(self.resin or SLURRY), None, {"layer_um": self.layer_um, "exposure_s": self.exposure_s}
        )
        if self.exposure_s is None:
            return resin
        unknown = {
            "irradiance_mw_cm2": None,
            "wavelength_nm": None,
            "printed_on": None,
            "bottom_layers": 0,
            "fade_layers": 0,
        }
        return resin.model_copy(update={**unknown, "bottom_exposure_s": None})

    def _recipe(self) -> Recipe:
        from voxelyte.recipes import load_recipe

        merge = ("merge=true",) if self.merge else ()
        recipe = load_recipe(self.design).with_settings((*self.settings, *merge))
        return recipe if self.outline is None else recipe.with_outline(self.outline)

    def _sliced(self) -> tuple[Job, Solid]:
        from voxelyte.slicing import slice_solid

        made, printer, resin = self.designed(), self.printer_profile(), self.resin_profile()
        recipe, how = made.recipe, HOW if self.layering is None else self.layering
        job = slice_solid(
            made.solid,
            printer,
            resin,
            name=recipe.name,
            layering=_layering(how),
            recipe=recipe.text,
            parameters={"geometry": recipe.geometry, **recipe.parameters, "layering": how, **self._snapping()},
        )
        notes = replace(job.provenance, notes=(*made.notes, *job.provenance.notes))
        return replace(job, provenance=notes), made.solid

    def _snapping(self) -> dict[str, str]:
        """The wish to snap, beside the parameters that came of it."""
        return {} if self.snap is None else {"snap": self.snap, "snap_to": self.snap_to or "nearest"}

    def _contours(self) -> ContourSolid:
        from voxelyte.contours import read_solid

        given = {
            **self._changes,
            "--layering": self.layering,
            "--layer-um": self.layer_um,
        }
        _refuse(given, f"{self.design} holds contours with layers of their own; only a recipe can be changed")
        return read_solid(self.design)

    def _outlined(self) -> tuple[Job, Solid]:
        """The film of an SLC file, in the layers that the file states."""
        from voxelyte.slicing import slice_solid

        solid, printer, resin = self._contours(), self.printer_profile(), self.resin_profile()
        file = Path(self.design)
        how: dict[str, object] = {"geometry": "contours", "file": file.name}
        job = slice_solid(solid, printer, resin, name=file.stem, layering=solid.thickness_um, parameters=how)
        return job, solid

    @property
    def _changes(self) -> dict[str, object]:
        """What only a recipe can take; None where nothing was said."""
        return {
            "--set": self.settings or None,
            "--outline": self.outline,
            "--snap": self.snap,
            "--snap-to": self.snap_to,
            "--merge": self.merge or None,
        }

    @property
    def _part(self) -> parts.PartFile:
        return parts.PartFile(self.design, self.unit, self.repair, self.keep_xy, self.flat_mm2)

    def _mesh(self) -> MeshSolid:
        _refuse(self._changes, f"{self.design} is a mesh; only a recipe can be changed")
        return self._part.solid()

    def _meshed(self) -> tuple[Job, Solid]:
        """The part of a mesh file, in layers that meet its flat faces."""
        from voxelyte.slicing import slice_solid

        solid, printer, resin = self._mesh(), self.printer_profile(), self.resin_profile()
        how = HOW if self.layering is None else self.layering
        said = self._part.parameters(solid) | {"layering": how}
        name = Path(self.design).stem
        return slice_solid(solid, printer, resin, name=name, layering=_layering(how), parameters=said), solid

    def _read(self) -> Job:
        from voxelyte.formats import read_job

        job = read_job(self.design)
        given = {
            "--printer": None if self.printer == job.printer.name else self.printer,
            **self._changes,
            "--resin": self.resin,
            "--layering": self.layering,
            "--layer-um": self.layer_um,
            "--exposure-s": self.exposure_s,
            "--grey-levels": self.grey_levels,
        }
        law = f"{self.design} is an archive of layers finished for {job.printer.name}; only a recipe can be changed"
        _refuse(given, law)
        return job


def _refuse(given: Mapping[str, object], law: str) -> None:
    """Options that change nothing are told, not passed over."""
    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        raise RecipeError(f"{', '.join(wrong)}: {law}")


def is_archive(design: str) -> bool:
    """Is the design a layer archive? A name that is known, or ends in .toml, is a recipe."""
    from voxelyte.datafiles import names

    path = Path(design)
    if design in names("geometry"):
        return False
    if path.is_dir():
        law = "must be a name of `voxelyte list`, a .toml recipe or an archive, no folder"
        raise RecipeError(f"design={design!r} {law}")
    if not path.exists() and (path.suffix or len(path.parts) > 1):
        raise RecipeError(f"{design}: no such file{_nearest(path)}")
    return path.is_file() and path.suffix != ".toml"


def is_contours(file: str) -> bool:
    """Does a file hold outlines instead of masks, so that it is a design?"""
    from voxelyte.formats import recognised

    return recognised(file).contours


def _nearest(path: Path) -> str:
    from difflib import get_close_matches

    beside = [one.name for one in path.parent.iterdir() if one.is_file()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=1)
    return f"; did you mean {path.with_name(near[0])}?" if near else ""


def changed(value: Some, table: str | None, changes: dict[str, Any]) -> Some:
    """A copy of a profile with the changes that are not None, validated; their sources are the user's own words now."""
    given = {key: new for key, new in changes.items() if new is not None}
    if not given:
        return value
    fields = value.model_dump()
    (fields[table] if table else fields).update(given)
    for key in given:
        path = f"{table}.{key}" if table else key
        fields["sources"] = {**fields["sources"], path: {"sure": "chosen", "where": "given on the command line"}}
    return type(value).of(fields)


def _layering(text: str) -> Layering | Sequence[float]:
    if text in ("first", "last", "even", "round"):
        return text  # type: ignore[return-value]
    try:
        return [float(part) for part in text.strip("[] ").split(",")]
    except ValueError:
        raise RecipeError(
            f"layering={text!r} must be first, last, even, round or thicknesses in µm such as 75,50,50,50"
        ) from None
