"""Marlin's codes on one axis (Z) and a lamp: what its boards have in common, with line numbers or without.

Written from marlinfw.org/docs/gcode and what Marlin's sources say of lines (queue.cpp: a number that is not the next, or a wrong
checksum, is an error; what has come behind it is thrown away; `Resend:` and `ok` follow) and of dwells (G4.cpp: P in
milliseconds, S in seconds). 128 bytes of receive buffer. `ok` comes when a line is done. Nothing stops it at once.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from threading import Thread
from typing import Any

from voxelyte.boards._answers import Answers
from voxelyte.boards._log import Log
from voxelyte.boards._receiving import Receiver
from voxelyte.boards._traps import Traps
from voxelyte.boards._words import words
from voxelyte.boards._works import Works
from voxelyte.machine.links import Link
from voxelyte.machine.refusals import Cut

RECEIVE_BYTES = 128
FULL = 255.0
_NUMBERED = re.compile(r"(N(\d{1,9}) ?([^*]*))\*(\d{1,3})")


class MarlinBoard:
    """Switched on when it is made. `lamp` is which codes its lamp has: `M106` with M107, or `M3` with M5."""

    numbered = True
    """Knows line numbers, and says who it is."""
    z_sync = False
    """Built with NANODLP_Z_SYNC: a move says `Z_move_comp` when it has ended, before its `ok`."""

    def __init__(
        self,
        speed: float = 1.0,
        homes_to_mm: float = 0.0,
        home_mm_s: float = 5.0,
        lamp: str = "M106",
        dwell_unit_s: float = 0.001,
        **traps: Any,
    ) -> None:
        self._traps = Traps.of(**traps)
        self._works = Works(speed, stands_mm=40.0)
        self.log: Log = self._works.log
        self._home, self._dwell_unit_s = (homes_to_mm, home_mm_s), dwell_unit_s
        self._lamp = (106, 107) if lamp == "M106" else (3, 5)
        self._answers = Answers(self._traps, self._works.clock.real_s(self._traps.late_s))
        self._received = Receiver(RECEIVE_BYTES)
        self._lines, self._last_number, self._dead, self._resetting = 0, 0, False, False
        self._feed_mm_min = self._zero_mm = 0.0
        self._numbered = 0
        self._begin_parser()
        self._thread = Thread(target=self._run, name="voxelyte-board-marlin", daemon=True)
        self._thread.start()

    def attach(self, link: Link | None) -> None:
        """As Board."""
        self._answers.attach(link)

    def take(self, data: bytes) -> None:
        """As Board."""
        self._received.put(data)

    def power_cycle(self) -> None:
        """Reset it by its button, or by a dip of its power."""
        self._works.halt()
        self.log.note(self._works.clock.now_s, "reset")
        self._resetting, self._dead = True, False
        self._received.forget()
        self._received.wake()

    def close(self) -> None:
        """As Board."""
        self._works.halt()
        self._received.wake(closed=True)
        self._thread.join()
        self._answers.close()
        if self._received.lost_bytes:
            self.log.note(self._works.clock.now_s, "lost", self._received.lost_bytes)

    def _run(self) -> None:
        while not self._received.closed:
            if not self._received.has_line():
                self._works.clock.run_on()
            line = self._received.line()
            try:
                if line is None:
                    raise Cut
                self._works.stand()
                self._take_line(line)
            except Cut:
                self._begin_again()

    def _take_line(self, line: str) -> None:
        if not line or self._dead:
            return
        self._lines += 1
        if self._lines == self._traps.lose_line:
            return
        if self._lines == self._traps.reset_at:
            self.power_cycle()
        elif self._lines == self._traps.alarm_at:
            self._kill()
        elif self.numbered and line.startswith("N"):
            self._take_numbered(line)
        else:
            self._answer(line)

    def _take_numbered(self, line: str) -> None:
        """A line with its number and checksum; after a bad one, everything that came behind it is thrown away."""
        self._numbered += 1
        if self._traps.damage_every and self._numbered % self._traps.damage_every == 0:
            line = line[:-1] + chr(ord(line[-1]) ^ 1)
        found = _NUMBERED.fullmatch(line)
        text = found[1] if found else ""
        reset = found is not None and found[3].startswith("M110")
        if not found or _xor(text) != int(found[4]):
            self._ask_again("checksum mismatch")
        elif not reset and int(found[2]) != self._last_number + 1:
            self._ask_again("Line Number is not Last Line Number+1")
        else:
            self._last_number = int(found[2])
            if reset:
                self._answers.ok()
            else:
                self._answer(found[3])

    def _ask_again(self, error: str) -> None:
        self._received.forget()
        self._answers.say(f"Error:{error}, Last Line: {self._last_number}")
        self._answers.say(f"Resend: {self._last_number + 1}")
        self._answers.ok()

    def _answer(self, line: str) -> None:
        said = words(line, bare=True)
        if said is None or not self._obey(said):
            if not self._traps.ok_to_garbage:
                self._answers.say(f'echo:Unknown command: "{line}"')
        elif self._traps.silent_moves and said.get("G", [-1.0])[0] in (0, 1):
            return
        self._answers.ok()

    def _obey(self, said: dict[str, list[float]]) -> bool:
        """Do it; False for what it does not know."""
        code = next(((letter, int(said[letter][0])) for letter in "GM" if letter in said), None)
        if code in (("G", 0), ("G", 1)):
            self._travel(said)
        elif code == ("G", 4):
            self._dwell(said)
        elif code == ("G", 28):
            self._go_home()
        elif code == ("G", 92):
            self._works.await_motion()
            self._zero_mm = self._works.at_mm - said.get("Z", [0.0])[0]
        elif code == ("M", self._lamp[0]):
            self._works.light(said.get("S", [FULL])[0])
        elif code == ("M", self._lamp[1]):
            self._works.light(0.0)
        elif code == ("M", 114):
            self._answers.say(f"X:0.00 Y:0.00 Z:{self._works.to_mm - self._zero_mm:.2f} E:0.00 Count X:0 Y:0 Z:0")
        elif code == ("M", 115) and self.numbered:
            self._answers.say("FIRMWARE_NAME:Marlin 2.1.2 (voxelyte board) PROTOCOL_VERSION:1.0 MACHINE_TYPE:simulated")
            self._answers.say("Cap:EMERGENCY_PARSER:0")
        elif code == ("M", 400):
            self._works.await_motion()
        else:
            return code in (("G", 21), ("G", 90), ("M", 17), ("M", 18))
        return True

    def _travel(self, said: dict[str, list[float]]) -> None:
        self._feed_mm_min = said.get("F", [self._feed_mm_min])[0]
        if "Z" in said:
            self._works.travel(said["Z"][0] + self._zero_mm, self._feed_mm_min / 60)
            if self.z_sync:
                self._works.await_motion()
                self._answers.say("Z_move_comp")

    def _go_home(self) -> None:
        to_mm, speed_mm_s = self._home
        self._works.travel(to_mm, speed_mm_s)
        self._works.await_motion()
        self._works.begin(to_mm)
        self._zero_mm = 0.0
        self.log.note(self._works.clock.now_s, "home", to_mm)

    def _dwell(self, said: dict[str, list[float]]) -> None:
        self._works.await_motion()
        length_s = said.get("P", [0.0])[0] * self._dwell_unit_s + said.get("S", [0.0])[0]
        if not self._traps.no_dwell:
            self._works.dwell(length_s)

    def _kill(self) -> None:
        """Marlin's kill(): all dark, and dead until it is reset."""
        self._works.halt()
        self._works.begin()
        self.log.note(self._works.clock.now_s, "alarm")
        self._dead = True
        self._answers.say("Error:Printer halted. kill() called!")

    def _begin_again(self) -> None:
        if self._resetting:
            self._resetting = False
            self._works.begin()
            self._begin_parser()
            self._answers.say("start")

    def _begin_parser(self) -> None:
        self._feed_mm_min, self._zero_mm, self._last_number = 60.0, 0.0, 0


def _xor(text: str) -> int:
    return reduce(xor, text.encode("latin-1"), 0)
