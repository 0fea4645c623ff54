"""Recipes (designs as data) and profiles: TOML to values. All bad keys of a file are reported together.

A recipe holds the keys of `RecipeFile` and, flat beside them, the parameters of its geometry: those of the
member of `solids/` that `geometry` names. `like = "p-3dse"` takes another recipe's parameters, except for
those stated anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import Field, ValidationError, create_model

from voxelyte.datafiles import TomlFile, names, open_toml
from voxelyte.errors import RecipeError, unknown
from voxelyte.members import member, members
from voxelyte.printer import Panel, Printer
from voxelyte.resin import Resin
from voxelyte.settings import changed, parse_outline, parse_settings, without_rivals
from voxelyte.solids import Composing, Finder, Named, Site
from voxelyte.source import Source, Sources
from voxelyte.values import Text, Value, explain

if TYPE_CHECKING:
    from voxelyte.solids import Solid

SomeValue = TypeVar("SomeValue", bound=Value)

CHANGED = " as changed"
FILES = {"outline": "outline.path", "lattice": "lattice.csv"}
"""Parameters that name a file; a relative path begins at the folder of whoever states them."""


class RecipeFile(Value):
    """What every recipe says beside the parameters of its geometry."""

    name: Text
    title: Text
    geometry: Text
    like: Text | None = None
    notes: tuple[Text, ...] = ()
    sources: Sources = Field(default={})


@cache
def recipe_model(geometry: str) -> type[RecipeFile]:
    """All keys of a recipe of this geometry; laws between keys are left to the solid itself."""
    solid = member("solids", geometry)
    fields: dict[str, Any] = {key: (one.annotation, copy(one)) for key, one in solid.model_fields.items()}
    return create_model(f"{geometry} recipe", __base__=RecipeFile, __doc__=solid.__doc__, **fields)


@dataclass(frozen=True)
class Recipe:
    """A design: `geometry` names a member of `solids/`, `parameters` are its keys as in TOML.

    `text` is the file word for word; `origin` begins each error message. `sources` has entries only for what
    nobody changed since the file was written. Paths within the parameters begin at `folders`, by the parameter's name, that of
    another design at `folder`.
    """

    name: str
    title: str
    geometry: str
    parameters: Mapping[str, Any]
    origin: str
    text: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    folders: Mapping[str, Path] = field(default_factory=dict)
    folder: Path = Path()

    def with_settings(self, texts: Iterable[str]) -> Recipe:
        """A copy changed by texts such as `diameter_um=200` or `outline.diameter_um=19000`."""
        return self._with(parse_settings(texts))

    def with_values(self, values: Mapping[str, Any]) -> Recipe:
        """A copy changed by values at dotted keys."""
        return self._with(dict(values))

    def with_outline(self, text: str) -> Recipe:
        """A copy on another outline, on a plate each film, as `settings.parse_outline` reads it: `plate`, `disc:16000`, `edge.svg`."""
        key = "changes.outline" if issubclass(member("solids", self.geometry), Composing) else "outline"
        return self._with({key: parse_outline(text)})

    def solid(self, panel: Panel | None = None) -> Solid:
        """The solid itself. An outline that is the whole plate, or a target drawn on pixels, needs the `panel` that it is printed on."""
        model = member("solids", self.geometry)
        checked = self._checked()
        fields = {key: getattr(checked, key) for key in model.model_fields}
        if panel is not None and "outline" in fields:
            fields["outline"] = fields["outline"].on(panel.size_um)
        if panel is not None and "grid" in fields and fields["grid"] is None:
            fields["grid"] = panel.grid
        try:
            made = model(**fields)
            solid: Solid = made.composed(self._finder(panel), _site(panel)) if isinstance(made, Composing) else made
        except RecipeError as fault:
            raise _prefixed(self.origin, str(fault).splitlines()) from None
        return solid

    def _finder(self, panel: Panel | None) -> Finder:
        """Designs that this one is made of: paths begin at its own folder; equal ones are one solid."""
        recipes: dict[str, Recipe] = {}
        known: dict[tuple[str, str], Named] = {}

        def find(name: str, changes: Mapping[str, Any]) -> Named:
            key = name, repr(sorted(changes.items()))
            if key not in known:
                if name not in recipes:
                    recipes[name] = _recipe(open_toml("geometry", name, self.folder), ())
                known[key] = recipes[name]._with(dict(changes), self.folders)._single(panel)
            return known[key]

        return find

    def _single(self, panel: Panel | None) -> Named:
        """Its solid, for a plate; a design that is a plate itself is none."""
        if issubclass(member("solids", self.geometry), Composing):
            raise RecipeError(f"film={self.name!r} must be one film: its geometry is {self.geometry!r}")
        return Named(self.name, self.solid(panel), self.parameters)

    def _with(self, settings: dict[str, Any], places: Mapping[str, Path] | None = None) -> Recipe:
        """A copy changed; paths that are set begin at `places`, by the parameter's name, or where the command line is."""
        if not settings:
            return self
        origin = self.origin.removesuffix(CHANGED) + CHANGED
        fixed = [key for key in settings if key.partition(".")[0] in RecipeFile.model_fields]
        if fixed:
            raise _prefixed(origin, [f"{key} cannot be set; only parameters can" for key in fixed])
        parameters = changed(self.parameters, settings)
        sources = _lasting(self.sources, self.parameters, parameters)
        named = {key.removeprefix("changes.") for key in settings}
        here = {key: (places or {}).get(key, Path()) for key, path in FILES.items() if {key, path} & named}
        other = replace(
            self,
            parameters=parameters,
            sources=sources,
            origin=origin,
            folders={**self.folders, **here},
            folder=Path() if "film" in settings else self.folder,
        )
        other._checked()
        return other

    def _checked(self) -> RecipeFile:
        head = {"name": self.name, "title": self.title, "geometry": self.geometry}
        return _checked(recipe_model(self.geometry), {**head, **self.parameters}, self.origin, self.folders)


def load_recipe(name_or_path: str | os.PathLike[str]) -> Recipe:
    """The recipe of this name, or at this path (anything that ends in `.toml` or has a folder in it)."""
    return _recipe(open_toml("geometry", name_or_path), ())


def load_printer(name_or_path: str | os.PathLike[str]) -> Printer:
    """The printer profile of this name (`voxelyte list printers`), or at this path: what ends in `.toml` or has a folder in it.

    What nobody measured is None in it. RecipeError names the profile and each key that is wrong, or the nearest
    name that is known.
    """
    return _profile(Printer, open_toml("printer", name_or_path))


def load_resin(name_or_path: str | os.PathLike[str]) -> Resin:
    """The resin profile of this name (`voxelyte list resins`), or at this path: what ends in `.toml` or has a folder in it.

    Its exposure holds for the printer that `printed_on` names. RecipeError names the profile and each key that is wrong, or the nearest
    name that is known.
    """
    return _profile(Resin, open_toml("resin", name_or_path))


def recipe_names() -> tuple[str, ...]:
    """Every recipe that can be named."""
    return names("geometry")


def printer_names() -> tuple[str, ...]:
    """Every printer that can be named."""
    return names("printer")


def resin_names() -> tuple[str, ...]:
    """Every resin that can be named."""
    return names("resin")


def _site(panel: Panel | None) -> Site:
    if panel is None:
        raise RecipeError("a plate of films needs a printer: solid(panel)")
    return Site(panel.size_um, (panel.pitch_x_um, panel.pitch_y_um))


def _profile(model: type[SomeValue], file: TomlFile) -> SomeValue:
    return _checked(model, file.table, file.origin)


def _recipe(file: TomlFile, children: tuple[TomlFile, ...]) -> Recipe:
    """The recipe in `file`; `children` are those that are `like` it, so that a circle is seen."""
    parent = _parent(file, children)
    taken = {} if parent is None else without_rivals(parent.parameters, file.table)
    table = taken | file.table
    folders = {
        key: file.path.parent if parent is None or key in file.table else parent.folders.get(key, Path())
        for key in FILES
    }
    head = _checked(_model(table, file.origin), table, file.origin, folders)
    if parent is not None and head.geometry != parent.geometry:
        fault = f"geometry={head.geometry!r} must be {parent.geometry!r}, that of like={head.like!r}"
        raise _prefixed(file.origin, [fault])
    parameters = {key: value for key, value in table.items() if key not in RecipeFile.model_fields}
    sources = {} if parent is None else _lasting(parent.sources, parent.parameters, parameters)
    return Recipe(
        name=head.name,
        title=head.title,
        geometry=head.geometry,
        parameters=parameters,
        origin=file.origin,
        text=file.text,
        sources=sources | head.sources,
        notes=(parent.notes if parent else ()) + head.notes,
        folders=folders,
        folder=file.path.parent,
    )


def _parent(file: TomlFile, children: tuple[TomlFile, ...]) -> Recipe | None:
    like = file.table.get("like")
    if not isinstance(like, str):
        return None
    if any(file.path == child.path for child in children):
        raise _prefixed(file.origin, [f"like={like!r} leads back to this file"])
    return _recipe(open_toml("geometry", like, file.path.parent), (*children, file))


def _model(table: Mapping[str, Any], origin: str) -> type[RecipeFile]:
    """The model to check a recipe with; without a known geometry, all that is wrong with its head."""
    geometry = table.get("geometry")
    if geometry in members("solids"):
        return recipe_model(geometry)
    faults = [unknown("geometry", geometry, members("solids"))] if isinstance(geometry, str) else []
    head = {key: value for key, value in table.items() if key in RecipeFile.model_fields}
    try:
        RecipeFile.model_validate(head)
    except ValidationError as fault:
        faults += explain(fault, RecipeFile)
    raise _prefixed(origin, faults)


def _checked(
    model: type[SomeValue], table: Mapping[str, Any], origin: str, folders: Mapping[str, Path] | None = None
) -> SomeValue:
    """The model of a table; paths in it begin at `folders`."""
    try:
        return model.model_validate(table, context={f"{key}_folder": at for key, at in (folders or {}).items()})
    except ValidationError as fault:
        raise _prefixed(origin, explain(fault, model)) from None


def _prefixed(origin: str, faults: Iterable[str]) -> RecipeError:
    return RecipeError("\n".join(f"{origin}: {fault}" for fault in faults))


def _lasting(sources: Mapping[str, Source], before: Any, after: Any) -> dict[str, Source]:
    """The sources of what is still the same: a number's origin does not outlive the number."""
    return {path: source for path, source in sources.items() if _at(before, path) == _at(after, path)}


def _at(table: Any, path: str) -> Any:
    """What stands at a dotted path, or None."""
    for key in path.split("."):
        table = table.get(key) if isinstance(table, Mapping) else None
    return table
