"""What a board did, by its own clock: the truth that a stage's words are held against."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class Entry:
    """One thing that happened: `lamp` (its level), `move` and `home` (where to, mm), `reset`, `alarm`, `lost` (bytes)."""

    at_s: float
    what: str
    value: float = 0.0


@dataclass(frozen=True)
class Flash:
    """One time the lamp was lit; `off_s` is None while it is."""

    on_s: float
    level: float
    off_s: float | None = None

    @property
    def on_time_s(self) -> float:
        """How long it was lit, in s; infinite while it is."""
        return float("inf") if self.off_s is None else round(self.off_s - self.on_s, 9)


class Log:
    """All entries, oldest first."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = Lock()

    def note(self, at_s: float, what: str, value: float = 0.0) -> None:
        """Write one down."""
        with self._lock:
            self._entries.append(Entry(at_s, what, value))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything so far."""
        with self._lock:
            return tuple(self._entries)

    def of(self, *kinds: str) -> list[Entry]:
        """The entries of these kinds."""
        return [entry for entry in self.entries if entry.what in kinds]

    @property
    def flashes(self) -> list[Flash]:
        """Each time the lamp was lit; another level while it is lit is the same flash."""
        flashes: list[Flash] = []
        for entry in self.of("lamp"):
            lit = bool(flashes) and flashes[-1].off_s is None
            if entry.value and not lit:
                flashes.append(Flash(entry.at_s, entry.value))
            elif not entry.value and lit:
                flashes[-1] = Flash(flashes[-1].on_s, flashes[-1].level, entry.at_s)
        return flashes

    @property
    def lit(self) -> bool:
        """Whether the lamp is lit now."""
        lamp = self.of("lamp")
        return bool(lamp and lamp[-1].value)
