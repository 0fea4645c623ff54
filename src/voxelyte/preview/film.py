"""The block with the film from the side: layer lines, thicknesses, heights, build plate, scale bar."""

from __future__ import annotations

import numpy as np

from voxelyte.preview import words
from voxelyte.preview.pen import INK, RULE, SOFT, Pen
from voxelyte.preview.pictures import plate_pixels
from voxelyte.preview.side import Window, mask_fill, side_picture, solid_fill, window
from voxelyte.preview.subject import EDGE, INNER, Subject
from voxelyte.solids import Shared, Solid


def side(pen: Pen, subject: Subject, y: int) -> int:
    """The film from the side."""
    job, (solid, whose) = subject.job, _shown(subject.solid)
    left_um, right_um = _extent(subject, solid)
    view = window(left_um, right_um, job.height_nm / 1000, (INNER - 220, 460))
    y = pen.title(EDGE, y, "From the side", f"{whose}{_cut(solid)}, same scale in both directions", INNER) + 12
    x = EDGE + 80
    fill = solid_fill(solid) if solid else mask_fill(job, _middle_row(subject))
    pen.image.paste(side_picture(view, fill), (x, y))
    _layer_lines(pen, subject, view, x, y)
    bottom = y + view.height_px
    pen.draw.rectangle((x, bottom, x + view.width_px, bottom + 5), RULE)
    pen.scale_bar(x, bottom + 30, view.px_per_um, min(300.0, view.width_px))
    pen.text(x + max(view.width_px, 460), bottom + 35, "build plate below", 15, SOFT, anchor="r")
    return bottom + 40


def _cut(solid: Solid | None) -> str:
    if solid is None:
        return "by the masks' row with the most light near the middle"
    return "cut through a row" if solid.count > 1 else "cut through the middle"


def _shown(solid: Solid | None) -> tuple[Solid | None, str]:
    """The solid; of a plate its first film of those that are highest, and what it is called."""
    if not isinstance(solid, Shared):
        return solid, ""
    film = max(solid.films, key=lambda one: one.solid.levels_um[-1])
    return film.solid, f"film {film.label}, "


def _extent(subject: Subject, solid: Solid | None) -> tuple[float, float]:
    if solid is not None:
        return solid.bounds_um[0], solid.bounds_um[3]
    panel, box = subject.job.panel, subject.box
    middle = panel.width_px / 2
    return (box.left - middle) * panel.pitch_x_um, (box.right - middle) * panel.pitch_x_um


def _middle_row(subject: Subject) -> int:
    """The brightest row of the finest mask within a twentieth of the film around its middle."""
    assert subject.finest is not None
    pixels, box = plate_pixels(subject.finest.mask), subject.box
    middle, reach = (box.top + box.bottom) // 2, max(1, box.height // 20)
    first = max(box.top, middle - reach)
    light = pixels.sum(axis=1, dtype=np.int64)
    near = light[first : middle + reach + 1]
    # Between the rows of a plate of films it is dark.
    return first + int(near.argmax()) if near.any() else int(light.argmax())


def _layer_lines(pen: Pen, subject: Subject, view: Window, x: int, y: int) -> None:
    """Lines between layers; thicknesses on the right, heights on the left, as far as there is room."""
    bottom, right, free = y + view.height_px, x + view.width_px, y + view.height_px + 9
    for layer in subject.job.layers:
        top = bottom - layer.z_um * view.px_per_um
        base = top + layer.thickness_um * view.px_per_um
        if layer.top_nm < subject.job.height_nm and base - top >= 3:
            _lighter(pen, (x, right), round(top))
        middle = (top + base) / 2
        if middle + 5 <= free - 6:
            pen.draw.line([(right + 2, round(middle)), (right + 8, round(middle))], RULE, 1)
            pen.text(right + 12, middle + 5, f"{layer.thickness_um:g} µm", 14, SOFT)
            free = round(middle) - 9
    _heights(pen, subject, view, x, bottom)


def _lighter(pen: Pen, span: tuple[int, int], row: int) -> None:
    """Half way to white: a line over what is solid, and nothing over what is void."""
    strip = (span[0], row, span[1], row + 1)
    pen.image.paste(pen.image.crop(strip).point(lambda level: (level + 255) // 2), strip)


def _heights(pen: Pen, subject: Subject, view: Window, x: int, bottom: int) -> None:
    job, solid = subject.job, subject.solid
    levels = solid.levels_um if solid else words.levels_um(job)
    taken: list[float] = []
    for z_um in (levels[0], levels[-1], *levels[1:-1]):
        row = bottom - z_um * view.px_per_um
        if all(abs(row - other) >= 18 for other in taken):
            pen.draw.line([(x - 8, round(row)), (x - 2, round(row))], SOFT, 1)
            pen.text(x - 12, row + 5, f"{z_um:g} µm", 14, INK, anchor="r")
            taken.append(row)
