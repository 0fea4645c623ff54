"""The page: heading, masks, magnified corner and layer plan, side view; each block says how high it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from voxelyte.job import Job
from voxelyte.preview import words
from voxelyte.preview.corner import corner_box, corner_picture
from voxelyte.preview.pen import BASE, DARK, DRAWN, INK, PAPER, RULE, SOFT, Colour, Pen, blend, fitted, text_width
from voxelyte.preview.pictures import Box, Grey, Shown, chosen, distinct, edges, lit_box, plate_pixels, resampled, united
from voxelyte.preview.side import Window, mask_fill, side_picture, solid_fill, window
from voxelyte.region import Region
from voxelyte.solids import Solid

WIDTH, EDGE, GAP = 1600, 56, 48
INNER = WIDTH - 2 * EDGE
MOST_MASKS = 4
TALLEST = 4000


@dataclass(frozen=True)
class Subject:
    """The job with what every block of the page needs to know of it."""

    job: Job
    solid: Solid | None

    @cached_property
    def masks(self) -> list[Shown]:
        """Every distinct mask."""
        return distinct(self.job)

    @cached_property
    def shown(self) -> list[Shown]:
        """Those that get a picture."""
        return chosen(self.masks, MOST_MASKS)

    @cached_property
    def names(self) -> dict[object, str]:
        """A, B, … Z, 27, 28, …"""
        return {one.mask: chr(65 + k) if k < 26 else str(k + 1) for k, one in enumerate(self.masks)}

    @cached_property
    def box(self) -> Box:
        """Around the lit pixels of all shown masks."""
        panel = self.job.panel
        return united([lit_box(plate_pixels(one.mask)) for one in self.shown], panel.width_px, panel.height_px)

    @cached_property
    def finest(self) -> Shown | None:
        """The mask with the most edges; the last of equals, which is nearer to the top."""
        return max(reversed(self.shown), key=lambda one: edges(plate_pixels(one.mask)), default=None)


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
    below = masks(pen, subject, y)
    if len(subject.shown) == 1:
        return plan(pen, subject, left, max(below, corner(pen, subject, right, y) + GAP))
    return max(corner(pen, subject, left, below), plan(pen, subject, right, below))


def heading(pen: Pen, subject: Subject, y: int) -> int:
    """Name and facts."""
    pen.text(EDGE, y + 34, subject.job.name, 40, room=INNER)
    facts = words.facts(subject.job, subject.solid, subject.box)
    size = next((size for size in (19, 18, 17, 16, 15) if fitted(facts, size, INNER) == fitted(facts, size, 1e9)), 15)
    pen.text(EDGE, y + 74, facts, size, SOFT, room=INNER)
    pen.draw.line([(EDGE, y + 98), (WIDTH - EDGE, y + 98)], RULE, 1)
    return y + 98 + 36


def _title(pen: Pen, x: int, y: int, text: str, note: str, room: float) -> int:
    end = pen.text(x, y + 18, text, 22, INK, room=room)
    pen.text(end + 14, y + 18, note, 16, SOFT, room=max(40.0, x + room - end - 14))
    return y + 38


def masks(pen: Pen, subject: Subject, y: int) -> int:
    """The distinct masks, side by side, all cropped to the same box at the same scale."""
    shown, number = subject.shown, len(subject.masks)
    note = f"{len(shown)} of {number} distinct, cropped to the lit box" if number > len(shown) else "cropped to the lit box, back edge on top"
    y = _title(pen, EDGE, y, "Masks", note, INNER)
    columns = max(2, len(shown))
    room = (INNER - GAP * (columns - 1)) // columns
    panel, box = subject.job.panel, subject.box
    size, px_per_um = _mask_size(box.width * panel.pitch_x_um, box.height * panel.pitch_y_um, panel.pitch_x_um, panel.pitch_y_um, (room, 540))
    for k, one in enumerate(shown):
        x = EDGE + k * (room + GAP)
        pixels = box.of(plate_pixels(one.mask))
        _mask(pen, x, y, room, size, pixels)
        lit_mm2 = float(pixels.sum(dtype=np.int64)) / 255 * panel.pixel_area_um2 / 1e6
        _caption(pen, x, y + size[1] + 16 + 26, room, subject.names[one.mask], one, lit_mm2)
    y += size[1] + 16 + 26 + 34
    pen.scale_bar(EDGE, y + 12, px_per_um, room * 0.4)
    return y + 26 + GAP


def _mask_size(width_um: float, depth_um: float, pitch_x_um: float, pitch_y_um: float, room: tuple[int, int]) -> tuple[tuple[int, int], float]:
    """Pixels of the picture. Square pixels that can be shown enlarged are enlarged by a whole number."""
    scale = min((room[0] - 16) / width_um, room[1] / depth_um, 60 / max(pitch_x_um, pitch_y_um))
    if pitch_x_um == pitch_y_um and scale * pitch_x_um >= 1:
        scale = int(scale * pitch_x_um) / pitch_x_um
    return (max(1, round(width_um * scale)), max(1, round(depth_um * scale))), scale


def mask_picture(pixels: Grey, size: tuple[int, int]) -> Image.Image:
    """A mask, lit on dark: its grey, averaged by area, between the two colours."""
    colours = np.array([blend(level) for level in range(256)], dtype=np.uint8)
    return Image.fromarray(colours[resampled(pixels, *size)])


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
    picture = corner_picture(pixels, box, subject.job.panel, (room, 520), [(region, colour) for region, colour, _ in drawn])
    note = f"of mask {subject.names[subject.finest.mask]}, {box.width} x {box.height} pixels"
    y = _title(pen, x, y, "Upper right corner", note, room)
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
    y = _title(pen, x, y, "Layers", "equal neighbours in one row", room)
    stops = (0, 110, 230, 400, 620)
    widths = [b - a - 12 for a, b in zip(stops, (*stops[1:], room), strict=True)]
    table = words.plan(subject.job, subject.names)  # type: ignore[arg-type]
    more = len(table) - 17
    table = table if more <= 1 else [*table[:15], ("…",) * 5, *table[-2:]]
    for row, cells in enumerate([("layer", "thickness", "z, µm", "exposure", "mask"), *table]):
        for stop, width, cell in zip(stops, widths, cells, strict=True):
            pen.text(x + stop, y + 16, cell, 16, SOFT if row == 0 else INK, room=width)
        pen.draw.line([(x, y + 25), (x + room, y + 25)], RULE, 1)
        y += 28
    return y


def side(pen: Pen, subject: Subject, y: int) -> int:
    """The film from the side."""
    job, solid = subject.job, subject.solid
    left_um, right_um = _extent(subject)
    view = window(left_um, right_um, job.height_nm / 1000, (INNER - 220, 460))
    where = "cut through a row" if solid and solid.count > 1 else "cut through the middle"
    note = f"{where}, same scale in both directions" if solid else "by the masks' row with the most light near the middle, same scale in both directions"
    y = _title(pen, EDGE, y, "From the side", note, INNER) + 12
    x = EDGE + 80
    fill = solid_fill(solid) if solid else mask_fill(job, _middle_row(subject))
    pen.image.paste(side_picture(view, fill), (x, y))
    _layer_lines(pen, subject, view, x, y)
    bottom = y + view.height_px
    pen.draw.rectangle((x, bottom, x + view.width_px, bottom + 5), RULE)
    pen.scale_bar(x, bottom + 30, view.px_per_um, min(300.0, view.width_px))
    pen.text(x + max(view.width_px, 460), bottom + 35, "build plate below", 15, SOFT, anchor="r")
    return bottom + 40


def _extent(subject: Subject) -> tuple[float, float]:
    if subject.solid is not None:
        return subject.solid.bounds_um[0], subject.solid.bounds_um[3]
    panel, box = subject.job.panel, subject.box
    return tuple((column - panel.width_px / 2) * panel.pitch_x_um for column in (box.left, box.right))  # type: ignore[return-value]


def _middle_row(subject: Subject) -> int:
    """The brightest row of the finest mask within a twentieth of the film around its middle."""
    assert subject.finest is not None
    pixels, box = plate_pixels(subject.finest.mask), subject.box
    middle, reach = (box.top + box.bottom) // 2, max(1, box.height // 20)
    first = max(box.top, middle - reach)
    return first + int(pixels[first : middle + reach + 1].sum(axis=1, dtype=np.int64).argmax())


def _layer_lines(pen: Pen, subject: Subject, view: Window, x: int, y: int) -> None:
    """Lines between layers over the film; thicknesses on the right, heights on the left, as far as there is room."""
    bottom, right, free = y + view.height_px, x + view.width_px, y + view.height_px + 9
    for layer in subject.job.layers:
        top, base = bottom - layer.z_um * view.px_per_um, bottom - (layer.z_um - layer.thickness_um) * view.px_per_um
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
