"""3MF by hand: three members of a zip, no clock and no random identifier; equal meshes make equal bytes.

By the 3MF Core Specification, version 1.3: objects of type model, unit millimetre, one build item. What is one
surface is one mesh; a film in pieces is one object whose components are those pieces, each a closed mesh. Pieces
touch and do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.instances import Piece
from voxelyte.mesh.surface import Surface

TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>
</Types>
"""
RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Target="/3D/3dmodel.model" Id="rel0"
 Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/>
</Relationships>
"""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<model unit="millimeter" xml:lang="en-US" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">
<resources>
"""
TAIL = """</resources>
<build>
<item objectid="%d"/>
</build>
</model>
"""
OBJECT, END = '<object id="%d" type="model">\n', "</object>\n"
VERTEX = '<vertex x="%.6f" y="%.6f" z="%.6f"/>\n'
TRIANGLE = '<triangle v1="%d" v2="%d" v3="%d"/>\n'
COMPONENT = '<component objectid="%d" transform="%.12g 0 0 0 %.12g 0 0 0 1 %.6f %.6f 0"/>\n'
ROWS = 65_536
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say
MM_PER_UM = 1e-3


def write_3mf(surface: Surface, file: IO[bytes]) -> None:
    """Write one surface in mm, with coordinates to the nanometre."""
    _write(_meshes([surface]), 1, file)


def write_pieces(pieces: Sequence[Piece], file: IO[bytes]) -> None:
    """Write a film in pieces, each drawn once and placed as often as it is there."""

    def objects() -> Iterator[str]:
        yield from _meshes([piece.surface for piece in pieces])
        yield OBJECT % whole + "<components>\n"
        for number, piece in enumerate(pieces, start=1):
            table = (np.full(len(piece.scale), number), piece.scale, piece.scale, *piece.at_um.T * MM_PER_UM)
            yield from _rows(COMPONENT, np.column_stack(table))
        yield "</components>\n" + END

    whole = len(pieces) + 1
    _write(objects(), whole, file)


def _write(objects: Iterator[str], built: int, file: IO[bytes]) -> None:
    with ZipFile(file, "w") as package:
        package.writestr(_member("[Content_Types].xml"), TYPES)
        package.writestr(_member("_rels/.rels"), RELATIONS)
        with package.open(_member("3D/3dmodel.model"), "w", force_zip64=True) as model:
            model.write(HEAD.encode())
            for text in objects:
                model.write(text.encode())
            model.write((TAIL % built).encode())


def _meshes(surfaces: Sequence[Surface]) -> Iterator[str]:
    """An object for each surface, numbered from 1."""
    for number, surface in enumerate(surfaces, start=1):
        yield OBJECT % number + "<mesh>\n<vertices>\n"
        yield from _rows(VERTEX, surface.points_um * MM_PER_UM)
        yield "</vertices>\n<triangles>\n"
        yield from _rows(TRIANGLE, surface.faces)
        yield "</triangles>\n</mesh>\n" + END


def _rows(line: str, table: NDArray[np.generic]) -> Iterator[str]:
    for start in range(0, len(table), ROWS):
        rows = table[start : start + ROWS]
        yield line * len(rows) % tuple(rows.ravel().tolist())


def _member(name: str) -> ZipInfo:
    info = ZipInfo(name, EPOCH)
    info.compress_type, info.create_system = ZIP_DEFLATED, 3  # 3: Unix, on every machine
    info.external_attr = 0o644 << 16
    return info
