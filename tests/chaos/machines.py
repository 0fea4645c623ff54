"""A machine that lives, dies and lives again, in this process. What its lamp did in each life is kept apart from its journal.

A death is as good as a SIGKILL to all others: from that moment nothing that it says gets out (its link is severed), nothing
that it writes is kept (its next life has a copy of the journal's folder, taken at that moment), and the lamp is dark.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from typing import Any

from chaos.plans import SPEED, Plan, Trouble
from voxelyte.machine._log import line_of
from voxelyte.machine.faults import Faults
from voxelyte.machine.hardware import Shot
from voxelyte.machine.journal import FileJournal
from voxelyte.machine.refusals import MachineTrouble
from voxelyte.sim import serve
from voxelyte.sim._design import VirtualMachine


@dataclass(frozen=True)
class Lit:
    """One time the lamp was lit. `on_time_s` is None where a death or a reset ended it and nobody measured it."""

    layer: int
    exposure: int
    on_time_s: float | None
    unsaid: bool = False
    """It ended so close to a death, or in such a reset, that the machine cannot know."""


class WatchedJournal(FileJournal):
    """A journal that tells before and after each record, and whose disk may be full."""

    def __init__(self, folder: Path, owner: Life) -> None:
        self._owner, self.full = owner, False
        super().__init__(folder)

    def _keep_first(self, record: Mapping[str, Any]) -> None:
        self._owner.before_record(record)
        if self.full:
            self._next_path().write_bytes(b'{"n": 0')
            raise MachineTrouble(f"journal {self._folder}: {os.strerror(errno.ENOSPC)}")
        super()._keep_first(record)
        self._owner.after_record(record)

    def _keep(self, record: Mapping[str, Any], sure: bool) -> None:
        self._owner.before_record(record)
        vars(self._log).pop("_write", None)
        if self.full:
            self._log._write = self._write_half
        super()._keep(record, sure)
        self._owner.after_record(record)

    def tear(self, record: Mapping[str, Any], share: float) -> None:
        """Part of what would be written reaches the disk."""
        log = self._log
        data = b"".join([*log._owed, line_of({"n": log._lines + len(log._owed), **self._dated(record)})])
        with suppress(FileNotFoundError), log.path.open("r+b") as file:
            if log._torn:
                file.truncate(log._whole_bytes)
            file.seek(0, os.SEEK_END)
            file.write(data[: int(share * len(data))])

    def _write_half(self, lines: list[bytes]) -> None:
        with self._log.path.open("ab", buffering=0) as file:
            if self._log._torn:
                file.truncate(self._log._whole_bytes)
            file.write(b"".join(lines)[: len(lines[0]) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def empty(self) -> None:
        """There is room again."""
        self.full = False


class Life:
    """From switching on to death, or to an orderly end. Counters go on from life to life: they are the world's."""

    def __init__(self, folder: Path, plan: Plan, counts: Counts, machines: Machines) -> None:
        self.folder, self._plan, self._counts, self._all = folder, plan, counts, machines
        self.dying = self.dead = False
        self.address = ""
        self._lock, self._at_death = Lock(), list[Lit]()
        self._unmeasured = set[int]()
        self.journal = WatchedJournal(folder, self)
        self.machine = VirtualMachine(plan.design, SPEED, Faults(), None, self.journal)
        self._hook()
        self._stop, self._ready = Event(), Event()
        self._thread = Thread(target=self._serve, daemon=True, name="chaos-machine")
        self._thread.start()
        assert self._ready.wait(10), "the machine does not serve"

    @property
    def lamp(self) -> list[Lit]:
        """All that the lamp did in this life."""
        with self._lock:
            return self._at_death if self.dead else self._flashes()

    def die(self, trouble: Trouble) -> None:
        """Now; may come from any of its threads. First nothing gets out, then nothing is written, then all is noted."""
        with self._lock:
            if self.dying:
                return
            self.dying = True
        self._all.sever()
        with self.journal.lock, self._lock:
            flashes = self._flashes()
            if lit := self.machine.lamp._lit:
                flashes.append(Lit(lit.layer, lit.exposure, None, unsaid=True))
            elif flashes:
                flashes[-1] = replace(flashes[-1], unsaid=True)
            self._at_death, self.dead = flashes, True
            self._all.follow(self, trouble)

    def end(self) -> None:
        """Switch it off; its threads have ended when this returns."""
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive(), "the machine does not end"

    # Called in the course of a print.

    def before_record(self, record: Mapping[str, Any]) -> None:
        """In the journal's lock."""
        if self.dead:
            return
        number = self._counts.next("record")
        for one in self._met(number, ("full-disk", "power-cut", "torn-record")):
            if one.kind == "full-disk":
                self.journal.full = True
                self._counts.met(one)
                Timer(one.back_s, self.journal.empty).start()
            else:
                if one.kind == "torn-record":
                    self.journal.tear(record, one.share)
                self.die(one)

    def after_record(self, record: Mapping[str, Any]) -> None:
        """In the journal's lock."""
        for one in self._met(self._counts.now("record"), ("power-cut-after",)):
            self.die(one)

    def _move(self, height_mm: float, speed_mm_s: float, cut: Event) -> None:
        for one in self._met(self._counts.next("move"), ("board-reset",)):
            self._counts.met(one)
            self.machine.stage.knows_place = False
            raise MachineTrouble("the motion board was reset")
        type(self.machine.stage).move(self.machine.stage, height_mm, speed_mm_s, cut)

    def _expose(self, shot: Shot, cut: Event) -> None:
        works = self.machine.works
        for one in self._met(self._counts.next("exposure"), ("board-reset-lit", "power-cut-lit")):
            shot = replace(shot, **self._during(one, shot))
        type(works).expose(works, shot, cut)

    def _during(self, one: Trouble, shot: Shot) -> dict[str, Callable[[], None]]:
        if one.kind == "board-reset-lit":
            return {"midway": lambda: self._reset(one)}
        in_s = one.share * shot.exposure.exposure_s / SPEED

        def lit() -> None:
            Timer(in_s, self.die, (one,)).start()
            shot.lit()

        return {"lit": lit}

    def _reset(self, one: Trouble) -> None:
        """The board that times the lamp starts anew: dark, and nobody knows since when."""
        self._counts.met(one)
        self._unmeasured.add(len(self.machine.lamp.history))
        self.machine.stage.knows_place = False
        self.machine.works.off = self._off_unknown
        raise MachineTrouble("the motion board was reset while the lamp was lit")

    def _off_unknown(self) -> None:
        type(self.machine.works).off(self.machine.works)
        del self.machine.works.off

    def _met(self, number: int, kinds: tuple[str, ...]) -> list[Trouble]:
        if self.dead:
            return []
        return [one for one in self._plan.troubles if one.kind in kinds and one.at == number]

    def _hook(self) -> None:
        self.machine.stage.move = self._move
        self.machine.works.expose = self._expose

    def _flashes(self) -> list[Lit]:
        history = enumerate(self.machine.lamp.history)
        return [Lit(one.layer, one.exposure, one.on_time_s, unsaid=at in self._unmeasured) for at, one in history]

    def _serve(self) -> None:
        def announce(text: str) -> None:
            self.address = text
            self._ready.set()

        serve(
            self.machine,
            "pty:" if self._plan.way == "pty" else "socket://127.0.0.1:0",
            announce,
            key=self._plan.key,
            stop=self._stop,
        )


class Counts:
    """How many records, moves and exposures there were in all lives; and which troubles were met."""

    def __init__(self, met: Callable[[Trouble], None]) -> None:
        self._lock, self._counts, self.met = Lock(), dict[str, int](), met

    def next(self, what: str) -> int:
        """The number of this one, from 0."""
        with self._lock:
            self._counts[what] = self._counts.get(what, -1) + 1
            return self._counts[what]

    def now(self, what: str) -> int:
        """The number of the last one."""
        with self._lock:
            return self._counts.get(what, -1)


class Machines:
    """All lives of one machine, one after another."""

    def __init__(self, folder: Path, plan: Plan, met: Callable[[Trouble], None], sever: Callable[[], None]) -> None:
        self._folder, self._plan, self._met, self.sever = folder, plan, met, sever
        self._counts = Counts(met)
        self._timers: list[Timer] = []
        self.lives: list[Life] = []
        self._switch_on(folder / "journal-0")

    def address(self) -> str | None:
        """Where it is now; None while it is dead."""
        life = self.lives[-1]
        return None if life.dying else life.address

    @property
    def lamp(self) -> list[Lit]:
        """All that the lamp did, over all lives."""
        return [one for life in self.lives for one in life.lamp]

    @property
    def lit(self) -> bool:
        """Whether it is lit now."""
        return not self.lives[-1].dead and self.lives[-1].machine.lamp.lit

    @property
    def disk_was_full(self) -> bool:
        """Whether a record may be known that is not on the disk."""
        return any(one.kind == "full-disk" for one in self._plan.troubles)

    def frame_passed(self, number: int) -> None:
        """A frame of the machine's; here it dies by other things."""

    def make_room(self) -> None:
        """Here a full disk has room again after a while."""

    def end(self) -> Path:
        """Switch off, and wait for all; gives the last journal's folder."""
        for timer in self._timers:
            timer.join()
        for life in self.lives:
            life.end()
        return self.lives[-1].folder

    def follow(self, life: Life, trouble: Trouble) -> None:
        """A life has just died: another one begins after a while with all that is on the disk now."""
        self._met(trouble)
        folder = self._folder / f"journal-{len(self.lives)}"
        shutil.copytree(life.folder, folder)
        timer = Timer(trouble.back_s, self._switch_on, (folder,))
        self._timers.append(timer)
        timer.start()

    def _switch_on(self, folder: Path) -> None:
        self.lives.append(Life(folder, self._plan, self._counts, self))
