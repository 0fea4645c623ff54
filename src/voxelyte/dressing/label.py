"""A label: a line of text in the margin of a film, engraved into its base or raised above it."""

from __future__ import annotations

from functools import cached_property
from math import cos, radians, sin
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from voxelyte.errors import RecipeError
from voxelyte.shapes import Polygon
from voxelyte.values import Length, NotNegative, Value

Coordinate = Annotated[float, Field(ge=-1e9, le=1e9, strict=True, allow_inf_nan=False)]
Place = Literal["front", "back", "left", "right", "tab"]
TURNED = {"left": 90.0, "right": 90.0}
STEPS, HALVINGS = 128, 40
"""Places tried from the edge to the centre, and between the last two."""


class Label(Value):
    """One line of `text` with capitals `height_um` high, `relief_um` deep (engraved) or high (raised).

    It lies at a `place`, as far out as it keeps `edge_um` to the edge, or with its middle `at_um` ([x, y] from the
    plate's centre); at the left and the right it reads upwards, unless `turn_deg` (counter-clockwise) says otherwise.
    """

    text: Annotated[str, Field(strict=True, min_length=1, max_length=200)]
    height_um: Length
    relief: Literal["engraved", "raised"] = "engraved"
    relief_um: Length
    place: Place | None = None
    at_um: tuple[Coordinate, Coordinate] | None = None
    turn_deg: Annotated[float, Field(ge=-360, le=360, strict=True, allow_inf_nan=False)] | None = None
    edge_um: NotNegative = 100.0

    @model_validator(mode="after")
    def _can_be_set(self) -> Label:
        from voxelyte.dressing.lettering import missing

        if self.place is not None and self.at_um is not None:
            raise ValueError(
                f"label.place={self.place!r} and label.at_um={self.at_um}: only one of the two can be given"
            )
        if lacking := missing(self.text):
            raise ValueError(f"label.text={self.text!r}: the font has no {', '.join(map(repr, lacking))}")
        if not self.text.strip():
            raise ValueError(f"label.text={self.text!r} must not be blank")
        return self

    @cached_property
    def letters(self) -> Polygon:
        """The text around its own middle, turned."""
        from voxelyte.dressing.lettering import lettering

        turn = radians(TURNED.get(self.place or "", 0.0) if self.turn_deg is None else self.turn_deg)
        matrix = np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]])
        return Polygon(tuple(ring @ matrix for ring in lettering(self.text, self.height_um).boundary))

    @property
    def note(self) -> str:
        """What to know before it is printed."""
        from voxelyte.dressing.lettering import thinnest_um

        thin_um = thinnest_um(self.text, self.height_um)
        return f"the thinnest stroke of label {self.text!r} is {thin_um:.0f} µm wide: on wider pixels it prints weak, or not at all"

    def middle(self, room: Any, tab: Any) -> tuple[float, float]:
        """Where the middle of the text goes: `room` is the polygon left for features, `tab` that of the tab or None."""
        import shapely

        if self.place == "tab":
            if tab is None:
                raise RecipeError("label.place='tab' needs a tab")
            room, wanted = tab, (tab.centroid.x, tab.centroid.y)
        elif self.at_um is None:
            return self._outermost(shapely.buffer(room, -self.edge_um, join_style="mitre"))
        else:
            room, wanted = room if tab is None else shapely.union(room, tab), self.at_um
        if not shapely.buffer(room, -self.edge_um, join_style="mitre").covers(self.box(*wanted)):
            raise RecipeError(self._refusal(f"at x={wanted[0]:g}, y={wanted[1]:g} µm"))
        return wanted

    def box(self, x_um: float, y_um: float) -> Any:
        """The rectangle that the text fills when its middle lies there."""
        import shapely

        x0, y0, x1, y1 = self.letters.bounds_um
        return shapely.box(x_um + x0, y_um + y0, x_um + x1, y_um + y1)

    def _outermost(self, room: Any) -> tuple[float, float]:
        """From the centre towards the place, as far as the room has it wholly."""
        import shapely

        from voxelyte.dressing.edge import TOWARDS

        x, y = TOWARDS[self.place or "front"]
        shapely.prepare(room)
        far = float(np.abs(room.bounds).max()) if not room.is_empty else 0.0
        steps = np.linspace(1, 0, STEPS + 1) * far
        low = next((at for at in steps if room.covers(self.box(x * at, y * at))), None)
        if low is None:
            raise RecipeError(self._refusal(f"at place={self.place or 'front'!r}"))
        high = low + far / STEPS
        for _ in range(HALVINGS):
            half = (low + high) / 2
            low, high = (half, high) if room.covers(self.box(x * half, y * half)) else (low, half)
        return float(x * low), float(y * low)

    def _refusal(self, where: str) -> str:
        x0, y0, x1, y1 = self.letters.bounds_um
        size = f"the text, {x1 - x0:.0f} x {y1 - y0:.0f} µm, with edge_um={self.edge_um:g}"
        return f"label.height_um={self.height_um:g}: {size}, does not lie within what the film has {where}"
