"""Cells of whole pixels: a lattice repeats on the pixel grid when its cell does, and every place in it stands alike."""

from __future__ import annotations

from itertools import product
from math import hypot, log
from typing import Any

from voxelyte.arrays.lattices import Cell, Periodic
from voxelyte.errors import SliceError
from voxelyte.pixels.anchor import Stamp
from voxelyte.printer import Panel


def snapped_cell(cell: Cell, across_um: float, lit: Stamp, panel: Panel) -> Cell:
    """The nearest cell of whole pixels in x and y, of even numbers where a second place stands in its middle.

    Copies of `across_um` stay apart in it, and what a threshold lights of them (`lit`) stays apart by a dark pixel.
    """
    centred = len(cell.places_um) == 2
    step_x, step_y = ((1 + centred) * pitch for pitch in (panel.pitch_x_um, panel.pitch_y_um))
    reach = lit.columns + lit.rows + 3 + int(across_um / min(step_x, step_y))
    choice = product(_near(cell.x_um / step_x, reach), _near(cell.y_um / step_y, reach))
    sizes = ((nx * step_x, ny * step_y) for nx, ny in choice)
    apart = [size for size in sizes if _apart(*size, centred, across_um, lit, panel)]
    if not apart:
        raise SliceError(f"no cell of whole pixels near {cell.x_um:g} x {cell.y_um:g} µm keeps pillars apart")
    x_um, y_um = min(apart, key=lambda size: (round(_change(size, cell), 9), size))
    return Cell(x_um, y_um, ((0.0, 0.0), (x_um / 2, y_um / 2)) if centred else ((0.0, 0.0),))


def _near(size: float, reach: int) -> range:
    return range(max(1, int(size)), int(size) + 2 + reach)


def _change(size: tuple[float, float], cell: Cell) -> float:
    """How far a cell is from another, the same for half and for twice the size."""
    return hypot(log(size[0] / cell.x_um), log(size[1] / cell.y_um))


def _apart(x_um: float, y_um: float, centred: bool, across_um: float, lit: Stamp, panel: Panel) -> bool:
    steps = [(x_um, 0.0), (0.0, y_um)] + ([(x_um / 2, y_um / 2)] if centred else [])
    return all(hypot(*step) > across_um and _dark_between(*step, lit, panel) for step in steps)


def _dark_between(x_um: float, y_um: float, lit: Stamp, panel: Panel) -> bool:
    """Whether at least one column or row lies between two patterns so far apart."""
    return round(x_um / panel.pitch_x_um) > lit.columns or round(y_um / panel.pitch_y_um) > lit.rows


def lattice_of(cell: Cell, origin_um: tuple[float, float]) -> tuple[float, dict[str, Any]]:
    """Pitch and lattice, as keys of a recipe, that have the cell: square or rectangular, or staggered with two places."""
    origin = {"origin_um": list(origin_um)}
    if len(cell.places_um) == 2:
        return cell.x_um, {"kind": "staggered", "row_pitch_um": cell.y_um / 2, **origin}
    if cell.x_um == cell.y_um:
        return cell.x_um, {"kind": "square", **origin}
    return cell.x_um, {"kind": "rectangular", "row_pitch_um": cell.y_um, **origin}


def cell_of(lattice: Periodic, pitch_um: float) -> Cell:
    """The cell as it lies on the plate."""
    cell = lattice.cell(pitch_um)
    return cell.turned() if lattice.turn_deg % 180 else cell
