"""Exact coverage of concentric circles: their chords between pixel edges as a polygon, and the segments beyond the chords.

A circle is cut wherever it crosses the line of a pixel edge, so every arc lies within one pixel. Chord and arc
bound a segment of known area within that pixel; what the chords bound is a polygon. The work grows with the
length of the circles and not with the area in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

import numpy as np
from numpy.typing import NDArray

from voxelyte.printer import Panel
from voxelyte.raster.polygon import accumulate

Floats = NDArray[np.float64]


def circles(radii_um: Sequence[float], at_um: Floats, panel: Panel) -> Floats:
    """Covered fraction of every pixel of circles around one point, in turn solid within (the first) and open within."""
    x_edges = (np.arange(panel.width_px + 1) - panel.width_px / 2) * panel.pitch_x_um - at_um[0]
    y_edges = (np.arange(panel.height_px + 1) - panel.height_px / 2) * panel.pitch_y_um - at_um[1]
    cuts = [_cuts(radius, x_edges, y_edges) for radius in radii_um]
    rings = []
    for n, (radius, turn) in enumerate(zip(radii_um, cuts, strict=True)):
        x = (at_um[0] + radius * np.cos(turn)) / panel.pitch_x_um + panel.width_px / 2
        y = panel.height_px / 2 - (at_um[1] + radius * np.sin(turn)) / panel.pitch_y_um
        x[-1], y[-1] = x[0], y[0]
        rings.append((x[:: -1 if n % 2 else 1], y[:: -1 if n % 2 else 1]))
    covered = accumulate(rings, panel.width_px, panel.height_px)
    for n, (radius, turn) in enumerate(zip(radii_um, cuts, strict=True)):
        _add_segments(covered, -radius if n % 2 else radius, turn, at_um, panel)
    return covered


def _cuts(radius_um: float, x_edges: Floats, y_edges: Floats) -> Floats:
    """Ascending angles at which a circle crosses the edges' lines, from 0 to 2 π."""
    across = np.arccos(x_edges[np.abs(x_edges) < radius_um] / radius_um)
    along = np.arcsin(y_edges[np.abs(y_edges) < radius_um] / radius_um)
    turns = np.concatenate((across, 2 * pi - across, along % (2 * pi), pi - along))
    return np.concatenate(([0.0], np.sort(turns), [2 * pi]))


def _add_segments(covered: Floats, radius_um: float, turn: Floats, at_um: Floats, panel: Panel) -> None:
    """Add what lies between arcs and chords; it is taken away where the radius is negative."""
    step = np.diff(turn)
    middle = turn[:-1] + step / 2
    area = np.sign(radius_um) * radius_um**2 / 2 * (step - np.sin(step)) / panel.pixel_area_um2
    # Half way between arc and chord, which is in the arc's pixel also where the arc touches an edge.
    reach_um = abs(radius_um) * (1 + np.cos(step / 2)) / 2
    x = (at_um[0] + reach_um * np.cos(middle)) / panel.pitch_x_um + panel.width_px / 2
    y = panel.height_px / 2 - (at_um[1] + reach_um * np.sin(middle)) / panel.pitch_y_um
    on = (x >= 0) & (x < panel.width_px) & (y >= 0) & (y < panel.height_px)
    np.add.at(covered, (y[on].astype(np.intp), x[on].astype(np.intp)), area[on])
