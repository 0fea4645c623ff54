"""SIGINT and SIGTERM end a serving process the orderly way: dark, film lifted, sessions closed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, main_thread

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_by_signals(stop: Event) -> Iterator[None]:
    """Within, these signals set `stop`. Only the main thread can take signals; in others nothing changes."""
    if current_thread() is not main_thread():
        yield
        return
    before = [signal.signal(number, lambda *_: stop.set()) for number in ENDING]
    try:
        yield
    finally:
        for number, handler in zip(ENDING, before, strict=True):
            signal.signal(number, handler)
