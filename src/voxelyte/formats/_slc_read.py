"""Outlines out of an SLC file, with bounds on everything that it declares; its layout is in `slc`."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.formats import Content
from voxelyte.formats._foreign import MAX_LAYERS
from voxelyte.formats._numbers import nm
from voxelyte.formats._outlines import ContourLayer, Contours, Outlines

NM_PER = {"MM": 1_000_000, "INCH": 25_400_000}
MAX_HEADER, MAX_RANGES, MAX_MM = 2048, 255, 10_000.0
END, LAST = b"\r\n\x1a", 0xFFFFFFFF
LEAST_BOUNDARY = 8 + 4 * 8
"""Bytes of a triangle: two counts, and four vertices of which the last is the first."""


class Range(NamedTuple):
    """A line of the sampling table: from `least_nm` on, layers of `thickness_nm`."""

    least_nm: int
    thickness_nm: int


def recognises(content: Content) -> bool:
    """A text that begins with a keyword, says -SLCVER and ends as the header must; never raises."""
    try:
        head = _head(content)
    except OSError:
        return False
    return head.lstrip(b" ").startswith(b"-") and b"-SLCVER" in head.partition(END)[0] and END in head


def _head(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content[:MAX_HEADER]
    with content.open("rb") as file:
        return file.read(MAX_HEADER)


def read_contours(content: Content) -> Contours:
    """Every layer of an SLC file, a path or all its bytes. FormatError says at which byte it is wrong.

    A file may leave out layers whose outline is that of the one below: they are put back, as thick as its table says.
    """
    try:
        data = content.read_bytes() if isinstance(content, Path) else content
    except OSError as fault:
        raise FormatError(f"cannot be read: {fault.strerror}") from None
    return _Reader(data).contours()


class _Reader:
    """A place in the bytes; every read is checked against what is left."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.per = data, 0, NM_PER["MM"]
        self.known: dict[bytes, Outlines] = {}

    def contours(self) -> Contours:
        """The whole file."""
        said = self._header()
        self.at += 256
        ranges, notes = self._table()
        starts = list(self._layers())
        layers = tuple(_filled(starts, ranges))
        if not layers:
            raise self._wrong("no layer before the end")
        return Contours(layers, said["UNIT"], said.get("PACKAGE", ""), notes)

    def _header(self) -> dict[str, str]:
        text, end, _ = self.data[:MAX_HEADER].partition(END)
        if not end:
            raise self._wrong(f"no header that ends with 0D 0A 1A within {MAX_HEADER} bytes")
        pairs = re.findall(r"(?:^|\s)-([A-Z]+)\s+(.*?)\s*(?=\s-[A-Z]|$)", text.decode("latin-1"), re.DOTALL)
        said = dict(pairs)
        said["UNIT"] = said.get("UNIT", said.get("UNITS", ""))  # some writers say -UNITS
        for key, law in {"SLCVER": ("2.0",), "UNIT": tuple(NM_PER), "TYPE": ("PART",)}.items():
            if said.get(key) not in law:
                value = repr(said[key][:40]) if said.get(key) else "is missing and"
                raise self._wrong(f"header: -{key} {value} must be {' or '.join(law)}")
        self.at, self.per = len(text) + len(END), NM_PER[said["UNIT"]]
        return said

    def _table(self) -> tuple[list[Range], tuple[str, ...]]:
        (count,) = self._take("<B")
        if not count:
            raise self._wrong("the sampling table is empty", -1)
        ranges: list[Range] = []
        notes = []
        for _ in range(count):
            least, thickness, compensation, _ = self._take("<4f")
            ranges.append(Range(self._nm(least, 16, "least z"), self._nm(thickness, 12, "layer thickness")))
            if not ranges[-1].thickness_nm:
                raise self._wrong("layer thickness must be greater than 0", -12)
            if len(ranges) > 1 and ranges[-2].least_nm >= ranges[-1].least_nm:
                raise self._wrong("the sampling table must ascend", -16)
            if compensation:
                notes.append(f"a line-width compensation of {compensation:g} is asked for: it is not applied")
        return ranges, tuple(dict.fromkeys(notes))

    def _layers(self) -> Iterator[tuple[int, Outlines, int]]:
        """Height, outlines and place of each layer that the file states; the last one is only its top."""
        below_nm = -1
        while True:
            place = self.at
            least, count = self._take("<fI")
            height_nm = self._nm(least, 8, "height")
            if height_nm <= below_nm:
                raise self._wrong(f"height {height_nm / 1e6:g} mm must lie above {below_nm / 1e6:g} mm", -8)
            below_nm = height_nm
            if count == LAST:
                yield height_nm, Outlines(()), place
                break
            yield height_nm, self._outlines(count), place
        if self.at != len(self.data):
            raise self._wrong(f"{len(self.data) - self.at} bytes after the end")

    def _outlines(self, count: int) -> Outlines:
        if count * LEAST_BOUNDARY > len(self.data) - self.at:
            raise self._wrong(f"{count} boundaries do not fit into the {len(self.data) - self.at} bytes left", -4)
        start = self.at
        spans = [self._boundary() for _ in range(count)]
        key = sha256(memoryview(self.data)[start : self.at]).digest()
        if key not in self.known:
            self.known[key] = self._drawn(spans, start)
        return self.known[key]

    def _boundary(self) -> tuple[int, int]:
        """Where its vertices begin, and how many there are without the last, which is the first again."""
        place = self.at
        vertices, gaps = self._take("<II")
        if gaps:
            raise self._wrong(f"an open contour ({gaps} gaps): only closed ones have an area", 4 - 8)
        if vertices < 4 or vertices * 8 > len(self.data) - self.at:
            left = (len(self.data) - self.at) // 8
            raise self._wrong(f"vertices={vertices} must be 4 to {left}, which is room for", -8)
        self.at += vertices * 8
        ends = [struct.unpack_from("<2f", self.data, at) for at in (place + 8, self.at - 8)]
        if ends[0] != ends[1]:
            raise self._wrong("an open contour: its last vertex must be its first", -8)
        return place + 8, vertices - 1

    def _drawn(self, spans: list[tuple[int, int]], start: int) -> Outlines:
        rings = [np.frombuffer(self.data, "<f4", 2 * count, at).reshape(-1, 2) for at, count in spans]
        per_um, most = self.per / 1000, MAX_MM * 1_000_000 / self.per
        if rings and not np.abs(np.concatenate(rings)).max() <= most:  # not a number is not either
            raise FormatError(f"byte {start}: a coordinate of this layer must be finite and within {MAX_MM:g} mm")
        outlines = Outlines(tuple(ring.astype(np.float64) * per_um for ring in rings))
        if rings and not outlines.area_um2 > 0:
            raise FormatError(f"byte {start}: outer contours of this layer must run counter-clockwise and have an area")
        return outlines

    def _take(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(form)
        if self.at + size > len(self.data):
            raise self._wrong(f"ends too early, after {len(self.data)} bytes")
        values = struct.unpack_from(form, self.data, self.at)
        self.at += size
        return values

    def _nm(self, value: float, back: int, what: str) -> int:
        """A height, read as the shortest decimal that the number stands for."""
        return nm(Decimal(str(np.float32(value))), self.per, f"byte {self.at - back}: {what}")

    def _wrong(self, text: str, back: int = 0) -> FormatError:
        return FormatError(f"byte {self.at + back}: {text}")


def _filled(starts: list[tuple[int, Outlines, int]], ranges: list[Range]) -> Iterator[ContourLayer]:
    """Layers from each height to the next, with those that the file left out."""
    made = 0
    for (bottom_nm, outlines, place), (top_nm, _, _) in pairwise(starts):
        count, thickness_nm = _cut(bottom_nm, top_nm, ranges)
        if not count:
            span = f"{(top_nm - bottom_nm) / 1000:g} µm from {bottom_nm / 1000:g} µm on"
            law = f"must be whole layers of the sampling table's {thickness_nm / 1000:g} µm"
            raise FormatError(f"byte {place}: {span} {law}")
        made += count
        if made > MAX_LAYERS:
            raise FormatError(f"byte {place}: more than {MAX_LAYERS} layers")
        tops = [bottom_nm + (i + 1) * thickness_nm for i in range(count - 1)]
        yield from (ContourLayer(*pair, outlines) for pair in pairwise([bottom_nm, *tops, top_nm]))


def _cut(bottom_nm: int, top_nm: int, ranges: list[Range]) -> tuple[int, int]:
    """Number and thickness of the layers in a span, by the table: exactly, or as nearly as 32-bit heights can say; 0 for none."""
    thickness_nm = 0
    for room_nm in (0.0, 1 + 4 * float(np.spacing(np.float32(top_nm)))):
        thickness_nm = next((one.thickness_nm for one in reversed(ranges) if one.least_nm <= bottom_nm + room_nm), 0)
        count = round((top_nm - bottom_nm) / thickness_nm) if thickness_nm else 0
        if count and abs(count * thickness_nm - (top_nm - bottom_nm)) <= room_nm:
            return count, thickness_nm
    return 0, thickness_nm
