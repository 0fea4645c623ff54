"""Text as outlines, in Aileron Regular by Sora Sagano (dotcolon.net; CC0, no rights reserved), which ships in Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import ceil, sqrt
from typing import Any, NamedTuple

import numpy as np

from voxelyte.errors import RecipeError
from voxelyte.outline import figure_of
from voxelyte.shapes import Polygon, Ring, ring_area

FLAT = 0.002
"""How far chords may leave the curves of a letter, in parts of the height of a capital: 2 µm of a millimetre."""
AWAY, FAR = 1e-3, 10.0
"""Where a measurement through a letter begins and ends, from its edge, in heights of a capital."""

Point = tuple[float, ...]


class Glyph(NamedTuple):
    """A character: its rings and the way to the next one, in heights of a capital, from its origin on the base line."""

    rings: tuple[Ring, ...]
    advance: float


class Font:
    """The font's glyphs by character."""

    def __init__(self) -> None:
        from io import BytesIO

        from fontTools.ttLib import TTFont
        from PIL.ImageFont import FreeTypeFont, load_default

        font = load_default(10)
        if not isinstance(font, FreeTypeFont):
            raise RecipeError("a label needs Pillow with FreeType: its own font is not there")
        data: Any = font.font_bytes
        self.table = TTFont(data if hasattr(data, "read") else BytesIO(data))
        self.glyphs, self.names = self.table.getGlyphSet(), self.table.getBestCmap()
        self.capital = float(self.table["OS/2"].sCapHeight)

    def glyph(self, character: str) -> Glyph:
        """The character's outline."""
        from fontTools.pens.recordingPen import DecomposingRecordingPen

        pen, glyph = DecomposingRecordingPen(self.glyphs), self.glyphs[self.names[ord(character)]]
        glyph.draw(pen)
        rings = tuple(ring / self.capital for ring in _rings(pen.value, FLAT * self.capital))
        return Glyph(rings, glyph.width / self.capital)


@cache
def _font() -> Font:
    return Font()


@cache
def _glyph(character: str) -> Glyph:
    return _font().glyph(character)


def missing(text: str) -> str:
    """Those characters of a text that the font does not have."""
    return "".join(dict.fromkeys(one for one in text if ord(one) not in _font().names))


def lettering(text: str, height_um: float) -> Polygon:
    """The text with capitals `height_um` high, in one line, around the middle of its own bounding box.

    Letters stand as far apart as the font says, without kerning. Text that is blank, or has characters that the font
    lacks, is the caller's to refuse.
    """
    rings, along = list[Ring](), 0.0
    for character in text:
        glyph = _glyph(character)
        rings += [ring + np.array((along, 0.0)) for ring in glyph.rings]
        along += glyph.advance
    corners = np.concatenate(rings)
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return Polygon(tuple((ring - middle) * height_um for ring in rings))


def thinnest_um(text: str, height_um: float) -> float:
    """Width of the thinnest stroke of a text, measured inwards from the middle of every edge of every letter."""
    return min(_thinnest(character) for character in set(text) if _glyph(character).rings) * height_um


@cache
def _thinnest(character: str) -> float:
    import shapely

    rings = _glyph(character).rings
    edges = np.concatenate([np.stack((ring, np.roll(ring, -1, axis=0)), axis=1) for ring in rings])
    middle, along = edges.mean(axis=1), edges[:, 1] - edges[:, 0]
    inwards = np.column_stack((-along[:, 1], along[:, 0])) / np.hypot(*along.T)[:, None]
    ways = shapely.linestrings(np.stack((middle + inwards * AWAY, middle + inwards * FAR), axis=1))
    walls = shapely.multilinestrings([shapely.linearrings(ring) for ring in rings])
    return AWAY + float(
        shapely.distance(shapely.points(middle + inwards * AWAY), shapely.intersection(ways, walls)).min()
    )


def _rings(drawn: Any, flat: float) -> list[Ring]:
    """What a pen drew; outer rings counter-clockwise, holes clockwise."""
    rings, ring = list[Ring](), list[Point]()
    for verb, points in drawn:
        if verb == "moveTo":
            ring = [points[0]]
        elif verb == "lineTo":
            ring.append(points[0])
        elif verb == "qCurveTo" and points[-1] is None:  # a contour of control points alone begins between two of them
            start = tuple((np.array(points[0]) + points[-2]) / 2)
            ring = _curve(start, (*points[:-1], start), flat)
        elif verb == "qCurveTo":
            ring += _curve(ring[-1], points, flat)
        else:
            rings.append(_distinct(ring))
    return _oriented(rings)


def _curve(start: Point, points: Sequence[Point], flat: float) -> list[Point]:
    """Chords of a chain of quadratic curves, whose inner ends lie half way between its control points."""
    controls, found = points[:-1], list[Point]()
    ends = [((x0 + x1) / 2, (y0 + y1) / 2) for (x0, y0), (x1, y1) in pairwise(controls)]
    for control, end in zip(controls, [*ends, points[-1]], strict=True):
        a, b, c = np.array(start), np.array(control), np.array(end)
        chords = max(1, ceil(sqrt(float(np.hypot(*(a - 2 * b + c))) / 4 / flat)))
        t = np.arange(1, chords + 1)[:, None] / chords
        found += map(tuple, ((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c).tolist())
        start = end
    return found


def _distinct(ring: list[Point]) -> Ring:
    """Without corners that follow themselves."""
    corners = np.array(ring, dtype=np.float64)
    return np.asarray(corners[(corners != np.roll(corners, 1, axis=0)).any(axis=1)])


def _oriented(rings: list[Ring]) -> list[Ring]:
    """TrueType's outer contours run clockwise; overlapping ones are united."""
    import shapely

    turned = [ring[::-1] for ring in rings]
    solid = shapely.union_all([shapely.Polygon(ring) for ring in turned if ring_area(ring) > 0])
    holes = shapely.union_all([shapely.Polygon(ring) for ring in turned if ring_area(ring) < 0])
    left = shapely.get_parts(shapely.difference(solid, holes))
    return list(figure_of(left).boundary) if len(left) else []
