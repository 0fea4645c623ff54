"""Outlines that are drawn in a file, SVG or DXF."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from voxelyte.errors import RecipeError
from voxelyte.outline.joined import Drawing, outline_of
from voxelyte.outline.room import EDGE_SAGITTA_UM, DrawnPolygon
from voxelyte.shapes import Polygon, ring_area
from voxelyte.values import Text, Value

MAX_BYTES = 4 * 2**20
MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "in": 25.4}
"""Millimetres of the units that a recipe can name."""

Reader = Callable[[bytes, float | None, float], Drawing]
"""Bytes, millimetres of a unit of the file (None: as the file says), sagitta in mm, to what is drawn."""
Unit = Literal["mm", "cm", "m", "um", "in"]
Sagitta = Annotated[float, Field(ge=0.001, le=1000, strict=True, allow_inf_nan=False)]


class FileOutline(DrawnPolygon, Value):
    """The closed outline that an SVG or DXF file draws, with holes or without; its bounding box is centred on the plate.

    `path` begins at the recipe's folder. `unit` is that of the file's numbers, needed where the file does not say it.
    Curves become chords that leave them by at most `sagitta_um`.
    """

    shape: Literal["file"] = "file"
    path: Text
    unit: Unit | None = None
    sagitta_um: Sagitta = EDGE_SAGITTA_UM
    _drawn: Polygon = PrivateAttr()
    _digest: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _read(self, info: ValidationInfo) -> FileOutline:
        if self._digest:  # pydantic looks again at a value that is put into another one
            return self
        folder = (info.context or {}).get("outline_folder") or Path()
        try:
            data = _bytes(folder / self.path)
            self._drawn = read_outline(data, self.path, self.unit, self.sagitta_um)
        except RecipeError as fault:
            raise ValueError(f"outline.path={self.path!r}: {fault}") from None
        self._digest = sha256(data).hexdigest()
        return self

    @property
    def figure(self) -> Polygon:
        """The outline's shape."""
        return self._drawn

    @property
    def notes(self) -> tuple[str, ...]:
        """Which file it was."""
        return (f"the outline is that of {Path(self.path).name} (sha256 {self._digest[:16]})",)

    def on(self, size_um: tuple[float, float]) -> FileOutline:
        """The same outline on a plate of any size."""
        return self


def read_outline(data: bytes, name: str, unit: str | None = None, sagitta_um: float = EDGE_SAGITTA_UM) -> Polygon:
    """The outline that a file draws, in µm around the middle of its bounding box; the suffix of `name` tells SVG from DXF."""
    unit_mm = None if unit is None else MM[unit]
    rings = outline_of(_reader(name)(data, unit_mm, sagitta_um / 1000))
    flip = -1 if name.lower().endswith(".svg") else 1  # an SVG's y runs down
    turned = [ring * (1000, 1000 * flip) for ring in rings]
    middle = (turned[0].min(axis=0) + turned[0].max(axis=0)) / 2
    senses = [1] + [-1] * (len(turned) - 1)
    return Polygon(
        tuple(
            np.ascontiguousarray(ring if ring_area(ring) * sense > 0 else ring[::-1]) - middle
            for ring, sense in zip(turned, senses, strict=True)
        )
    )


def _reader(name: str) -> Reader:
    suffix = Path(name).suffix.lower()
    if suffix == ".svg":
        from voxelyte.outline.svg import read_svg

        return read_svg
    if suffix == ".dxf":
        from voxelyte.outline.dxf import read_dxf

        return read_dxf
    raise RecipeError("must end in .svg or .dxf")


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise RecipeError("is not a file" if path.exists() else "no such file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as fault:
        raise RecipeError(f"cannot be read: {getattr(fault, 'strerror', None) or fault}") from None
    if len(data) > MAX_BYTES:
        raise RecipeError(f"longer than {MAX_BYTES} bytes")
    return data
