"""What is said to a Marlin board and what it answers. `ok`s are not counted, for they get lost: M114's answer is the proof.

M114 tells the position; sent behind other lines, its answer says that those were done.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from voxelyte.machine.refusals import MachineTrouble
from voxelyte.stages._laws import check_fits
from voxelyte.stages._numbered import Numbered, Revise, as_it_was
from voxelyte.stages._silence import Silence
from voxelyte.stages._wire import Wire

MARK = "M114"
QUIET_S = 0.2
MOST_AGAIN, ASKED_TIMES = 100, 3
NEAR_MM = 0.02
LONGEST_NUMBER = 14
"""Characters that a line's number and checksum may add."""
_PLACE = re.compile(r"X:\s*-?\d.*?\bZ:\s*(-?\d+(?:\.\d+)?)")
_ASKED = re.compile(r"(?:resend|rs)\b[\s:]*N?(-?\d{1,9})", re.IGNORECASE)
_CAN = re.compile(r"Cap:(\w+):1")
_OF_NUMBERS = ("checksum", "line number", "expected line")


@dataclass
class Batch:
    """Lines that go out together; those that are M114 ask for a mark. It may take `within_s`."""

    lines: tuple[str, ...]
    within_s: float = 0.0
    least_s: float = 0.0
    """No last mark can come earlier than this after its beginning; one that does is an old one."""
    at_mm: float | None = None
    """Where the board must say that it stands; None: anywhere."""
    marked: Callable[[], None] = lambda: None
    """Called at the first mark."""
    revise: Revise = as_it_was
    from_s: float = 0.0
    asked: int = 0
    """How often a mark was asked for once more."""
    marks_s: list[float] = field(default_factory=list)
    place_mm: float | None = None

    def sent_again(self, index: int, lines: list[str]) -> list[str]:
        """What goes out from a line on that the board says it never had: nor then the marks from there on."""
        del self.marks_s[self.lines[:index].count(MARK) :]
        return self.revise(index, lines)

    def mark(self, at_s: float) -> None:
        """A mark came."""
        self.marks_s.append(at_s)
        tell, self.marked = self.marked, lambda: None
        tell()

    def is_done(self) -> bool:
        """Whether its last mark has come."""
        enough = len(self.marks_s) >= self.lines.count(MARK)
        return enough and self.marks_s[-1] - self.from_s >= self.least_s

    def was_hurried(self) -> bool:
        """Whether all its marks have come, but before their time."""
        return len(self.marks_s) >= self.lines.count(MARK) and not self.is_done()

    def trouble(self, silence: MachineTrouble) -> MachineTrouble:
        """Why it is not done."""
        if self.place_mm is None or self.at_mm is None:
            return silence
        return MachineTrouble(f"the stage stands at {self.place_mm:.3f} mm and must be at {self.at_mm:.3f} mm")


class MarlinTalk:
    """One board's answers. `lost`: it was reset, or stopped itself, so that its place may be another."""

    def __init__(self, wire: Wire, answer_s: float) -> None:
        self.wire, self._answer_s = wire, answer_s
        self._numbered: Numbered | None = None
        self.greeting, self.can = "", frozenset[str]()
        self.lost = self._noisy = False

    def greet(self, lamp_off: str) -> None:
        """Ask who it is, again and again while it boots, the lamp off first of all; MachineTrouble for another dialect."""
        self.greeting = ""
        until_s = self.wire.now() + 2 * self._answer_s
        while not self.greeting and self.wire.now() < until_s:
            self.wire.write("", *filter(None, (lamp_off, "M115")))
            self._await_name(self.wire.now() + self._answer_s / 2)
        if not self.greeting:
            raise Silence("FIRMWARE_NAME to M115", 2 * self._answer_s, self.wire.last_words())
        if "marlin" not in self.greeting.lower():
            raise MachineTrouble(f"the board says {self.greeting!r} and must be Marlin")
        self.can = frozenset(found[1] for line in self.wire.left_over(QUIET_S) if (found := _CAN.match(line)))
        self._numbered = Numbered(self.wire.write, self.wire.now)
        self.lost, self._noisy = False, True

    def do(self, batch: Batch, cut: Event | None) -> None:
        """Send it and wait until it is done."""
        self.listen_first()
        self.send(batch)
        self.finish(batch, cut)

    def send(self, batch: Batch) -> None:
        """Put it on the wire, in one write."""
        check_fits(*(line + " " * LONGEST_NUMBER for line in batch.lines))
        batch.from_s = self.wire.now()
        self._lines.begin(batch.sent_again)
        self._lines.send(*batch.lines)

    def listen_first(self) -> None:
        """What it said since it was last listened to; after noise on the line, until it is quiet."""
        for line in self.wire.left_over(QUIET_S if self._noisy else 0.0):
            self._check(line)
        self._noisy = False

    def finish(self, batch: Batch, cut: Event | None) -> None:
        """Wait until all of it was done. A board that says nothing is asked again; then it is MachineTrouble."""
        until_s = batch.from_s + batch.within_s + self._answer_s
        while not batch.is_done():
            due_s = self._lines.due_s
            line = self.wire.line(until_s if due_s is None else min(until_s, due_s), cut)
            if line is not None:
                until_s = max(until_s, self._hear(line, batch))
            elif due_s is not None:
                self._lines.probe()
            elif batch.was_hurried():
                raise MachineTrouble(
                    f"what takes {batch.within_s:g} s was over at once: this board cannot time an exposure"
                )
            elif batch.asked < ASKED_TIMES:
                until_s = self._ask_once_more(batch)
            else:
                raise batch.trouble(Silence("an answer to M114", ASKED_TIMES * self._answer_s, self.wire.last_words()))
        self._noisy = batch.asked > 0 or self._lines.again > 0

    @property
    def _lines(self) -> Numbered:
        if self._numbered is None:
            raise MachineTrouble("the board is not open")
        return self._numbered

    def _await_name(self, until_s: float) -> None:
        while (line := self.wire.line(until_s)) is not None:
            if line.lower().startswith(("grbl", "error:")):
                raise MachineTrouble(f"the board says {line!r}, which is not Marlin")
            if "FIRMWARE_NAME:" in line:
                self.greeting = line.partition("FIRMWARE_NAME:")[2].strip()
                return

    def _hear(self, line: str, batch: Batch) -> float:
        """Take one line; until when more may be waited for."""
        if found := _PLACE.search(line):
            self._take_place(float(found[1]), batch)
        elif found := _ASKED.match(line):
            self._send_from(int(found[1]))
            return self.wire.now() + self._answer_s
        elif "busy" in line.lower():
            longest_s = batch.from_s + 2 * batch.within_s + 5 * self._answer_s
            return min(self.wire.now(), longest_s) + self._answer_s
        else:
            self._check(line)
        return 0.0

    def _take_place(self, place_mm: float, batch: Batch) -> None:
        """An answer to M114. One that says another place than it must is an old one, or the board is not there."""
        batch.place_mm = place_mm
        if batch.at_mm is not None and abs(place_mm - batch.at_mm) > NEAR_MM:
            return
        batch.mark(self.wire.now())

    def _send_from(self, number: int) -> None:
        self._lines.asked_for(number)
        if self._lines.again > MOST_AGAIN:
            raise MachineTrouble(f"the board asked {MOST_AGAIN} times for lines once more: the cable, or its baud")

    def _ask_once_more(self, batch: Batch) -> float:
        batch.asked += 1
        self._lines.send(MARK)
        return self.wire.now() + self._answer_s

    def _check(self, line: str) -> None:
        """MachineTrouble for errors, and for a reset. Errors about a line's number come with a request for that line."""
        low = line.lower()
        if low.startswith("error") and any(word in low for word in _OF_NUMBERS):
            return
        if low.startswith(("error", "!!")):
            self.lost = True
            raise MachineTrouble(f"the board stopped: {line}")
        if "unknown command" in low:
            raise MachineTrouble(f"the board refused a line: {line}")
        if low == "start" or low.startswith("grbl"):
            self.lost = True
            raise MachineTrouble("the board was reset; its place is lost")
