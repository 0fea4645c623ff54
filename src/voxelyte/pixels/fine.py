"""What is too fine for a panel: walls, pillars and gaps narrower than half a pixel.

A pixel is lit or dark as a whole, or of one grey. Of a strip along the grid that is narrower than half a pixel's side no pixel holds
half: a threshold never shows it by itself, and in grey it changes no pixel by more than half. Across the grid it is a little more.
"""

from __future__ import annotations

from collections.abc import Iterator

from voxelyte.printer import Panel
from voxelyte.solids import Detailed, Shared, Solid


def too_fine(solid: Solid, panel: Panel) -> Iterator[str]:
    """One line for each length that this panel cannot show, of all films on a plate."""
    films = [film.solid for film in solid.films] if isinstance(solid, Shared) else [solid]
    yield from dict.fromkeys(line for film in films if isinstance(film, Detailed) for line in _of(film, panel))


def _of(film: Detailed, panel: Panel) -> Iterator[str]:
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
