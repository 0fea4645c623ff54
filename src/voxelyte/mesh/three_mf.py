"""3MF by hand: three members of a zip, no clock and no random identifier; equal meshes make equal bytes.

By the 3MF Core Specification, version 1.3: one object of type model, unit millimetre, one build item.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

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
<object id="1" type="model">
<mesh>
"""
TAIL = """</mesh>
</object>
</resources>
<build>
<item objectid="1"/>
</build>
</model>
"""
VERTEX = '<vertex x="%.6f" y="%.6f" z="%.6f"/>\n'
TRIANGLE = '<triangle v1="%d" v2="%d" v3="%d"/>\n'
ROWS = 65_536
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can say


def write_3mf(surface: Surface, file: IO[bytes]) -> None:
    """Write `mesh`, whose unit is mm, with coordinates to the nanometre."""
    with ZipFile(file, "w") as package:
        package.writestr(_member("[Content_Types].xml"), TYPES)
        package.writestr(_member("_rels/.rels"), RELATIONS)
        with package.open(_member("3D/3dmodel.model"), "w", force_zip64=True) as model:
            for text in _model(surface):
                model.write(text.encode())


def _model(surface: Surface) -> Iterator[str]:
    yield HEAD + "<vertices>\n"
    yield from _rows(VERTEX, surface.points_um / 1000)
    yield "</vertices>\n<triangles>\n"
    yield from _rows(TRIANGLE, surface.faces)
    yield "</triangles>\n" + TAIL


def _rows(line: str, table: NDArray[np.generic]) -> Iterator[str]:
    for start in range(0, len(table), ROWS):
        rows = table[start : start + ROWS]
        yield line * len(rows) % tuple(rows.ravel().tolist())


def _member(name: str) -> ZipInfo:
    info = ZipInfo(name, EPOCH)
    info.compress_type, info.create_system = ZIP_DEFLATED, 3  # 3: Unix, on every machine
    info.external_attr = 0o644 << 16
    return info
