"""One model of a 3MF, parsed without what makes XML dangerous: no document type, so no entities of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import MAX_TRIANGLES, Points, Triangles

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
HARMLESS = {CORE, PRODUCTION, "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"}
"""What a model may require: paths and colours change no shape."""
IDENTITY = "1 0 0 0 1 0 0 0 1 0 0 0"
CHUNK = 1 << 20
MOST_TOLD = 4


class Placed(NamedTuple):
    """An object at a place: the model that it lies in ("" for the same), its id, and a transform, float64[4, 3]."""

    model: str
    object_id: str
    transform: Points


@dataclass
class Object:
    """A mesh, or other objects. Numbers are kept as text until all are there."""

    kind: str = "model"
    corners: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    components: list[Placed] = field(default_factory=list)

    def mesh(self) -> tuple[Points, Triangles]:
        """Its own points and triangles. ValueError for what is no number or no point."""
        points: NDArray[np.float64] = np.array(self.corners, dtype=np.float64).reshape(-1, 3)
        faces: NDArray[np.int64] = np.array(self.numbers, dtype=np.int64).reshape(-1, 3)
        if len(faces) and not 0 <= faces.min() <= faces.max() < len(points):
            raise ValueError(f"a triangle names vertex {faces.max()} of {len(points)}")
        return points, faces


@dataclass
class Model:
    """What one .model says; `unit` is "" where it states none."""

    unit: str = ""
    objects: dict[str, Object] = field(default_factory=dict)
    build: list[Placed] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    _open: Object = field(default_factory=Object)
    _spaces: dict[str, str] = field(default_factory=dict)

    def space(self, prefix: str | None, name: str) -> None:
        """A namespace is declared."""
        self._spaces[prefix or ""] = name

    def start(self, tag: str, has: Mapping[str, str]) -> None:
        """An element begins; the frequent ones come first."""
        name = tag.removeprefix(CORE + " ")
        if name == "vertex":
            self._open.corners += has["x"], has["y"], has["z"]
        elif name == "triangle":
            self._open.numbers += has["v1"], has["v2"], has["v3"]
            if len(self._open.numbers) > 3 * MAX_TRIANGLES:
                raise ValueError(f"more than {MAX_TRIANGLES} triangles")
        elif name == "component":
            self._open.components.append(_placed(has))
        elif name == "object":
            if has["id"] in self.objects:
                raise ValueError(f"object {has['id']:.40} is there twice")
            self._open = self.objects[has["id"]] = Object(has.get("type", "model"))
        elif name == "item" and has.get("printable") == "0":
            self.unknown.add("item printable=0")  # by PrusaSlicer: it lies on the plate and is not printed
        elif name == "item":
            self.build.append(_placed(has))
        elif name == "model":
            self.unit = has.get("unit", "")
            wanted = {self._spaces.get(prefix, prefix) for prefix in has.get("requiredextensions", "").split()}
            if wanted - HARMLESS:
                raise ValueError(f"it requires what is not read: {', '.join(sorted(wanted - HARMLESS))}")
        elif tag.partition(" ")[0] not in HARMLESS and len(self.unknown) < MOST_TOLD:
            self.unknown.add(tag.replace(" ", ":")[:80])


def _placed(has: Mapping[str, str]) -> Placed:
    transform = np.array(has.get("transform", IDENTITY).split(), dtype=np.float64).reshape(4, 3)
    if not np.isfinite(transform).all():
        raise ValueError("a transform is not finite")
    return Placed(has.get(f"{PRODUCTION} path", "").lstrip("/"), has["objectid"], transform)


def parsed(name: str, file: IO[bytes], most: int) -> Model:
    """The model in a member of the package, of at most so many bytes; FormatError names the member and the byte."""
    model, parser = Model(), ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.StartNamespaceDeclHandler = model.start, model.space
    parser.StartDoctypeDeclHandler = _refuse
    taken = 0
    try:
        while chunk := file.read(CHUNK):
            taken += len(chunk)
            if taken > most:
                raise ValueError(f"more than {most} bytes, which it does not declare")
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (ExpatError, ValueError) as fault:
        raise FormatError(f"{name}: byte {parser.CurrentByteIndex}: {str(fault)[:120]}") from None
    except KeyError as fault:
        raise FormatError(f"{name}: byte {parser.CurrentByteIndex}: {fault.args[0]!s:.40} is missing") from None
    return model


def _refuse(*_: object) -> None:
    raise ValueError("a document type is not read")
