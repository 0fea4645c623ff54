"""What changes the edge of a film: a notch cut into it, a tab put onto it, a frame along it."""

from __future__ import annotations

from math import cos, radians, sin
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from voxelyte.errors import RecipeError
from voxelyte.outline import EDGE_SAGITTA_UM, DrawnOutline, of_polygon
from voxelyte.values import Length, Value

Side = Literal["front", "back", "left", "right"]
TOWARDS: dict[str, tuple[float, float]] = {
    "front": (0.0, -1.0),
    "back": (0.0, 1.0),
    "left": (-1.0, 0.0),
    "right": (1.0, 0.0),
}
STEPS = 256
"""Places tried from the edge inwards for the root of a tab."""


class Frame(Value):
    """A ring along the edge, `width_um` wide, `height_um` above the base."""

    width_um: Length
    height_um: Length


class Notch(Value):
    """A slot cut through the base: which way from the centre (0 is right, 90 is back), how wide, and how deep from the edge."""

    at_deg: Annotated[float, Field(ge=-360, le=360, strict=True, allow_inf_nan=False)]
    width_um: Length
    depth_um: Length

    def slot(self, outline: DrawnOutline) -> Any:
        """The slot as a polygon."""
        import shapely

        area = outline.polygon(EDGE_SAGITTA_UM)
        x, y = cos(radians(self.at_deg)), sin(radians(self.at_deg))
        far = 2 * float(np.abs(area.bounds).max())
        hit = shapely.get_coordinates(area.intersection(shapely.LineString([(0, 0), (far * x, far * y)])))
        edge_um = float((hit @ (x, y)).max(initial=0.0))
        if self.depth_um >= edge_um:
            raise RecipeError(
                f"notch.depth_um={self.depth_um:g} must be less than {edge_um:.0f}, from the centre to the edge there"
            )
        slot = shapely.box(edge_um - self.depth_um, -self.width_um / 2, far, self.width_um / 2)
        return shapely.affinity.affine_transform(slot, (x, -y, y, x, 0, 0))

    def cut(self, outline: DrawnOutline) -> DrawnOutline:
        """The outline without the slot."""
        left = outline.polygon(EDGE_SAGITTA_UM).difference(self.slot(outline))
        return of_polygon(left, f"notch.width_um={self.width_um:g}, depth_um={self.depth_um:g}")


class Tab(Value):
    """A handling tab in the middle of a side: `width_um` along it, reaching `length_um` beyond the outline, as thick as the base."""

    side: Side
    width_um: Length
    length_um: Length

    def free(self, outline: DrawnOutline) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y of what reaches beyond the outline."""
        reach_um = self._reach_um(outline)
        return self._box(reach_um, reach_um + self.length_um)

    def piece(self, outline: DrawnOutline) -> Any:
        """The tab as a polygon, with its root in the outline."""
        import shapely

        end_um = self._reach_um(outline) + self.length_um
        return shapely.box(*self._box(self._root_um(outline), end_um))

    def _reach_um(self, outline: DrawnOutline) -> float:
        x0, y0, x1, y1 = outline.figure.bounds_um
        return float({"front": -y0, "back": y1, "left": -x0, "right": x1}[self.side])

    def _box(self, low_um: float, high_um: float) -> tuple[float, float, float, float]:
        """From one distance to another along the side's direction, across it half the width each way."""
        (x, y), half = TOWARDS[self.side], self.width_um / 2
        across = (abs(y) * half, abs(x) * half)
        ends_x, ends_y = sorted((x * low_um, x * high_um)), sorted((y * low_um, y * high_um))
        return ends_x[0] - across[0], ends_y[0] - across[1], ends_x[1] + across[0], ends_y[1] + across[1]

    def _root_um(self, outline: DrawnOutline) -> float:
        """The outermost distance at which the tab is inside over all its width."""
        import shapely

        area, reach_um = outline.polygon(EDGE_SAGITTA_UM), self._reach_um(outline)
        for step in range(1, STEPS + 1):
            at_um = reach_um * (1 - step / STEPS)
            x0, y0, x1, y1 = self._box(at_um, at_um)
            if area.covers(shapely.LineString([(x0, y0), (x1, y1)])):
                return at_um
        raise RecipeError(f"tab.width_um={self.width_um:g}: the outline is nowhere that wide at side={self.side!r}")
