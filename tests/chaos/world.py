"""One print in its world: host, link with its faults, machine; and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Lock, Timer
from time import monotonic
from typing import Any, Literal, Protocol

from chaos.machines import Lit, Machines
from chaos.plans import USER, Plan, Trouble
from chaos.proxy import Gate, PtyGate, TcpGate
from chaos.truth import Story, breaches
from chaos.user import RUN_ID, End, KilledError, attempt
from chaos.wire import LinkFault, Mangler
from voxelyte.drivers import Cut, Driver, When, connect
from voxelyte.errors import PrinterError, PrinterRefused
from voxelyte.machine.journal import FileJournal

SETTLE_S = 15.0
SOON_S = 0.02
"""Within so long after a frame its user stops it: about the length of an exposure."""
Outcome = Literal["complete at once", "complete after reconnecting", "complete after resume", "stopped dark"]


class Kept(Protocol):
    """A machine over all its lives, in this process or in its own."""

    def address(self) -> str | None:
        """Where it is now; None while it is dead."""

    @property
    def lamp(self) -> list[Lit]:
        """All that its lamp did."""

    @property
    def lit(self) -> bool:
        """Whether the lamp is lit."""

    @property
    def disk_was_full(self) -> bool:
        """Whether a record may be known that is not on the disk."""

    def frame_passed(self, number: int) -> None:
        """It has sent so many frames."""

    def make_room(self) -> None:
        """Its user has taken care of a full disk."""

    def end(self) -> Path:
        """Switch it off; gives the folder of its journal."""


@dataclass
class Result:
    """What came of one print."""

    seed: int
    outcome: Outcome
    met: list[str]
    """Kinds of all that went wrong."""
    wrong: list[str]
    """Breaches of the law; none is what is wanted."""
    took_s: float
    cuts: list[str]
    """Of each exposure that its user was told to be cut: whether its time was known."""
    notes: list[str] = field(default_factory=list)


class World:
    """One print."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self._folder, self._begun_s = plan, folder, monotonic()
        self.notes: list[str] = []
        self.met: list[str] = []
        self._lock, self._calm, self._kill = Lock(), False, Event()
        self._said: list[dict[str, Any]] = []
        self._ends: list[tuple[str, End]] = []
        self._driver: Driver | None = None
        self.note(str(plan))

    def note(self, text: str) -> None:
        """A line for who looks into it."""
        with self._lock:
            self.notes.append(f"{monotonic() - self._begun_s:7.3f} {text}")

    def print(self) -> Result:
        """All of it; nothing is left running."""
        with ExitStack() as stack:
            machines = self._machines()
            up, down = self._mangler(True), self._mangler(False)
            self.gate: Gate = (PtyGate if self.plan.way == "pty" else TcpGate)(self._folder, machines.address, up, down)
            stack.callback(self.gate.close)
            self.machines: Kept = machines
            try:
                self._use()
                self._calm = True
                self.gate.calm()
                self.gate.admit()
                history = self._settled()
                lit = machines.lit
            finally:
                self.gate.sever()
                journal = machines.end()
        story = Story(self.plan.asked_s, machines.lamp, history, self._said, self._ends)
        wrong = breaches(story) + (["the lamp is lit at the end"] if lit else [])
        return self._result(story, wrong + self._read_again(story, journal))

    # The course.

    def _use(self) -> None:
        """The user: prints, and goes on until it is done or given up."""
        cut: Cut = "stop"
        for _ in range(self.plan.tries):
            self.gate.admit()
            end = self._attempt(cut)
            self._ends.append((cut, end))
            self.note(f"attempt with cut={cut}: {end}")
            cut = "stop"
            if end.code == "cut":
                cut = self.plan.unknown_cut if end.on_time_s is None else self.plan.known_cut
                if cut == "stop":
                    return
            if end.code in ("done", "position"):
                return
            if end.code == "machine":
                self.machines.make_room()
            Event().wait(0.05)

    def _attempt(self, cut: Cut) -> End:
        if self.plan.real:
            return self._attempt_in_process(cut)
        try:
            return attempt(self.plan, self.gate.address, cut, self._hear, self._take)
        except KilledError:
            return End("killed")

    def _attempt_in_process(self, cut: Cut) -> End:
        from chaos.processes import attempt_in_process

        self._kill.clear()
        number, address = len(self._ends), self.gate.address
        return attempt_in_process(self._folder, self.plan, address, cut, number, self._kill, self._keep)

    def _take(self, driver: Driver) -> None:
        self._driver = driver

    def _hear(self, progress: dict[str, Any]) -> None:
        if self.gate.is_shut:
            raise KilledError  # what it would hear from here on it does not hear any more
        self._keep(progress)

    def _keep(self, progress: dict[str, Any]) -> None:
        self._said.append(progress)
        self.note(
            f"said {progress['what']} {progress.get('layer')} {progress.get('exposure')} {progress.get('text', '')}"
        )

    def _settled(self) -> list[dict[str, Any]]:
        """Wait until the machine rests; then what it remembers, asked over a good link."""
        until_s, stops = monotonic() + SETTLE_S, not self.plan.waits
        while monotonic() < until_s:
            try:
                with connect(self.gate.address, self.plan.key, reconnect_s=0) as driver:
                    status = driver.status()
                    self.note(f"settling: {status}")
                    if status.state in ("idle", "done", "stopped"):
                        assert not status.lamp
                        return self._remembered(driver)
                    if stops:
                        driver.stop("its user gives up")
            except PrinterError as fault:
                self.note(f"settling: {fault}")
            Event().wait(0.05)
        raise AssertionError("the machine never came to rest")

    def _remembered(self, driver: Any) -> list[dict[str, Any]]:
        try:
            made = driver.history(driver.job_id(self.plan.job, RUN_ID))
        except PrinterRefused as no:
            if no.code != "state":
                raise
            return []  # it knows no such job, for nothing was begun
        return [asdict(layer) for layer in made]

    def _read_again(self, story: Story, folder: Path) -> list[str]:
        """The journal as the next life would find it."""
        journal = FileJournal(folder)
        try:
            told = journal.last.told(0, 100) if journal.last else []
        finally:
            journal.close()
        story.history, story.may_be_unknown = told, self.machines.disk_was_full
        return [f"after switching it on again: {line}" for line in breaches(story)]

    # What it is made of.

    def _machines(self) -> Kept:
        if self.plan.real:
            from chaos.processes import RealMachines

            return RealMachines(self._folder, self.plan, self._befell, self._sever)
        return Machines(self._folder, self.plan, self._befell, self._sever)

    def _mangler(self, to_machine: bool) -> Mangler:
        faults = tuple(one for one in self.plan.link_faults if one.to_machine is to_machine)
        return Mangler(faults, self._befell, (lambda _: None) if to_machine else self._frame_passed)

    def _frame_passed(self, number: int) -> None:
        if self._calm:
            return
        for one in self.plan.troubles:
            if one.kind == "host-killed" and one.at == number:
                self._befell(one)
                self.gate.shut()
            if one.kind in USER and one.at == number:
                self._befell(one)
                Timer(one.share * SOON_S, self._order, (one,)).start()
            if one.kind == "host-SIGKILL" and one.at == number:
                self._befell(one)
                self._kill.set()
        self.machines.frame_passed(number)

    def _order(self, one: Trouble) -> None:
        """Of the user, at another terminal: a stop is said once; the end of a pause until it is heard."""
        if one.kind == "user-pauses":
            self._say(lambda driver: driver.pause())
            Event().wait(one.back_s)
            while not (self._calm or self._say(_proceeded)):
                Event().wait(0.05)
        else:
            when: When = "now" if one.kind == "user-stops" else "exposure"
            self._say(lambda driver: driver.stop("its user wants it", when))

    def _say(self, order: Callable[[Driver], object]) -> bool:
        try:
            return self._driver is not None and order(self._driver) is not False
        except PrinterError as fault:
            self.note(f"the user's order: {fault}")
            return False

    def _sever(self) -> None:
        if gate := getattr(self, "gate", None):
            gate.sever()

    def _befell(self, one: LinkFault | Trouble) -> None:
        self.met.append(one.kind)
        self.note(f"met {one}")

    def _result(self, story: Story, wrong: list[str]) -> Result:
        reconnected = any(one["what"] == "reconnecting" for one in self._said)
        outcome: Outcome = "stopped dark"
        if story.done:
            outcome = "complete after reconnecting" if reconnected else "complete at once"
            outcome = outcome if len(self._ends) == 1 else "complete after resume"
        self.note(f"{outcome}; lamp {story.lamp}; history {story.history}")
        cuts = [end.on_time_s is not None for _, end in self._ends if end.code == "cut"]
        told = [f"cut, time {'known' if known else 'unknown'}" for known in cuts]
        return Result(self.plan.seed, outcome, self.met, wrong, monotonic() - self._begun_s, told, self.notes)


def _proceeded(driver: Driver) -> bool:
    """Whether a pause has ended; one that the machine does not know of any more has."""
    try:
        driver.proceed()
    except PrinterRefused:
        return driver.status().state != "paused"
    return True
