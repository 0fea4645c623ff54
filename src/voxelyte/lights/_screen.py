"""The host's end of a window (`_window.py`): commands over a pipe, and an answer to each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from voxelyte.lights import _window as window
from voxelyte.machine.refusals import Cut, MachineTrouble

if TYPE_CHECKING:
    from voxelyte.lights import Pixels

DisplayNumber = Annotated[int, Field(ge=0, le=63, strict=True)]
"""Counted from 0, as the system does."""
OPEN_S = 30.0
ANSWER_S = 10.0
"""Longest wait for a picture to be presented: 94 MB of pixels take a tenth of a second."""
STUCK_S = 1.0
POLL_S = 0.02
SAID_BYTES = 2000
_LEFT_BLACK: list[subprocess.Popen[bytes]] = []
"""Windows that outlive their print, and this process."""


class Screen:
    """One full-screen window in a process of its own, so that it is black when this one is killed."""

    def __init__(self, display: int, width_px: int, height_px: int) -> None:
        self._display, self._shape = display, (height_px, width_px)
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._writing, self._number = Lock(), 0
        self._allowed, self._closing, self._lost = False, False, ""
        self.identity = ""

    def open(self, lost: Callable[[str], None]) -> None:
        """Open it, black."""
        if find_spec("pygame") is None:
            raise MachineTrouble("a window needs pygame-ce: pip install 'voxelyte[rig]'")
        height, width = self._shape
        words = [sys.executable, "-m", "voxelyte.lights._window", str(self._display), str(width), str(height)]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        self._process = subprocess.Popen(words, **pipes, start_new_session=True)  # type: ignore[call-overload]
        Thread(target=self._read_all, args=(lost,), name="voxelyte-window", daemon=True).start()
        said = self._answer(0, "open", OPEN_S)
        self.identity = str(said["text"])

    def allow(self) -> None:
        """From now on `light` may light, until `dark`."""
        with self._writing:
            self._allowed = True

    def show(self, pixels: Pixels) -> None:
        """Show a mask; returns when it is presented."""
        self._load(pixels)
        self._done(window.SHOW)

    def black(self) -> None:
        """Show nothing; returns when that is presented."""
        self._done(window.DARK)

    def light(self, pixels: Pixels, exposure_s: float, cut: Event, lit: Callable[[], None]) -> float:
        """Show a mask for its time, by the window's own clock. Gives how long it was up, in s; Cut when it was cut short."""
        self._load(pixels)
        with self._writing:
            if not self._allowed or cut.is_set():
                raise Cut
            number = self._send(window.TIMED, window.SECONDS.pack(exposure_s))
        self._answer(number, "lit", ANSWER_S)
        lit()
        said = self._answer(number, "dark", exposure_s + ANSWER_S, cut)
        if cut.is_set() or not self._allowed:
            raise Cut
        return float(said["on_time_s"])

    def dark(self) -> None:
        """Say black, and wait for no answer. A window that takes no command any more is ended."""
        self._allowed = False
        if not (free := self._writing.acquire(timeout=STUCK_S)) and self._process:
            self._process.kill()
        try:
            if free and self._process and not self._lost:
                self._send(window.DARK)
        finally:
            if free:
                self._writing.release()

    def close(self, stay_black: bool) -> None:
        """Close it, or leave it black on its display until a later one takes that over."""
        process = self._process
        if process is None or process.stdin is None:
            return
        self._closing = True
        with self._writing:
            with suppress(MachineTrouble):  # it may have ended already
                if not stay_black:
                    self._send(window.QUIT)
            process.stdin.close()
        _LEFT_BLACK[:] = [one for one in _LEFT_BLACK if one.poll() is None]
        if stay_black:
            _LEFT_BLACK.append(process)
        else:
            _ended(process)
        self._errors.close()
        self._process = None

    def _load(self, pixels: Pixels) -> None:
        if pixels.shape != self._shape or pixels.dtype != "uint8":
            height, width = self._shape
            raise MachineTrouble(f"a mask of {pixels.dtype}{list(pixels.shape)} must be uint8[{height}, {width}]")
        with self._writing:
            number = self._send(window.LOAD, pixels.tobytes())
        self._answer(number, "done", ANSWER_S)

    def _done(self, kind: int) -> None:
        with self._writing:
            number = self._send(kind)
        self._answer(number, "done", ANSWER_S)

    def _send(self, kind: int, body: bytes = b"") -> int:
        """One command, with the lock held; gives its number."""
        if self._process is None or self._process.stdin is None:
            raise MachineTrouble("the window is not open")
        self._number += 1
        left = memoryview(window.HEAD.pack(kind, self._number, len(body)) + body)
        try:
            while left:
                left = left[os.write(self._process.stdin.fileno(), left) :]
        except OSError:
            raise MachineTrouble(self._words()) from None
        return self._number

    def _answer(self, number: int, what: str, patience_s: float, cut: Event | None = None) -> dict[str, Any]:
        """The answer to a command; others are to commands that nobody waited for. A `cut` makes it dark, and is waited out."""
        until_s = monotonic() + patience_s
        while (left_s := until_s - monotonic()) > 0:
            try:
                said = self._answers.get(timeout=min(left_s, POLL_S) if cut else left_s)
            except Empty:
                if cut and cut.is_set():
                    self.dark()
                    cut, until_s = None, monotonic() + ANSWER_S
                continue
            if said["what"] in ("ended", "wrong"):
                self._answers.put(said)
                raise MachineTrouble(str(said["text"]))
            if (said["to"], said["what"]) == (number, what):
                return said
        raise MachineTrouble(f"the window on display={self._display} does not answer for {patience_s:g} s")

    def _read_all(self, lost: Callable[[str], None]) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            self._answers.put(json.loads(line))
        process.stdout.close()
        if self._closing:
            return
        process.wait()
        self._lost = self._words()
        self._answers.put({"to": 0, "what": "ended", "text": self._lost})
        lost(self._lost)

    def _words(self) -> str:
        self._errors.seek(0)
        last = self._errors.read()[-SAID_BYTES:].decode("utf-8", "replace").strip().splitlines()
        return f"the window on display={self._display} ended" + (f": {last[-1]}" if last else "")


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(ANSWER_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
