"""Options that several commands share, and what they make: a job, and its solid where it has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from voxelyte.errors import RecipeError

if TYPE_CHECKING:
    from voxelyte.job import Job
    from voxelyte.layering import Layering
    from voxelyte.printer import Printer
    from voxelyte.resin import Resin
    from voxelyte.solids import Solid

Some = TypeVar("Some", "Printer", "Resin")

SLURRY = "pegda-litfsi-llzto"

_OPTIONS = (
    click.option("--printer", default="asiga-max", show_default=True, help="Printer profile: a name or a TOML file."),
    click.option("--resin", default=SLURRY, show_default=True, help="Resin profile: a name or a TOML file."),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a parameter of the design, such as diameter_um=200.",
    ),
    click.option("--outline", metavar="SHAPE", help="plate, disc:DIAMETER_UM or rectangle:WIDTH_UMxDEPTH_UM."),
    click.option(
        "--layering",
        default="first",
        show_default=True,
        metavar="HOW",
        help="Where a remainder goes: first, last, even; round changes heights and says so; or thicknesses in µm: 75,50,50,50.",
    ),
    click.option("--layer-um", type=float, help="Layer thickness, in place of the resin's."),
    click.option(
        "--exposure-s",
        type=float,
        help="Exposure of each layer, in place of the resin's; the dose is then yours to know.",
    ),
    click.option("--grey-levels", type=int, help="Grey levels that the panel shows, 2 (a threshold) to 256."),
)


def ordered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of `Order`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class Order:
    """What the user asked for, as given on the command line."""

    design: str
    printer: str
    resin: str
    settings: tuple[str, ...]
    outline: str | None
    layering: str
    layer_um: float | None
    exposure_s: float | None
    grey_levels: int | None

    @property
    def is_archive(self) -> bool:
        """A design with a suffix other than .toml is a layer archive; a recipe has a plain name or ends in .toml."""
        return bool(Path(self.design).suffix) and Path(self.design).suffix != ".toml"

    def made(self) -> tuple[Job, Solid | None]:
        """The job, and the solid that it was sliced from."""
        return (self._read(), None) if self.is_archive else self._sliced()

    def solid(self) -> Solid:
        """The solid alone."""
        from voxelyte.recipes import load_recipe

        recipe = load_recipe(self.design).with_settings(self.settings)
        if self.outline:
            recipe = recipe.with_outline(self.outline)
        return recipe.solid(self.printer_profile().panel)

    def printer_profile(self) -> Printer:
        """The printer, with the grey levels asked for."""
        from voxelyte.recipes import load_printer

        return changed(load_printer(self.printer), "panel", {"grey_levels": self.grey_levels})

    def resin_profile(self) -> Resin:
        """The resin, with the layer and exposure asked for; an exposure of the user's own has no dose and no origin."""
        from voxelyte.recipes import load_resin

        resin = changed(load_resin(self.resin), None, {"layer_um": self.layer_um, "exposure_s": self.exposure_s})
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

    def _sliced(self) -> tuple[Job, Solid]:
        from voxelyte.recipes import load_recipe
        from voxelyte.slicing import slice_solid

        recipe = load_recipe(self.design).with_settings(self.settings)
        if self.outline:
            recipe = recipe.with_outline(self.outline)
        printer, resin = self.printer_profile(), self.resin_profile()
        solid = recipe.solid(printer.panel)
        parameters = {"geometry": recipe.geometry, **recipe.parameters, "layering": self.layering}
        job = slice_solid(
            solid,
            printer,
            resin,
            name=recipe.name,
            layering=_layering(self.layering),
            recipe=recipe.text,
            parameters=parameters,
        )
        return job, solid

    def _read(self) -> Job:
        from voxelyte.formats import read_job

        given = {
            "--set": self.settings,
            "--outline": self.outline,
            "--layer-um": self.layer_um,
            "--exposure-s": self.exposure_s,
        }
        wrong = [name for name, value in given.items() if value]
        if wrong:
            raise RecipeError(
                f"{', '.join(wrong)}: {self.design} is an archive of finished layers; only a recipe can be changed"
            )
        return read_job(self.design)


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
