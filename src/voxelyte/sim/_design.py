"""Virtual machines: a design that can be switched on, with works that are there to be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from voxelyte.errors import VoxelyteError
from voxelyte.machine.clock import Clock
from voxelyte.machine.design import Design
from voxelyte.machine.faults import Faults, faults_of
from voxelyte.machine.machine import Machine
from voxelyte.sim._lamp import Lamp
from voxelyte.sim._stage import Stage
from voxelyte.sim._vat import Vat
from voxelyte.sim._virtual import Virtual


class VirtualMachine(Machine):
    """A virtual machine that is switched on."""

    works: Virtual

    def __init__(
        self, design: Design, speed: float, faults: Faults, on_event: Callable[[dict[str, Any]], None] | None
    ) -> None:
        super().__init__(design, Virtual(design, speed), faults, on_event)

    @property
    def clock(self) -> Clock:
        """Its time."""
        return self.works.clock

    @property
    def lamp(self) -> Lamp:
        """Its lamp, with all that it was lit for."""
        return self.works.lamp

    @property
    def stage(self) -> Stage:
        """Its stage."""
        return self.works.stage

    @property
    def vat(self) -> Vat:
        """Its film."""
        return self.works.vat


@dataclass(frozen=True)
class VirtualDesign(Design):
    """One kind of virtual machine. `start` switches one on."""

    def start(
        self, speed: float = 60.0, fault: str = "", on_event: Callable[[dict[str, Any]], None] | None = None
    ) -> VirtualMachine:
        """Switch one on. `speed` 1 is real time, infinity waits for nothing; `fault` as in `machine/faults.py`.

        `on_event` gets every event (section 3.3) in a thread of its own, and also `session`, `refused` and
        `session-over`, which no host is sent.
        """
        if not speed > 0:
            raise VoxelyteError(f"speed={speed:g} must be greater than 0")
        faults = faults_of(fault)
        return VirtualMachine(faults.applied_to(self), speed, faults, on_event)
