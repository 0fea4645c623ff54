"""Repair on request, by trimesh: near points made one, the sense of triangles made one, holes filled. It says what it did."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxelyte.errors import FormatError
from voxelyte.meshed.drawn import Drawn

if TYPE_CHECKING:
    import trimesh

NEAR = 1e-6
"""Points nearer to each other than this part of the mesh's size, to a power of ten, are made one."""


def repaired(drawn: Drawn) -> Drawn:
    """A mesh that may close, with a note for each thing that was done to it; whether it closes is for `sound` to say."""
    import trimesh

    if find_spec("networkx") is None:  # trimesh's repairs walk its graphs
        raise FormatError("--repair needs networkx: pip install 'voxelyte[repair]'")
    finite: NDArray[np.bool_] = np.all(np.isfinite(drawn.points), axis=1)
    kept: NDArray[np.bool_] = np.all(finite[drawn.faces], axis=1)
    points = np.where(finite[:, None], drawn.points, 0.0)
    if not kept.any():
        return drawn
    lost = int((~kept).sum())
    mesh = trimesh.Trimesh(points, drawn.faces[kept], process=False, validate=False)
    done = [
        f"left out {lost} triangles with a corner that is no finite number" if lost else "",
        _merged(mesh, drawn.unit or ""),
        _thinned(mesh),
        _turned(mesh),
        _filled(mesh),
    ]
    notes = [f"repair: {one}" for one in done if one] or ["repair: there was nothing to do"]
    faces = np.asarray(mesh.faces, dtype=np.int64)
    return replace(drawn, points=np.array(mesh.vertices), faces=faces, notes=(*drawn.notes, *notes))


def _merged(mesh: trimesh.Trimesh, unit: str) -> str:
    """Equal points, which an STL is full of, and then near ones, which are told."""
    digits = -floor(log10(NEAR * float(np.ptp(mesh.vertices, axis=0).max() or 1.0)))
    equal = len(np.unique(mesh.vertices[mesh.faces.ravel()], axis=0))
    for shift in (
        0.0,
        0.5 * 10.0**-digits,
    ):  # trimesh rounds: neighbours on two sides of a rounding meet at the second look
        mesh.vertices += shift
        mesh.merge_vertices(digits_vertex=digits)
        mesh.vertices -= shift
    near = equal - len(mesh.vertices)
    return f"made {near} points one with a neighbour nearer than {10.0**-digits:g} {unit}" if near > 0 else ""


def _thinned(mesh: trimesh.Trimesh) -> str:
    before = len(mesh.faces)
    a, b, c = mesh.faces.T
    mesh.update_faces((a != b) & (b != c) & (c != a))
    mesh.update_faces(mesh.unique_faces())
    lost = before - len(mesh.faces)
    return f"left out {lost} triangles that were there twice, or of which two corners are one" if lost else ""


def _turned(mesh: trimesh.Trimesh) -> str:
    """One sense for each body, and outward normals."""
    from trimesh.repair import fix_normals

    before = _ascending(mesh)
    fix_normals(mesh, multibody=True)  # type: ignore[no-untyped-call]
    turned = int((before != _ascending(mesh)).sum())
    return f"turned {turned} triangles over" if turned else ""


def _ascending(mesh: trimesh.Trimesh) -> NDArray[np.bool_]:
    """The sense of each triangle: do its corners ascend, read from the least on?"""
    faces = np.asarray(mesh.faces)
    least = faces.argmin(axis=1)[:, None]
    following, last = (np.take_along_axis(faces, (least + step) % 3, axis=1) for step in (1, 2))
    return np.asarray((following < last)[:, 0])


def _filled(mesh: trimesh.Trimesh) -> str:
    from trimesh.repair import fill_holes

    before = len(mesh.faces)
    fill_holes(mesh, use_fan=True)
    new = len(mesh.faces) - before
    return f"filled holes with {new} new triangles: look whether they are where you want them" if new else ""
