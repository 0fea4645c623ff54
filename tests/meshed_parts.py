"""Meshes whose sections are known, for the tests of meshes that are read."""

from __future__ import annotations

import numpy as np

from voxelyte.meshed import Drawn, MeshSolid


def lathe(radius, z, turn=48):
    """A body around the z axis whose cross-section at each of the heights `z` is given by `radius(angle, z)`."""
    angle = np.arange(turn) * 2 * np.pi / turn
    heights, angles = np.meshgrid(np.asarray(z, dtype=float), angle, indexing="ij")
    radii = radius(angles, heights)
    side = np.stack([radii * np.cos(angles), radii * np.sin(angles), heights], axis=-1).reshape(-1, 3)
    row, step = np.meshgrid(np.arange(len(z) - 1), np.arange(turn), indexing="ij")
    a, b = row * turn + step, row * turn + (step + 1) % turn
    walls = [np.stack([a, b, b + turn], -1).reshape(-1, 3), np.stack([a, b + turn, a + turn], -1).reshape(-1, 3)]
    one, two = np.arange(turn), (np.arange(turn) + 1) % turn
    foot, top, last = len(side), len(side) + 1, len(side) - turn
    floor, lid = np.stack([np.full(turn, foot), two, one], -1), np.stack([np.full(turn, top), last + one, last + two], -1)
    points = np.vstack([side, [[0, 0, z[0]], [0, 0, z[-1]]]])
    return points, np.vstack([*walls, floor, lid])


def box(low, high):
    """A cuboid from one corner to the other."""
    corner = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([part for a, b, c, d in quads for part in ((a, b, c), (a, c, d))])
    return np.asarray(low) + corner * (np.asarray(high) - np.asarray(low)), faces


def ball(radius, rings=24, turn=48, at=(0.0, 0.0, 0.0)):
    """A sphere, its corners on the surface."""
    angle = np.linspace(0, np.pi, rings + 1)[1:-1]
    side, faces = lathe(lambda _, z: np.sqrt(radius**2 - z**2), -radius * np.cos(angle), turn)
    side[-2:, 2] = -radius, radius
    return side + np.asarray(at), faces


def torus(large, small, turns=48, sides=32):
    """A ring around the z axis."""
    u, v = np.meshgrid(np.arange(turns) * 2 * np.pi / turns, np.arange(sides) * 2 * np.pi / sides, indexing="ij")
    out = large + small * np.cos(v)
    points = np.stack([out * np.cos(u), out * np.sin(u), small * np.sin(v)], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(turns), np.arange(sides), indexing="ij")
    a, b = i * sides + j, (i + 1) % turns * sides + j
    c, d = (i + 1) % turns * sides + (j + 1) % sides, i * sides + (j + 1) % sides
    return points, np.vstack([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def inverted(mesh):
    """The same, inside out."""
    return mesh[0], mesh[1][:, ::-1]


def moved(mesh, *by):
    return mesh[0] + np.asarray(by), mesh[1]


def together(*meshes):
    """Several bodies in one list of triangles."""
    first = np.cumsum([0, *(len(points) for points, _ in meshes)])
    return np.vstack([points for points, _ in meshes]), np.vstack([faces + at for (_, faces), at in zip(meshes, first, strict=False)])


def solid(mesh, **more):
    """The solid within; numbers are µm."""
    points, faces = mesh
    return MeshSolid(Drawn(points, faces, "um"), **more)


def stl(points, faces):
    """A binary STL."""
    records = np.zeros(len(faces), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])
    records["corners"] = points[faces]
    return bytes(80) + np.uint32(len(faces)).tobytes() + records.tobytes()
