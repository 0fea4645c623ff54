"""One host on one link: frames in, answers out. Whatever ends it, the machine is told that its host is gone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from secrets import token_hex
from time import monotonic
from typing import Any

from voxelyte.machine import _frames as frames
from voxelyte.machine import _requests as requests
from voxelyte.machine._fields import Table
from voxelyte.machine._frames import Frame, FrameReader
from voxelyte.machine._sender import Sender
from voxelyte.machine.auth import Challenge, challenge
from voxelyte.machine.links import Link
from voxelyte.machine.machine import Machine
from voxelyte.machine.refusals import Fatal, LinkLost, Refused

ENTRY_S = 5.0
"""How long a host may take from its first byte, or its call, to its WELCOME."""
ENDING = ("busy", "key")
"""Refusals that end a session which has not begun."""
SILENT: dict[str, Any] = {}
"""The answer to a DATA frame that does not complete its mask: none."""


def serve_link(
    machine: Machine, link: Link, key: bytes | None = None, entered: Callable[[], None] = lambda: None
) -> None:
    """Serve a link until it ends: one session on a connection, one after another on a line.

    With a `key` only hosts that prove that they hold it get a session. `entered` is called when one has one.
    """
    reader = FrameReader()
    try:
        while _begins(link, reader):
            first: Frame | None = None
            while (first := Session(machine, link, reader, key, entered).run(first)) is not None:
                continue
            if not link.line:
                break
    except LinkLost:
        pass  # the session, if there was one, has ended
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

    def __init__(
        self, machine: Machine, link: Link, reader: FrameReader, key: bytes | None, entered: Callable[[], None]
    ) -> None:
        self._machine, self._link, self._reader = machine, link, reader
        self._key, self._entered = key, entered
        self._watchdog_s = machine.design.watchdog_s
        self._sender = Sender(link, machine.faults, self._watchdog_s)
        self._greeted, self._client = False, ""
        self._challenge: Challenge | None = None
        self._begun_s = monotonic()

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
            if not self._greeted and monotonic() - self._begun_s > ENTRY_S:
                raise Fatal("watchdog", f"no session was begun within {ENTRY_S:g} s")
            if data := self._link.read():
                heard_s = monotonic()
                self._reader.feed(data)
            elif monotonic() - heard_s > self._watchdog_s:
                raise Fatal("watchdog", f"nothing came from the host for watchdog_s={self._watchdog_s:g}")
        return frame

    def _answer(self, frame: Frame) -> None:
        with self._in_order(frame):
            try:
                type_, keys = self._answer_to(frame)
            except Refused as no:
                type_, keys = frames.REFUSED, {"code": no.code, "message": no.message}
                self._machine.status.note("refused", code=no.code, message=no.message)
            if keys is not SILENT:
                goodbye = (frame.type, type_) == (frames.BYE, frames.OK)
                shut_out = type_ == frames.REFUSED and not self._greeted and keys["code"] in ENDING
                self._sender.send(type_, {"to": frame.sequence} | keys, last=goodbye or shut_out)

    def _in_order(self, frame: Frame) -> AbstractContextManager[object]:
        """No event of a job comes before the answer that says from where on its events are told."""
        return self._machine.status.changed if frame.type == frames.RESUME else nullcontext()

    def _answer_to(self, frame: Frame) -> tuple[int, dict[str, Any]]:
        if not self._greeted or frame.type == frames.HELLO:
            return self._enter(frame)
        if frame.type == frames.DATA:
            return frames.OK, {} if self._machine.data(frame.payload) else SILENT
        if frame.type not in _REQUESTS:
            raise Refused("unsupported", f"request type {frame.type:02X} is not known in version 2")
        type_, table, do = _REQUESTS[frame.type]
        return type_, do(self._machine, table.check(frames.from_json(frame.payload))) or {}

    def _enter(self, frame: Frame) -> tuple[int, dict[str, Any]]:
        """HELLO, and AUTH where there is a key; nothing else before WELCOME."""
        if self._greeted:
            raise Refused("state", "HELLO was said already in this session")
        if frame.type == frames.AUTH and self._challenge:
            return self._prove(self._challenge, requests.AUTH.check(frames.from_json(frame.payload)))
        if frame.type != frames.HELLO or self._challenge:
            raise Refused("state", f"a session must begin with {'AUTH' if self._challenge else 'HELLO'}")
        nonce = self._hello(requests.HELLO.check(frames.from_json(frame.payload)))
        if self._key is None:
            return self._greet()
        self._challenge = challenge(self._key, nonce)
        return frames.CHALLENGE, self._challenge.keys

    def _hello(self, keys: dict[str, Any]) -> str:
        """The host's nonce, of a HELLO that can be answered."""
        own = self._machine.design.versions
        if not set(own) & set(keys["versions"]):
            raise Refused("version", f"versions={keys['versions'][:20]} must have one of {list(own)}")
        if "nonce" not in keys:
            raise Refused("field", "nonce is missing")
        self._client = keys["client"]
        return str(keys["nonce"])

    def _prove(self, question: Challenge, keys: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        session_key = question.session_key(keys["proof"])
        self._reader.key = self._sender.key = session_key
        return self._greet()

    def _greet(self) -> tuple[int, dict[str, Any]]:
        self._machine.open_session(self._sender)
        self._greeted, self._reader.max_payload_bytes = True, self._machine.design.max_payload_bytes
        self._entered()
        self._machine.status.note("session", client=self._client)
        return frames.WELCOME, self._machine.welcome(token_hex(16))

    def _fail(self, fatal: Fatal) -> None:
        if self._greeted and fatal.code == "machine":
            self._machine.stop(fatal.message)
        self._machine.close_session(self._sender, fatal.message)  # first, so that what must be dark is so
        self._sender.fault(fatal.code, fatal.message)
        self._reader.pass_over()

    def _end(self, reason: str, again: bool) -> None:
        if again:
            self._sender.discard()  # what is still to be said belongs to a session that nobody listens to
        self._machine.close_session(self._sender, reason)
        self._sender.finish()
        if self._greeted:
            self._machine.status.note("session-over", reason=reason)


Do = Callable[[Machine, dict[str, Any]], dict[str, Any] | None]

_REQUESTS: dict[int, tuple[int, Table, Do]] = {
    frames.JOB: (frames.OK, requests.JOB, Machine.load),
    frames.MASK: (frames.OK, requests.MASK, Machine.mask),
    frames.LAYER: (frames.OK, requests.LAYER, Machine.layer),
    frames.START: (frames.OK, requests.EMPTY, lambda machine, _: machine.start()),
    frames.STOP: (frames.OK, requests.STOP, Machine.stop_asked),
    frames.PING: (frames.PONG, requests.EMPTY, lambda machine, _: machine.pong()),
    frames.FORGET: (frames.OK, requests.FORGET, Machine.forget),
    frames.REPORT: (frames.REPORTED, requests.REPORT, Machine.report),
    frames.BYE: (frames.OK, requests.EMPTY, lambda machine, _: machine.need_rest("BYE")),
    frames.RESUME: (frames.RESUMED, requests.RESUME, Machine.resume),
    frames.PAUSE: (frames.OK, requests.EMPTY, lambda machine, _: machine.pause(True)),
    frames.CONTINUE: (frames.OK, requests.EMPTY, lambda machine, _: machine.pause(False)),
    frames.HISTORY: (frames.HISTORY_TOLD, requests.HISTORY, Machine.history),
}
