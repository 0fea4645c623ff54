"""3MF: a zip whose model lists objects, and a build that says which of them stand where.

By the 3MF Core Specification 1.3, and the path of the Production Extension, by which an object may lie in another
model of the same file. trimesh's reader needs two packages more and unpacks whatever it is given; this one is bounded.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import MAX_BYTES, MAX_TRIANGLES, Drawn, Points, Triangles
from voxelyte.meshed.three_mf_model import Model, Object, Placed, parsed

NAMES = {"micron": "um", "millimeter": "mm", "centimeter": "cm", "inch": "inch", "foot": "foot", "meter": "m"}
ROOT = "3D/3dmodel.model"
RELATIONS = "_rels/.rels"
MAX_DEPTH, MAX_MEMBERS, SMALL, RATIO = 16, 10_000, 1 << 20, 400
"""Above 1 MB no list of triangles deflates to less than a four-hundredth."""
COPY = 50
"""To place a copy takes as long as so many triangles."""
_START = re.compile(rb"<Relationship\b[^>]*3dmanufacturing/2013/01/3dmodel[^>]*>")
_TARGET = re.compile(rb"\bTarget\s*=\s*[\"']/?([^\"']+)[\"']")
_FAULTS = BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, NotImplementedError, ValueError


def read(path: Path) -> Drawn:
    """All objects of the build where they stand. FormatError names the member of the file that is wrong."""
    try:
        with ZipFile(path) as package:
            return _Package(package).drawn()
    except _FAULTS as fault:
        raise FormatError(f"not a whole 3MF: {str(fault)[:120]}") from None


class _Package:
    """The zip, the models read so far, and how much their objects come to."""

    def __init__(self, package: ZipFile) -> None:
        if len(package.namelist()) > MAX_MEMBERS:
            raise FormatError(f"{len(package.namelist())} members must be at most {MAX_MEMBERS}")
        self.package = package
        self.sizes: dict[tuple[str, str], tuple[int, int]] = {}
        self.models: dict[str, Model] = {}
        self.meshes: dict[tuple[str, str], tuple[Points, Triangles]] = {}

    def drawn(self) -> Drawn:
        """Everything in one list of triangles, in the unit of the first model."""
        root = self._root()
        model = self._model(root)
        unit = model.unit or "millimeter"
        if unit not in NAMES:
            raise FormatError(f"{root}: unit {unit[:40]!r} must be {', '.join(NAMES)}")
        points, faces, notes = list[Points](), list[Triangles](), list[str]()
        first = placed = 0
        for item in model.build:
            placed += self._placed(root, item, 0)[0]
            if placed > MAX_TRIANGLES:
                raise FormatError(f"{root}: its components come to more than {MAX_TRIANGLES} triangles")
            kind = self._object(root, item).kind
            if kind != "model":
                notes.append(f"{root}: an object of type {kind[:40]} is passed over")
                continue
            for mesh in self._meshes(root, item):
                faces.append(mesh[1] + first)
                points.append(mesh[0])
                first += len(mesh[0])
        if not faces:
            raise FormatError(f"{root}: its build holds no mesh")
        notes += [f"{name}: <{tag}> is passed over" for name, one in self.models.items() for tag in sorted(one.unknown)]
        return Drawn(np.concatenate(points), np.concatenate(faces), NAMES[unit], notes=tuple(dict.fromkeys(notes)))

    def _placed(self, home: str, one: Placed, depth: int) -> tuple[int, int]:
        """How many triangles an object comes to, its copies at `COPY` each, and how deep it nests; looked at once."""
        name, thing = one.model or home, self._object(home, one)
        count, below = self.sizes.get((name, one.object_id), (0, 0))
        if depth + below > MAX_DEPTH:
            raise FormatError(f"{home}: components must not nest deeper than {MAX_DEPTH}")
        if not count:
            inner = [self._placed(name, component, depth + 1) for component in thing.components]
            count = COPY + len(thing.numbers) // 3 + sum(each for each, _ in inner)
            below = max((deep + 1 for _, deep in inner), default=0)
            self.sizes[name, one.object_id] = count, below
        return count, below

    def _meshes(self, home: str, one: Placed) -> Iterator[tuple[Points, Triangles]]:
        """The meshes of an object, moved; a mirrored one keeps its outside outside."""
        name, thing = one.model or home, self._object(home, one)
        turn, shift = one.transform[:3], one.transform[3]
        mirrored = np.linalg.det(turn) < 0
        inner = [self._own(name, one.object_id, thing)] if thing.numbers else []
        for component in thing.components:
            inner += self._meshes(name, component)
        for points, faces in inner:
            yield points @ turn + shift, faces[:, ::-1] if mirrored else faces

    def _own(self, name: str, object_id: str, thing: Object) -> tuple[Points, Triangles]:
        if (name, object_id) not in self.meshes:
            try:
                self.meshes[name, object_id] = thing.mesh()
            except (ValueError, OverflowError) as fault:
                raise FormatError(f"{name}: object {object_id[:40]}: {str(fault)[:80]}") from None
        return self.meshes[name, object_id]

    def _object(self, home: str, one: Placed) -> Object:
        name = one.model or home
        found = self._model(name).objects.get(one.object_id)
        if found is None:
            raise FormatError(f"{name}: there is no object {one.object_id[:40]}")
        return found

    def _model(self, name: str) -> Model:
        if name not in self.models:
            size = self._size(name)
            with self.package.open(name) as file:
                self.models[name] = parsed(name, file, size)
            unit = next(iter(self.models.values())).unit or "millimeter"
            if self.models[name].unit not in ("", unit):
                raise FormatError(
                    f"{name}: its unit, {self.models[name].unit[:40]!r}, must be that of the first model, {unit[:40]!r}"
                )
        return self.models[name]

    def _size(self, name: str) -> int:
        """What a member declares to be unpacked to, within what is believed."""
        try:
            info = self.package.getinfo(name)
        except KeyError:
            raise FormatError(f"{name} is missing") from None
        if info.file_size > min(MAX_BYTES, max(SMALL, RATIO * info.compress_size)):
            raise FormatError(f"{name}: {info.compress_size} bytes must not swell to {info.file_size}")
        return info.file_size

    def _root(self) -> str:
        """The model that the package starts with."""
        names = {name.lower(): name for name in self.package.namelist()}
        if RELATIONS in names and self._size(names[RELATIONS]) <= SMALL:
            start = _START.search(self.package.read(names[RELATIONS]))
            target = _TARGET.search(start.group(0)) if start else None
            if target:
                name = target.group(1).decode("utf-8", "replace")
                return names.get(name.lower(), name)
        return names.get(ROOT.lower(), ROOT)
