"""Machines and hosts in processes of their own, killed with SIGKILL in whatever they do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Timer
from time import monotonic
from typing import Any

from chaos.machines import Lit
from chaos.plans import Plan, Trouble
from chaos.user import End
from voxelyte.drivers import Cut

START_S = 20.0
SOON_S = 0.03
"""Within so long after its frame a kill comes."""
TESTS = Path(__file__).parent.parent


def _started(module: str, *args: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", module, *map(str, args)]
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, stdin=subprocess.DEVNULL)


def _killed(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(START_S)


class RealMachines:
    """The lives of one machine. A killed one is started again with the journal that it left; a full disk has room again then."""

    def __init__(self, folder: Path, plan: Plan, met: Callable[[Trouble], None], sever: Callable[[], None]) -> None:
        self._folder, self._plan, self._met, self._sever = folder, plan, met, sever
        self._lock, self._timers = Lock(), list[Timer]()
        self._life, self._at = 0, ""
        self.killed_in = set[int]()
        full = [one for one in plan.troubles if one.kind == "full-disk-RLIMIT"]
        self._full = full
        self._limit_bytes = 600 + int(1500 * full[0].share) if full else 0
        self._process = self._start()

    def address(self) -> str | None:
        """Where it is now; None while there is none."""
        return self._at or None

    @property
    def lamp(self) -> list[Lit]:
        """All that the lamp did, by its own file of each life."""
        return [one for life in range(self._life + 1) for one in self._lamp_of(life)]

    @property
    def lit(self) -> bool:
        """Whether it is lit, in the life that goes on."""
        words = _lines(self._folder / f"lamp-{self._life}")
        return bool(words) and "on" in words[-1] and self._process.poll() is None

    @property
    def disk_was_full(self) -> bool:
        """Whether a record may be known that is not on the disk."""
        return self._limit_bytes > 0

    def frame_passed(self, number: int) -> None:
        """A frame of the machine's: after this one it may be killed."""
        for one in self._plan.troubles:
            if one.kind == "machine-SIGKILL" and one.at == number:
                self._timers.append(Timer(one.share * SOON_S, self._kill, (one,)))
                self._timers[-1].start()

    def make_room(self) -> None:
        """The user has made room on the disk, which takes a restart here."""
        with self._lock:
            if self._full and self._life == 0:
                self._met(self._full[0])
                self._again()

    def end(self) -> Path:
        """Switch it off; gives the folder of its journal."""
        for timer in self._timers:
            timer.join()
        with self._lock:
            self._process.terminate()
            self._process.wait(START_S)
        return self._folder / "journal"

    def _kill(self, one: Trouble) -> None:
        with self._lock:
            self._met(one)
            self._again()

    def _again(self) -> None:
        self._at = ""
        self.killed_in.add(self._life)
        _killed(self._process)
        self._sever()
        self._life += 1
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        limit_bytes = self._limit_bytes if self._life == 0 else 0
        process = _started("chaos.served", self._plan.seed, self._folder, self._life, limit_bytes)
        path, until_s = self._folder / f"address-{self._life}", monotonic() + START_S
        while not path.exists():
            assert monotonic() < until_s, "the machine's process does not serve"
            assert process.poll() is None, "the machine's process has ended"
            Event().wait(0.01)
        self._at = path.read_text()
        return process

    def _lamp_of(self, life: int) -> list[Lit]:
        lit: list[Lit] = []
        for one in _lines(self._folder / f"lamp-{life}"):
            if "on" in one:
                lit.append(Lit(*one["on"], None, unsaid=True))
            else:
                lit[-1] = Lit(*one["off"], one["on_time_s"])
        if lit and life in self.killed_in:
            last = lit[-1]
            lit[-1] = Lit(last.layer, last.exposure, last.on_time_s, unsaid=True)
        return lit


def attempt_in_process(
    folder: Path, plan: Plan, address: str, cut: Cut, number: int, kill: Event, hear: Callable[[dict[str, Any]], None]
) -> End:
    """A host of its own; SIGKILL when `kill` is set. All that it was told is heard when it has ended."""
    said = folder / f"said-{number}"
    process = _started("chaos.user", plan.seed, address, cut, said)
    try:
        while process.poll() is None and not kill.wait(0.002):
            continue
    finally:
        _killed(process)
    words = _lines(said)
    for one in words:
        if "end" not in one:
            hear(one)
    if words and "end" in words[-1]:
        end = words[-1]["end"]
        return End(**end | {"cut": tuple(end["cut"]) if end["cut"] else None})
    assert kill.is_set(), f"the host's process ended by itself: {process.returncode}"
    return End("killed")


def _lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file that may have been cut by a kill."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
