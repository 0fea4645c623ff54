"""Bodies whose outline is the base's own, as a frame's is: one wall from the plate to their top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voxelyte.mesh.copies import Copies
from voxelyte.mesh.stack import Stack

MOST = 64
"""Copies of a body that are looked at: what shares an edge with the base goes around it."""


def with_rims(stack: Stack, bodies: Sequence[Copies]) -> Stack:
    """`stack` without those corners on top that a body brings along; numbers the bodies behind it."""
    rings = {ring.tobytes(): k for k, ring in enumerate(stack.top.rings)}
    shared = [(body, *pair) for body in bodies if body.count <= MOST for pair in _shared(body, rings)]
    gone = np.isin(np.arange(len(stack.top.lengths)), [ring for _, _, ring in shared])
    kept = np.ones(len(stack.points_um), dtype=bool)
    kept[stack.top.kept(gone).numbers] = False
    names, first = np.cumsum(kept) - 1, int(kept.sum())
    for body in bodies:
        body.first, first = first, first + body.stride * body.count
    if not shared:
        return stack
    for body, corners, ring in shared:
        if body.on_rim is None:
            body.on_rim = np.zeros((body.count, body.size), dtype=bool)
        body.on_rim.ravel()[corners] = True
        names[stack.top.kept(np.arange(len(gone)) == ring).numbers] = (
            body.starts[corners // body.size] + corners % body.size
        )
    top = replace(stack.top, numbers=names[stack.top.numbers])
    return replace(stack, points_um=stack.points_um[kept], faces=names[stack.faces], top=top, free=~gone)


def _shared(body: Copies, rings: dict[bytes, int]) -> list[tuple[NDArray[np.int64], int]]:
    """Corners of the body's feet, counted through all copies, and the base's ring that they are."""
    feet = body.feet(np.ones(body.count, dtype=bool))
    starts = feet.ends - feet.lengths
    found = [rings.get(ring.tobytes()) for ring in feet.rings]
    return [
        (np.arange(start, end), ring)
        for start, end, ring in zip(starts.tolist(), feet.ends.tolist(), found, strict=True)
        if ring is not None
    ]
