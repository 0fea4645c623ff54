"""Binary archives that are read at offsets which the file itself declares: nothing beyond its end, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.formats import Content
from voxelyte.job import Mask
from voxelyte.printer import Panel

Decode = Callable[[bytes, int], NDArray[np.uint8]]
"""Code and number of pixels to uint8[count_px]."""


class Source:
    """The bytes of a file, which is opened anew for each read."""

    def __init__(self, content: Content) -> None:
        self._content = content
        try:
            self.size = content.stat().st_size if isinstance(content, Path) else len(content)
        except OSError as fault:
            raise FormatError(str(fault.strerror or fault)) from None

    def read(self, offset: int, count: int, what: str) -> bytes:
        """`count` bytes from `offset`; `what` names them for the error."""
        self.inside(offset, count, what)
        if not isinstance(self._content, Path):
            return self._content[offset : offset + count]
        try:
            with self._content.open("rb") as file:
                file.seek(offset)
                return file.read(count)
        except OSError as fault:
            raise FormatError(f"{what} at offset {offset}: {fault.strerror or fault}") from None

    def inside(self, offset: int, count: int, what: str) -> None:
        """Refuse what passes the end of the file."""
        if offset + count > self.size:
            raise FormatError(f"{what} of {count} bytes at offset {offset} passes the end of the file at {self.size}")

    def records(self, offset: int, kind: np.dtype[Any], count: int, what: str) -> NDArray[np.void]:
        """`count` records of one kind, one after the other."""
        return np.frombuffer(self.read(offset, kind.itemsize * count, what), dtype=kind)

    def record(self, offset: int, kind: np.dtype[Any], what: str) -> Any:
        """One record, whose fields are read by name."""
        return self.records(offset, kind, 1, what)[0]


def filled(kind: np.dtype[Any], fields: dict[str, Any]) -> Any:
    """One record with these fields, and 0 in the others."""
    record = np.zeros(1, dtype=kind)
    for name, value in fields.items():
        record[name] = value
    return record[0]


def text(words: str, most: int) -> bytes:
    """UTF-8 of at most `most` bytes, cut between two characters."""
    return words.encode()[:most].decode(errors="ignore").encode()


def start_of(content: Content, count: int) -> bytes:
    """The first bytes, or fewer, or none where there is no file; never raises."""
    if not isinstance(content, Path):
        return content[:count]
    try:
        with content.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""


@dataclass(frozen=True)
class Code:
    """The code of one picture: `load` reads it, and equal codes have an equal `mark`."""

    mark: Hashable
    load: Callable[[], bytes]


def masks(panel: Panel, codes: Sequence[Code], decode: Decode) -> Iterator[Mask]:
    """A mask for each code; equal codes share one. Only codes of equal mark are read to find out."""
    counts = Counter(code.mark for code in codes)
    known: dict[object, Mask] = {}
    for index, code in enumerate(codes):
        key = index if counts[code.mark] == 1 else sha256(code.load()).digest()
        if key not in known:
            known[key] = Mask(panel, partial(_pixels, panel, index, code, decode))
        yield known[key]


def _pixels(panel: Panel, index: int, code: Code, decode: Decode) -> NDArray[np.uint8]:
    try:
        return decode(code.load(), panel.width_px * panel.height_px).reshape(panel.height_px, panel.width_px)
    except FormatError as fault:
        raise FormatError(f"picture of layer {index + 1}: {fault}") from None
