"""`rig:///path/rig.toml` or `rig://rig.toml`: a rig in this process, as an address for pyserial.

pyserial finds this file by its name once `voxelyte.rigs` is among `serial.protocol_handler_packages`. What follows `rig://` is the
rig file as it would be named on a command line. Key: `journal`, the folder that remembers every exposure.
"""

from __future__ import annotations

from urllib.parse import parse_qs, unquote

from voxelyte.errors import RecipeError, unknown
from voxelyte.machine.machine import Machine
from voxelyte.machine.port import MachinePort
from voxelyte.rigs.rig import load_rig
from voxelyte.rigs.starting import start

KEYS = ("journal",)


class Serial(MachinePort):
    """A rig, opened by opening it. RecipeError: its file is wrong; PrinterUnreachable: its hardware is."""

    def switched_on(self) -> Machine:
        """As MachinePort."""
        return machine_at(self.portstr)


def machine_at(url: str) -> Machine:
    """The machine that a `rig://` address describes, opened and switched on."""
    scheme, _, rest = url.partition("://")
    path, _, query = rest.partition("?")
    if scheme.lower() != "rig" or not path:
        raise RecipeError(f"address={url!r} must be rig://FILE.toml")
    asked = parse_qs(query, keep_blank_values=True)
    if strange := sorted(set(asked) - set(KEYS)):
        raise RecipeError("; ".join(unknown("key", key, KEYS) for key in strange))
    return start(load_rig(unquote(path)), asked.get("journal", [None])[-1])
