"""The best and the worst copy of an array, magnified, with the drawn shape over the pixel grid; and the histograms."""

from __future__ import annotations

import os

from PIL import Image

from voxelyte.errors import SliceError
from voxelyte.files import written_whole
from voxelyte.pixels.report import Copy, Drawn, Lit, PixelReport
from voxelyte.pixels.words import across
from voxelyte.preview.corner import corner_picture
from voxelyte.preview.pen import DRAWN, INK, PAPER, RULE, SOFT, SOLID, Pen
from voxelyte.preview.pictures import Box
from voxelyte.printer import Panel
from voxelyte.raster import paint
from voxelyte.region import Region
from voxelyte.tone import tone_for

WIDTH, EDGE, GAP = 1600, 56, 36
COLUMN = (WIDTH - 2 * EDGE - 3 * GAP) // 4
MARGIN_PX = 1
MOST_PX = 200
BAR_HEIGHT = 26


def picture(report: PixelReport, title: str, feature: str) -> Image.Image:
    """The page: one block for each array, at most three."""
    if not report.arrays:
        raise SliceError("there is no array of copies to draw: `voxelyte preview` shows what is one piece")
    canvas = Image.new("RGB", (WIDTH, 3600), PAPER)
    pen = Pen(canvas)
    pen.text(EDGE, EDGE + 30, title, 34, INK, room=WIDTH - 2 * EDGE)
    y = EDGE + 56
    for one in report.arrays[:3]:
        y = _block(pen, one, feature, y)
    return canvas.crop((0, 0, WIDTH, y))


def write_picture(report: PixelReport, path: str | os.PathLike[str], title: str, feature: str) -> None:
    """Write `picture` as a PNG."""
    image = picture(report, title, feature)
    with written_whole(path) as file:
        image.save(file, "PNG")


def _block(pen: Pen, one: Drawn, feature: str, y: int) -> int:
    name = feature or "features"
    panel = one.footprints.panel
    pitch = " x ".join(dict.fromkeys((f"{panel.pitch_x_um:g}", f"{panel.pitch_y_um:g}")))
    pen.draw.line([(EDGE, y), (WIDTH - EDGE, y)], RULE, 1)
    size = across(one, ".4g")
    facts = f"{one.copies:,} {name} of {size} on pixels of {pitch} µm: {_counted(one)}"
    pen.text(EDGE, y + 34, facts, 20, SOFT, room=WIDTH - 2 * EDGE)
    y = _copies(pen, one, y + 66)
    left = _bars(pen, one.binary, EDGE, y, "threshold")
    return max(left, _bars(pen, one.grey, EDGE + 2 * (COLUMN + GAP), y, "grey")) + EDGE


def _counted(one: Drawn) -> str:
    return f"{one.binary.patterns:,} pattern{'' if one.binary.patterns == 1 else 's'} thresholded, {one.grey.patterns:,} in grey"


def _copies(pen: Pen, one: Drawn, y: int) -> int:
    """Best and worst, each thresholded and in grey, side by side; gives the y below."""
    shown = [
        (copy, name, levels)
        for copy, name in ((one.best, "Best"), (one.worst, "Worst"))
        for levels in (2, one.grey.levels)
    ]
    below = y
    for column, (copy, name, levels) in enumerate(shown):
        x = EDGE + column * (COLUMN + GAP)
        form = "threshold" if levels == 2 else "grey"
        pen.text(x, y + 20, f"{name}, {form}", 22, INK, room=COLUMN)
        drawn = magnified(one, copy, levels)
        pen.image.paste(drawn, (x, y + 36))
        lit = (
            f"{copy.lit_px} pixel{'' if copy.lit_px == 1 else 's'} lit"
            if levels == 2
            else f"{copy.grey_px:.3f} pixels' light"
        )
        pen.text(
            x,
            y + 36 + drawn.height + 26,
            f"{lit}; misfit {copy.misfit:.0%}" if levels == 2 else lit,
            16,
            SOFT,
            room=COLUMN,
        )
        below = max(below, y + 36 + drawn.height + 26)
    return below + 40


def magnified(one: Drawn, copy: Copy, levels: int) -> Image.Image:
    """A copy's pixels with one more around them, and the shape as drawn over them."""
    part, tile, _ = one.footprints.mosaic(slice(copy.footprint, copy.footprint + 1))
    panel = Panel(
        width_px=tile.width_px + 2 * MARGIN_PX,
        height_px=tile.height_px + 2 * MARGIN_PX,
        pitch_x_um=tile.pitch_x_um,
        pitch_y_um=tile.pitch_y_um,
    )
    region = Region((part,))
    pixels = paint(region, panel, tone_for(levels))
    box = Box(0, 0, min(MOST_PX, panel.width_px), min(MOST_PX, panel.height_px))
    return corner_picture(pixels, box, panel, (COLUMN, COLUMN), [(region, DRAWN)])


def _bars(pen: Pen, lit: Lit, x: int, y: int, form: str) -> int:
    """A histogram: how many copies light so many pixels."""
    room = 2 * COLUMN + GAP
    pen.text(x, y + 20, f"Lit pixels per feature, {form}", 22, INK, room=room)
    spread = f"{lit.diameter_um.least:.4g} - {lit.diameter_um.most:.4g} µm in diameter, mean {lit.diameter_um.mean:.4g}"
    pen.text(x, y + 46, f"{spread}; area varies by {lit.faithful.variation:.2%}", 16, SOFT, room=room)
    y, most = y + 60, max(bar.copies for bar in lit.histogram)
    for bar in lit.histogram:
        same = bar.least == bar.most
        pen.text(
            x + 120, y + 19, f"{bar.least:.6g}" if same else f"{bar.least:.5g} - {bar.most:.5g}", 16, INK, anchor="r"
        )
        length = max(2, round((room - 230) * bar.copies / most))
        pen.draw.rectangle((x + 132, y + 3, x + 132 + length, y + BAR_HEIGHT - 4), SOLID)
        pen.text(x + 142 + length, y + 19, f"{bar.copies:,}", 16, SOFT)
        y += BAR_HEIGHT
    return y
