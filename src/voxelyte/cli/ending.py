"""How a command ends when somebody ends it: Ctrl-C, a polite kill, a closed terminal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING

from voxelyte.errors import PrinterError

if TYPE_CHECKING:
    from voxelyte.drivers import Driver

ENDINGS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Within, a polite kill and a closed terminal end a command as Ctrl-C does: files are cleared away, machines told."""
    untouched = [number for number in ENDINGS if signal.getsignal(number) is signal.SIG_DFL]  # nohup has its own wish
    with _handled(untouched, signal.default_int_handler):
        yield


@contextmanager
def stopped_in_order(driver: Driver) -> Iterator[None]:
    """Within a print, the first ending tells the machine to stop, so that it can still say what it did; the next one interrupts.

    The machine is told by a thread, for a signal may come in the middle of a frame that is being sent.
    """
    heeded = [number for number in ENDINGS if signal.getsignal(number) is signal.default_int_handler]

    def stop(number: int, frame: FrameType | None) -> None:
        for one in heeded:
            signal.signal(one, signal.default_int_handler)
        Thread(target=_stop, args=(driver,), daemon=True).start()

    with _handled(heeded, stop):
        yield


def _stop(driver: Driver) -> None:
    with suppress(PrinterError):  # the run itself meets the same trouble, and reports it
        driver.stop("the user ended the print")


@contextmanager
def _handled(numbers: list[int], handler: object) -> Iterator[None]:
    """Only the main thread can take signals; in others nothing changes."""
    if current_thread() is not main_thread():
        yield
        return
    before = [(number, signal.signal(number, handler)) for number in numbers]  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, old in before:
            signal.signal(number, old)
