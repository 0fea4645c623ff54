"""PLY, as text and binary in either byte order, with polygons of any number of corners.

head    ply, format KIND 1.0, then for each table `element NAME ROWS` and its `property` lines, end_header
rows    numbers as the properties say; a list is its length and then its numbers

trimesh reads it too, but no binary file whose polygons differ in their corners, and it takes a text that is cut off.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import Drawn, Triangles, within

MAX_HEADER = 1 << 16
_ORDERS = {"ascii": "<", "binary_little_endian": "<", "binary_big_endian": ">"}
_KINDS = {
    "char": "i1",
    "uchar": "u1",
    "short": "i2",
    "ushort": "u2",
    "int": "i4",
    "uint": "u4",
    "float": "f4",
    "double": "f8",
}
_KINDS |= {"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"}
_KINDS |= {"float32": "f4", "float64": "f8"}
CORNERS = ("vertex_indices", "vertex_index")


class Property(NamedTuple):
    """A column: its name, the kind of its numbers, and that of a list's length, None for a single number."""

    name: str
    kind: np.dtype[Any]
    counted: np.dtype[Any] | None


class Element(NamedTuple):
    """A table of the file."""

    name: str
    rows: int
    properties: list[Property]


def read(path: Path) -> Drawn:
    """The triangles of a PLY; polygons of more corners are cut into fans. FormatError says what cannot be read."""
    data = path.read_bytes()
    kind, elements, start = _header(data)
    single = kind != "ascii" and any(
        one.name == "x" and one.kind.itemsize == 4 for table in elements for one in table.properties
    )
    body = memoryview(data)[start:]
    if kind == "ascii":
        body = memoryview(_numbers(bytes(body)).tobytes())
    tables, at = dict[str, dict[str, Any]](), 0
    for element in elements:
        tables[element.name], at = _table(element, body, at)
    if bytes(body[at:]).strip():
        raise FormatError(f"holds more than its header declares: {len(body) - at} bytes are left")
    return _drawn(tables, single)


def _drawn(tables: dict[str, dict[str, Any]], single: bool) -> Drawn:
    vertex, face = tables.get("vertex", {}), tables.get("face", {})
    missing = [f"vertex.{axis}" for axis in "xyz" if not isinstance(vertex.get(axis), np.ndarray)]
    corners = next((face[name] for name in CORNERS if name in face), None)
    if missing or corners is None:
        raise FormatError(f"header: {', '.join(missing or [f'face.{CORNERS[0]}'])} is missing")
    points = np.column_stack([np.asarray(vertex[axis], dtype=np.float64) for axis in "xyz"])
    return Drawn(points, within(_fans(corners), len(points)), single=single)


def _fans(polygons: list[NDArray[Any]]) -> Triangles:
    """Triangles from the first corner of each polygon; `polygons` are arrays of polygons of equal length."""
    fans = [np.zeros((0, 3), dtype=np.int64)]
    for some in polygons:
        if some.shape[1] < 3:
            raise FormatError(f"a face has {some.shape[1]} corners; must have three or more")
        whole = some.astype(np.int64)
        if (whole != some).any():
            raise FormatError("a face names a point by a number that is not whole")
        step = np.arange(1, some.shape[1] - 1)
        fans.append(
            np.stack((np.repeat(whole[:, :1], len(step), axis=1), whole[:, step], whole[:, step + 1]), axis=2).reshape(
                -1, 3
            )
        )
    return np.concatenate(fans)


def _header(data: bytes) -> tuple[str, list[Element], int]:
    """The kind of file, its tables, and where their rows begin."""
    found = re.match(rb"ply\s*?\r?\n(.*?)^end_header[ \t]*\r?\n", data[:MAX_HEADER], re.DOTALL | re.MULTILINE)
    if not found:
        raise FormatError(f"byte 0: no PLY header, from ply to end_header, within {MAX_HEADER} bytes")
    kind, elements = "", list[Element]()
    for line in found[1].decode("latin-1").splitlines():
        match line.split():
            case ["format", kind, "1.0"] if kind in _ORDERS:
                pass
            case ["element", name, rows] if rows.isdecimal() and int(rows) <= len(data):
                elements.append(Element(name, int(rows), []))
            case ["element", name, rows]:
                raise FormatError(f"header: {rows[:20]} of {name[:40]} do not fit into {len(data)} bytes")
            case ["property", "list", counted, of, name] if elements and {counted, of} <= _KINDS.keys():
                elements[-1].properties.append(Property(name, _kind(kind, of), _kind(kind, counted)))
            case ["property", of, name] if elements and of in _KINDS:
                elements[-1].properties.append(Property(name, _kind(kind, of), None))
            case [] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise FormatError(f"header: {line[:60]!r} is not read")
    if not kind:
        raise FormatError(f"header: no format; known: {', '.join(_ORDERS)}")
    return kind, elements, found.end()


def _kind(kind: str, of: str) -> np.dtype[Any]:
    """Numbers of a text are kept as 64-bit ones, whatever they are declared to be."""
    return np.dtype("<f8" if kind == "ascii" else _ORDERS.get(kind, "<") + _KINDS[of])


def _numbers(text: bytes) -> NDArray[np.float64]:
    try:
        return np.array(text.split(), dtype=np.float64)
    except ValueError as fault:
        raise FormatError(str(fault)[:80]) from None


def _table(element: Element, body: memoryview, at: int) -> tuple[dict[str, Any], int]:
    """The columns of a table, and where the next one begins. A list is arrays of its rows, each of equal length."""
    if not element.rows or not element.properties:
        return {one.name: [] if one.counted else np.zeros(0) for one in element.properties}, at
    return _even(element, body, at) or _uneven(element, body, at)


def _even(element: Element, body: memoryview, at: int) -> tuple[dict[str, Any], int] | None:
    """Columns of a table whose lists are all as long as those of its first row; None where they are not."""
    lengths, _ = _lengths(element, body, at, 0)
    kind = np.dtype([pair for k, one in enumerate(element.properties) for pair in _fields(k, one, lengths[k])])
    end = at + element.rows * kind.itemsize
    if end > len(body):
        return None
    rows = np.frombuffer(body, kind, element.rows, at)
    lists = [k for k, one in enumerate(element.properties) if one.counted]
    if not all((rows[f"n{k}"] == lengths[k]).all() for k in lists):
        return None
    return {
        one.name: [rows[f"v{k}"]] if one.counted else rows[f"v{k}"] for k, one in enumerate(element.properties)
    }, end


def _fields(k: int, one: Property, length: int) -> list[tuple[Any, ...]]:
    """The fields of a property in a row whose list has this length."""
    return [(f"n{k}", one.counted), (f"v{k}", one.kind, (length,))] if one.counted else [(f"v{k}", one.kind)]


def _lengths(element: Element, body: memoryview, at: int, row: int) -> tuple[list[int], list[int]]:
    """How long each property's list is in the row at `at`, and where its numbers begin; the last place is the row's end."""
    lengths, places = list[int](), list[int]()
    for one in element.properties:
        length = 1.0
        if one.counted:
            _refuse_end(element, body, at + one.counted.itemsize, row)
            length = float(np.frombuffer(body, one.counted, 1, at)[0])
            at += one.counted.itemsize
        if not (length >= 0 and length == length // 1):
            raise FormatError(f"row {row} of {element.name}: a list of {length:g} numbers")
        _refuse_end(element, body, at + length * one.kind.itemsize, row)
        lengths.append(int(length))
        places.append(at)
        at += int(length) * one.kind.itemsize
    return lengths, [*places, at]


def _refuse_end(element: Element, body: memoryview, end: float, row: int) -> None:
    if end > len(body):
        raise FormatError(f"ends in row {row} of {element.name}, of {element.rows}")


def _uneven(element: Element, body: memoryview, at: int) -> tuple[dict[str, Any], int]:
    """Columns of a table whose lists differ in length, row by row."""
    found: list[dict[int, list[NDArray[Any]]]] = [{} for _ in element.properties]
    for row in range(element.rows):
        lengths, places = _lengths(element, body, at, row)
        at = places[-1]
        for one, length, place, kept in zip(element.properties, lengths, places, found, strict=False):
            kept.setdefault(length, []).append(np.frombuffer(body, one.kind, length, place))
    return {
        one.name: [np.stack(rows) for rows in kept.values()] if one.counted else np.concatenate(kept[1])
        for one, kept in zip(element.properties, found, strict=True)
    }, at
