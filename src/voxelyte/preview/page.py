"""The page: heading, masks, magnified corner and layer plan, side view; each block gives the y below it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from voxelyte.job import Job
from voxelyte.preview import words
from voxelyte.preview.corner import corner_box, corner_picture
from voxelyte.preview.film import side
from voxelyte.preview.painting import mask_picture
from voxelyte.preview.pen import BASE, DARK, DRAWN, INK, PAPER, RULE, SOFT, Colour, Pen, text_width
from voxelyte.preview.pictures import Box, Grey, Shown, plate_pixels
from voxelyte.preview.plate import films
from voxelyte.preview.subject import EDGE, GAP, INNER, WIDTH, Subject
from voxelyte.printer import Panel
from voxelyte.region import Region
from voxelyte.solids import Solid
from voxelyte.tables import rows_of

TALLEST = 4000


def page(job: Job, solid: Solid | None) -> Image.Image:
    """The whole picture."""
    subject, canvas = Subject(job, solid), Image.new("RGB", (WIDTH, TALLEST), PAPER)
    pen = Pen(canvas)
    y = heading(pen, subject, EDGE)
    if subject.shown:
        y = side(pen, subject, _upper(pen, subject, y) + GAP)
    return canvas.crop((0, 0, WIDTH, y + EDGE))


def _upper(pen: Pen, subject: Subject, y: int) -> int:
    """Masks, corner and layers in two columns; the corner stands beside a lone mask."""
    left, right = EDGE, EDGE + (INNER + GAP) // 2
    rows = rows_of(subject.job)
    y = films(pen, subject, rows, y) if rows else y
    below = masks(pen, subject, y)
    if len(subject.shown) == 1:
        return plan(pen, subject, left, max(below, corner(pen, subject, right, y) + GAP))
    return max(corner(pen, subject, left, below), plan(pen, subject, right, below))


def heading(pen: Pen, subject: Subject, y: int) -> int:
    """Name and facts."""
    pen.text(EDGE, y + 34, subject.job.name, 40, room=INNER)
    facts = words.facts(subject.job, subject.solid, subject.box)
    size = next((size for size in (19, 17, 15) if text_width(facts, size) <= INNER), 15)
    pen.text(EDGE, y + 74, facts, size, SOFT, room=INNER)
    pen.draw.line([(EDGE, y + 98), (WIDTH - EDGE, y + 98)], RULE, 1)
    return y + 98 + 36


def masks(pen: Pen, subject: Subject, y: int) -> int:
    """The distinct masks, side by side, all cropped to the same box at the same scale."""
    shown, number = subject.shown, len(subject.masks)
    some = f"{len(shown)} of {number} distinct, " if number > len(shown) else ""
    y = pen.title(EDGE, y, "Masks", f"{some}cropped to the lit box, back edge on top", INNER)
    columns = max(2, len(shown))
    room = (INNER - GAP * (columns - 1)) // columns
    panel, box = subject.job.panel, subject.box
    size, px_per_um = _mask_size(box, panel, (room - 16, 540))
    for k, one in enumerate(shown):
        x = EDGE + k * (room + GAP)
        pixels = box.of(plate_pixels(one.mask))
        _mask(pen, x, y, room, size, pixels)
        lit_mm2 = float(pixels.sum(dtype=np.int64)) / 255 * panel.pixel_area_um2 / 1e6
        _caption(pen, x, y + size[1] + 16 + 26, room, subject.names[one.mask], one, lit_mm2)
    y += size[1] + 16 + 26 + 34
    pen.scale_bar(EDGE, y + 12, px_per_um, room * 0.4)
    return y + 26 + GAP


def _mask_size(box: Box, panel: Panel, room: tuple[int, int]) -> tuple[tuple[int, int], float]:
    """Size in pixels and pixels a µm. Square pixels that can be shown enlarged are so by a whole number."""
    width_um, depth_um = box.width * panel.pitch_x_um, box.height * panel.pitch_y_um
    scale = min(room[0] / width_um, room[1] / depth_um, 60 / max(panel.pitch_x_um, panel.pitch_y_um))
    if panel.pitch_x_um == panel.pitch_y_um and scale * panel.pitch_x_um >= 1:
        scale = int(scale * panel.pitch_x_um) / panel.pitch_x_um
    return (max(1, round(width_um * scale)), max(1, round(depth_um * scale))), scale


def _mask(pen: Pen, x: int, y: int, room: int, size: tuple[int, int], pixels: Grey) -> None:
    pen.draw.rectangle((x, y, x + room - 1, y + size[1] + 15), DARK)
    pen.image.paste(mask_picture(pixels, size), (x + (room - size[0]) // 2, y + 8))


def _caption(pen: Pen, x: int, y: int, room: int, name: str, one: Shown, lit_mm2: float) -> None:
    end = pen.text(x, y, name, 18, INK)
    layers = ("layer " if len(one.layers) == 1 else "layers ") + words.ranges(one.layers)
    seconds = f"{words.spread(one.exposures_s)} s"
    said = [layers, words.heights(one.layers), seconds, f"{lit_mm2:.4g} mm² lit"]
    space = x + room - end - 14
    while len(said) > 1 and text_width("   ·   ".join(said), 15) > space:
        said.pop()
    pen.text(end + 14, y, "   ·   ".join(said), 15, SOFT, room=space)


def corner(pen: Pen, subject: Subject, x: int, y: int) -> int:
    """The finest mask, magnified, with what was drawn over it."""
    assert subject.finest is not None
    room = (INNER - GAP) // 2
    pixels = plate_pixels(subject.finest.mask)
    box = corner_box(pixels)
    drawn = _drawn(subject)
    outlines = [(region, colour) for region, colour, _ in drawn]
    picture = corner_picture(pixels, box, subject.job.panel, (room, 520), outlines)
    note = f"of mask {subject.names[subject.finest.mask]}, {box.width} x {box.height} pixels"
    y = pen.title(x, y, "Upper right corner", note, room)
    pen.image.paste(picture, (x, y))
    y += picture.height + 26
    px_per_um = picture.width / (box.width * subject.job.panel.pitch_x_um)
    pen.scale_bar(x, y - 4, px_per_um, 160)
    end: float = x + 280
    for _, colour, name in drawn:
        pen.draw.line([(end, y - 5), (end + 26, y - 5)], colour, 3)
        end = pen.text(end + 34, y, name, 15, SOFT) + 28
    return y + 8


def _drawn(subject: Subject) -> list[tuple[Region, Colour, str]]:
    """Sections of the base and of the finest mask, where they are known."""
    solid, finest = subject.solid, subject.finest
    if solid is None or finest is None:
        return []
    layer = finest.layers[0]
    base, section = solid.section(0.0), solid.section((layer.top_nm - layer.thickness_nm / 2) / 1000)
    drawn: list[tuple[Region, Colour, str]] = [(base, BASE, "edge of the film")]
    return drawn if section is base else [*drawn, (section, DRAWN, f"{solid.feature} as drawn")]


def plan(pen: Pen, subject: Subject, x: int, y: int) -> int:
    """The layers as a table, at most as many rows as stand beside the corner."""
    room = (INNER - GAP) // 2
    y = pen.title(x, y, "Layers", "equal neighbours in one row", room)
    stops = (0, 110, 230, 400, 620)
    widths = [b - a - 12 for a, b in zip(stops, (*stops[1:], room), strict=True)]
    table = words.plan(subject.job, subject.names)
    more = len(table) - 17
    table = table if more <= 1 else [*table[:15], ("…",) * 5, *table[-2:]]
    for row, cells in enumerate([("layer", "thickness", "z, µm", "exposure", "mask"), *table]):
        for stop, width, cell in zip(stops, widths, cells, strict=True):
            pen.text(x + stop, y + 16, cell, 16, SOFT if row == 0 else INK, room=width)
        pen.draw.line([(x, y + 25), (x + room, y + 25)], RULE, 1)
        y += 28
    return y
