"""An outline with its dressing: the base and its slabs, the room that is left for features, what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from voxelyte.bodies import Body, Upright
from voxelyte.dressing.edge import Frame, Notch, Tab
from voxelyte.dressing.label import Label
from voxelyte.errors import RecipeError
from voxelyte.outline import EDGE_SAGITTA_UM, DrawnOutline, Without, of_polygon
from voxelyte.region import Part, Region
from voxelyte.shapes import Polygon, Shape


@dataclass(frozen=True, eq=False)
class Dressed:
    """`outline` with what a film of thickness `base_um` has at its edge and in its margin."""

    outline: DrawnOutline
    base_um: float
    frame: Frame | None = None
    tab: Tab | None = None
    notch: Notch | None = None
    label: Label | None = None

    def check(self) -> None:
        """Make all of it; RecipeError with the field where something has no room."""
        self._made  # noqa: B018

    @cached_property
    def _made(self) -> tuple[object, ...]:
        return self.room, self.floors, self.bodies

    @cached_property
    def edge(self) -> DrawnOutline:
        """The outline with its notch; the tab is beyond it."""
        return self.notch.cut(self.outline) if self.notch else self.outline

    @cached_property
    def room(self) -> DrawnOutline:
        """The outline for features: what the frame leaves, and clear of the notch."""
        inner = self._within_frame(self.outline)
        if self.notch is None:
            return inner
        from voxelyte.dressing.kept import Kept

        return Kept(inner, self.notch.slot(self.outline), self.frame.width_um if self.frame else 0.0)

    def _within_frame(self, outline: DrawnOutline) -> DrawnOutline:
        if self.frame is None:
            return outline
        try:
            return outline.inset(self.frame.width_um)
        except RecipeError as fault:
            raise RecipeError(f"frame.width_um={self.frame.width_um:g}: {fault}") from None

    @cached_property
    def plate(self) -> Shape:
        """The base, seen from below."""
        if self.tab is None:
            return self.edge.figure
        piece = self.tab.piece(self.outline)
        if self.notch and self.notch.slot(self.outline).intersects(piece):
            raise RecipeError(
                f"notch.at_deg={self.notch.at_deg:g} must keep clear of the tab at side={self.tab.side!r}"
            )
        return of_polygon(self.edge.polygon(EDGE_SAGITTA_UM).union(piece), "tab").figure

    @cached_property
    def base(self) -> Region:
        """Section of the base below any engraving."""
        return Region((Part(self.plate),))

    @cached_property
    def floors(self) -> tuple[tuple[Region, float], ...]:
        """The base's slabs from the plate up, each a section and its thickness; two where it is engraved."""
        if self.label is None or self.label.relief == "raised":
            return ((self.base, self.base_um),)
        depth_um = self.label.relief_um
        if depth_um >= self.base_um:
            raise RecipeError(f"label.relief_um={depth_um:g} must be less than base_um={self.base_um:g}")
        engraved = Region((Part(Without(self.plate, self.letters)),))
        return (self.base, self.base_um - depth_um), (engraved, depth_um)

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """What stands on the base beside the features: the frame, a raised label."""
        return tuple(self._bodies())

    def _bodies(self) -> Iterator[Body]:
        if self.frame:
            inner = self._within_frame(self.edge)
            yield Upright(Part(Without(self.edge.figure, inner.figure)), self.frame.height_um)
        if self.label and self.label.relief == "raised":
            yield Upright(Part(self.letters), self.label.relief_um)

    @cached_property
    def letters(self) -> Polygon:
        """The label where it lies; without one, nothing."""
        if self.label is None:
            return Polygon(())
        return Polygon(tuple(ring + np.array(self._middle) for ring in self.label.letters.boundary))

    @cached_property
    def _middle(self) -> tuple[float, float]:
        import shapely

        assert self.label is not None
        tab = shapely.box(*self.tab.free(self.outline)) if self.tab else None
        return self.label.middle(self.room.polygon(EDGE_SAGITTA_UM), tab)

    @property
    def label_box(self) -> Any:
        """The rectangle around the label, which features keep clear of; None without a label."""
        return None if self.label is None else self.label.box(*self._middle)

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""
        return (*self.outline.notes, *((self.label.note,) if self.label else ()))
