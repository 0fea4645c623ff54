"""What all films share: a base plate with an outline and its dressing, and bodies that stand on it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from pydantic import model_validator

from voxelyte.bodies import Body
from voxelyte.dressing import Dressed, Frame, Label, Notch, Tab
from voxelyte.errors import RecipeError, SliceError
from voxelyte.heights import to_nm
from voxelyte.outline import DrawnOutline, Outline, PlateOutline, copies, drawn
from voxelyte.region import EMPTY, Region
from voxelyte.values import Length, Value


class Film(Value):
    """A base of thickness `base_um`; subclasses add the bodies on it: the features.

    The dressing (`frame`, `tab`, `notch`, `label`) is the film's own: features keep clear of it, and do not count it.
    """

    feature: ClassVar[str] = ""
    outline: Outline
    base_um: Length
    frame: Frame | None = None
    tab: Tab | None = None
    notch: Notch | None = None
    label: Label | None = None

    def __init__(self, /, **fields: Any) -> None:
        super().__init__(**fields)
        if self.label is not None:
            _refuse_collision(self.label.text, self.dressed.label_box, self.bodies, self.feature)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # as in Value

    @model_validator(mode="after")
    def _drawable(self) -> Any:
        if isinstance(self.outline, PlateOutline):
            raise ValueError("outline.shape='plate' needs a printer: outline.on(panel.size_um)")
        try:
            for name, height_um in self._heights_um:
                to_nm(height_um, name)
            self.dressed.check()
        except (RecipeError, SliceError) as fault:
            raise ValueError(str(fault)) from None
        return self

    @property
    def _heights_um(self) -> list[tuple[str, float]]:
        found: list[tuple[str, Any]] = [(name, getattr(self, name, None)) for name in ("base_um", "height_um")]
        found.append(("frame.height_um", self.frame and self.frame.height_um))
        found.append(("label.relief_um", self.label and self.label.relief_um))
        return [(name, height_um) for name, height_um in found if isinstance(height_um, float)]

    @cached_property
    def dressed(self) -> Dressed:
        """The outline with its dressing."""
        return Dressed(drawn(self.outline), self.base_um, self.frame, self.tab, self.notch, self.label)

    @property
    def drawn(self) -> DrawnOutline:
        """The outline that features keep to: within the frame, and clear of the notch."""
        return self.dressed.room

    @property
    def base(self) -> Region:
        """Section of the base, below what is engraved."""
        return self.dressed.base

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The features that stand on the base."""
        return ()

    @cached_property
    def standing(self) -> tuple[Body, ...]:
        """All that stands on the base: features, frame, raised label."""
        return (*self.bodies, *self.dressed.bodies)

    @cached_property
    def features(self) -> Region:
        """Where the features stand on the base."""
        return _foot(self.bodies) if self.bodies else EMPTY

    @property
    def thinnest_um(self) -> dict[str, float]:
        """How thin the features are, by the parameters that say so."""
        return {}

    @property
    def narrowest_um(self) -> dict[str, float]:
        """How narrow the gaps between them are, by the parameters that say so."""
        return {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""
        return self.dressed.notes

    @cached_property
    def levels_of_base(self) -> tuple[int, ...]:
        """Tops of the base's slabs in nm: one, or two where it is engraved."""
        base = to_nm(self.base_um, "base_um")
        return tuple(base - to_nm(above, "label.relief_um") for above in self._above_um)

    @property
    def _above_um(self) -> tuple[float, ...]:
        """How much of the base lies above each of its slabs."""
        return (*(height_um for _, height_um in self.dressed.floors[1:]), 0.0)

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Plate, tops of the base's slabs, tops of the bodies."""
        base = self.levels_of_base[-1]
        tops = {base + to_nm(body.height_um, "height_um") for body in self.standing}
        return (0.0, *(nm / 1000 for nm in sorted({*self.levels_of_base, *tops})))

    @property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""
        x0, y0, x1, y1 = self.base.bounds_um
        return x0, y0, 0.0, x1, y1, self.levels_um[-1]

    def section(self, z_um: float) -> Region:
        """Base, bodies, or nothing; half open in z."""
        slab = self._slab(z_um)
        if isinstance(slab, Region):
            return slab
        return Region(tuple(body.part(z_um - self.base_um) for body in slab))

    def steady(self, z_um: float) -> bool:
        """Whether the section is one and the same object between the levels around `z_um`."""
        return isinstance(self._slab(z_um), Region)

    def _slab(self, z_um: float) -> Region | tuple[Body, ...]:
        if not 0 <= z_um < self.levels_um[-1]:
            return EMPTY
        return self._slabs[bisect_right(self.levels_um, z_um) - 1]

    @cached_property
    def _slabs(self) -> tuple[Region | tuple[Body, ...], ...]:
        """The section of each slab between two levels, or the bodies that reach through it where that changes on the way."""
        found: list[Region | tuple[Body, ...]] = [floor for floor, _ in self.dressed.floors]
        for _, top in pairwise(self.levels_um[len(found) :]):
            bodies = tuple(body for body in self.standing if self.base_um + body.height_um > top - 5e-4)
            still = all(body.upright for body in bodies)
            whole = self.features if bodies == self.bodies else _foot(bodies)
            found.append(whole if still else bodies)
        return tuple(found)

    @property
    def count(self) -> int:
        """How many features stand on the base."""
        return self.features.count

    @property
    def cell_area_factor(self) -> float | None:
        """Surface over footprint of the features' endless lattice, where they stand on one."""
        return None

    @property
    def volume_um3(self) -> float:
        """Base and all that stands on it."""
        slabs = sum(floor.area_um2 * height_um for floor, height_um in self.dressed.floors)
        return slabs + sum(body.volume_um3 for body in self.standing)

    @property
    def footprint_um2(self) -> float:
        """Area of the base."""
        return self.base.area_um2

    @property
    def side_wall_um2(self) -> float:
        """Side walls of the features; the edge of the base does not count, nor do frame and label."""
        return sum(body.wall_um2 for body in self.bodies)

    @property
    def void_um3(self) -> float:
        """Room that is not solid, over the whole footprint, up to the highest top."""
        return self.footprint_um2 * self.levels_um[-1] - self.volume_um3


def _foot(bodies: tuple[Body, ...]) -> Region:
    """Where they stand."""
    return Region(tuple(body.part(0.0) for body in bodies))


def _refuse_collision(text: str, box: Any, bodies: tuple[Body, ...], feature: str) -> None:
    """RecipeError if a feature reaches into the label's rectangle."""
    import shapely

    for body in bodies:
        for part in (body.part(0.0), body.part(body.height_um)):
            x0, y0, x1, y1 = part.boxes_um().T
            left, front, right, back = box.bounds
            near = np.flatnonzero((x1 > left) & (x0 < right) & (y1 > front) & (y0 < back))
            meets = near[shapely.intersects(box, copies(part, near))] if len(near) else near
            if len(meets):
                x, y = shapely.get_coordinates(shapely.intersection(box, copies(part, meets[:1])))[0]
                place = f"x={x:g}, y={y:g} µm ({len(meets)} in all)"
                raise RecipeError(
                    f"label.text={text!r} meets {feature} at {place}: widen margin_um, or put it elsewhere"
                )
