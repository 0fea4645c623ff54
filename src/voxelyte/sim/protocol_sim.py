"""`sim://asiga-max?speed=60`: a virtual machine in this process, as an address for pyserial.

pyserial finds this file by its name once `voxelyte.sim` is among `serial.protocol_handler_packages`. Keys:
`speed` (1 is real time, `inf` waits for nothing), `fault` (see `faults.py`), `width_px`, `height_px`,
`pitch_um` for another panel, `journal` (a folder that outlasts the machine), `resume_s`, `on_link_loss` ("finish" or
"dark"), `homing` ("floor", or "away" from the vat, which may be done with a film on the plate) and `knows_place` (1: its
stage knows where it stands when it is switched on).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from serial import SerialException

from voxelyte.errors import VoxelyteError, unknown
from voxelyte.machine.port import MachinePort
from voxelyte.sim._design import VirtualDesign, VirtualMachine

_KINDS: dict[str, Callable[[str], Any]] = {
    "speed": float,
    "fault": str,
    "width_px": int,
    "height_px": int,
    "pitch_um": float,
    "journal": str,
    "resume_s": float,
    "on_link_loss": str,
    "homing": str,
    "knows_place": int,
}
_PANEL = ("width_px", "height_px", "pitch_um")
_LOSS = ("resume_s", "on_link_loss")
_STAGE = ("homing", "knows_place")


class Serial(MachinePort):
    """A virtual machine, switched on by opening it."""

    machine: VirtualMachine | None

    def switched_on(self) -> VirtualMachine:
        """As MachinePort."""
        try:
            return machine_at(self.portstr)
        except VoxelyteError as fault:
            raise SerialException(f"{self.portstr}: {fault}") from None


def machine_at(url: str) -> VirtualMachine:
    """The machine that a `sim://` address describes, switched on."""
    parts = urlsplit(url)
    if parts.scheme.lower() != "sim" or parts.path.strip("/") or parts.fragment:
        raise VoxelyteError(f"address={url!r} must be sim://MACHINE?KEY=VALUE")
    asked = parse_qs(parts.query, keep_blank_values=True)
    if strange := sorted(set(asked) - set(_KINDS)):
        raise VoxelyteError("; ".join(unknown("key", key, _KINDS) for key in strange))
    if "fault" in asked:
        asked["fault"] = [",".join(asked["fault"])]
    keys = {key: _value(key, values[-1]) for key, values in asked.items()}
    panel, loss, stage = ({key: keys.pop(key) for key in names if key in keys} for names in (_PANEL, _LOSS, _STAGE))
    design: VirtualDesign = _design(parts.netloc).with_panel(**panel).with_link_loss(**loss)
    return design.with_stage(**stage).start(**keys)


def _value(key: str, text: str) -> Any:
    try:
        return _KINDS[key](text)
    except ValueError:
        law = "a whole number" if _KINDS[key] is int else "a number"
        raise VoxelyteError(f"{key}={text} must be {law}") from None


def _design(name: str) -> VirtualDesign:
    files = Path(__file__).parent.glob("[!_]*.py")
    names = {file.stem.replace("_", "-") for file in files if not file.stem.startswith("protocol_")}
    if name not in names:
        raise VoxelyteError(unknown("virtual machine", name, names))
    machine: VirtualDesign = import_module(f"voxelyte.sim.{name.replace('-', '_')}").MACHINE
    return machine
