"""Exact area of the unit disc within the cells of a grid, in closed form.

The area of the disc within x < u, y < v is, up to terms in u or v alone, X(u, v) = u v where (u, v) lies
inside the disc, and sign(u v) (A(|u|) + A(|v|) - π/4) where it does not, with A(u) = (u sqrt(1 - u²) + asin
u) / 2, the part of the disc's quadrant left of u. A cell's area is the double difference of X over its
corners, in which terms of u or v alone cancel: no flattening, no sampling.
"""

from __future__ import annotations

from math import pi

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def quadrant_part(u: Floats) -> Floats:
    """A(u) for u in -1..1: area of the unit disc between x = 0 and x = u, above the x axis."""
    return np.asarray((u * np.sqrt(1 - u * u) + np.arcsin(u)) / 2)


def corner(u: Floats, v: Floats, scale: float = 1.0) -> Floats:
    """X(u, v) x scale for u and v in -1..1, broadcast against each other."""
    return _corner(u, v * scale, v, quadrant_part(u) * scale, quadrant_part(v) * scale, pi / 4 * scale)


def _corner(u: Floats, scaled_v: Floats, v: Floats, part_u: Floats, part_v: Floats, eighth: float) -> Floats:
    """X from A(u) and A(v): outside the disc sign(v) A(u) + sign(u) A(v) - sign(u v) π/4, for A is odd."""
    right, above = np.where(u < 0, -1.0, 1.0), np.where(v < 0, -1.0, 1.0)
    area = part_u * above
    area += right * (part_v - eighth * above)
    np.multiply(u, scaled_v, out=area, where=v * v < 1 - u * u)
    return np.asarray(area)


def cells(edges_x: Floats, edges_y: Floats, scale: float) -> Floats:
    """Area x scale of the unit disc in each cell of each window, float64[ny, rows, nx, columns].

    `edges_x` is float64[nx + 1, columns]: for each column of discs the pixel edges, counted from its centre in radii, from -1 to 1;
    `edges_y` is float64[ny + 1, rows]. On the outermost edges X is known: there it is -A and A of the other coordinate.
    """
    corners = corner(edges_x[1:-1, None, None, :], edges_y[None, 1:-1, :, None], scale)
    strips = np.zeros((corners.shape[0] + 1, *corners.shape[1:]))
    _differences(strips, corners, (quadrant_part(edges_y[1:-1]) * scale)[:, :, None])
    area = np.zeros((len(edges_y) - 1, edges_y.shape[1], len(edges_x) - 1, edges_x.shape[1]))
    _differences(
        area.swapaxes(1, 2), strips.swapaxes(0, 1), np.diff(quadrant_part(edges_x), axis=0)[:, None, :] * scale
    )
    return area


def windows(edges_x: Floats, edges_y: Floats) -> Floats:
    """Area of the unit disc in each cell of each window, float64[ny, nx, n], for n windows of their own phases and sizes.

    `edges_x` is float64[nx + 1, n], `edges_y` float64[ny + 1, n], counted as in `cells`.
    """
    part_x, part_y = quadrant_part(edges_x), quadrant_part(edges_y)
    u, v = edges_x[1:-1, None], edges_y[1:-1]
    corners = _corner(u, v, v, part_x[1:-1, None], part_y[1:-1], pi / 4)
    strips = np.zeros((len(edges_x) - 1, *v.shape))
    _differences(strips, corners, part_y[1:-1])
    area = np.zeros((len(edges_y) - 1, *strips.shape[::2]))
    _differences(area, strips.swapaxes(0, 1), np.diff(part_x, axis=0))
    return area


def _differences(parts: Floats, inner: Floats, end: Floats) -> None:
    """Fill `parts` with the steps along the first axis of the values -end, *inner, end."""
    if not len(inner):
        parts[0] = 2 * end
        return
    np.add(inner[0], end, out=parts[0])
    np.subtract(inner[1:], inner[:-1], out=parts[1:-1])
    np.subtract(end, inner[-1], out=parts[-1])
