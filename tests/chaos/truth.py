"""The law: what the lamp did, by its own count over all lives, against what the journal, the driver and the end say of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from chaos.machines import Lit
from chaos.user import End

Place = tuple[int, int]
NEAR_S = 1e-6


@dataclass
class Story:
    """All that is known of one print after its end."""

    asked_s: dict[Place, float]
    lamp: list[Lit]
    history: list[dict[str, Any]]
    """Of the machine that is there at the end, asked over a good link."""
    said: list[dict[str, Any]]
    """All progress of all hosts."""
    ends: list[tuple[str, End]] = field(default_factory=list)
    """For each attempt what was chosen for a cut exposure, and how it ended."""
    may_be_unknown: bool = False
    """A record was known that never came onto the disk, and then the machine was switched off."""

    @property
    def done(self) -> bool:
        """The user was told that the film is whole."""
        return bool(self.ends) and self.ends[-1][1].code == "done"


def breaches(story: Story) -> list[str]:
    """Every breach of the law, in words."""
    return [*_once(story), *_journal(story), *_words(story), *_whole(story)]


def _flashes(story: Story) -> dict[Place, list[Lit]]:
    flashes = defaultdict(list)
    for one in story.lamp:
        flashes[one.layer, one.exposure].append(one)
    return flashes


def _once(story: Story) -> Iterator[str]:
    """Nothing is lit that was not asked for, out of order, too long, or again without the user's word."""
    flashes = _flashes(story)
    places = [(one.layer, one.exposure) for one in story.lamp]
    if places != sorted(places):
        yield f"exposures were made out of order: {places}"
    if strange := set(places) - set(story.asked_s):
        yield f"exposures were made that nobody asked for: {strange}"
        return
    for place, lit in flashes.items():
        told = [end for _, end in story.ends if end.code == "cut" and end.cut == place]
        if len(lit) > 1 + len(told):
            yield f"{place} was lit {len(lit)} times, and its user was told {len(told)} times that it was cut"
        for one in lit[:-1]:
            if _is_whole(one, story.asked_s[place]) and not any(end.on_time_s is None for end in told):
                yield f"{place} was made whole, and then again: {lit}"
        for one in lit:
            if one.on_time_s is not None and one.on_time_s > story.asked_s[place] + NEAR_S:
                yield f"{place} was lit for {one.on_time_s} s, asked {story.asked_s[place]}"


def _journal(story: Story) -> Iterator[str]:
    """What the machine remembers is what its lamp did."""
    flashes, told = _flashes(story), {}
    if [layer["layer"] for layer in story.history] != list(range(len(story.history))):
        yield f"layers of the history have gaps: {story.history}"
    for layer in story.history:
        for one in layer["exposures"]:
            told[layer["layer"], one["exposure"]] = one
        own = [place for place in story.asked_s if place[0] == layer["layer"]]
        if layer["done"] and not all(told.get(place, {}).get("whole") for place in own):
            yield f"layer {layer['layer']} is said to be done, but not all of its exposures: {layer}"
    for place, lit in flashes.items():
        if place not in told and any(one.on_time_s != 0.0 for one in lit):
            yield f"{place} was lit, and the machine knows nothing of it: {lit}"
    for place, one in told.items():
        yield from _told_truly(story, place, one, flashes[place])


def _told_truly(story: Story, place: Place, one: dict[str, Any], lit: list[Lit]) -> Iterator[str]:
    if one["asked_s"] != story.asked_s[place]:
        yield f"{place}: asked_s={one['asked_s']} was {story.asked_s[place]}"
    times = [flash.on_time_s for flash in lit]
    if one["on_time_s"] is None:
        if not (story.may_be_unknown or any(flash.unsaid for flash in lit) or _said_unknown(story, place)):
            yield f"{place} is said to be unknown, but it was {times} s and nobody died"
    elif None in times or abs(sum(time or 0.0 for time in times) - one["on_time_s"]) > NEAR_S:
        yield f"{place} is said to have got {one['on_time_s']} s; it got {times}"
    if one["whole"] and not _made(lit, story.asked_s[place]):
        yield f"{place} is said to be whole; it got {times} s of {story.asked_s[place]}"
    known_whole = bool(lit) and _is_whole(lit[-1], story.asked_s[place]) and not lit[-1].unsaid
    if known_whole and not one["whole"] and not story.may_be_unknown:
        yield f"{place} is whole, and the machine says that it is not: {one}"


def _said_unknown(story: Story, place: Place) -> bool:
    """The machine died between its word that it would light this one and the light itself."""
    return any(end.cut == place and end.on_time_s is None for _, end in story.ends) or not _flashes(story)[place]


def _words(story: Story) -> Iterator[str]:
    """What hosts were told happened."""
    flashes = _flashes(story)
    for one in story.said:
        if one["what"] not in ("lamp-on", "lamp-off", "cut"):
            continue
        place = one["layer"], one["exposure"]
        sums = list(accumulate(flash.on_time_s or 0.0 for flash in flashes[place]))
        times = [flash.on_time_s or 0.0 for flash in flashes[place]]
        if one["what"] == "lamp-on" and not times and not one["recalled"]:
            yield f"{place} was never lit, but a host was told so"
        known = one["what"] == "lamp-off" or (one["what"] == "cut" and not one["text"])
        if one["recalled"] and one["on_time_s"] == 0.0 and _said_unknown(story, place):
            continue  # made, in a time that nobody knows
        if known and not any(abs(one["on_time_s"] - time) < 2 * NEAR_S for time in sums + times):
            yield f"a host was told that {place} got {one['on_time_s']} s ({one['what']}); it got {times}"


def _whole(story: Story) -> Iterator[str]:
    """A film that is said to be whole is whole; and a print that ends well says how."""
    if any(end.code == "silent" for _, end in story.ends):
        yield "a print ended without done, stopped or an error"
    if not story.done:
        return
    flashes = _flashes(story)
    for place, asked_s in story.asked_s.items():
        if not _made(flashes[place], asked_s):
            yield f"the film is said to be done, but {place} got {[one.on_time_s for one in flashes[place]]} of {asked_s} s"
    forgotten = not all(layer["done"] for layer in story.history) or len(story.history) != 1 + max(story.asked_s)[0]
    if forgotten and not story.may_be_unknown:
        yield f"the film is said to be done, but the machine remembers {story.history}"


def _is_whole(one: Lit, asked_s: float) -> bool:
    return one.on_time_s is not None and one.on_time_s >= asked_s - NEAR_S


def _made(lit: list[Lit], asked_s: float) -> bool:
    """Whole at once, or its last parts together are all of it and no more."""
    if not lit:
        return False
    sums = accumulate(one.on_time_s or 0.0 for one in reversed(lit))
    return any(abs(total - asked_s) < len(lit) * NEAR_S for total in sums)
