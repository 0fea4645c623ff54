"""The stage: where the plate stands above the vat's floor, and how long it takes to get elsewhere."""

from __future__ import annotations

from threading import Event

from voxelyte.machine.clock import Clock


class Stage:
    """Carries the plate; moves take the machine's time, without acceleration. Where it stands it learns by homing."""

    def __init__(self, clock: Clock, park_mm: float, home_mm_s: float, knows_place: bool = False) -> None:
        self._clock, self._home_mm_s = clock, home_mm_s
        self.park_mm = self.height_mm = park_mm
        self.knows_place = knows_place

    def home(self, cut: Event) -> None:
        """From the park position down to the vat's floor."""
        self.home_away(cut)
        self.move(0.0, self._home_mm_s, cut)

    def home_away(self, cut: Event) -> None:
        """To the park position, which is found from anywhere."""
        self.move(self.park_mm, self._home_mm_s, cut)
        self.knows_place = True

    def move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        """Move the plate to a height; Cut leaves it where it then is."""
        from_mm, start_s = self.height_mm, self._clock.now_s
        whole_s = abs(height_mm - from_mm) / speed_mm_s
        try:
            self._clock.wait_until(start_s + whole_s, cut)
            self.height_mm = height_mm
        finally:
            if self.height_mm != height_mm and whole_s:
                share = min(1.0, max(0.0, (self._clock.now_s - start_s) / whole_s))
                self.height_mm = from_mm + (height_mm - from_mm) * share
