"""A machine in this process, behind a port as pyserial has them: what `sim://` and `rig://` addresses are."""

from __future__ import annotations

import socket
from abc import abstractmethod
from threading import Thread

from serial import SerialException
from serial.urlhandler import protocol_socket

from voxelyte.machine.links import Link, SlowLink, SocketLink
from voxelyte.machine.machine import Machine
from voxelyte.machine.session import serve_link

SLOW_BUFFER_BYTES = 4096


class MachinePort(protocol_socket.Serial):  # type: ignore[misc]
    """One end of a socket pair; the machine has the other. `machine` is there to be read by tests."""

    is_open: bool
    machine: Machine | None = None
    _served: Thread | None = None

    @abstractmethod
    def switched_on(self) -> Machine:
        """The machine that the address describes."""

    def open(self) -> None:
        """Switch a machine on and connect to it."""
        if self._port is None:
            raise SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise SerialException("Port is already open.")
        self.machine = self.switched_on()
        self.logger = None
        self._socket, other = socket.socketpair()
        self._socket.setblocking(False)
        its = self._link(other, self.machine.faults.baud)
        self._served = Thread(target=serve_link, args=(self.machine, its), name="voxelyte-sim-session", daemon=True)
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

    def _link(self, other: socket.socket, baud: int | None) -> Link:
        if not baud:
            return SocketLink(other)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SLOW_BUFFER_BYTES)
        return SlowLink(SocketLink(other), baud)
