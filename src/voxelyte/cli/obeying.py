"""What the user wants of a print that goes on: by Ctrl-C, by a key, or by a word from another terminal."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING

import click

from voxelyte.cli.control import WORDS, Word, taken
from voxelyte.cli.ending import ENDINGS, handled
from voxelyte.cli.keyboard import pressed_keys
from voxelyte.errors import PrinterError, PrinterRefused

if TYPE_CHECKING:
    from voxelyte.drivers import Driver

LOOK_S = 0.2
KEYS: dict[str, Word] = {"p": "pause", "c": "continue", "s": "stop"}
KEYS_TOLD = "  keys      p pause, c continue, s or Ctrl-C stop after this exposure, twice at once"
ASKED: dict[Word, str] = {
    "pause": "pauses after this layer, in the dark; c or `voxelyte continue` goes on",
    "continue": "goes on",
    "stop": "stops after this exposure; Ctrl-C once more stops at once",
    "stop-now": "stops at once",
}
REASON = "the user ended the print"


@contextmanager
def obeyed(driver: Driver, folder: Path | None) -> Iterator[None]:
    """Within a print, the user's wishes reach the machine. Nothing is asked of the terminal or the folder afterwards.

    Ctrl-C once stops after the exposure, twice at once; a third one interrupts this program. A polite kill or a closed
    terminal stops at once.
    """
    with pressed_keys() as keys:
        orders = Orders(driver, folder, keys)
        heeded = [number for number in ENDINGS if signal.getsignal(number) is signal.default_int_handler]
        with handled(heeded, orders.signalled(heeded)), orders.carried():
            yield


class Orders:
    """The user's wishes in the order in which they came. One thread of its own carries them to the machine."""

    def __init__(self, driver: Driver, folder: Path | None, keys: Callable[[], str]) -> None:
        self._driver, self._folder, self._keys = driver, folder, keys
        self._asked: SimpleQueue[Word] = SimpleQueue()  # a signal may come while it is read
        self._over = Event()
        self._stops = self._signals = 0

    def signalled(self, heeded: list[int]) -> Callable[[int, FrameType | None], None]:
        """The handler for these signals."""

        def handle(number: int, frame: FrameType | None) -> None:
            self._asked.put("stop" if number == signal.SIGINT else "stop-now")
            self._signals += 1
            if number != signal.SIGINT or self._signals == 2:
                for one in heeded:
                    signal.signal(one, signal.default_int_handler)

        return handle

    @contextmanager
    def carried(self) -> Iterator[None]:
        """Within, wishes are carried out."""
        thread = Thread(target=self._carry, name="voxelyte-orders", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(timeout=2 * LOOK_S)

    def _carry(self) -> None:
        while not self._over.is_set():
            try:
                self._do(self._asked.get(timeout=LOOK_S))
            except Empty:
                self._look()

    def _look(self) -> None:
        for key in self._keys():
            if key in KEYS:
                self._do(KEYS[key])
        said = None if self._folder is None else taken(self._folder)
        if said is None:
            return
        for word in WORDS:
            if word == said:
                self._do(word)
                return
        click.echo(f"control: {said[:30]!r} must be one of {', '.join(WORDS)}", err=True)

    def _do(self, word: Word) -> None:
        if word == "stop":
            self._stops += 1
            word = "stop" if self._stops == 1 else "stop-now"
        try:
            self._ask(word)
        except PrinterRefused as no:
            click.echo(f"{word}: {no}", err=True)
        except PrinterError:
            return  # the run itself meets the same trouble, and reports it
        else:
            click.echo(ASKED[word], err=True)

    def _ask(self, word: Word) -> None:
        if word == "pause":
            self._driver.pause()
        elif word == "continue":
            self._driver.proceed()
        else:
            self._driver.stop(REASON, "exposure" if word == "stop" else "now")
