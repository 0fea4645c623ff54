"""OBJ, by trimesh; lines that it would read otherwise than they are meant are found first."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import Drawn, Points, Triangles, within

_NUMBER = rb"[+-]?(?:\d++\.?\d*+|\.\d++|nan|inf)(?:e[+-]?\d++)?+"
_CORNER = rb"[+-]?+0*+[1-9]\d*+(?:/[+-]?+\d*+){0,2}+"
_LINE = rb"^ *%s(?= )(?!(?: ++%s){3,}+ *+(?:#.*)?\r?$)"
_WRONG = {
    "a point of at least three numbers": re.compile(_LINE % (b"v", _NUMBER), re.MULTILINE | re.IGNORECASE),
    "a face of at least three points, counted from 1": re.compile(_LINE % (b"f", _CORNER), re.MULTILINE),
}
"""What a line has to hold, and the lines that do not."""


def read(path: Path) -> Drawn:
    """The triangles of an OBJ. FormatError says what of it cannot be read."""
    data = path.read_bytes()
    wrong = data.find(b"\0")
    if wrong >= 0:
        raise FormatError(f"byte {wrong}: an OBJ is a text")
    data = re.sub(rb"\\\r?\n", b" ", data).replace(b"\t", b" ")
    if not re.search(rb"^ *f ", data, re.MULTILINE):
        raise FormatError("byte 0: an OBJ has lines of faces, `f 1 2 3`")
    for meant, pattern in _WRONG.items():
        if found := pattern.search(data):
            line = data[found.start() :].partition(b"\n")[0][:40].decode("latin-1").strip()
            raise FormatError(f"line {data.count(10, 0, found.start()) + 1}: {line!r} is not {meant}")
    points, faces = _loaded(data)
    return Drawn(points, within(faces, len(points)))


def _loaded(data: bytes) -> tuple[Points, Triangles]:
    """Points and triangles of all that the file holds; trimesh cuts polygons of more corners into triangles."""
    from trimesh.exchange.obj import load_obj
    from trimesh.geometry import triangulate_quads

    try:
        told = load_obj(BytesIO(data), skip_materials=True, maintain_order=True)
        parts = list(told["geometry"].values()) if "geometry" in told else [told]
        points = [np.asarray(part["vertices"], dtype=np.float64).reshape(-1, 3) for part in parts]
        faces = [np.asarray(triangulate_quads(part.get("faces", ())), dtype=np.int64).reshape(-1, 3) for part in parts]
        first = np.cumsum([0, *map(len, points)])
        moved = [one + start for one, start in zip(faces, first, strict=False)]
        return np.concatenate(points), np.concatenate(moved)
    except Exception as fault:  # trimesh raises whatever comes up
        raise FormatError(f"trimesh cannot read it: {type(fault).__name__}: {str(fault)[:120]}") from None
