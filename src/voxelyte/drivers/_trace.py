"""The last frames on the wire, in words: `>` sent, `<` received, repeats folded."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Any

from voxelyte.drivers._frames import to_json

_CLOCKS = {"clock_s", "to"}


class Trace:
    """A ring of the last frames. Any thread may add to it."""

    def __init__(self, lines: int = 20) -> None:
        self._lines: deque[tuple[str, int]] = deque(maxlen=lines)
        self._lock = Lock()

    def sent(self, name: str, words: str = "") -> None:
        """A frame of ours."""
        self._add(f"> {name} {words}")

    def received(self, name: str, said: dict[str, Any]) -> None:
        """A frame of the machine's."""
        told = {key: said[key] for key in said if name != "PONG" or key not in _CLOCKS}
        self._add(f"< {name} {in_words(told)}")

    def lines(self) -> tuple[str, ...]:
        """Oldest first."""
        with self._lock:
            return tuple(f"{text} x{count}" if count > 1 else text for text, count in self._lines)

    def _add(self, text: str) -> None:
        text = text.rstrip()
        with self._lock:
            # PING and PONG take turns, so a repeat may be the last line or the one before it.
            for back in (-1, -2):
                if len(self._lines) >= -back and self._lines[back][0] == text:
                    self._lines[back] = (text, self._lines[back][1] + 1)
                    return
            self._lines.append((text, 1))


def in_words(payload: dict[str, Any]) -> str:
    """A payload as one short line."""
    text = to_json(payload).decode() if payload else ""
    return text if len(text) <= 160 else text[:157] + "..."
