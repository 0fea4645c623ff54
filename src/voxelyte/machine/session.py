"""One host on one link: frames in, answers out, and darkness whenever it ends."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from time import monotonic
from typing import Any

from voxelyte.machine import _frames as frames
from voxelyte.machine import _requests as requests
from voxelyte.machine._fields import Table
from voxelyte.machine._frames import Frame, FrameReader
from voxelyte.machine._sender import Sender
from voxelyte.machine.links import Link
from voxelyte.machine.machine import Machine
from voxelyte.machine.refusals import Fatal, LinkLost, Refused

SILENT: dict[str, Any] = {}
"""The answer to a DATA frame that does not complete its mask: none."""


def serve_link(machine: Machine, link: Link) -> None:
    """Serve a link until it ends: one session on a connection, one after another on a line."""
    reader = FrameReader()
    try:
        while _begins(link, reader):
            first: Frame | None = None
            while (first := Session(machine, link, reader).run(first)) is not None:
                continue
            if not link.line:
                break
    except LinkLost:
        pass  # the session, if there was one, has ended dark
    finally:
        link.close()


def _begins(link: Link, reader: FrameReader) -> bool:
    """On a line a session begins where a HELLO stands."""
    if link.line:
        while not reader.seek_hello():
            reader.feed(link.read())
    return True


class Session:
    """From HELLO to BYE, a fault, the watchdog, or the link's end."""

    def __init__(self, machine: Machine, link: Link, reader: FrameReader) -> None:
        self._machine, self._link, self._reader = machine, link, reader
        self._watchdog_s = machine.design.watchdog_s
        self._sender = Sender(link, machine.faults, self._watchdog_s)
        self._greeted = False

    def run(self, first: Frame | None = None) -> Frame | None:
        """Serve it; gives the HELLO that begins the next one, if that ended it."""
        reason, again = "the session is over", None
        try:
            again = self._answer_all(first)
        except LinkLost as lost:
            reason = f"the link was lost: {lost}"
        except Fatal as fatal:
            reason = fatal.message
            self._fail(fatal)
        except Exception as trouble:  # whatever it was: dark, and the host is told
            reason = f"{type(trouble).__name__}: {trouble}"
            self._fail(Fatal("machine", reason))
        finally:
            self._end("the host began a new session" if again else reason, again is not None)
        return again

    def _answer_all(self, first: Frame | None) -> Frame | None:
        if first:
            self._answer(first)
        while not self._sender.over.is_set():
            frame = self._frame()
            if frame.restart:
                return frame
            self._answer(frame)
        return None

    def _frame(self) -> Frame:
        heard_s = monotonic()
        while (frame := self._reader.take()) is None:
            if self._sender.over.is_set():
                raise LinkLost("it was closed, or nothing could be sent")
            if data := self._link.read():
                heard_s = monotonic()
                self._reader.feed(data)
            elif monotonic() - heard_s > self._watchdog_s:
                raise Fatal("watchdog", f"nothing came from the host for watchdog_s={self._watchdog_s:g}")
        return frame

    def _answer(self, frame: Frame) -> None:
        try:
            type_, keys = self._answer_to(frame)
        except Refused as no:
            type_, keys = frames.REFUSED, {"code": no.code, "message": no.message}
            self._machine.note("refused", code=no.code, message=no.message)
        if keys is not SILENT:
            goodbye = (frame.type, type_) == (frames.BYE, frames.OK)
            self._sender.send(type_, {"to": frame.sequence} | keys, last=goodbye)

    def _answer_to(self, frame: Frame) -> tuple[int, dict[str, Any]]:
        if frame.type == frames.HELLO:
            return self._greet(frames.from_json(frame.payload))
        if not self._greeted:
            raise Refused("state", "a session must begin with HELLO")
        if frame.type == frames.DATA:
            return frames.OK, {} if self._machine.data(frame.payload) else SILENT
        if frame.type not in _REQUESTS:
            raise Refused("unsupported", f"request type {frame.type:02X} is not known in version 1")
        type_, table, do = _REQUESTS[frame.type]
        return type_, do(self._machine, table.check(frames.from_json(frame.payload))) or {}

    def _greet(self, keys: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        design, keys = self._machine.design, requests.HELLO.check(keys)
        if self._greeted:
            raise Refused("state", "HELLO was said already in this session")
        if not set(design.versions) & set(keys["versions"]):
            offered = keys["versions"][:20]
            raise Refused("version", f"versions={offered} must have one of {list(design.versions)}")
        self._machine.open_session(self._sender)
        self._greeted, self._reader.max_payload_bytes = True, design.max_payload_bytes
        self._machine.note("session", client=keys["client"])
        return frames.WELCOME, design.welcome(token_hex(16), self._machine.state)

    def _fail(self, fatal: Fatal) -> None:
        if self._greeted:
            self._machine.stop(fatal.message)
        self._sender.fault(fatal.code, fatal.message)
        self._reader.pass_over()

    def _end(self, reason: str, again: bool) -> None:
        if again:
            self._sender.discard()  # what is still to be said belongs to a session that nobody listens to
        self._machine.close_session(self._sender, reason)
        self._sender.finish()
        if self._greeted:
            self._machine.note("session-over", reason=reason)


Do = Callable[[Machine, dict[str, Any]], dict[str, Any] | None]

_REQUESTS: dict[int, tuple[int, Table, Do]] = {
    frames.JOB: (frames.OK, requests.JOB, Machine.load),
    frames.MASK: (frames.OK, requests.MASK, Machine.mask),
    frames.LAYER: (frames.OK, requests.LAYER, Machine.layer),
    frames.START: (frames.OK, requests.EMPTY, lambda machine, _: machine.start()),
    frames.STOP: (frames.OK, requests.STOP, lambda machine, keys: machine.stop(keys["reason"])),
    frames.PING: (frames.PONG, requests.EMPTY, lambda machine, _: machine.pong()),
    frames.FORGET: (frames.OK, requests.FORGET, Machine.forget),
    frames.REPORT: (frames.REPORTED, requests.REPORT, Machine.report),
    frames.BYE: (frames.OK, requests.EMPTY, lambda machine, _: machine.need_rest("BYE")),
}
