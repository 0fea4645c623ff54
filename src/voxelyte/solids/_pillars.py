"""Pillars of an array on their base: the laws of their spacing, those that meet, and parts of one height."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxelyte.arrays.lattices import Periodic
from voxelyte.arrays.sizes import AnySize
from voxelyte.arrays.standing import MOST_MEETINGS, AnyLattice, Array, Standing
from voxelyte.arrays.union import SAGITTA_UM, united
from voxelyte.errors import SliceError
from voxelyte.heights import to_nm
from voxelyte.region import Part, Points
from voxelyte.shapes import Disc

Pairs = NDArray[np.intp]
Foot = tuple[Part, float]
"""What stands on the base, and its height in µm."""


class Feet(NamedTuple):
    """All that stands on the base, and what there is to be said of it."""

    parts: list[Foot]
    notes: tuple[str, ...]


def check_spacing(
    lattice: AnyLattice, across_um: AnySize, gap_um: float | None, pitch_um: float | None, merge: bool
) -> None:
    """Which of gap and pitch a lattice needs, and that equal pillars on it stand apart."""
    given, kind = f"gap_um={gap_um} and pitch_um={pitch_um}", f"lattice.kind={lattice.kind!r}"
    if lattice.spaced == "listed":
        if pitch_um is not None:
            raise ValueError(f"pitch_um={pitch_um:g} has no meaning with {kind}; gap_um there is the least that is accepted")
        return
    if lattice.spaced == "area" and (pitch_um is None or gap_um is not None):
        raise ValueError(f"{given}: with {kind} only pitch_um must be given")
    if lattice.spaced != "area" and (gap_um is None) == (pitch_um is None):
        raise ValueError(f"{given}: exactly one of the two must be given")
    if isinstance(across_um, float):
        if pitch_um is not None and not merge:
            _check_pitch(lattice, across_um, pitch_um)
    elif isinstance(across_um, str | tuple):
        raise ValueError(f"diameter_um for each pillar must have listed points; {kind} has none")
    elif gap_um is not None and lattice.spaced == "lattice":
        raise ValueError(f"gap_um={gap_um:g} has no meaning where diameter_um differs; pitch_um must be given")


def _check_pitch(lattice: AnyLattice, across_um: float, pitch_um: float) -> None:
    if pitch_um <= across_um:
        raise ValueError(f"pitch_um={pitch_um:g} must exceed diameter_um={across_um:g}")
    nearest = lattice.least_um(pitch_um) if isinstance(lattice, Periodic) else pitch_um
    if nearest <= across_um:
        raise ValueError(f"pitch_um={pitch_um:g}: rows bring pillars within {nearest:g} µm; must exceed diameter_um={across_um:g}")


def check_step(height_um: float, step_um: float) -> None:
    """One height for all is not rounded."""
    try:
        off = to_nm(height_um, "height_um") % to_nm(step_um, "height_step_um")
    except SliceError as fault:
        raise ValueError(str(fault)) from None
    if off:
        raise ValueError(f"height_um={height_um:g} must be a multiple of height_step_um={step_um:g}")


def stood(array: Array, merge: bool) -> Feet:
    """Pillars at free places: those of one height together. Those that meet are united if `merge`, else refused with their place."""
    standing = array.standing
    pairs = array.meetings(standing)
    if len(pairs) and not merge:
        raise ValueError(_told(standing, pairs, "pillars overlap or touch", "must stand apart, or merge=true unites them"))
    near = array.too_near(standing)
    if len(near) and not merge:
        raise ValueError(_told(standing, near, f"pillars stand nearer than gap_um={array.gap_um:g}", "must keep it"))
    joined = np.zeros(len(standing.at_um), dtype=bool)
    joined[pairs.ravel()] = True
    parts = list(_grouped(standing.some(~joined)))
    if not joined.any():
        return Feet(parts, standing.notes)
    _refuse_uneven(standing, pairs)
    merged = [(united(part), height_um) for part, height_um in _grouped(standing.some(joined))]
    pieces = sum(part.shape.pieces for part, _ in merged)
    note = f"{int(joined.sum())} pillars that overlap are united into {pieces}, as polygons that leave their curves by at most {SAGITTA_UM:g} µm"
    return Feet([*parts, *merged], (*standing.notes, note))


def _grouped(standing: Standing) -> Iterator[Foot]:
    """Discs of one height as one part."""
    for height in np.unique(standing.height_nm):
        some = standing.some(standing.height_nm == height)
        across = some.across_um
        if np.ptp(across) == 0:
            yield Part(Disc(float(across[0]) / 2), Points(some.at_um)), height / 1000
        else:
            yield Part(Disc(0.5), Points(some.at_um, across)), height / 1000


def _refuse_uneven(standing: Standing, pairs: Pairs) -> None:
    """What is united has one top."""
    uneven = pairs[standing.height_nm[pairs[:, 0]] != standing.height_nm[pairs[:, 1]]]
    if len(uneven):
        raise ValueError(_told(standing, uneven, "pillars of different heights overlap", "must have one height to be united"))


def _told(standing: Standing, pairs: Pairs, what: str, law: str) -> str:
    """What is wrong, where first, and how often."""
    x, y = standing.at_um[pairs[0, 0]]
    often = "at least " if len(pairs) >= MOST_MEETINGS else ""
    return f"{what} at x_um={x:.10g}, y_um={y:.10g} ({often}{len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}); {law}"
