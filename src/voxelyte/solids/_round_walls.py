"""What walls around the middle share: a spiral's turns, and rings."""

from __future__ import annotations

from voxelyte.solids._film import Film
from voxelyte.values import Length, NotNegative


class RoundWalls(Film):
    """Walls of `width_um` and `height_um`, `gap_um` apart along the radius, out to `outer_radius_um`.

    Without the latter they reach to the largest circle within the margin.
    """

    width_um: Length
    gap_um: Length
    height_um: Length
    inner_radius_um: NotNegative
    outer_radius_um: Length | None = None
    margin_um: NotNegative = 0.0

    @property
    def thinnest_um(self) -> dict[str, float]:
        """The walls' width."""
        return {"width_um": self.width_um}

    @property
    def narrowest_um(self) -> dict[str, float]:
        """The gap along the radius."""
        return {"gap_um": self.gap_um}

    @property
    def spacing_um(self) -> float:
        """From wall to wall along the radius."""
        return self.width_um + self.gap_um

    @property
    def reach_um(self) -> float:
        """The outer radius, given or the largest that fits."""
        return self.drawn.inscribed_um - self.margin_um if self.outer_radius_um is None else self.outer_radius_um

    def refuse_beyond_the_edge(self) -> None:
        """ValueError where the walls reach out of the circle that they have."""
        room_um = self.drawn.inscribed_um - self.margin_um
        if self.reach_um > room_um * (1 + 1e-9):
            raise ValueError(
                f"outer_radius_um={self.reach_um:g} must not exceed {room_um:g}, the largest circle within margin and outline"
            )

    def no_room(self) -> ValueError:
        """That not even one wall fits."""
        return ValueError(
            f"outer_radius_um={self.reach_um:g} must be at least inner_radius_um={self.inner_radius_um:g} + width_um={self.width_um:g}"
        )
