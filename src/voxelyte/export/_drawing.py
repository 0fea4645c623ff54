"""Figures of the sheet: the plate with the film on it, the film itself, and a few of its pixels."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from voxelyte.export._masks import binary_of
from voxelyte.export._subject import Subject
from voxelyte.png import encode
from voxelyte.preview.pictures import Box, chosen, distinct, edges, lit_box, plate_pixels, resampled
from voxelyte.region import Region
from voxelyte.tables import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

PIECE_PX = 18
"""Pixels of the magnified piece, in each direction; fewer at the edge of the panel."""

SHEET_SAGITTA_UM = 20.0
"""How far what is drawn on the sheet may leave curves: a third of a 62 µm pixel."""

MOST_PX, MOST_MASKS = 640, 9
BASE, FEATURE = 28, 170
"""How much darker than paper the base is drawn, and what stands on it."""

F_MARK = "M0 0V5H3V4H1V3H2V2H1V0Z"


def figures(subject: Subject) -> str:
    """HTML of all of them."""
    found = [(plate(subject), "The plate from above, film on top. +x is right, +y is back. The F is read as here.")]
    found.append((film(subject), "The film as its masks light it: base pale, features dark."))
    piece = middle(subject)
    if piece is not None:
        said = f"{piece.shape[1]} × {piece.shape[0]} pixels of it"
        found.append((_image(piece, said), f"{said}{', if it paints greys' if subject.composer else ''}."))
    if piece is not None and subject.composer:
        found.append((_image(binary_of(piece), said), "The same, if it paints only black and white."))
    return "".join(f"<figure>{drawn}<figcaption>{said}</figcaption></figure>" for drawn, said in found)


def plate(subject: Subject) -> str:
    """SVG in mm: the plate from above with the film, an F, and the distances to the film's box."""
    width, depth = (um / 1000 for um in subject.job.panel.size_um)
    x0, y0, x1, y1 = subject.box_mm
    unit = max(width / 119, depth / 67)  # of the lettering, so that it looks alike on every plate
    lines = (
        f'<rect class="plate" width="{_n(width)}" height="{_n(depth)}"/>',
        _outline(subject.solid.section(0.0), width, depth),
        *_labels(subject, width, depth, unit),
        _distances(x0, y0, depth, unit),
        f'<rect class="box" x="{_n(x0)}" y="{_n(depth - y1)}" width="{_n(x1 - x0)}" height="{_n(y1 - y0)}"/>',
        f'<path class="mark" transform="translate({_n(4 * unit)} {_n(13.5 * unit)}) scale({_n(1.9 * unit)} -{_n(1.9 * unit)})" '
        f'd="{F_MARK}"/>',
        _word(width / 2, -2 * unit, "back", unit, "middle"),
        _word(width / 2, depth + 5 * unit, "front", unit, "middle"),
        _word(-2 * unit, depth / 2, "left", unit, "end"),
        _word(width + 2 * unit, depth / 2, "right", unit, "start"),
    )
    view = f"{_n(-13 * unit)} {_n(-7 * unit)} {_n(width + 28 * unit)} {_n(depth + 13.5 * unit)}"
    return f'<svg viewBox="{view}" role="img" aria-label="the plate from above">{"".join(lines)}</svg>'


def _labels(subject: Subject, width: float, depth: float, unit: float) -> Iterator[str]:
    """What each film of a plate is called, where it stands."""
    for row in rows_of(subject.job):
        x, y = row["x_um"] / 1000 + width / 2, depth / 2 - row["y_um"] / 1000
        yield _word(x, y, escape(str(row["label"])), unit * 0.7, "middle")


def _distances(x0: float, y0: float, depth: float, unit: float) -> str:
    """Lines from the plate's left and front to the film's box, where there is room for their numbers."""
    if min(x0 / 20, y0 / 8) < unit:
        return ""
    words = _word(x0 / 2, depth - y0 - 1.5 * unit, f"{x0:.2f} mm", unit, "middle")
    words += _word(x0 + 1.5 * unit, depth - y0 / 2, f"{y0:.2f} mm", unit, "start")
    return f'<path class="rule" d="M0 {_n(depth - y0)}H{_n(x0)}M{_n(x0)} {_n(depth)}V{_n(depth - y0)}"/>{words}'


def _outline(section: Region, width: float, depth: float) -> str:
    """The lowest section as a path, its holes open. SVG counts y from the top, which is the back."""
    at = width / 2, depth / 2
    rings = (
        copy / 1000 * (1, -1) + at
        for part in section.parts
        for ring in part.rings(SHEET_SAGITTA_UM)
        for copy in part.copies(ring)
    )
    paths = ("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in ring) + "Z" for ring in rings)
    return f'<path class="film" fill-rule="evenodd" d="{"".join(paths)}"/>'


def _word(x: float, y: float, text: str, unit: float, anchor: str) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(4.2 * unit)}" text-anchor="{anchor}">{text}</text>'


def _n(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")


def film(subject: Subject) -> str:
    """An image of the film from above."""
    panel, shown = subject.job.panel, (plate_pixels(one.mask) for one in chosen(distinct(subject.job), MOST_MASKS))
    base = next(shown, np.zeros((panel.height_px, panel.width_px), dtype=np.uint8))
    top = np.zeros_like(base)
    for one in shown:
        np.maximum(top, one, out=top)
    box = lit_box(np.maximum(base, top)) or Box(0, 0, panel.width_px, panel.height_px)
    ink = (box.of(base) * (BASE / 255) + box.of(top) * (FEATURE / 255)).clip(0, 255)
    width_um, depth_um = box.width * panel.pitch_x_um, box.height * panel.pitch_y_um
    scale = MOST_PX / max(width_um, depth_um)
    size = max(1, round(width_um * scale)), max(1, round(depth_um * scale))
    return _image(resampled(np.rint(ink).astype(np.uint8), *size), "the film from above")


def middle(subject: Subject) -> Grey | None:
    """A piece of the mask with the most edges, around the edge nearest to its middle; None where no mask has any."""
    shown = (plate_pixels(one.mask) for one in chosen(distinct(subject.job), MOST_MASKS))
    finest = max(shown, key=edges, default=None)
    box = None if finest is None else lit_box(finest)
    if finest is None or box is None or not edges(finest):
        return None
    row, column = np.nonzero(finest[:, 1:] != finest[:, :-1])
    far = np.hypot(column - (box.left + box.right) / 2, row - (box.top + box.bottom) / 2)
    left, top = (max(0, int(at[far.argmin()]) - PIECE_PX // 2) for at in (column, row))
    return Box(left, top, left + PIECE_PX, top + PIECE_PX).of(finest)


def _image(ink: Grey, alt: str) -> str:
    """An image of ink on paper."""
    data = b64encode(encode(np.ascontiguousarray(255 - ink))).decode("ascii")
    return f'<img alt="{alt}" src="data:image/png;base64,{data}">'
