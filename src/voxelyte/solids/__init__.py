"""Solids: one geometry a file. A solid answers one question, what is solid at height z, and knows its own measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from voxelyte.bodies import Body
from voxelyte.errors import RecipeError
from voxelyte.region import Region

MOST_LABEL = 100


class Sections(Protocol):
    """What is solid at every height. `section` is half open in z and gives the same object while nothing changes."""

    @property
    def levels_um(self) -> tuple[float, ...]:
        """Every z at which the section changes, ascending, from 0 to the top."""

    def section(self, z_um: float) -> Region:
        """What is solid at height `z_um`."""

    def steady(self, z_um: float) -> bool:
        """Whether the section is one and the same object between the levels around `z_um`; else every layer there has its own."""


class Solid(Sections, Protocol):
    """A film: sections and measures."""

    feature: ClassVar[str]

    @property
    def bounds_um(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z; greatest x, y, z."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever prints this should know."""

    @property
    def count(self) -> int:
        """How many features stand on the base."""

    @property
    def cell_area_factor(self) -> float | None:
        """1 + side wall / cell of the features' endless lattice, where they stand on one: of upright ones, surface over footprint."""

    @property
    def volume_um3(self) -> float:
        """Exact volume."""

    @property
    def footprint_um2(self) -> float:
        """Exact area of the base."""

    @property
    def side_wall_um2(self) -> float:
        """Exact area of the features' side walls; the edge of the base does not count."""

    @property
    def void_um3(self) -> float:
        """Room between the features, over the whole footprint, up to their tops."""


@runtime_checkable
class OnBase(Protocol):
    """A solid that is a base with bodies on it; others are known by their sections alone."""

    @property
    def base_um(self) -> float:
        """Thickness of the base."""

    @property
    def bodies(self) -> tuple[Body, ...]:
        """The features."""

    @property
    def standing(self) -> tuple[Body, ...]:
        """All that stands on the base: features, a frame, raised lettering."""


@runtime_checkable
class Detailed(Protocol):
    """A solid that knows how fine its features are, by the parameters that say so."""

    @property
    def thinnest_um(self) -> dict[str, float]:
        """How thin the features are."""

    @property
    def narrowest_um(self) -> dict[str, float]:
        """How narrow the gaps between them are."""


@dataclass(frozen=True)
class Wish:
    """The exposure that a film wants: `exposure_s` of its own in a normal layer, in whole ms, or the resin's times `factor`."""

    exposure_s: float | None = None
    factor: float = 1.0

    def __post_init__(self) -> None:
        own_s, factor = self.exposure_s, self.factor
        if not (isfinite(factor) and 0 < factor <= 1000):
            raise RecipeError(f"exposure_factor={factor} must be above 0 and at most 1000")
        if own_s is None:
            return
        if factor != 1.0:
            raise RecipeError(f"exposure_s={own_s} and exposure_factor={factor}: only one of the two can be given")
        if not (isfinite(own_s) and 0 < own_s <= 1e6):
            raise RecipeError(f"exposure_s={own_s} must be above 0 and at most 1000000")
        if round(own_s * 1000) < 1 or abs(own_s * 1000 - round(own_s * 1000)) > 1e-6:
            raise RecipeError(
                f"exposure_s={own_s} must be whole milliseconds: films of one plate share their layers' light"
            )


@dataclass(frozen=True, eq=False)
class Placed:
    """A film on a plate: its origin at (`x_um`, `y_um`), what it is called, and the exposure that it wants.

    `design` and `parameters` say what it is made from; they go into the table of what is where.
    """

    solid: Solid
    x_um: float
    y_um: float
    label: str
    wish: Wish = Wish()
    design: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("x_um", "y_um"):
            if not (isfinite(getattr(self, name)) and abs(getattr(self, name)) <= 1e9):
                raise RecipeError(f"{name}={getattr(self, name)} of film {self.label!r} must be -1e9 to 1e9")
        if not (self.label.isprintable() and 0 < len(self.label) <= MOST_LABEL):
            raise RecipeError(f"label={self.label[:60]!r} must be 1 to {MOST_LABEL} printable characters")

    @property
    def bounds_um(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y, on the plate."""
        x0, y0, _, x1, y1, _ = self.solid.bounds_um
        return x0 + self.x_um, y0 + self.y_um, x1 + self.x_um, y1 + self.y_um


@runtime_checkable
class Shared(Protocol):
    """A solid of several films, which may want different exposures of one layer."""

    films: tuple[Placed, ...]

    @property
    def every_wish(self) -> frozenset[Wish]:
        """Of all films."""

    def wishes(self, z_um: float) -> frozenset[Wish]:
        """Of all films that are solid at this height."""
        ...

    def wanting(self, z_um: float, wishes: frozenset[Wish]) -> Region:
        """The section of the films with these wishes; the same object while nothing changes."""
        ...


class Named(NamedTuple):
    """A solid, the name of its design, and its parameters as in a recipe."""

    name: str
    solid: Solid
    parameters: Mapping[str, Any]


def geometry_of(solid: object) -> str:
    """What a recipe calls the geometry of a solid: the name of its file; `this solid` where no recipe has it."""
    package, _, file = type(solid).__module__.rpartition(".")
    known = package == __name__ and not file.startswith("_")
    return f"geometry {file.replace('_', '-')!r}" if known else "this solid"


Finder = Callable[[str, Mapping[str, Any]], Named]
"""A design by its name or path, with some parameters changed."""


class Site(NamedTuple):
    """Where films are put: width and depth of the lit plate, and of one of its pixels, in µm."""

    size_um: tuple[float, float]
    pixel_um: tuple[float, float]


@runtime_checkable
class Composing(Protocol):
    """A geometry that is made of other designs; a recipe asks it for the solid."""

    def composed(self, find: Finder, site: Site) -> Solid:
        """The solid."""
        ...
