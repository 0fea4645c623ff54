"""Solid to surface: the base as a stack of slabs, on it bodies joined corner to corner, between them the base's face.

What repeats is cut into triangles once: a body's walls and top, and the face of a lattice's cell. Copies are numbers
added to numbers. The proof that the surface is closed has the same shape: a body is closed but for its foot, a cell
but for its edge and that foot, and what is left is looked at edge by edge.
"""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.bodies import Body
from voxelyte.errors import SliceError
from voxelyte.mesh.cells import Tiles, no_tiles, tiles_of, without
from voxelyte.mesh.copies import Copies, copies_of
from voxelyte.mesh.figure import Figure, Triangles, joined, polygons
from voxelyte.mesh.inside import inside
from voxelyte.mesh.links import linked
from voxelyte.mesh.plane import TOUCHING, filled
from voxelyte.mesh.rim import with_rims
from voxelyte.mesh.stack import Stack, at, refuse_many, slabs_of, stacked
from voxelyte.mesh.surface import Surface, edges_of, unmatched
from voxelyte.solids import OnBase, Solid

MESH_SAGITTA_UM = 1.0
"""A sixtieth of a 62 µm pixel. A 100 µm pillar gets 16 sides, a 16 mm disc 200; both keep their area."""

LEAST_SAGITTA_UM = 0.01


def built(solid: Solid, sagitta_um: float) -> Surface:
    """A film, or a solid that is known by its sections, as one watertight surface; SliceError where it has none."""
    return with_bodies(solid, [copies_of(body, 0, sagitta_um) for body in bodies_of(solid)], sagitta_um)


def with_bodies(solid: Solid, bodies: list[Copies], sagitta_um: float) -> Surface:
    """The base of `solid` with some of what stands on it; without bodies of its own all of it is base."""
    refuse_many(sum(copies.stride * copies.count for copies in bodies), sagitta_um)
    foot_um = foot_of(solid) if bodies_of(solid) else solid.levels_um[-1]
    stack = stacked(slabs_of(solid, foot_um), sagitta_um)
    return _joined(with_rims(stack, bodies), bodies, sagitta_um)


def checked_sagitta(sagitta_um: float) -> float:
    """The sagitta, if it is one that a mesh can have."""
    if not (isfinite(sagitta_um) and sagitta_um >= LEAST_SAGITTA_UM):
        raise SliceError(f"sagitta_um={sagitta_um} must be at least {LEAST_SAGITTA_UM}")
    return sagitta_um


def bodies_of(solid: Solid) -> tuple[Body, ...]:
    """What stands on the base of a film, also its frame and lettering; nothing for a solid that is known by its sections."""
    return solid.standing if isinstance(solid, OnBase) else ()


def features_of(solid: Solid) -> tuple[Body, ...]:
    """Of what stands there, the features."""
    return solid.bodies if isinstance(solid, OnBase) else ()


def foot_of(solid: Solid) -> float:
    """Height at which a film's bodies stand."""
    return solid.base_um if isinstance(solid, OnBase) else 0.0


class _Face(NamedTuple):
    """The base's face: `strip` is numbered as the mesh, tiles through their own corners."""

    strip: Triangles
    tiles: Tiles


def _joined(stack: Stack, bodies: list[Copies], sagitta_um: float) -> Surface:
    """Base and bodies as one surface: points of the base, of the bodies, and of the corners of cells."""
    corners = len(stack.points_um) + sum(body.stride * body.count for body in bodies)
    face = _face(stack, bodies, corners, sagitta_um)
    plain = np.concatenate((stack.faces, face.strip))
    _refuse_open(plain, bodies, face.tiles, corners)
    points = np.zeros((corners + len(face.tiles.corners_um), 3))
    points[: len(stack.points_um)] = stack.points_um
    for body in bodies:
        body.place(points, stack.z_um)
    points[corners:] = at(face.tiles.corners_um, stack.z_um)
    return Surface(points, _faces(plain, bodies, face.tiles, corners))


def _face(stack: Stack, bodies: list[Copies], corners: int, sagitta_um: float) -> _Face:
    """The top of the stack, without the feet of what stands on it."""
    import shapely

    if not bodies:
        return _Face(filled(stack.top), no_tiles(bodies))
    base = shapely.multipolygons(polygons(stack.top))
    fences = [body for body in bodies if body.count == 1]
    tiles, room = tiles_of(bodies, base), without(base, fences)
    for body, whole in zip(bodies, tiles.whole, strict=True):
        _move_off_the_edge(body, ~whole, base if body in fences else room, sagitta_um, stack.z_um)
    if not len(tiles.corners_um):
        strip = _linked(stack, bodies, room)
        if strip is not None:
            return _Face(strip, tiles)
    feet = [body.free_feet(~whole).turned for body, whole in zip(bodies, tiles.whole, strict=True)]
    edge = tiles.edge.turned
    edge = Figure(edge.points, edge.lengths, edge.numbers + corners)
    return _Face(filled(joined((stack.edge, edge, *feet))), tiles)


def _linked(stack: Stack, bodies: list[Copies], room: object) -> Triangles | None:
    """The face around feet in no order, drawn from foot to foot; None where that does not come out even."""
    several = [body for body in bodies if body.count > 1]
    found = linked(several, room)
    if found is None:
        return None
    faces, rest = found
    others = [body.free_feet(np.ones(body.count, dtype=bool)).turned for body in bodies if body.count == 1]
    try:
        return np.concatenate((faces, filled(joined((stack.edge, rest, *others)))))
    except SliceError:
        return None


def _move_off_the_edge(body: Copies, which: NDArray[np.bool_], base: object, sagitta_um: float, z_um: float) -> None:
    """Corners of some copies that reach the edge of the base, or a wall on it, go off it, at every height alike."""
    there = body.outlines(0, which)
    free = np.ones(there.shape[:2], dtype=bool) if body.on_rim is None else ~body.on_rim[which]
    moved = there.copy()
    moved[free] = inside(there[free], base, sagitta_um, z_um)
    if (moved != there).any():
        body.shift_um = np.zeros((body.count, body.size, 2))
        body.shift_um[which] = moved - there


def _faces(plain: Triangles, bodies: list[Copies], tiles: Tiles, corners: int) -> NDArray[np.int32]:
    """All triangles: `plain` ones, then cells, then bodies."""
    cells = [len(named) * len(face) for named, face in zip(tiles.corners, tiles.faces, strict=True)]
    risen = [body.count * len(body.faces) for body in bodies]
    faces = np.zeros((len(plain) + sum(cells) + sum(risen), 3), dtype=np.int32)
    blocks = np.split(faces, np.cumsum([len(plain), *cells, *risen])[:-1])
    blocks[0][:] = plain
    for k, body in enumerate(bodies):
        named = (tiles.corners[k] + corners, body.starts[tiles.whole[k], None] + np.arange(body.size))
        if cells[k]:
            table = np.concatenate(named, axis=1).astype(np.int32)
            np.take(table, tiles.faces[k].ravel(), axis=1, out=blocks[1 + k].reshape(len(table), -1), mode="clip")
        block, starts = blocks[1 + len(bodies) + k].reshape(body.count, -1), body.starts.astype(np.int32)
        np.add(starts[:, None], body.faces.ravel().astype(np.int32), out=block)
    return faces


def _refuse_open(plain: Triangles, bodies: list[Copies], tiles: Tiles, corners: int) -> None:
    """Watertight: every directed edge occurs once, and its reverse once.

    A body's copies have, each, the boundary of their foot; a cell has its own corners' and the foot's turned. What
    is left of both, the rim of all cells and the feet that have none, has to fit the `plain` triangles.
    """
    rim = tiles.edge.edges + corners
    open_edges = [edges_of(plain), rim]
    for body, whole, face in zip(bodies, tiles.whole, tiles.faces, strict=True):
        foot = body.stations[0].edges
        cell = tiles.corners[0].shape[1] if whole.any() else 0
        around = np.column_stack((np.arange(cell), np.roll(np.arange(cell), -1)))
        if not _bounded_by(body.faces, foot) or (
            whole.any() and not _bounded_by(face, np.concatenate((around, foot[:, ::-1] + cell)))
        ):
            raise SliceError(f"no closed mesh: {TOUCHING}")
        open_edges.append(body.feet(~whole).edges)
    left = unmatched(np.concatenate(open_edges))
    if left is None or len(left):
        raise SliceError(f"no closed mesh: {TOUCHING}")


def _bounded_by(faces: Triangles, edges: NDArray[np.int64]) -> bool:
    """Are these the directed edges whose reverse no triangle has?"""
    left = unmatched(edges_of(faces))
    return left is not None and np.array_equal(np.sort(left @ (1 << 31, 1)), np.sort(edges @ (1 << 31, 1)))
