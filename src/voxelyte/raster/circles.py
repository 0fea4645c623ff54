"""Exact coverage of concentric circles: their chords between pixel edges as a polygon, and the segments beyond the chords.

A circle is cut wherever it crosses the line of a pixel edge, so every arc lies within one pixel. Chord and arc
bound a segment of known area within that pixel; what the chords bound is a polygon. The work grows with the
length of the circles and not with the area in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import pi

import numpy as np
from numpy.typing import NDArray

from voxelyte.raster.polygon import Edges, accumulate
from voxelyte.raster.window import Window

Floats = NDArray[np.float64]


def circles(radii_um: Sequence[float], at_um: Floats, window: Window) -> Floats:
    """Covered fraction of every pixel of circles around one point, in turn solid within (the first) and open within."""
    pitch_x_um, pitch_y_um = window.panel.pitch_x_um, window.panel.pitch_y_um
    x_um = (np.arange(window.width + 1) - window.x_px(at_um[:1])) * pitch_x_um
    y_um = (window.y_px(at_um[1:]) - np.arange(window.height + 1)) * pitch_y_um
    signed = [(-1 if n % 2 else 1, radius, _cuts(radius, x_um, y_um)) for n, radius in enumerate(radii_um)]
    covered = accumulate(_chords(signed, at_um, window), window.width, window.height)
    for sign, radius, turn in signed:
        _add_segments(covered, sign, radius, turn, at_um, window)
    return covered


def _cuts(radius_um: float, x_um: Floats, y_um: Floats) -> Floats:
    """Ascending angles at which a circle around the origin crosses these lines, from 0 to 2 π."""
    across = np.arccos(x_um[np.abs(x_um) < radius_um] / radius_um)
    along = np.arcsin(y_um[np.abs(y_um) < radius_um] / radius_um)
    turns = np.concatenate((across, 2 * pi - across, along % (2 * pi), pi - along))
    return np.concatenate(([0.0], np.sort(turns), [2 * pi]))


def _chords(signed: Sequence[tuple[int, float, Floats]], at_um: Floats, window: Window) -> Iterator[Edges]:
    """From cut to cut; the other way round where a circle is open within."""
    for sign, radius, turn in signed:
        x = window.x_px(at_um[0] + radius * np.cos(turn))
        y = window.y_px(at_um[1] + radius * np.sin(turn))
        x[-1], y[-1] = x[0], y[0]
        yield (x[:-1], y[:-1], x[1:], y[1:]) if sign > 0 else (x[1:], y[1:], x[:-1], y[:-1])


def _add_segments(covered: Floats, sign: int, radius_um: float, turn: Floats, at_um: Floats, window: Window) -> None:
    """Add what lies between arcs and chords, or take it away."""
    step = np.diff(turn)
    middle = turn[:-1] + step / 2
    area = sign * radius_um**2 / 2 * (step - np.sin(step)) / window.panel.pixel_area_um2
    # Half way between arc and chord, which is in the arc's pixel also where the arc touches an edge.
    reach_um = radius_um * (1 + np.cos(step / 2)) / 2
    x = window.x_px(at_um[0] + reach_um * np.cos(middle))
    y = window.y_px(at_um[1] + reach_um * np.sin(middle))
    height, width = covered.shape
    on = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    np.add.at(covered, (y[on].astype(np.intp), x[on].astype(np.intp)), area[on])
