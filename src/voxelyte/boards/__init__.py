"""Simulated motion boards, one a file, written from their firmwares' documents: what a stage is tried against without hardware.

They share no code with `voxelyte.stages`. A board keeps a log of its lamp, its moves and its resets, with the times of its own
clock; the known traps of real boards are switched on by name (`_traps.py`). It stays switched on when its host goes.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from threading import Event
from typing import Any, Protocol
from urllib.parse import urlsplit

from voxelyte.boards._log import Log
from voxelyte.errors import VoxelyteError
from voxelyte.machine.links import Link, PtyLink, SocketLink
from voxelyte.machine.refusals import LinkLost
from voxelyte.members import member

ACCEPT_S = 0.05


class Board(Protocol):
    """One board, switched on when it is made. `log` is there to be read."""

    log: Log

    def attach(self, link: Link | None) -> None:
        """Its answers go there from now on, or nowhere."""

    def take(self, data: bytes) -> None:
        """Bytes that came over the line."""

    def close(self) -> None:
        """Switch it off."""


def serve_board(
    name: str, address: str, announce: Callable[[str], None], stop: Event, *, speed: float = 1.0, **traps: Any
) -> None:
    """Serve a board until `stop` is set, at `socket://HOST:PORT` (port 0: any free one; one host at a time) or `pty:`.

    `announce` is called once with the address at which a host finds it. `speed` is how much faster its clock runs.
    """
    board: Board = member("boards", name)(speed=speed, **traps)
    try:
        serve(board, address, announce, stop)
    finally:
        board.close()


def serve(board: Board, address: str, announce: Callable[[str], None], stop: Event) -> None:
    """As `serve_board`, for a board that is switched on already and stays so."""
    parts = urlsplit(address)
    if parts.scheme == "pty" and not (parts.netloc or parts.path):
        link = PtyLink()
        announce(link.path)
        _serve_link(board, link, stop)
    elif parts.scheme == "socket" and parts.hostname and parts.port is not None:
        _serve_socket(board, parts.hostname, parts.port, announce, stop)
    else:
        raise VoxelyteError(f"address={address!r} must be socket://HOST:PORT or pty:")


def _serve_socket(board: Board, host: str, port: int, announce: Callable[[str], None], stop: Event) -> None:
    with socket.create_server((host, port)) as listener:
        listener.settimeout(ACCEPT_S)
        announce("socket://{}:{}".format(*listener.getsockname()[:2]))
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _serve_link(board, SocketLink(connection), stop)


def _serve_link(board: Board, link: Link, stop: Event) -> None:
    board.attach(link)
    try:
        while not stop.is_set():
            board.take(link.read())
    except LinkLost:
        return
    finally:
        board.attach(None)
        link.shut()
        link.close()
