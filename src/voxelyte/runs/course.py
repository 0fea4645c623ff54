"""The course of a print, from what the machine says: each exposure with its time, and what interrupted it.

The database and `run.json` both say what a `Course` says, so that they cannot disagree. Times with `at` are the host's, in
UTC; the machine's own clock is `clock_s`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from voxelyte.drivers import Progress

Outcome = Literal["begun", "complete", "stopped", "failed"]
State = Literal["lit", "made", "cut"]
Cause = Literal["link", "paused", "stopped", "failed", "host"]

MOST_REASON = 2000
NOBODY_TOLD = "the host ended without a word: it was killed, or lost its power"


@dataclass(frozen=True)
class Made:
    """An exposure that was begun. `lit`: its end was not heard of; `cut`: it ended too early."""

    layer: int
    exposure: int
    state: State
    on_time_s: float | None
    """All the time that it was lit, as the machine measured it; None while nobody knows."""
    at: datetime
    """When this was last heard of."""
    clock_s: float | None = None
    """None for what was told from the machine's journal, which does not say when."""
    recalled: bool = False
    before_s: float | None = 0.0
    """What it had got when it was lit last."""


@dataclass(frozen=True)
class Interruption:
    """Why a print did not go on: the link, a pause, a stop, a failure, or a host that was killed. With what was cut by it."""

    number: int
    at: datetime
    cause: Cause
    reason: str
    layers_done: int
    exposures_done: int
    layer: int | None = None
    exposure: int | None = None
    on_time_s: float | None = None
    resumed_at: datetime | None = None
    resumed_by: str = ""


@dataclass
class Course:
    """How far a print came. `news` holds what has changed since it was last written down."""

    made: dict[tuple[int, int], Made] = field(default_factory=dict)
    interruptions: list[Interruption] = field(default_factory=list)
    outcome: Outcome = "begun"
    reason: str = ""
    ended: datetime | None = None
    last_at: datetime | None = None
    layers_done: int = 0
    exposures_done: int = 0
    waited_s: float = 0.0
    news: set[tuple[int, int]] = field(default_factory=set, compare=False)

    def __post_init__(self) -> None:
        self._waited_before_s = self.waited_s
        self._first_open = len(self.interruptions)
        self.exposures_done = len(self.known)

    @property
    def known(self) -> frozenset[tuple[int, int]]:
        """Exposures of which nothing more is to be told."""
        return frozenset(key for key, one in self.made.items() if one.state == "made")

    def take(self, event: Progress, at: datetime) -> None:
        """Whatever the machine says, in its order."""
        self.last_at = at
        self.layers_done = max(self.layers_done, event.layers_done)
        self.waited_s = max(self.waited_s, self._waited_before_s + event.waited_s)
        self._interrupt(event, at)
        if event.layer is not None and event.exposure is not None:
            self._light(event, event.layer, event.exposure, at)

    def end(self, outcome: Outcome, reason: str, at: datetime) -> None:
        """The print, or this part of it, is over."""
        self.outcome, self.reason, self.ended = outcome, reason[:MOST_REASON], at
        self.last_at = at
        if outcome == "complete":
            self._resume(at, "", self._open("link", "paused", "host", "stopped", "failed"))
        elif outcome in ("stopped", "failed") and not self._open("link", "stopped"):
            self._interrupted("stopped" if outcome == "stopped" else "failed", reason, at)

    def lost_host(self, at: datetime) -> None:
        """Another host finds a print that nobody ended."""
        if self.outcome == "begun" and not self._open("host"):
            self._interrupted("host", NOBODY_TOLD, self.last_at or at)

    def go_on(self, how: str, at: datetime) -> None:
        """Another host has resumed it."""
        self.outcome, self.reason, self.ended = "begun", "", None
        self._resume(at, how, [one for one in self.interruptions if one.resumed_at is None])
        self._first_open = len(self.interruptions)

    def give_up(self, reason: str, at: datetime) -> None:
        """Another host has tried to resume it, and it does not go on. How it ended before still counts."""
        if self.outcome == "begun":
            self.outcome, self.reason, self.ended = "failed", reason[:MOST_REASON], at

    def _light(self, event: Progress, layer: int, exposure: int, at: datetime) -> None:
        known = self.made.get((layer, exposure))
        clock_s = None if event.recalled else event.clock_s
        now = Made(layer, exposure, "lit", None, at, clock_s, event.recalled, _before_s(known))
        if event.what == "lamp-off":
            now = replace(now, state="made", on_time_s=_total_s(event, now))
        elif event.what == "cut":
            now = replace(now, state="cut", on_time_s=None if event.text else event.on_time_s)
        elif event.what == "stopped":
            if known is None and event.on_time_s == 0:
                return  # its lamp was never lit: it was not begun
            ended = known is not None and known.state == "made"  # its lamp-off came before
            # Lit, but never said to be dark, and for no time at all: the machine could not measure it.
            measured_s = _total_s(event, now) if event.on_time_s else None
            total_s = known.on_time_s if known and ended else measured_s
            now = replace(now, state="cut", on_time_s=total_s)
        elif event.what != "lamp-on":
            return
        self.exposures_done += (now.state == "made") - (known is not None and known.state == "made")
        self.made[layer, exposure] = now
        self.news.add((layer, exposure))

    def _interrupt(self, event: Progress, at: datetime) -> None:
        over = [one for one in self._open("link", "paused") if _is_over(one, event)]
        self._resume(at, "the same host", over)
        if event.what == "reconnecting" and not self._open("link"):
            self._interrupted("link", event.text, at)
        elif event.state == "paused" and event.what == "state" and not self._open("paused"):
            self._interrupted("paused", "", at)
        elif event.what == "stopped":
            self._interrupted("stopped", event.text, at)
        if event.what in ("stopped", "cut") and event.exposure is not None:
            self._name_the_cut(event)

    def _name_the_cut(self, event: Progress) -> None:
        if self.interruptions:
            unknown = event.text if event.what == "cut" else not event.on_time_s
            on_time_s = None if unknown else event.on_time_s
            last = self.interruptions[-1]
            cut = replace(last, layer=event.layer, exposure=event.exposure, on_time_s=on_time_s)
            self.interruptions[-1] = cut

    def _interrupted(self, cause: Cause, reason: str, at: datetime) -> None:
        done = (self.layers_done, self.exposures_done)
        self.interruptions.append(Interruption(len(self.interruptions), at, cause, reason[:MOST_REASON], *done))

    def _open(self, *causes: Cause) -> list[Interruption]:
        """Those of this host that the print has not got over."""
        ours = self.interruptions[self._first_open :]
        return [one for one in ours if one.resumed_at is None and one.cause in causes]

    def _resume(self, at: datetime, how: str, which: Iterable[Interruption]) -> None:
        for one in which:
            self.interruptions[one.number] = replace(one, resumed_at=at, resumed_by=how)


def _is_over(one: Interruption, event: Progress) -> bool:
    if event.what in ("reconnecting", "stopped"):
        return False
    return one.cause == "link" or (event.what != "layer-held" and event.state != "paused")


def _before_s(known: Made | None) -> float | None:
    if known is None:
        return 0.0
    return known.on_time_s if known.state == "cut" else known.before_s


def _total_s(event: Progress, now: Made) -> float | None:
    """A lamp-off that is told from the journal has the sum of all times it was lit, or says that nobody knows it."""
    if event.recalled:
        return None if event.text else event.on_time_s
    return None if now.before_s is None else now.before_s + event.on_time_s
