"""What happens between two pictures of a .cws: rests and moves, and what they say of the layers on both sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil

from voxelyte.formats._cws_body import FEED, LIFT_NM, move_ms

AT_TOP = "rests between lift and retract are read as rests before the light"
TWO_STAGES = "lifts in two stages are read as one lift at the first speed"
TOO_SHORT = "some delays end before the moves in front of them: they are read as no wait"


@dataclass
class Gap:
    """Rests and moves in their order; `notes` gathers what is not read of them."""

    notes: set[str]
    rest_ms: Fraction = Fraction(0)
    """Before the first move."""
    moves: list[tuple[int, Decimal]] = field(default_factory=list)
    """Distance in nm and feed in mm/min."""
    _moving_ms: Fraction = Fraction(0)  # moves that no delay has covered
    _last_ms: Fraction = Fraction(0)  # delays since the last move
    _above_ms: Fraction = Fraction(0)  # what delays between moves are longer than the moves before them

    def move(self, distance_nm: int, feed: Decimal) -> None:
        """A move that the host sends on without waiting for its end."""
        over_ms = self._last_ms - ceil(self._moving_ms)
        if over_ms > 0:
            self.notes.add(AT_TOP)
            self._above_ms += over_ms
        self._moving_ms = max(Fraction(0), self._moving_ms - self._last_ms) + move_ms(distance_nm, feed)
        self._last_ms = Fraction(0)
        self.moves.append((distance_nm, feed))

    def settle(self) -> None:
        """The board waits until it stands, as `G4 P0` makes it."""
        self._last_ms = max(Fraction(0), self._last_ms - ceil(self._moving_ms))
        self._moving_ms = Fraction(0)

    def rest(self, time_ms: Fraction) -> None:
        """The host waits."""
        if self.moves:
            self._last_ms += time_ms
        else:
            self.rest_ms += time_ms

    @property
    def net_nm(self) -> int:
        """How much higher the plate stands after it."""
        return sum(distance_nm for distance_nm, _ in self.moves)

    @property
    def wait_before_s(self) -> float:
        """The wait before the picture that follows: delays less the time of the moves; all of it without moves."""
        over_ms = self._last_ms - ceil(self._moving_ms) if self.moves else self.rest_ms
        if over_ms < 0:
            self.notes.add(TOO_SHORT)
        return float((max(over_ms, Fraction(0)) + self._above_ms) / 1000)

    @property
    def wait_after_s(self) -> float:
        """The wait after the picture in front."""
        return float(self.rest_ms / 1000) if self.moves else 0.0

    def lift(self, last: bool) -> tuple[float, float | None]:
        """Height and speed in mm and mm/s of the lift: the first of two moves, else all that go up at first.

        After the last picture other programs lift the plate out of the vat, so that only the first move counts.
        """
        up = self.moves[:1] if last else self.moves[: self._ups]
        return LIFT_NM.heard(sum(distance_nm for distance_nm, _ in up)), self._speed(up)

    @property
    def approach_mm_s(self) -> float | None:
        """Speed towards the picture that follows; None where nothing moves there."""
        return self._speed(self.moves[self._ups :])

    @property
    def _ups(self) -> int:
        if len(self.moves) <= 2:
            return len(self.moves) // 2
        downs = (index for index, (distance_nm, _) in enumerate(self.moves) if distance_nm < 0)
        return next(downs, len(self.moves) - 1)

    def _speed(self, moves: list[tuple[int, Decimal]]) -> float | None:
        if len({feed for _, feed in moves}) > 1:
            self.notes.add(TWO_STAGES)
        return FEED.heard(moves[0][1] * 1_000_000) if moves else None
