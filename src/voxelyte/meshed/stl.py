"""STL, binary and as text. It holds corners three by three and neither unit nor neighbours.

trimesh reads it too, but to import it takes longer than to slice a part of 100,000 triangles.

binary  80 bytes of anything, u32 count, then for each triangle 12 floats (normal, three corners) and 2 bytes
text    solid ... facet normal ... outer loop, vertex x y z three times, endloop, endfacet ... endsolid
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import Drawn

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])
HEAD = 84
_NAME = re.compile(rb"(?<=solid)[^\r\n]*")
"""What a solid is called may hold any word."""
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)")


def read(path: Path) -> Drawn:
    """The triangles of a file. FormatError says at which byte it is wrong."""
    data = path.read_bytes()
    count = int.from_bytes(data[80:HEAD], "little") if len(data) >= HEAD else -1
    if len(data) == HEAD + count * RECORD.itemsize:
        return _binary(data, count)
    if data.lstrip()[:5].lower() == b"solid" and b"facet" in data[:4096].lower():
        return _text(data)
    if count < 0:
        raise FormatError(f"byte 0: {len(data)} bytes are too few for an STL")
    room = (len(data) - HEAD) / RECORD.itemsize
    raise FormatError(f"byte 80: {count} triangles do not fit into the file, which holds {room:.2f}")


def _binary(data: bytes, count: int) -> Drawn:
    corners = np.frombuffer(data, RECORD, count, HEAD)["corners"].reshape(-1, 3).astype(np.float64)
    return Drawn(corners, np.arange(3 * count).reshape(-1, 3), single=True)


def _text(data: bytes) -> Drawn:
    lower = _NAME.sub(b" ", data.lower())
    corners, facets = _VERTEX.findall(lower), lower.count(b"endfacet")
    if len(corners) != 3 * facets or lower.count(b"vertex") != len(corners) or b"endsolid" not in lower[-4096:]:
        end = lower.rfind(b"endfacet")
        raise FormatError(
            f"byte {max(0, end)}: {len(corners)} corners of {facets} facets, and endsolid at the end, are wanted"
        )
    try:
        points = np.array(corners, dtype=np.float64).reshape(-1, 3)
    except ValueError as fault:
        raise FormatError(f"byte {_first_wrong(lower)}: {str(fault)[:80]}") from None
    return Drawn(points, np.arange(len(points)).reshape(-1, 3))


def _first_wrong(text: bytes) -> int:
    """Where the first corner is that holds no numbers."""
    for found in _VERTEX.finditer(text):
        try:
            [float(word) for word in found.groups()]
        except ValueError:
            return found.start()
    return 0
