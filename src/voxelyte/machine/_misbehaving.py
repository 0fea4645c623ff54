"""What `faults.py` asks for in the course of a print."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from voxelyte.machine.refusals import MachineTrouble

if TYPE_CHECKING:
    from voxelyte.machine.machine import Machine


def before_lit(machine: Machine, layer: int) -> None:
    """Before an exposure of a layer is written into the journal."""
    if machine.faults.at("full-disk", layer):
        raise MachineTrouble(f"journal: {os.strerror(errno.ENOSPC)} (full-disk@{layer} was asked for)")


def midway(machine: Machine, layer: int) -> None:
    """In the middle of a layer's first exposure."""
    if machine.faults.at("fault", layer):
        raise MachineTrouble(f"layer={layer}: the lamp is too hot (fault@{layer} was asked for)")
    outlet = machine.status.outlet
    if outlet and machine.faults.at("mute", layer):
        outlet.mute()
    if outlet and machine.faults.at("drop-link", layer):
        outlet.drop()
        machine.close_session(outlet, "the link was lost")
