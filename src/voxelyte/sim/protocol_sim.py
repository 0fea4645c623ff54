"""`sim://asiga-max?speed=60`: a virtual machine in this process, as an address for pyserial.

pyserial finds this file by its name once `voxelyte.sim` is among `serial.protocol_handler_packages`. Keys:
`speed` (1 is real time, `inf` waits for nothing), `fault` (see `faults.py`), `width_px`, `height_px`,
`pitch_um` for another panel, `journal` (a folder that outlasts the machine), `resume_s`, `on_link_loss` ("finish" or
"dark"), `homing` ("floor", or "away" from the vat, which may be done with a film on the plate) and `knows_place` (1: its
stage knows where it stands when it is switched on).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from serial import SerialException
from serial.urlhandler import protocol_socket

from voxelyte.errors import VoxelyteError, unknown
from voxelyte.machine.links import Link, SlowLink, SocketLink
from voxelyte.machine.session import serve_link
from voxelyte.sim._design import VirtualDesign, VirtualMachine

SLOW_BUFFER_BYTES = 4096
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


class Serial(protocol_socket.Serial):  # type: ignore[misc]
    """One end of a socket pair; the machine has the other. `machine` is there to be read by tests."""

    is_open: bool
    machine: VirtualMachine | None = None
    _served: Thread | None = None

    def open(self) -> None:
        """Switch a machine on and connect to it."""
        if self._port is None:
            raise SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise SerialException("Port is already open.")
        try:
            self.machine = machine_at(self.portstr)
        except VoxelyteError as fault:
            raise SerialException(f"{self.portstr}: {fault}") from None
        self.logger = None
        self._socket, other = socket.socketpair()
        self._socket.setblocking(False)
        its = self._link(other)
        self._served = Thread(target=serve_link, args=(self.machine, its), name="voxelyte-sim", daemon=True)
        self._served.start()
        self.is_open = True

    def close(self) -> None:
        """Hang up and switch the machine off; its threads have ended when this returns."""
        if not self.is_open:
            return
        self.is_open = False
        self._socket.close()
        if self.machine and self._served:
            self._served.join()  # it ends dark, as at any lost link
            self.machine.close()

    def _link(self, other: socket.socket) -> Link:
        link, baud = SocketLink(other), self.machine.faults.baud if self.machine else None
        if not baud:
            return link
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SLOW_BUFFER_BYTES)
        return SlowLink(link, baud)


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
