"""`rig:///path/rig.toml` or `rig://rig.toml`: a rig in this process, as an address for pyserial.

pyserial finds this file by its name once `voxelyte.rigs` is among `serial.protocol_handler_packages`. What follows `rig://` is the
rig file as it would be named on a command line. Key: `journal`, the folder that remembers every exposure.
"""

from __future__ import annotations

import socket
from threading import Thread
from urllib.parse import parse_qs, unquote

from serial import SerialException
from serial.urlhandler import protocol_socket

from voxelyte.errors import RecipeError, unknown
from voxelyte.machine.links import SocketLink
from voxelyte.machine.machine import Machine
from voxelyte.machine.session import serve_link
from voxelyte.rigs.rig import load_rig
from voxelyte.rigs.starting import start

KEYS = ("journal",)


class Serial(protocol_socket.Serial):  # type: ignore[misc]
    """One end of a socket pair; the rig's machine has the other. `machine` is there to be read by tests."""

    is_open: bool
    machine: Machine | None = None
    _served: Thread | None = None

    def open(self) -> None:
        """Open the rig and connect to it. RecipeError: the file is wrong; PrinterUnreachable: the hardware is."""
        if self._port is None:
            raise SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise SerialException("Port is already open.")
        self.machine = machine_at(self.portstr)
        self.logger = None
        self._socket, other = socket.socketpair()
        self._socket.setblocking(False)
        served = (self.machine, SocketLink(other))
        self._served = Thread(target=serve_link, args=served, name="voxelyte-rig", daemon=True)
        self._served.start()
        self.is_open = True

    def close(self) -> None:
        """Hang up and switch the machine off: dark, and its threads have ended when this returns."""
        if not self.is_open:
            return
        self.is_open = False
        self._socket.close()
        if self.machine and self._served:
            self._served.join()
            self.machine.close()


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
