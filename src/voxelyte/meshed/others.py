"""PLY and OBJ, by trimesh; what a file declares is held against its size first."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import Drawn, Points, Triangles

MAX_HEADER = 1 << 16
_ELEMENT = re.compile(rb"^element\s+(\S+)\s+(\S+)\s*$", re.MULTILINE)
_FLOAT32 = re.compile(rb"^property\s+(?:float|float32)\s+x\s*$", re.MULTILINE)


def read(path: Path) -> Drawn:
    """The triangles of a PLY or OBJ. FormatError says what of it cannot be read."""
    data, kind = path.read_bytes(), path.suffix.lower().removeprefix(".")
    single = _ply_is_single(data) if kind == "ply" else _obj_is_text(data)
    points, faces = _loaded(data, kind)
    if len(faces) and not 0 <= faces.min() <= faces.max() < len(points):
        raise FormatError(f"a triangle names point {faces.max()} of {len(points)}")
    return Drawn(points, faces, single=single)


def _loaded(data: bytes, kind: str) -> tuple[Points, Triangles]:
    """Points and triangles of all that the file holds; trimesh cuts polygons of more corners into triangles."""
    from trimesh.exchange.obj import load_obj
    from trimesh.exchange.ply import load_ply
    from trimesh.geometry import triangulate_quads

    try:
        told = (
            load_ply(BytesIO(data))
            if kind == "ply"
            else load_obj(BytesIO(data), skip_materials=True, maintain_order=True)
        )
        parts = list(told["geometry"].values()) if "geometry" in told else [told]
        points = [np.asarray(part["vertices"], dtype=np.float64).reshape(-1, 3) for part in parts]
        faces = [np.asarray(triangulate_quads(part.get("faces", ())), dtype=np.int64).reshape(-1, 3) for part in parts]
    except Exception as fault:  # trimesh raises whatever comes up
        raise FormatError(f"trimesh cannot read it: {type(fault).__name__}: {str(fault)[:120]}") from None
    first = np.cumsum([0, *map(len, points)])
    return np.concatenate(points), np.concatenate([one + start for one, start in zip(faces, first, strict=False)])


def _ply_is_single(data: bytes) -> bool:
    """Whether its coordinates are 32-bit numbers; FormatError for a header that declares more than the file can hold."""
    head, end, _ = data[:MAX_HEADER].partition(b"end_header")
    if not head.startswith(b"ply") or not end:
        raise FormatError(f"byte 0: no PLY header, from ply to end_header, within {MAX_HEADER} bytes")
    for found in _ELEMENT.finditer(head.replace(b"\r", b"")):
        name, count = found.group(1).decode("latin-1"), found.group(2)
        if not count.isdigit() or int(count) > len(data):
            said = count[:20].decode("latin-1")
            raise FormatError(
                f"byte {data.find(found.group(0)[:60])}: {said} of {name[:40]} do not fit into {len(data)} bytes"
            )
    return b"format ascii" not in head and _FLOAT32.search(head.replace(b"\r", b"")) is not None


def _obj_is_text(data: bytes) -> bool:
    """Never single; FormatError for what is no text, and for lines that are no OBJ."""
    wrong = data.find(b"\0")
    if wrong >= 0:
        raise FormatError(f"byte {wrong}: an OBJ is a text")
    if not re.search(rb"^\s*f\s", data, re.MULTILINE):
        raise FormatError("byte 0: an OBJ has lines of faces, `f 1 2 3`")
    return False
