"""Events for who watches the machine, in a thread of its own: a slow watcher must not hold up the lamp."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any

CLOSE_S = 2.0


class Notices:
    """Hands events on in their order."""

    def __init__(self, on_event: Callable[[dict[str, Any]], None] | None) -> None:
        self._on_event, self._thread = on_event, None if on_event is None else self._started()

    def put(self, keys: dict[str, Any]) -> None:
        """Hand an event on; returns at once."""
        if self._thread:
            self._waiting.put(keys)

    def close(self) -> None:
        """Hand on what waits, then end; a watcher that does not return is left alone."""
        if self._thread and self._thread is not current_thread():
            self._waiting.put(None)
            self._thread.join(CLOSE_S)

    def _started(self) -> Thread:
        self._waiting: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        thread = Thread(target=self._run, name="voxelyte-sim-notices", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        while (keys := self._waiting.get()) is not None:
            if self._on_event:
                self._on_event(keys)
