"""A board that is only written to: it does nothing, and answers as one that has done everything at once.

Its clock goes on by what each line takes, not by waiting, so that a stage's own checks of it hold.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

POLL_S = 0.01
UNLOCKS = ("$X", "$H")
REALTIME = b"\x18?!~"
GREETINGS = {
    "grbl": "Grbl 1.1 [dry run]",
    "marlin": "FIRMWARE_NAME:Marlin (dry run)",
    "nanodlp": "FIRMWARE_NAME:dry run",
}
_NUMBERED = re.compile(r"(?:N\d+ )?(.*?)(?:\*\d+)?")
_WORD = re.compile(r"([A-Z])(-?\d+(?:\.\d+)?)")


class DryBoard:
    """One board of a dialect. `told` gets the bytes of every write as they are."""

    def __init__(self, dialect: str, told: Callable[[bytes], None]) -> None:
        self._dialect, self._told = dialect, told
        self._dwell_unit_s = 1.0 if dialect == "grbl" else 0.001
        self._answers: deque[tuple[float, str]] = deque()
        self._line = b""
        self.now_s, self._z_mm, self._speed_mm_s = 0.0, 0.0, 1.0
        self._locked = dialect == "grbl"
        """GRBL after power up, with homing enabled."""

    @property
    def waiting(self) -> bool:
        """Whether it has something to say."""
        return bool(self._answers)

    def write(self, data: bytes) -> None:
        """Bytes as they go out."""
        self._told(data)
        for byte in (data[at : at + 1] for at in range(len(data))):
            if self._dialect == "grbl" and byte in REALTIME:
                self._realtime(byte)
            elif byte == b"\n":
                line, self._line = self._line.decode("ascii"), b""
                self._take(line)
            else:
                self._line += byte

    def read(self) -> bytes:
        """One answer, or none; time goes on by what it took."""
        took_s, text = self._answers.popleft() if self._answers else (POLL_S, "")
        self.now_s += took_s
        return f"{text}\r\n".encode() if text else b""

    def _realtime(self, byte: bytes) -> None:
        if byte == b"\x18":
            self._line = b""
            self._answers.clear()
            self._say(GREETINGS["grbl"])
        elif byte == b"?":
            self._say(f"<{'Alarm' if self._locked else 'Idle'}|MPos:0.000,0.000,{self._z_mm:.3f}|FS:0,0>")

    def _take(self, line: str) -> None:
        """Do as if it were done, and say what such a board says then."""
        said = _NUMBERED.fullmatch(line)
        words = {letter: float(value) for letter, value in _WORD.findall(said[1] if said else line)}
        code = words.get("G")
        self._locked = self._locked and line not in UNLOCKS
        if "M" in words and words["M"] in (114, 115):
            where = f"X:0.00 Y:0.00 Z:{self._z_mm:.6f} E:0.00"
            self._say(where if words["M"] == 114 else GREETINGS[self._dialect])
        took_s = words.get("P", 0.0) * self._dwell_unit_s if code == 4 else 0.0
        if moved := code in (0, 1) and "Z" in words:
            took_s = self._travel_s(words)
        elif code == 92:
            self._z_mm = words.get("Z", self._z_mm)
        if line or self._dialect == "grbl":
            self._say("ok", took_s)
        if moved and self._dialect == "nanodlp":
            self._say("Z_move_comp")

    def _travel_s(self, words: dict[str, float]) -> float:
        self._speed_mm_s = words.get("F", 60 * self._speed_mm_s) / 60
        from_mm, self._z_mm = self._z_mm, words["Z"]
        return abs(self._z_mm - from_mm) / self._speed_mm_s

    def _say(self, text: str, took_s: float = 0.0) -> None:
        self._answers.append((took_s, text))
