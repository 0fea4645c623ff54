"""--snap: the array of a design, snapped to the panel's pixels before anything else is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from voxelyte.errors import RecipeError

if TYPE_CHECKING:
    from voxelyte.pixels.snap import Snapped
    from voxelyte.printer import Panel
    from voxelyte.recipes import Recipe
    from voxelyte.solids import Solid

SNAP = (
    click.option(
        "--snap",
        type=click.Choice(["pitch", "size", "both"]),
        help="Snap an array to the panel's pixels, so that every pillar lights the same: its pitch, its size, or both.",
    ),
    click.option(
        "--snap-to",
        type=click.Choice(["nearest", "centre", "corner", "edge-x", "edge-y"]),
        help="Where on a pixel the pillars of --snap stand; without it the centre or a corner, whichever is nearer in area.",
    ),
)


@dataclass(frozen=True)
class Designed:
    """A recipe and its solid, and what --snap changed of them."""

    recipe: Recipe
    solid: Solid
    snapped: Snapped | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What --snap changed, line by line."""
        if self.snapped is None:
            return ()
        from voxelyte.pixels.change import notes

        return notes(self.snapped)


def designed_for(recipe: Recipe, panel: Panel, snap: str | None, snap_to: str | None) -> Designed:
    """The solid of a recipe on a panel, snapped if that is asked for; the recipe then has the snapped parameters."""
    if snap is None:
        if snap_to is not None:
            raise RecipeError(f"--snap-to {snap_to} needs --snap pitch, size or both")
        return Designed(recipe, recipe.solid(panel))
    from voxelyte.pixels.snap import snapped

    found = snapped(recipe.solid(panel), panel, snap, snap_to or "nearest")  # type: ignore[arg-type]
    recipe = recipe.with_values(found.changes)
    return Designed(recipe, recipe.solid(panel), found)
