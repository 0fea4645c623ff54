"""The plate: many films, each where it stands and with the exposure that it wants, as one solid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

from voxelyte.errors import RecipeError
from voxelyte.gathering import gathered
from voxelyte.heights import to_nm
from voxelyte.region import EMPTY, Region
from voxelyte.solids import Placed, Solid, Wish
from voxelyte.solids._overlaps import overlaps, united

EDGE = 1e-9
"""Relative tolerance for a film that ends where the plate does."""

MOST_TOLD = 10
"""Faults of one kind that are told one by one."""


@dataclass(frozen=True, eq=False)
class United:
    """Films that overlap and agree in all heights, as one body: what is solid in any of them is solid."""

    films: tuple[Placed, ...]
    _known: dict[float, Region] = field(default_factory=dict, init=False, repr=False)

    @property
    def levels_um(self) -> tuple[float, ...]:
        """Those of each of them."""
        return self.films[0].solid.levels_um

    def section(self, z_um: float) -> Region:
        """All of them together."""
        low_um = max((level for level in self.levels_um if level <= z_um), default=-1.0)
        if not 0 <= z_um < self.levels_um[-1]:
            return EMPTY
        if low_um not in self._known:
            self._known[low_um] = united(self.films, z_um)
        return self._known[low_um]

    def steady(self, z_um: float) -> bool:
        """They are united only where each of them is."""
        return True

    def slabs(self) -> Iterator[tuple[float, Region]]:
        """Thickness and section between two levels."""
        return ((high - low, self.section(low)) for low, high in pairwise(self.levels_um))


@dataclass(frozen=True)
class Piece:
    """What is drawn as one: a film, or several that were united (their offset is 0)."""

    solid: Solid | United
    offset: tuple[float, float]
    wish: Wish

    def reaches(self, z_um: float) -> bool:
        """Whether anything of it is solid there; what changes within a slab is."""
        return not self.solid.steady(z_um) or bool(self.solid.section(z_um).parts)


@dataclass(frozen=True, eq=False)
class Plate:
    """Several films on one build plate. `merge` unites those that overlap; without it they are refused.

    Raises RecipeError that names the films and the place in µm. `remarks` are for whoever prints it; they also stand for those notes
    of its films that are in `said`.
    """

    films: tuple[Placed, ...]
    merge: bool = False
    remarks: tuple[str, ...] = ()
    said: frozenset[str] = frozenset()
    feature: ClassVar[str] = "features"
    _known: dict[tuple[tuple[int, Region], ...], Region] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.films:
            raise RecipeError("films of a plate must be one or more")
        self._refuse_equal_labels()
        if not self.merge:
            _refuse_overlaps(self.films)
        self.pieces  # noqa: B018

    def _refuse_equal_labels(self) -> None:
        first: dict[str, int] = {}
        for number, film in enumerate(self.films, start=1):
            if first.setdefault(film.label, number) != number:
                twice = f"label={film.label!r} is that of films {first[film.label]} and {number}"
                raise RecipeError(f"{twice}: each film must have one of its own, such as {{n}}")

    def refuse_beyond(self, size_um: tuple[float, float]) -> None:
        """Raise RecipeError where a film reaches beyond a plate of `size_um` (width, depth)."""
        faults = []
        for film in self.films:
            x0, y0, x1, y1 = film.bounds_um
            for axis, reach_um, size in (("x", max(-x0, x1), size_um[0]), ("y", max(-y0, y1), size_um[1])):
                if reach_um > size / 2 * (1 + EDGE):
                    place = f"film {film.label!r} at ({film.x_um:.12g}, {film.y_um:.12g}) µm"
                    faults.append(f"{place} reaches {reach_um:.12g} µm in {axis}; the plate ends at {size / 2:.12g}")
        _refuse(faults)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The films, those that were united as one."""
        if not self.merge:
            return tuple(Piece(film.solid, (film.x_um, film.y_um), film.wish) for film in self.films)
        found = []
        for group in _groups(self.films):
            if len(group) == 1:
                found.append(Piece(group[0].solid, (group[0].x_um, group[0].y_um), group[0].wish))
            else:
                _refuse_unequal(group)
                found.append(Piece(United(tuple(group)), (0.0, 0.0), group[0].wish))
        return tuple(found)

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of its films, each once, and its own."""
        own = (note for film in self.films for note in film.solid.notes if note not in self.said)
        return tuple(dict.fromkeys((*own, *self.remarks)))

    @cached_property
    def levels_um(self) -> tuple[float, ...]:
        """Those of all films."""
        every = {to_nm(level, "level_um") for film in self.films for level in film.solid.levels_um}
        return tuple(nm / 1000 for nm in sorted(every))

    @cached_property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""
        x0, y0, x1, y1 = zip(*(film.bounds_um for film in self.films), strict=True)
        return min(x0), min(y0), 0.0, max(x1), max(y1), self.levels_um[-1]

    def section(self, z_um: float) -> Region:
        """Of all films that reach so high."""
        return self._section(z_um, None)

    def wanting(self, z_um: float, wishes: frozenset[Wish]) -> Region:
        """The section of the films with these wishes."""
        return self._section(z_um, wishes)

    @cached_property
    def every_wish(self) -> frozenset[Wish]:
        """Of all films."""
        return frozenset(film.wish for film in self.films)

    def wishes(self, z_um: float) -> frozenset[Wish]:
        """Of all films that are solid at this height."""
        return frozenset(piece.wish for piece in self.pieces if piece.reaches(z_um))

    def steady(self, z_um: float) -> bool:
        """Whether that is so of all films."""
        return all(piece.solid.steady(z_um) for piece in self.pieces)

    def _section(self, z_um: float, wishes: frozenset[Wish] | None) -> Region:
        chosen = ((n, one) for n, one in enumerate(self.pieces) if wishes is None or one.wish in wishes)
        sections = tuple((n, section) for n, one in chosen if (section := one.solid.section(z_um)).parts)
        if not sections:
            return EMPTY
        if sections in self._known:
            return self._known[sections]
        whole = gathered((section, self.pieces[n].offset) for n, section in sections)
        if self.steady(z_um):
            self._known[sections] = whole
        return whole

    @property
    def count(self) -> int:
        """How many features stand on all bases; films that were united count as drawn."""
        return sum(film.solid.count for film in self.films)

    @property
    def cell_area_factor(self) -> float | None:
        """That of its films, where they agree."""
        found = {film.solid.cell_area_factor for film in self.films}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def volume_um3(self) -> float:
        """Of all films."""
        return sum(
            sum(thickness * section.area_um2 for thickness, section in piece.solid.slabs())
            if isinstance(piece.solid, United)
            else piece.solid.volume_um3
            for piece in self.pieces
        )

    @cached_property
    def footprint_um2(self) -> float:
        """Of all bases."""
        return sum(
            piece.solid.section(0.0).area_um2 if isinstance(piece.solid, United) else piece.solid.footprint_um2
            for piece in self.pieces
        )

    @cached_property
    def side_wall_um2(self) -> float:
        """Of all features."""
        return sum(
            sum(thickness * section.perimeter_um for thickness, section in list(piece.solid.slabs())[1:])
            if isinstance(piece.solid, United)
            else piece.solid.side_wall_um2
            for piece in self.pieces
        )

    @cached_property
    def void_um3(self) -> float:
        """Room between the features, over each film up to its own top."""
        return sum(
            sum(t * (piece.solid.section(0.0).area_um2 - s.area_um2) for t, s in list(piece.solid.slabs())[1:])
            if isinstance(piece.solid, United)
            else piece.solid.void_um3
            for piece in self.pieces
        )


def _refuse_overlaps(films: Sequence[Placed]) -> None:
    law = "merge = true unites films whose heights agree"
    said = "films {!r} and {!r} overlap at x={:z.0f} y={:z.0f} µm"
    _refuse([said.format(films[a].label, films[b].label, x, y) + f"; {law}" for a, b, x, y in overlaps(films)])


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        more = [f"and {len(faults) - MOST_TOLD} more of the kind"] if len(faults) > MOST_TOLD else []
        raise RecipeError("\n".join([*faults[:MOST_TOLD], *more]))


def _groups(films: Sequence[Placed]) -> list[list[Placed]]:
    """Films that overlap, also by way of others, together."""
    owner = list(range(len(films)))
    for one, other, _, _ in overlaps(films):
        a, b = owner[one], owner[other]
        owner = [a if n == b else n for n in owner]
    groups: dict[int, list[Placed]] = {}
    for film, number in zip(films, owner, strict=True):
        groups.setdefault(number, []).append(film)
    return list(groups.values())


def _refuse_unequal(group: Sequence[Placed]) -> None:
    """Only films of equal heights and exposures are one body."""
    first = group[0]
    for film in group[1:]:
        both = f"films {first.label!r} and {film.label!r} overlap and cannot be united"
        if film.solid.levels_um != first.solid.levels_um:
            heights = f"{list(first.solid.levels_um)} and {list(film.solid.levels_um)}"
            raise RecipeError(f"{both}: levels_um={heights} must agree")
        if film.wish != first.wish:
            raise RecipeError(f"{both}: their exposures must agree")
        if not all(one.solid.steady(low) for one in (first, film) for low in one.solid.levels_um[:-1]):
            raise RecipeError(f"{both}: their sections must not change between two heights")
