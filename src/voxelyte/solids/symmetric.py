"""The symmetric film of the paper: two halves with features outwards, cured together back to back in a second step.

The second half is the mirror image of the first, so that both coincide when it is turned over onto it. As `halves` both lie
side by side on a plate to be printed; as `assembled` they are the one body that a simulation needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from voxelyte.errors import RecipeError
from voxelyte.region import Bounds
from voxelyte.solids import Finder, Placed, Site, Solid
from voxelyte.solids._assembled import Assembled
from voxelyte.solids._film import Film
from voxelyte.solids._half import Half, Kind, Marks
from voxelyte.solids._packing import NEAR, Offset, Room
from voxelyte.solids._plate import Plate
from voxelyte.solids._trials import flat
from voxelyte.values import Length, NotNegative, Text, Value

__all__ = ["SOLID", "Assembled", "Half", "Marks", "SymmetricDesign"]


class SymmetricDesign(Value):
    """Two halves of the recipe `film` with `changes`, `gap_um` apart; the second is the mirror image of the first.

    Each has registration `marks` at its right, back and left: `crosses` of `mark_um` as high as the features or `mark_height_um`, or
    `holes` of that diameter for pins, `mark_edge_um` from the edge. They need a margin without features. `form` is what is made:
    `halves` to print, or `assembled` back to back for simulation.
    """

    film: Text = Field(description="Name or path of the recipe that both halves are made from.")
    changes: dict[str, Any] = Field({}, description="Parameters of both halves, in place of the recipe's.")
    form: Literal["halves", "assembled"] = Field(
        "halves", description="What is made: halves to print, or assembled to simulate."
    )
    marks: Kind = Field("crosses", description="Registration marks.")
    mark_um: Length = Field(1000.0, description="Size of a cross, or diameter of a hole, in µm.")
    mark_edge_um: NotNegative = Field(300.0, description="From a mark to the film's edge, in µm.")
    mark_height_um: Length | None = Field(
        None, description="Height of the crosses; without it, that of the features, in µm."
    )
    gap_um: NotNegative = Field(1000.0, description="Between the halves, which stay at least a pixel apart, in µm.")

    def composed(self, find: Finder, site: Site) -> Solid:
        """The plate of both halves, or the assembled film."""
        found = find(self.film, flat(self.changes))
        if not isinstance(found.solid, Film):
            raise RecipeError(f"film={self.film!r} must be a base with features on it: only such a film has two sides")
        marks = Marks(kind=self.marks, mark_um=self.mark_um, edge_um=self.mark_edge_um, height_um=self.mark_height_um)
        halves = [Half(found.solid, marks, turned) for turned in (False, True)]
        if self.form == "assembled":
            return Assembled(halves[0])
        boxes = [(b[0], b[1], b[3], b[4]) for b in (half.bounds_um for half in halves)]
        room = Room(site.size_um, self.gap_um, 0.0, site.pixel_um)
        at = room.packed(boxes) or Room(site.size_um, self.gap_um, 0.0).packed(boxes)
        if at is None:
            size = " x ".join(f"{one / 1000:g}" for one in site.size_um)
            raise RecipeError(
                f"two halves of {found.name} with gap_um={self.gap_um:g} do not fit the plate of {size} mm"
            )
        self._refuse_touching(boxes, at, site)
        names = ("half", "mirrored half")
        return Plate(
            tuple(
                Placed(half, x_um, y_um, label, design=found.name, parameters=found.parameters)
                for half, (x_um, y_um), label in zip(halves, at, names, strict=True)
            ),
            remarks=("turn the mirrored half over onto the back of the other: marks and features coincide",),
        )

    def _refuse_touching(self, boxes: Sequence[Bounds], at: Sequence[Offset], site: Site) -> None:
        """RecipeError where no whole pixel lies between the halves, along x or along y."""
        one, other = ((x0 + x, y0 + y, x1 + x, y1 + y) for (x0, y0, x1, y1), (x, y) in zip(boxes, at, strict=True))
        apart = [max(other[axis] - one[axis + 2], one[axis] - other[axis + 2]) for axis in (0, 1)]
        if any(um >= pixel * (1 - NEAR) for um, pixel in zip(apart, site.pixel_um, strict=True)):
            return
        pixel = " x ".join(dict.fromkeys(f"{um:g}" for um in site.pixel_um))
        left = f"gap_um={self.gap_um:g} leaves {max(0.0, *apart):.6g} µm between the halves"
        raise RecipeError(f"{left}, which is less than a pixel of {pixel} µm: they would be cured as one piece")


SOLID = SymmetricDesign
