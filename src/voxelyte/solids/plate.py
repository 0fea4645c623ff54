"""A plate of many films, as a recipe: one film as often as it fits, a design of experiments, or a list of runs.

Films are other recipes, by name or path, with changes. They stand packed in rows, in an array, or at centres of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from voxelyte.errors import RecipeError
from voxelyte.solids import Finder, Named, Placed, Site, Wish
from voxelyte.solids._lettered import Engraving
from voxelyte.solids._packing import Offset, Room
from voxelyte.solids._plate import Plate
from voxelyte.solids._trials import MAX_FILMS, Trial, factorial, flat, labels, listed, numbered
from voxelyte.values import Count, Length, NotNegative, Positive, Text, Value

__all__ = ["SOLID", "Placed", "Plate", "PlateDesign", "Run", "Wish"]

Coordinate = Annotated[float, Field(ge=-1e9, le=1e9, strict=True, allow_inf_nan=False)]
Place = tuple[Coordinate, Coordinate]
Levels = Annotated[list[Any], Field(min_length=1, max_length=MAX_FILMS)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)]


class Run(Value):
    """One film of a list, or `count` equal ones; every other key is a parameter of its design, such as `height_um`."""

    model_config = ConfigDict(extra="allow")
    film: Text | None = None
    label: Text | None = None
    centre_um: Place | None = None
    count: Count = 1
    exposure_s: Positive | None = None
    exposure_factor: Positive | None = None


class PlateDesign(Value):
    """Films of the recipe `film` with `changes`, as many as fit or `count`; with `factors`, every combination of them; or `runs`.

    Factors are parameters of the films, `exposure_s`, `exposure_factor` or `film`; each combination is made `repeats` times, in order
    or as drawn by lot with `shuffle_seed`. `label` is what films are called: {n} counts them, {height_um} is a parameter.

    Without `pitch_x_um` (an array) or `centres_um`, films are packed in rows from the back left corner, `gap_um` apart and `edge_um`
    from the plate's edge, with origins on whole pixels. `engrave` prints the labels.
    """

    film: Text | None = Field(None, description="Name or path of the recipe that the films are made from.")
    changes: dict[str, Any] = Field({}, description="Parameters of every film, in place of its recipe's.")
    factors: dict[str, Levels] = Field({}, description="Parameter to its values: every combination is made.")
    runs: tuple[Run, ...] = Field((), description="Films one by one, each with parameters of its own.")
    repeats: Count = Field(1, description="How often each film is made.")
    shuffle_seed: Seed | None = Field(None, description="With it films are drawn by lot, the same for the same seed.")
    count: Count | None = Field(
        None, description="How many films, where neither factors nor runs say so; without it, as many as fit."
    )
    label: Text = Field("{n}", description="What films are called: {n} counts them, {height_um} is a parameter.")
    gap_um: NotNegative = Field(1000.0, description="Least distance between packed films, in µm.")
    edge_um: NotNegative = Field(0.0, description="What packed films leave free at the plate's edge, in µm.")
    columns: Count | None = Field(None, description="Most films in a row.")
    rows: Count | None = Field(None, description="Rows of an array.")
    pitch_x_um: Length | None = Field(None, description="From column to column of an array, in µm.")
    pitch_y_um: Length | None = Field(None, description="From row to row of an array, in µm.")
    centres_um: tuple[Place, ...] = Field(
        (), description="Where the films' origins lie, [x, y] from the plate's centre, in µm."
    )
    merge: Annotated[bool, Field(strict=True)] = Field(
        False, description="Unite films that overlap and agree in their heights."
    )
    engrave: Engraving | None = Field(None, description="Prints the labels.")

    @model_validator(mode="after")
    def _one_way(self) -> PlateDesign:
        if self.factors and self.runs:
            raise ValueError("factors and runs: only one of the two can be given")
        if self.count is not None and (self.factors or self.runs):
            raise ValueError(f"count={self.count}: the factors or runs say how many films there are")
        self._check_places()
        return self

    def _check_places(self) -> None:
        if (self.pitch_x_um is None) != (self.pitch_y_um is None):
            raise ValueError(
                f"pitch_x_um={self.pitch_x_um} and pitch_y_um={self.pitch_y_um}: both or none must be given"
            )
        if self.pitch_x_um is not None and self.columns is None:
            raise ValueError(f"pitch_x_um={self.pitch_x_um:g} needs columns: how many films stand in a row")
        if self.rows is not None and self.pitch_x_um is None:
            raise ValueError(f"rows={self.rows} needs pitch_x_um and pitch_y_um")
        if self.centres_um and (self.pitch_x_um is not None or self.columns is not None):
            raise ValueError("centres_um and columns: only one of the two can be given")
        own = [run.centre_um is not None for run in self.runs]
        if any(own) and (not all(own) or self.centres_um or self.columns or self.repeats > 1):
            raise ValueError(
                "centre_um of a run: then every run needs its own, and no other places or repeats can be given"
            )

    def composed(self, find: Finder, site: Site) -> Plate:
        """The films on their places. Raises RecipeError that names the film."""
        trials, films = self._films(find, site)
        said = labels(trials, self.label, films)
        films = self._lettered(find, trials, films, said)
        at, remarks = self._places(trials, films, site)
        placed = tuple(
            Placed(film.solid, x_um, y_um, label, _wish(trial, label), film.name, film.parameters)
            for trial, film, label, (x_um, y_um) in zip(trials, films, said, at, strict=True)
        )
        told = () if self.engrave is None else self.engrave.remarks(placed, site)
        notes = () if self.engrave is None else map(self.engrave.note, said)
        plate = Plate(placed, self.merge, (*remarks, *told), frozenset(notes))
        plate.refuse_beyond(site.size_um)
        return plate

    def _films(self, find: Finder, site: Site) -> tuple[list[Trial], list[Named]]:
        """Every trial, and the film that it makes."""
        changes = flat(self.changes)
        if self.factors or self.runs:
            trials = [*listed(self.film, changes, self.runs)] or factorial(self.film, changes, self.factors)
            trials = numbered(trials, self.repeats, self.shuffle_seed)
            return trials, [_found(find, trial) for trial in trials]
        (lone,) = factorial(self.film, changes, {})
        film = find(lone.film, lone.changes)
        trials = numbered([lone] * self._number(film, site), self.repeats, self.shuffle_seed)
        return trials, [film] * len(trials)

    def _lettered(self, find: Finder, trials: Sequence[Trial], films: list[Named], said: Sequence[str]) -> list[Named]:
        """The films with their labels on them."""
        if self.engrave is None:
            return films
        return [self.engrave.lettered(find, trial, label) for trial, label in zip(trials, said, strict=True)]

    def _number(self, film: Named, site: Site) -> int:
        """How many there are of a lone film."""
        if self.centres_um or self.count is not None:
            return self.count or len(self.centres_um)
        if self.pitch_x_um is not None:
            return (self.columns or 1) * (self.rows or 1)
        x0, y0, _, x1, y1, _ = film.solid.bounds_um
        most = next((most for room in self._rooms(site) if (most := room.most((x0, y0, x1, y1)))), 0)
        if not most:
            raise RecipeError(f"film {self._too_large(film, site)}")
        return min(most, MAX_FILMS)

    def _too_large(self, film: Named, site: Site) -> str:
        x0, y0, _, x1, y1, _ = film.solid.bounds_um
        size = f"{(x1 - x0) / 1000:g} x {(y1 - y0) / 1000:g} mm"
        return f"{film.name}, {size}, does not fit {_mm(site)} with edge_um={self.edge_um:g}"

    def _places(
        self, trials: Sequence[Trial], films: Sequence[Named], site: Site
    ) -> tuple[Sequence[Offset], tuple[str, ...]]:
        """Where each origin goes, and a remark where that is not on whole pixels."""
        own = [trial.centre_um for trial in trials if trial.centre_um is not None]
        at: Sequence[Offset] = own or self.centres_um or self._array(len(trials)) or self._packed(films, site)
        if len(at) < len(trials) or (self.centres_um and len(at) > len(trials)):
            which = f"centres_um has {len(at)} places" if self.centres_um else f"the array has {len(at)} places"
            raise RecipeError(f"{which}, and there are {len(trials)} films")
        return at[: len(trials)], tuple(_between_pixels(at, site))

    def _array(self, number: int) -> list[Offset]:
        """Columns and rows with their pitch, centred, from the back left; as many rows as are needed, unless told."""
        if self.pitch_x_um is None or self.pitch_y_um is None or self.columns is None:
            return []
        rows = self.rows or -(-number // self.columns)
        x = [(column - (self.columns - 1) / 2) * self.pitch_x_um for column in range(self.columns)]
        y = [((rows - 1) / 2 - row) * self.pitch_y_um for row in range(rows)]
        return [(at_x, at_y) for at_y in y for at_x in x]

    def _packed(self, films: Sequence[Named], site: Site) -> list[Offset]:
        boxes = [(b[0], b[1], b[3], b[4]) for b in (film.solid.bounds_um for film in films)]
        for room in self._rooms(site):
            found = room.packed(boxes, self.columns)
            if found is not None:
                return found
        for number, (film, box) in enumerate(zip(films, boxes, strict=True), 1):
            if not any(room.most(box) for room in self._rooms(site)):
                raise RecipeError(f"film {number}, {self._too_large(film, site)}")
        rows = "" if self.columns is None else f" in rows of columns={self.columns}"
        law = f"do not fit {_mm(site)}{rows} with gap_um={self.gap_um:g} and edge_um={self.edge_um:g}"
        most = max(room.most(boxes[0]) for room in self._rooms(site)) if len(set(boxes)) == 1 else 0
        fitting = f"; {most} of them would" if most and self.columns is None else ""
        raise RecipeError(f"{len(films)} films {law}{fitting}")

    def _rooms(self, site: Site) -> tuple[Room, Room]:
        """On whole pixels; and, for a plate that is full without them, anywhere."""
        lengths = site.size_um, self.gap_um, self.edge_um
        return Room(*lengths, site.pixel_um), Room(*lengths)


def _found(find: Finder, trial: Trial) -> Named:
    try:
        return find(trial.film, trial.changes)
    except RecipeError as fault:
        raise RecipeError("\n".join(f"film {trial.number}: {line}" for line in str(fault).splitlines())) from None


def _wish(trial: Trial, label: str) -> Wish:
    if trial.exposure_s is not None and trial.exposure_factor is not None:
        raise RecipeError(f"film {label!r}: exposure_s and exposure_factor: only one of the two can be given")
    try:
        return Wish(trial.exposure_s, 1.0 if trial.exposure_factor is None else trial.exposure_factor)
    except RecipeError as fault:
        raise RecipeError(f"film {label!r}: {fault}") from None


def _between_pixels(at: Sequence[Offset], site: Site) -> list[str]:
    """A remark, where origins differ by other than whole pixels."""
    x, y = ([one[axis] / site.pixel_um[axis] for one in at] for axis in (0, 1))
    if all(abs(one - axis[0] - round(one - axis[0])) < 1e-6 for axis in (x, y) for one in axis):
        return []
    pitch = " x ".join(f"{one:g}" for one in dict.fromkeys(site.pixel_um))
    return [f"films do not stand a whole number of pixels ({pitch} µm) apart: equal films are drawn by unequal pixels"]


def _mm(site: Site) -> str:
    return f"the plate of {site.size_um[0] / 1000:g} x {site.size_um[1] / 1000:g} mm"


SOLID = PlateDesign
