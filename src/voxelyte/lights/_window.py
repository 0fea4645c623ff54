"""The window itself, in a process of its own: `python -m voxelyte.lights._window DISPLAY WIDTH_PX HEIGHT_PX`.

Commands come on standard input: `<BII`, a kind, a number, the length of what follows. Answers go to standard output, one
line of JSON each, with `to`: that number. The end of the input means that the host is gone, killed or not: the screen is black
then, and stays so until a later window takes the display over, or SIGTERM comes.

    L  pixels, one byte each   keep them for the next S or T        done
    S                          show them                            done, once they are presented
    T  seconds, `<d`           show them for so long, then black    lit, then dark with on_time_s
    B                          black                                done, once it is presented
    Q                          black, and close the window          (none)

The masks are blitted unscaled to the display's own surface, which SDL hands to the screen as it is: no renderer, no filter.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from contextlib import suppress
from io import RawIOBase
from math import inf
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from types import ModuleType
from typing import Any

from voxelyte.lights._claim import BLACK, Claim, InUse
from voxelyte.machine.urgency import real_time, without_pauses

HEAD = struct.Struct("<BII")
SECONDS = struct.Struct("<d")
LOAD, SHOW, TIMED, DARK, QUIT = b"LSTBQ"
LOST = 0
"""The host is gone: a command that only this file gives."""
PUMP_S = 0.05
"""How often the window system is answered; a window that never does is taken for dead."""
_SDL = {
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    "SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS": "0",
    "SDL_WINDOWS_DPI_AWARENESS": "permonitorv2",
    "SDL_NO_SIGNAL_HANDLERS": "1",
}


class Wrong(Exception):
    """What was asked cannot be shown."""


Command = tuple[int, int, bytes]


class Window:
    """A full-screen window, and the mask that is kept for it."""

    def __init__(self, pygame: ModuleType, display: int, width_px: int, height_px: int) -> None:
        self._pygame, self._size = pygame, (width_px, height_px)
        self._screen = _full_screen(pygame, display, self._size)
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._grey = [(level, level, level) for level in range(256)]
        self.ending, self._presenting_s = False, inf
        self._black()
        self._kept = self._screen.copy()

    def serve(self, commands: RawIOBase, claim: Claim) -> None:
        """Do as told until QUIT or SIGTERM; what is on the screen is black in the end."""
        Thread(target=_read_all, args=(commands, self._commands, self._size), daemon=True).start()
        while not self.ending:
            command = self._next(PUMP_S)
            if command and command[0] == LOST:
                self._black()
                claim.say(BLACK)
            elif command:
                self._do(*command)
        self._black()

    def _next(self, wait_s: float) -> Command | None:
        self._pygame.event.pump()
        try:
            return self._commands.get(timeout=wait_s)
        except Empty:
            return None

    def _do(self, kind: int, number: int, body: bytes) -> None:
        if kind == TIMED:
            self._timed(number, *SECONDS.unpack(body))
            return
        if kind == QUIT:
            self.ending = True
            return
        if kind == LOAD:
            picture = self._pygame.image.frombuffer(body, self._size, "P")
            picture.set_palette(self._grey)
            self._kept.blit(picture, (0, 0))
        elif kind == SHOW:
            self._show()
        elif kind == DARK:
            self._black()
        answer(number, "done")

    def _timed(self, number: int, length_s: float) -> None:
        """Lit from when the mask is presented to when black is, which begins as much earlier as presenting takes at least."""
        begun_s = monotonic()
        self._show()
        lit_s = monotonic()
        self._presenting_s = min(self._presenting_s, lit_s - begun_s)
        answer(number, "lit")
        end_s = lit_s + length_s - self._presenting_s
        after = None
        while not self.ending and after is None and (left_s := end_s - monotonic()) > 0:
            after = self._next(min(left_s, PUMP_S))
        self._black()
        answer(number, "dark", on_time_s=monotonic() - lit_s)
        if after:
            self._commands.put(
                after
            )  # a host that waits for an exposure says nothing but DARK, QUIT, or nothing ever more

    def _show(self) -> None:
        self._screen.blit(self._kept, (0, 0))
        self._pygame.display.flip()

    def _black(self) -> None:
        self._screen.fill(0)
        self._pygame.display.flip()


def answer(number: int, what: str, **more: Any) -> None:
    """One line to the host; nobody to hear it is no harm."""
    with suppress(OSError, ValueError):
        sys.stdout.write(json.dumps({"to": number, "what": what, **more}) + "\n")
        sys.stdout.flush()


def _full_screen(pygame: ModuleType, display: int, size: tuple[int, int]) -> Any:
    sizes = pygame.display.get_desktop_sizes()
    found = ", ".join(f"{number}: {width} x {height}" for number, (width, height) in enumerate(sizes))
    if display >= len(sizes):
        raise Wrong(f"display={display} must be one of those that are connected ({found})")
    law = f"must be the panel's {size[0]} x {size[1]}: nothing is ever scaled (found {found})"
    if sizes[display] != size:
        raise Wrong(f"display={display} has {sizes[display][0]} x {sizes[display][1]} pixels and {law}")
    screen = pygame.display.set_mode(size, pygame.FULLSCREEN, 32, display)
    if screen.get_size() != size:
        raise Wrong(f"display={display} gave {screen.get_width()} x {screen.get_height()} pixels and {law}")
    pygame.mouse.set_visible(False)
    return screen


def _read_all(stream: RawIOBase, commands: SimpleQueue[Command], size: tuple[int, int]) -> None:
    """Every command; LOST at the end, and at anything that no host of ours says."""
    lengths = {LOAD: size[0] * size[1], TIMED: SECONDS.size, SHOW: 0, DARK: 0, QUIT: 0}
    with suppress(OSError):
        while head := _exactly(stream, HEAD.size):
            kind, number, length = HEAD.unpack(head)
            if length != lengths.get(kind) or (body := _exactly(stream, length)) is None:
                break
            commands.put((kind, number, body))
    commands.put((LOST, 0, b""))


def _exactly(stream: RawIOBase, length: int) -> bytes | None:
    """So many bytes, or None at the end. Unbuffered: Python cannot end while a thread waits in a buffered read."""
    data = bytearray(length)
    left = memoryview(data)
    while left:
        if not (count := stream.readinto(left)):
            return None
        left = left[count:]
    return bytes(data)


def main(display: int, width_px: int, height_px: int) -> None:
    """Open the window, say so, and serve it."""
    os.environ |= {key: os.environ.get(key, value) for key, value in _SDL.items()}
    said = (
        "real-time priority" if real_time() else "ordinary priority"
    )  # light may hang on this process, which does little
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host, which then says what is to be done
    import pygame

    pygame.display.init()
    try:
        claim = Claim(display)
        claim.check()
        window = Window(pygame, display, width_px, height_px)
        claim.take()
    except (Wrong, InUse, OSError, pygame.error) as fault:
        answer(0, "wrong", text=str(fault))
        return
    signal.signal(signal.SIGTERM, lambda *_: setattr(window, "ending", True))
    found = f"display {display} ({pygame.display.get_driver()}), {width_px} x {height_px} pixels"
    answer(0, "open", text=f"{found}, {said}")
    without_pauses()
    with open(0, "rb", buffering=0, closefd=False) as commands:
        window.serve(commands, claim)
    pygame.display.quit()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
