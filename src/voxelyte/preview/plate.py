"""The block of a plate of films: what is where, with labels, and what was varied."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from voxelyte.preview.painting import mask_picture
from voxelyte.preview.pen import DARK, DRAWN, INK, RULE, SOFT, Pen, text_width
from voxelyte.preview.pictures import plate_pixels
from voxelyte.preview.subject import EDGE, GAP, INNER, Subject
from voxelyte.tables import Row, differing

COLUMN = (INNER - GAP) // 2
MOST_ROWS, MOST_COLUMNS = 20, 5
TALLEST = 520
SIZES = (17, 15, 13, 11, 9)


def films(pen: Pen, subject: Subject, rows: list[Row], y: int) -> int:
    """Picture and table side by side; gives the y below both."""
    noun = "film" if len(rows) == 1 else "films"
    y = pen.title(EDGE, y, "Plate", f"{len(rows)} {noun}, back edge on top", COLUMN)
    below = _picture(pen, subject, rows, y)
    return max(below, _table(pen, rows, EDGE + COLUMN + GAP, y)) + GAP


def _picture(pen: Pen, subject: Subject, rows: list[Row], y: int) -> int:
    """The first mask, and on each film its label."""
    panel, box = subject.job.panel, subject.box
    width_um, depth_um = box.width * panel.pitch_x_um, box.height * panel.pitch_y_um
    scale = min((COLUMN - 16) / width_um, TALLEST / depth_um)
    size = max(1, round(width_um * scale)), max(1, round(depth_um * scale))
    pen.draw.rectangle((EDGE, y, EDGE + COLUMN - 1, y + size[1] + 15), DARK)
    left, top = EDGE + (COLUMN - size[0]) // 2, y + 8
    pen.image.paste(mask_picture(box.of(plate_pixels(subject.masks[0].mask)), size), (left, top))
    left_um, back_um = (
        box.left * panel.pitch_x_um - panel.size_um[0] / 2,
        panel.size_um[1] / 2 - box.top * panel.pitch_y_um,
    )
    room = _apart_um(rows, width_um) * scale
    for row in rows:
        x, down = (row["x_um"] - left_um) * scale, (back_um - row["y_um"]) * scale
        label = str(row["label"])
        fitting = next((one for one in SIZES if text_width(label, one) <= room), SIZES[-1])
        pen.text(left + x, top + down + fitting / 3, label, fitting, DRAWN, anchor="m", room=max(room, 24))
    pen.scale_bar(EDGE, y + size[1] + 40, scale, COLUMN * 0.4)
    return y + size[1] + 54


def _apart_um(rows: list[Row], most_um: float) -> float:
    """The least distance in x between two films of one row: as much room as a label has."""
    places = sorted((row["y_um"], row["x_um"]) for row in rows)
    apart = [b[1] - a[1] for a, b in pairwise(places) if a[0] == b[0]]
    return min(apart, default=most_um) * 0.9


def _table(pen: Pen, rows: list[Row], x: int, y: int) -> int:
    """Label, what differs, exposure and dose; a long one without its middle."""
    keys = ["label", *differing(rows)]
    keys += [key for key in ("exposure_s", "dose_mj_cm2") if key not in keys and rows[0].get(key) is not None]
    keys = keys if len(keys) <= MOST_COLUMNS else [*keys[: MOST_COLUMNS - 2], *keys[-2:]]
    shown = [[_cell(row.get(key)) for key in keys] for row in rows]
    if len(shown) > MOST_ROWS:
        shown = [*shown[: MOST_ROWS - 3], ["…"] * len(keys), *shown[-2:]]
    step = COLUMN / len(keys)
    for number, cells in enumerate([[_head(key) for key in keys], *shown]):
        for column, cell in enumerate(cells):
            pen.text(x + column * step, y + 16, cell, 15, INK if number else SOFT, room=step - 10)
        pen.draw.line([(x, y + 24), (x + COLUMN, y + 24)], RULE, 1)
        y += 27
    return y


HEADS = {"exposure_s": "exposure, s", "dose_mj_cm2": "dose, mJ/cm²"}


def _head(key: str) -> str:
    """`height_um` is `height, µm`."""
    name = key.rpartition(".")[2]
    name = f"{name.removesuffix('_um')}, µm" if name.endswith("_um") else HEADS.get(name, name)
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.8g}"
    return "" if value is None else str(value)
