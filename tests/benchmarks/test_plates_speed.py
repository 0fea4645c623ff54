"""A plate of 100 films at 10 exposures: from the recipe to all masks, painted, against memcpy of one mask.

2 s are asked; that is some 14,000 copies of a mask of 1920 x 1080 pixels.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from voxelyte import load_printer, load_recipe, load_resin, slice_solid

PRINTER, RESIN = load_printer("asiga-max"), load_resin("pegda-litfsi-llzto")
EXPOSURES = "exposure_s = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"
PLATES = {
    "equal": ("p-3dse", "", 4000),
    "ten diameters": ("p-3dse", "diameter_um = [60, 70, 80, 90, 100, 110, 120, 130, 140, 150]", 7000),
    "ten lattices": ("p-3dse", "gap_um = [100, 110, 120, 130, 140, 150, 160, 170, 180, 190]", 7000),
    "spirals": ("s-3dse", "", 12_000),
}


def memcpy() -> partial[None]:
    """Copying one mask."""
    source = np.full((PRINTER.panel.height_px, PRINTER.panel.width_px), 7, dtype=np.uint8)
    return partial(np.copyto, np.zeros_like(source), source)


def sliced(path: str) -> None:
    """Every mask of the plate, painted."""
    job = slice_solid(load_recipe(path).solid(PRINTER.panel), PRINTER, RESIN)
    masks = list(job.masks())
    assert len(job.provenance.parameters["films"]) == 100
    assert [len(layer.exposures) for layer in job.layers] == [10] * 5
    assert len(masks) == 20
    for mask in masks:
        mask.pixels()


@pytest.mark.parametrize("name", PLATES)
def test_a_hundred_films_at_ten_exposures(against, tmp_path, name):
    film, factor, most = PLATES[name]
    repeats = "" if factor else "repeats = 10\n"
    head = f'name = "plate"\ntitle = "plate"\ngeometry = "plate"\nfilm = "{film}"\ngap_um = 600\n{repeats}'
    path = tmp_path / "plate.toml"
    path.write_text(f"{head}[changes]\noutline.diameter_um = 5400\n[factors]\n{factor}\n{EXPOSURES}\n")
    against(partial(sliced, str(path)), memcpy(), most, rounds=3)
