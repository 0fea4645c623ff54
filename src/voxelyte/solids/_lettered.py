"""Labels that are printed: in the margin of each film of a plate, or on a tag beside it where the film has no room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from voxelyte.dressing import Label
from voxelyte.errors import RecipeError
from voxelyte.outline import RectangleOutline
from voxelyte.solids import Finder, Named, Placed, Site
from voxelyte.solids._film import Film
from voxelyte.solids._plate import Plate
from voxelyte.solids._trials import Trial
from voxelyte.values import Length, NotNegative, Value

TAG_GAP_UM = 300.0
"""Between a film and its tag: room for a blade."""

MOST_NAMED = 8
"""Films that a remark names one by one."""

OF_LABELS = ("label.", "label=")
"""How the faults of a label that does not fit begin."""


class Engraving(Value):
    """How the label of each film is printed: capitals `height_um` high, `relief_um` deep (engraved) or high (raised).

    It lies in the film's margin at a `place`, `edge_um` from the edge; where there is no room, or with the place `beside`, on a tag
    of its own in front of the film, as thick as the film's base.
    """

    height_um: Length
    relief: Literal["engraved", "raised"] = "engraved"
    relief_um: Length
    place: Literal["front", "back", "left", "right", "tab", "beside"] = "front"
    edge_um: NotNegative = 100.0

    @cached_property
    def _style(self) -> dict[str, Any]:
        return {key: getattr(self, key) for key in ("height_um", "relief", "relief_um", "edge_um")}

    def note(self, text: str) -> str:
        """What a film says of its label."""
        return Label(text=text, **self._style).note

    def remarks(self, films: Sequence[Placed], site: Site) -> Iterator[str]:
        """What whoever prints the labels should know."""
        from voxelyte.dressing.lettering import thinnest_um

        thin_um, pixel_um = min(thinnest_um(film.label, self.height_um) for film in films), max(site.pixel_um)
        if thin_um < pixel_um:
            yield f"the thinnest stroke of the labels is {thin_um:.0f} µm wide, a pixel {pixel_um:g} µm: it prints weak, or not at all"
        beside = [film.label for film in films if isinstance(film.solid, Plate)]
        if beside and self.place != "beside":
            which = ", ".join(beside[:MOST_NAMED]) + (" and others" if len(beside) > MOST_NAMED else "")
            yield f"no room for a label in the margin of {which}: it is on a tag beside the film"

    def lettered(self, find: Finder, trial: Trial, text: str) -> Named:
        """The film with its label on it, or on a tag beside it."""
        if self.place != "beside":
            try:
                return find(trial.film, self._in_margin(trial.changes, text))
            except RecipeError as fault:
                if not _is_of_label(fault):
                    raise
        found = find(trial.film, trial.changes)
        return found._replace(solid=self._beside(found, text))

    def _in_margin(self, changes: Mapping[str, Any], text: str) -> dict[str, Any]:
        return {**changes, "label": {"text": text, **self._style, "place": self.place}}

    def _beside(self, found: Named, text: str) -> Plate:
        """Film and tag, one behind the other, as one solid."""
        base_um = getattr(found.solid, "base_um", None)
        if not isinstance(base_um, float):
            raise RecipeError(f"engrave: {found.name} has no base whose thickness a tag beside it could have")
        tag = self._tag(text, base_um)
        (x0, y0, _, x1, _, _), (_, _, _, _, half_um, _) = found.solid.bounds_um, tag.bounds_um
        at = (x0 + x1) / 2, y0 - TAG_GAP_UM - half_um
        return Plate((Placed(found.solid, 0.0, 0.0, "film"), Placed(tag, *at, "tag")))

    def _tag(self, text: str, base_um: float) -> Film:
        label = Label(text=text, at_um=(0.0, 0.0), **self._style)
        x0, y0, x1, y1 = label.letters.bounds_um
        room_um = 2 * self.edge_um + 2
        outline = RectangleOutline(width_um=x1 - x0 + room_um, depth_um=y1 - y0 + room_um)
        return Film(outline=outline, base_um=base_um, label=label)


def _is_of_label(fault: RecipeError) -> bool:
    """Whether nothing but the label is wrong."""
    return all(any(word in line for word in OF_LABELS) for line in str(fault).splitlines())
