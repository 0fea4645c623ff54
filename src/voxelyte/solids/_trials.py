"""A design of experiments: which films a plate holds, every combination of factors or a list of runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import product
from random import Random
from typing import Any

from voxelyte.errors import RecipeError
from voxelyte.solids import Named

MAX_FILMS = 10_000
OWN = ("film", "exposure_s", "exposure_factor")
"""Factors that are no parameter of a film's design."""

_NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Trial:
    """One film of the plate: the design's name, what of it is changed, and what makes it differ from the others."""

    film: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    exposure_s: float | None = None
    exposure_factor: float | None = None
    label: str | None = None
    centre_um: tuple[float, float] | None = None
    number: int = 1
    repeat: int = 1

    @property
    def values(self) -> dict[str, Any]:
        """What a label can hold, by name; a nested parameter also by its last part."""
        own = {"n": self.number, "repeat": self.repeat, "film": self.film}
        light = {"exposure_s": self.exposure_s, "exposure_factor": self.exposure_factor}
        short = {key.rpartition(".")[2]: value for key, value in self.changes.items()}
        return {**short, **self.changes, **own, **{key: one for key, one in light.items() if one is not None}}

    def called(self, template: str, parameters: Mapping[str, Any]) -> str:
        """Its label: its own words, or the plate's template, with each {name} filled in; `parameters` are those of its design."""
        values = flat(parameters) | self.values
        return _NAME.sub(lambda found: self._filled(found[1], values), template if self.label is None else self.label)

    def _filled(self, name: str, values: Mapping[str, Any]) -> str:
        if name not in values:
            near = get_close_matches(name, values, n=1, cutoff=0.5)
            hint = f"did you mean {{{near[0]}}}?" if near else f"known: {', '.join(sorted(values))}"
            raise RecipeError(f"label names {{{name}}}, which is not known of film {self.number}; {hint}")
        value = values[name]
        return f"{value:.12g}" if isinstance(value, float) else str(value)


def factorial(film: str | None, changes: Mapping[str, Any], factors: Mapping[str, Sequence[Any]]) -> list[Trial]:
    """Every combination; the last factor changes fastest."""
    faults = [
        f"factors.{key}={list(values)} must not hold a value twice"
        for key, values in factors.items()
        if any(values.count(value) > 1 for value in values)
    ]
    number = 1
    for values in factors.values():
        number *= len(values)
    if number > MAX_FILMS:
        faults.append(f"factors give {number} films; must not exceed {MAX_FILMS}")
    if faults:
        raise RecipeError("\n".join(faults))
    combined = (dict(zip(factors, values, strict=True)) for values in product(*factors.values()))
    return [_trial(film, changes, one) for one in combined]


def _trial(film: str | None, changes: Mapping[str, Any], chosen: Mapping[str, Any]) -> Trial:
    own = {key: value for key, value in chosen.items() if key in OWN}
    name = own.pop("film", film)
    if not isinstance(name, str):
        raise RecipeError("film is missing: the name or path of the recipe that the films are made from")
    for key, value in own.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RecipeError(f"{key}={value!r} must be a number")
    rest = {key: value for key, value in chosen.items() if key not in OWN}
    return Trial(name, {**changes, **flat(rest)}, **own)


def listed(film: str | None, changes: Mapping[str, Any], runs: Sequence[Any]) -> Iterator[Trial]:
    """One trial for each run, or as many as its `count`. Runs are those of `plate.Run`."""
    for number, run in enumerate(runs, start=1):
        chosen = dict(run.model_extra or {})
        chosen |= {key: getattr(run, key) for key in OWN if getattr(run, key) is not None}
        try:
            trial = _trial(film, changes, chosen)
        except RecipeError as fault:
            raise RecipeError(f"runs.{number - 1}: {fault}") from None
        if run.centre_um is not None and run.count > 1:
            raise RecipeError(f"runs.{number - 1}: centre_um and count={run.count}: films cannot stand in one place")
        for _ in range(run.count):
            yield Trial(**vars(trial) | {"label": run.label, "centre_um": run.centre_um})


def numbered(trials: Sequence[Trial], repeats: int, seed: int | None) -> list[Trial]:
    """Each as often as asked, in order or drawn by lot, counted from 1 in the order of their places."""
    if len(trials) * repeats > MAX_FILMS:
        raise RecipeError(f"{len(trials)} films times repeats={repeats}: must not exceed {MAX_FILMS} films")
    every = [(one, repeat) for repeat in range(1, repeats + 1) for one in trials]
    if seed is not None:
        Random(seed).shuffle(every)
    return [Trial(**vars(one) | {"number": n, "repeat": repeat}) for n, (one, repeat) in enumerate(every, start=1)]


def labels(trials: Sequence[Trial], template: str, films: Sequence[Named]) -> list[str]:
    """One for each, no two equal."""
    said = [trial.called(template, film.parameters) for trial, film in zip(trials, films, strict=True)]
    twice = [label for label, number in Counter(said).items() if number > 1]
    if twice:
        which = [str(n) for n, label in enumerate(said, start=1) if label == twice[0]]
        raise RecipeError(
            f"label={twice[0]!r} is that of films {', '.join(which[:4])}: each must have one of its own, such as {{n}}"
        )
    return said


def flat(table: Mapping[str, Any], under: str = "") -> dict[str, Any]:
    """Nested tables by dotted keys, as `--set` takes them."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= flat(value, f"{under}{key}.") if isinstance(value, Mapping) else {f"{under}{key}": value}
    return found
