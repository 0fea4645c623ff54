"""Text and scale bars for the preview, in Pillow's own font: a picture is the same on every machine."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from math import floor, log10
from unicodedata import normalize

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
INK: Colour = (33, 37, 46)
SOFT: Colour = (108, 114, 126)
RULE: Colour = (214, 218, 225)
PAPER: Colour = (255, 255, 255)
DARK: Colour = (20, 24, 33)
LIGHT: Colour = (255, 247, 224)
SOLID: Colour = (83, 116, 158)
DRAWN: Colour = (226, 74, 38)
BASE: Colour = (28, 146, 196)

PLAIN = str.maketrans({"μ": "µ", "×": "x", "–": "-", "—": "-", "−": "-"})
LONGEST = 500
RAISED = {"²": "2", "³": "3"}


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise ImportError("Pillow was built without FreeType; the preview needs it")
    return font


class Pen:
    """Writes on one picture. Positions are baselines. The font lacks µ, ² and ³: those are made up here."""

    def __init__(self, image: Image.Image) -> None:
        self.image, self.draw = image, ImageDraw.Draw(image)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: int,
        colour: Colour = INK,
        anchor: str = "l",
        room: float = 1e9,
    ) -> float:
        """Write `text`, cut to `room`, with left, middle or right (anchor l, m, r) at `x`; gives its end."""
        text = fitted(text, size, room)
        width = text_width(text, size)
        x -= {"l": 0.0, "m": width / 2, "r": width}[anchor]
        for run in _runs(text):
            self._run(round(x), round(y), run, size, colour)
            x += _advance(run, size)
        return x

    def _run(self, x: int, y: int, run: str, size: int, colour: Colour) -> None:
        if run == "µ":
            self.draw.text((x, y), "u", colour, _font(size), anchor="ls")
            self.draw.bitmap((x, y), _tail(size), colour)
        elif run in RAISED:
            raised = y - round(size * 0.35)
            self.draw.text((x, raised), RAISED[run], colour, _font(_raised_size(size)), anchor="ls")
        else:
            self.draw.text((x, y), run, colour, _font(size), anchor="ls")

    def title(self, x: int, y: int, text: str, note: str, room: float) -> int:
        """A block's title at `y` with a note beside it; gives the y below both."""
        end = self.text(x, y + 18, text, 22, INK, room=room) + 14
        self.text(end, y + 18, note, 16, SOFT, room=x + room - end)
        return y + 38

    def scale_bar(self, x: int, y: int, px_per_um: float, most_px: float) -> None:
        """A bar of a round length that is at most `most_px` long, with its length beside it."""
        length_um = round_length(most_px / px_per_um)
        end = x + max(1, round(length_um * px_per_um))
        self.draw.line([(x, y), (end, y)], INK, 2)
        for tick in (x, end):
            self.draw.line([(tick, y - 4), (tick, y + 4)], INK, 2)
        self.text(end + 9, y + 5, length_text(length_um), 15, SOFT)


def text_width(text: str, size: int) -> float:
    """Width in pixels."""
    return sum(_advance(run, size) for run in _runs(text))


def fitted(text: str, size: int, room: float) -> str:
    """`text` in characters that the font has, cut with an ellipsis where it would exceed `room`."""
    text = "".join(_known(character) for character in text[:LONGEST].translate(PLAIN))
    if text_width(text, size) <= room:
        return text
    kept = bisect_right(range(len(text)), room, key=lambda count: text_width(text[:count] + "…", size)) - 1
    return text[: max(0, kept)].rstrip() + "…"


def round_length(most_um: float) -> float:
    """The greatest 1, 2 or 5 times a power of ten that does not exceed `most_um`."""
    power = 10.0 ** floor(log10(most_um))
    return max((step * power for step in (1, 2, 5) if step * power <= most_um * (1 + 1e-9)), default=power)


def length_text(length_um: float) -> str:
    """In mm from 1 mm on."""
    return f"{length_um / 1000:g} mm" if length_um >= 1000 else f"{length_um:g} µm"


def blend(level: float, dark: Colour = DARK, light: Colour = LIGHT) -> Colour:
    """The colour of grey `level`, 0 to 255."""
    red, green, blue = (round(a + (b - a) * level / 255) for a, b in zip(dark, light, strict=True))
    return red, green, blue


def _known(character: str) -> str:
    if character in "µ²³°±·…" or " " <= character <= "~":
        return character
    return "".join(c for c in normalize("NFKD", character) if " " <= c <= "~") or "?"


def _runs(text: str) -> list[str]:
    """`text` cut around the characters that are put together."""
    return [run for run in re.split("([µ²³])", text) if run]


def _advance(run: str, size: int) -> float:
    if run in RAISED:
        return _font(_raised_size(size)).getlength(RAISED[run])
    return _font(size).getlength("u" if run == "µ" else run)


def _raised_size(size: int) -> int:
    return max(8, round(size * 0.66))


@cache
def _tail(size: int) -> Image.Image:
    """The stem of p below the baseline, which makes a µ of a u."""
    canvas = Image.new("L", (2 * size, 2 * size))
    ImageDraw.Draw(canvas).text((0, size), "p", 255, _font(size), anchor="ls")
    return canvas.crop((0, size, 2 * size, 2 * size))
