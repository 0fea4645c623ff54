"""How a command ends when somebody ends it: Ctrl-C, a polite kill, a closed terminal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread

ENDINGS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Within, a polite kill and a closed terminal end a command as Ctrl-C does: files are cleared away, machines told."""
    untouched = [number for number in ENDINGS if signal.getsignal(number) is signal.SIG_DFL]  # nohup has its own wish
    with handled(untouched, signal.default_int_handler):
        yield


@contextmanager
def handled(numbers: list[int], handler: object) -> Iterator[None]:
    """Within, these signals are handled so. Only the main thread can take signals; in others nothing changes."""
    if current_thread() is not main_thread():
        yield
        return
    before = [(number, signal.signal(number, handler)) for number in numbers]  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, old in before:
            signal.signal(number, old)
