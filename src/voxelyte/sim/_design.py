"""Virtual machines: a design that can be switched on, with works that are there to be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from voxelyte.errors import VoxelyteError
from voxelyte.machine.clock import Clock
from voxelyte.machine.design import Design
from voxelyte.machine.faults import Faults, faults_of
from voxelyte.machine.journal import FileJournal, Journal
from voxelyte.machine.machine import Machine
from voxelyte.sim._lamp import Lamp
from voxelyte.sim._stage import Stage
from voxelyte.sim._vat import Vat
from voxelyte.sim._virtual import Homing, Virtual


class VirtualMachine(Machine):
    """A virtual machine that is switched on."""

    works: Virtual

    def __init__(
        self,
        design: VirtualDesign,
        speed: float,
        faults: Faults,
        on_event: Callable[[dict[str, Any]], None] | None,
        journal: Journal | None,
    ) -> None:
        works = Virtual(design, speed, design.homing, design.knows_place)
        super().__init__(design, works, faults, on_event, journal)

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

    homing: Homing = "floor"
    knows_place: bool = False
    """Whether its stage knows where it stands when it is switched on."""

    def with_stage(self, homing: str | None = None, knows_place: int | None = None) -> VirtualDesign:
        """The same machine with another stage; what is None stays."""
        ways = get_args(Homing)
        wrong = []
        if homing is not None and homing not in ways:
            wrong.append(f"homing={homing} must be {' or '.join(ways)}")
        if knows_place not in (None, 0, 1):
            wrong.append(f"knows_place={knows_place} must be 0 or 1")
        if wrong:
            raise VoxelyteError("; ".join(wrong))
        knows = self.knows_place if knows_place is None else bool(knows_place)
        return replace(self, homing=cast("Homing", homing or self.homing), knows_place=knows)

    def start(
        self,
        speed: float = 60.0,
        fault: str = "",
        on_event: Callable[[dict[str, Any]], None] | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> VirtualMachine:
        """Switch one on. `speed` 1 is real time, infinity waits for nothing; `fault` as in `machine/faults.py`.

        `on_event` gets every event (section 3.3) in a thread of its own, and also `session`, `refused` and
        `session-over`, which no host is sent. `journal` is a folder that outlasts the machine; without one it
        remembers its job in memory alone.
        """
        if not speed > 0:
            raise VoxelyteError(f"speed={speed:g} must be greater than 0")
        faults = faults_of(fault)
        kept = FileJournal(journal) if journal is not None else Journal()
        return VirtualMachine(faults.applied_to(self), speed, faults, on_event, kept)
