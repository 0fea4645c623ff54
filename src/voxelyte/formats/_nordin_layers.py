"""The layers of a print file, one after the other, each with all its settings: nothing named, nothing left to a default.

What overrides what, by the published specification: an exposure's own settings, then those it names (`Using named
image settings`), those its layer names (`Using named default image settings`), and `Default layer settings`; for a
layer's position likewise. A call of a layer group stands for that group's layers, with variables of its own.

The group's own program passes over what a layer names where an exposure names something too. A file in which that
makes a difference is refused, and so are default settings that name others, which that program does not follow.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voxelyte.errors import FormatError, unknown
from voxelyte.formats import _nordin_rules as rules
from voxelyte.formats._foreign import MAX_LAYERS
from voxelyte.formats._json import Table, fields
from voxelyte.formats._nordin_named import Fields, Named, table
from voxelyte.formats._nordin_rules import MEMBER, check, held
from voxelyte.formats._nordin_variables import resolved

MAX_EXPOSURES = 300_000
_POSITION, _IMAGE = "Using named position settings", "Using named image settings"
_LAYER_IMAGE, _GROUP = "Using named default image settings", "Using named layer group"
_LIST, _TIMES = "Image settings list", "Number of duplications"


@dataclass(frozen=True)
class Printed:
    """One layer, that many times: the motion before it, and its exposures in their order."""

    times: int
    position: Table
    images: tuple[Table, ...]


class PrintFile:
    """A print file whose every part obeys the rules. `position` and `image` are its default settings."""

    def __init__(self, text: str) -> None:
        said = check(fields(MEMBER, text), rules.TOP, ("Header", "Default layer settings"))
        self._variables = rules.variables(said.table("Variables")) if "Variables" in said else {}
        self._top = table("", _replaced(said.values, self._variables))
        self.directory = self._directory()
        self.design = check(self._part("Design"), rules.DESIGN)
        check(self._part("Special print techniques"), rules.TECHNIQUES)
        held(self._top)
        default = check(self._top.table("Default layer settings"), rules.DEFAULT, rules.DEFAULT_NEEDED)
        self._times = default.whole(_TIMES, 1, MAX_LAYERS)
        self.position, self.image = default.table("Position settings"), default.table("Image settings")
        for one, using in ((self.position, _POSITION), (self.image, _IMAGE)):
            if one.text(using, ""):
                raise one.fault(using, "is not followed in default settings by the group's own program")
        self._positions = self._named("Named position settings", rules.POSITION, _POSITION)
        self._images = self._named("Named image settings", rules.IMAGE, _IMAGE)
        self._groups = self._part("Named layer groups")
        self._check_idle_groups()

    def layers(self) -> Iterator[Printed]:
        """All layers from the plate up, and no more than a job may have."""
        layers = exposures = 0
        for where, entry in self._entries():
            printed = self._printed(where, check(entry, rules.LAYER))
            layers, exposures = layers + printed.times, exposures + printed.times * len(printed.images)
            if layers > MAX_LAYERS or exposures > MAX_EXPOSURES:
                raise FormatError(
                    f"{MEMBER}: {where}: must not make more than {MAX_LAYERS} layers, {MAX_EXPOSURES} exposures"
                )
            yield printed

    def _directory(self) -> str:
        header = check(self._top.table("Header"), rules.HEADER, ("Schema version", "Image directory"))
        if not re.fullmatch(r"5\.\d\.\d", header.text("Schema version"), re.ASCII):
            raise header.fault("Schema version", "must be 5.x.x: other versions are not read")
        return header.text("Image directory")

    def _part(self, key: str) -> Table:
        return self._top.table(key) if key in self._top else table(key, {})

    def _named(self, key: str, law: rules.Rules, using: str) -> Named:
        return Named(key, self._part(key).values, law, using)

    def _top_layers(self) -> list[Table]:
        return self._top.tables("Layers", MAX_LAYERS) if "Layers" in self._top else []

    def _entries(self) -> Iterator[tuple[str, Table]]:
        """Where each layer is written, and the layer; those of a group in place of its call."""
        room = MAX_EXPOSURES
        for index, entry in enumerate(self._top_layers()):
            if _GROUP not in entry:
                yield f"Layers.{index}", entry
                continue
            group = self._group(check(entry, rules.CALL))
            times = entry.whole(_TIMES, 1, MAX_LAYERS, 1)
            room -= times * len(group) + sum(_count(one) for one in group)
            if room < 0:
                raise entry.fault(_GROUP, f"makes more than {MAX_EXPOSURES} layers and exposures")
            yield from self._called(entry, group) * times

    def _group(self, call: Table) -> list[Table]:
        name = call.text(_GROUP)
        if name not in self._groups or name == "Comment":
            raise call.fault(_GROUP, unknown("layer group", name, self._groups))
        return self._groups.tables(name, MAX_LAYERS)

    def _called(self, call: Table, group: list[Table]) -> list[tuple[str, Table]]:
        own = rules.variables(call.table("Variables")) if "Variables" in call else {}
        return _filled(call.text(_GROUP), group, ChainMap(own, self._variables))

    def _check_idle_groups(self) -> None:
        """Also groups that nobody calls obey the rules."""
        called = {layer.text(_GROUP) for layer in self._top_layers() if _GROUP in layer}
        for name in self._groups:
            if name == "Comment":
                self._groups.text(name)
            elif name not in called:
                for _, layer in _filled(name, self._groups.tables(name, MAX_LAYERS), self._variables):
                    check(layer, rules.LAYER)

    def _printed(self, where: str, layer: Table) -> Printed:
        own = _under(where, layer, "Position settings")
        named = self._positions.of(own, _POSITION)
        position = table(f"{where}.Position settings", {**self.position.values, **named, **own.values})
        images = layer.tables(_LIST, MAX_EXPOSURES) if _LIST in layer else []
        shown = [self._image(f"{where}.{_LIST}.{k}", layer, one) for k, one in enumerate(images or [table("", {})])]
        for one in (position, *shown):
            held(one)
        return Printed(layer.whole(_TIMES, 1, MAX_LAYERS, self._times), position, tuple(shown))

    def _image(self, where: str, layer: Table, own: Table) -> Table:
        of_layer, named = self._images.of(layer, _LAYER_IMAGE), self._images.of(own, _IMAGE)
        whole = {**self.image.values, **of_layer, **named, **own.values}
        if own.text(_IMAGE, "") and whole != {**self.image.values, **named, **own.values}:
            raise own.fault(_IMAGE, f"together with its layer's {_LAYER_IMAGE!r} is read in more than one way")
        return table(where, whole)


def _filled(name: str, group: list[Table], variables: Mapping[str, object]) -> list[tuple[str, Table]]:
    """Where each layer of a group is written, and the layer with its variables filled in."""
    places = [f"Named layer groups.{name}.{index}" for index in range(len(group))]
    whole = [
        resolved(layer.values, variables, f"{MEMBER}: {where}") for where, layer in zip(places, group, strict=True)
    ]
    return [(where, table(where, one)) for where, one in zip(places, whole, strict=True)]


def _replaced(values: Fields, variables: dict[str, object]) -> Fields:
    """The file with its variables filled in. A group's layers are filled in where they are called."""
    apart = ("Design", "Variables", "Named layer groups")
    return {key: one if key in apart else resolved(one, variables, f"{MEMBER}: {key}") for key, one in values.items()}


def _under(where: str, layer: Table, key: str) -> Table:
    return layer.table(key) if key in layer else table(f"{where}.{key}", {})


def _count(layer: Table) -> int:
    """One for the layer and one for each exposure, before its values are looked at."""
    exposures = layer.values.get(_LIST)
    return 1 + (len(exposures) if isinstance(exposures, list) else 0)
