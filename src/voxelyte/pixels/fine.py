"""What is too fine for a panel: walls, pillars and gaps narrower than half a pixel.

A pixel is lit or dark as a whole, or of one grey. Of a strip along the grid that is narrower than half a pixel's side no pixel holds
half: a threshold never shows it by itself, and in grey it changes no pixel by more than half. Across the grid it is a little more.
"""

from __future__ import annotations

from collections.abc import Iterator

from voxelyte.printer import Panel
from voxelyte.solids import Shared, Solid
from voxelyte.solids._film import Film
from voxelyte.solids._half import Half


def too_fine(solid: Solid, panel: Panel) -> Iterator[str]:
    """One line for each length that this panel cannot show, of all films on a plate."""
    yield from dict.fromkeys(line for film in _films(solid) for line in _of(film, panel))


def _of(film: Film, panel: Panel) -> Iterator[str]:
    pixel = " x ".join(dict.fromkeys(f"{um:g}" for um in (panel.pitch_x_um, panel.pitch_y_um)))
    law = f"narrower than half a pixel ({pixel} µm): this panel cannot show it as drawn"
    half_um = min(panel.pitch_x_um, panel.pitch_y_um) / 2
    grey = panel.grey_levels > 2
    gone = "alone it gets about half the light or less" if grey else "alone it gets little light or none"
    filled = "it stays about half lit or more" if grey else "it is filled, or nearly so"
    for lengths_um, becomes in ((film.thinnest_um, gone), (film.narrowest_um, filled)):
        for name, um in lengths_um.items():
            if 0 < um < half_um:
                yield f"{name}={um:g} is {law}; {becomes}"


def _films(solid: Solid) -> Iterator[Film]:
    """All that have walls, pillars and gaps of their own."""
    for one in (placed.solid for placed in solid.films) if isinstance(solid, Shared) else (solid,):
        film = one.film if isinstance(one, Half) else one
        if isinstance(film, Film):
            yield film
